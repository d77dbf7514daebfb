//! Types the commands of the book into a shell of its own home, and compares what they print with what the pages show.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use book::console::{self, Command};
use book::repository::Repository;
use course::shell::{Done, Shell};
use tempfile::TempDir;

use crate::say;

/// The longest that one command may take: the first `labctl start` of a machine builds the sandbox.
const DEADLINE: Duration = Duration::from_mins(20);

/// Types every command of the pages whose path has this part; all pages when unset.
///
/// # Errors
/// A command ended or printed otherwise than its page says.
pub(crate) fn play(
    repository: &Repository,
    labctl: &Path,
    cache: &Path,
    only: Option<&str>,
) -> anyhow::Result<()> {
    if !labctl.is_file() {
        bail!(
            "no `{}`\n\nhint: `cargo build -p labctl`, or `--labctl FILE`",
            labctl.display()
        );
    }
    let home = Home::new(labctl, cache)?;
    let mut shell = home.shell()?;
    let mut faults = 0;
    for chapter in course::load(repository)?.book.chapters() {
        let page = chapter
            .source_path
            .as_deref()
            .unwrap_or(Path::new(""))
            .to_string_lossy();
        let commands = console::commands(&chapter.content);
        if commands.is_empty() || only.is_some_and(|part| !page.contains(part)) {
            continue;
        }
        let begun = Instant::now();
        for (place, command) in commands.iter().enumerate() {
            let done = shell
                .run(&command.typed, DEADLINE)
                .with_context(|| format!("`{page}`, line {}: `{}`", command.line, command.typed))?;
            let next = commands.get(place + 1).map(|next| next.typed.as_str());
            if let Some(fault) = fault(command, next, &done) {
                faults += 1;
                say(&format!(
                    "`{page}`, line {}: `{}`\n{fault}",
                    command.line, command.typed
                ));
            }
        }
        say(&format!(
            "{page}: {} commands, {:.1} s",
            commands.len(),
            begun.elapsed().as_secs_f64()
        ));
    }
    if faults > 0 {
        bail!("commands that do not do what the book says: {faults}");
    }
    Ok(())
}

fn fault(command: &Command, next: Option<&str>, done: &Done) -> Option<String> {
    let Done { code, printed } = done;
    if *code != 0 && next != Some("echo $?") {
        return Some(format!(
            "    ended with {code}, and no `$ echo $?` follows; it printed:\n{printed}"
        ));
    }
    if console::is_as_shown(&command.shown, printed) {
        None
    } else {
        Some(format!(
            "    the page shows:\n{}\n    it printed:\n{printed}",
            command.shown.join("\n")
        ))
    }
}

/// A home for the sessions of the book: nothing of the person's own is touched.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new(labctl: &Path, cache: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("labctl-book-")
            .tempdir()
            .context("failed to make a temporary folder")?;
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, folder.path().join(name))
                .with_context(|| format!("failed to link `{}`", to.display()))
        };
        for made in [
            cache.to_owned(),
            folder.path().join("bin"),
            folder.path().join("work"),
        ] {
            std::fs::create_dir_all(&made)
                .with_context(|| format!("failed to make `{}`", made.display()))?;
        }
        link(cache, "cache")?;
        link(labctl, "bin/labctl")?;
        Ok(Self { folder })
    }

    fn shell(&self) -> anyhow::Result<Shell> {
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.folder.path().join("bin");
        Shell::start(
            &self.folder.path().join("work"),
            &[
                ("LABCTL_HOME", self.folder.path().display().to_string()),
                ("PATH", format!("{}:{path}", bin.display())),
            ],
        )
    }
}

impl Drop for Home {
    /// No cluster outlives the test, also when a command fails.
    fn drop(&mut self) {
        let sessions = std::fs::read_dir(self.folder.path().join("state/sessions"));
        for session in sessions.into_iter().flatten().flatten() {
            let name = session.file_name();
            let stopped = std::process::Command::new(self.folder.path().join("bin/labctl"))
                .env("LABCTL_HOME", self.folder.path())
                .arg("--session")
                .arg(&name)
                .args(["stop", "--purge"])
                .output();
            if !stopped.is_ok_and(|output| output.status.success()) {
                say(&format!(
                    "failed to stop session `{}`",
                    name.to_string_lossy()
                ));
            }
        }
    }
}
