//! kind while it makes a cluster. It holds a lock as its standard input, so it is found and ended when the labctl that began it was killed:
//! what it would make after that would be nobody's.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::error::KindError;
use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::lock::{Lock, Mode};
use crate::wait;

/// Held as long as kind is at work.
const LOCK: &str = "kind.lock";

/// Which process holds it; it leads a group.
const PROCESS: &str = "kind.process";

/// How long a process may take to end once it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Has kind hold the lock of this folder while it runs.
///
/// # Errors
/// The lock cannot be made, or another kind holds it.
pub(super) fn hold(folder: &Path, kind: &mut Command) -> Result<(), ProviderError> {
    let lock = Lock::attempt(&folder.join(LOCK), Mode::Alone)?.ok_or(KindError::AtWork)?;
    // A number from before must not be taken for that of the new one.
    let path = folder.join(PROCESS);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(FileError::of("remove", &path)(error).into());
        }
        _ => {}
    }
    kind.stdin(lock.into_standard_input());
    Ok(())
}

/// Writes down which process it is.
///
/// # Errors
/// It cannot be written.
pub(super) fn note(folder: &Path, process: u32) -> Result<(), FileError> {
    write_atomically(&folder.join(PROCESS), process.to_string().as_bytes())
}

/// Ends a kind that is still at work here, with all that it runs. None is no error.
///
/// # Errors
/// It does not end.
pub(super) fn end(folder: &Path) -> Result<(), ProviderError> {
    let lock = folder.join(LOCK);
    if !lock.exists() {
        return Ok(());
    }
    let mut is_free = Ok(false);
    // What it came to is in `is_free`.
    let _ = wait::until(ENDS_WITHIN, &|| false, || {
        is_free = Lock::attempt(&lock, Mode::Alone).map(|held| held.is_some());
        if matches!(is_free, Ok(false)) {
            kill(folder);
        }
        !matches!(is_free, Ok(false))
    });
    if is_free? {
        Ok(())
    } else {
        Err(KindError::AtWork.into())
    }
}

fn kill(folder: &Path) {
    let process = std::fs::read_to_string(folder.join(PROCESS)).unwrap_or_default();
    if let Some(group) = process.parse().ok().and_then(Pid::from_raw) {
        // Whether it has ended is told by the lock.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
