//! The person's browser, if there is one where they sit. Knows programs and variables; nothing of what is shown.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program that opens an address: `BROWSER`, else what the system has for it where there is a screen.
///
/// Does *not* name a program on a machine without a screen: there, `xdg-open` would start a browser in this terminal.
pub(crate) fn find() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(browser) = set("BROWSER") {
        return on_path(browser);
    }
    if cfg!(target_os = "macos") {
        return on_path("open".into());
    }
    // Under WSL the browser is Windows'.
    if set("WSL_DISTRO_NAME").is_some()
        && let Some(program) = on_path("wslview".into())
    {
        return Some(program);
    }
    set("DISPLAY")
        .or_else(|| set("WAYLAND_DISPLAY"))
        .and_then(|_| on_path("xdg-open".into()))
}

/// Starts it and does not wait; what it prints is its own business.
///
/// # Errors
/// It cannot be run.
pub(crate) fn open(program: &PathBuf, address: &str) -> io::Result<()> {
    let mut browser = Command::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Waited for by itself: some of them end only with the browser.
    std::thread::spawn(move || browser.wait());
    Ok(())
}

/// A program by its path, or by its name in the folders of `PATH`.
fn on_path(name: OsString) -> Option<PathBuf> {
    let name = PathBuf::from(name);
    if name.components().count() > 1 {
        return name.is_file().then_some(name);
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
}
