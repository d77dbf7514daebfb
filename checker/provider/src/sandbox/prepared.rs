//! The prepared datastore of a program and a version: made once, so that every start after it is fast.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::binary::Binary;
use crate::error::ProviderError;
use crate::files::open_for_writing;
use crate::go::lock;

/// Whether it is there already.
#[must_use]
pub(crate) fn exists(cache: &Path, binary: &Binary, kubernetes: &str) -> bool {
    folder(cache, binary, kubernetes).is_dir()
}

/// The prepared datastore; makes it when it is not there.
///
/// # Errors
/// The program cannot make it, or the person interrupts.
pub(crate) fn ensure(
    cache: &Path,
    binary: &Binary,
    kubernetes: &str,
    interrupted: &dyn Fn() -> bool,
) -> Result<PathBuf, ProviderError> {
    let folder = folder(cache, binary, kubernetes);
    if folder.is_dir() {
        return Ok(folder);
    }
    let _lock = lock(&folder.with_extension("lock"), interrupted, || {})?;
    if !folder.is_dir() {
        prepare(&folder, binary, kubernetes, interrupted)?;
    }
    Ok(folder)
}

fn folder(cache: &Path, binary: &Binary, kubernetes: &str) -> PathBuf {
    let version = kubernetes.replace('.', "-");
    cache
        .join("prepared")
        .join(format!("{}-{version}", binary.id))
}

fn prepare(
    folder: &Path,
    binary: &Binary,
    kubernetes: &str,
    interrupted: &dyn Fn() -> bool,
) -> Result<(), ProviderError> {
    let log = folder.with_extension("log");
    let file = open_for_writing(&log, false)?;
    let mut child = Command::new(&binary.path)
        .args(["prepare", "--kubernetes", kubernetes, "--folder"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(|source| ProviderError::Run {
            path: binary.path.clone(),
            source,
        })?;
    let mut status = None;
    let ended = crate::wait::until(std::time::Duration::from_mins(3), interrupted, || {
        status = child.try_wait().ok().flatten();
        status.is_some()
    });
    if !ended {
        // Killing fails only for a process that has ended, and that is what is wanted.
        let _ = child.kill();
        let _ = child.wait();
    }
    if interrupted() {
        return Err(ProviderError::Interrupted);
    }
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let said = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("error: "))
        .unwrap_or("it did not prepare a datastore in time");
    Err(ProviderError::Failed {
        said: said.to_owned(),
        log,
        beliefs: None,
    })
}
