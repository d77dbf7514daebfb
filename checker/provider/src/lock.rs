//! A lock on a file, which ends with the process that holds it, however that ends.
//!
//! Knows files. Must not know what a lock is for: whoever takes it says so in a word that the others can read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::files::{FileError, make_folder};
use crate::wait;

/// How long another may hold a lock that one waits for: longer than the slowest machine builds the sandbox.
const PATIENCE: Duration = Duration::from_hours(2);

/// A lock that is held until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Lock(File);

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With others that share it.
    Shared,
    /// By nobody else.
    Alone,
}

impl Lock {
    /// Takes the lock if nobody is in the way; `None` when somebody is.
    ///
    /// # Errors
    /// The file cannot be made, or its file system has no locks.
    pub fn attempt(path: &Path, mode: Mode) -> Result<Option<Self>, FileError> {
        Self(open(path)?).taken(path, mode)
    }

    /// Takes the lock alone and leaves the word `doing` for those who wait. When another has it, calls `waiting` once with that
    /// one's word, and waits. `None` when interrupted.
    ///
    /// # Errors
    /// The file cannot be made, its file system has no locks, or the other does not end in two hours.
    pub fn wait(
        path: &Path,
        doing: &str,
        interrupted: &dyn Fn() -> bool,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Option<Self>, FileError> {
        let mut n_busy = 0;
        let mut outcome = Ok(None);
        // What it came to is in `outcome`.
        let _ = wait::until(PATIENCE, interrupted, || {
            outcome = Self::attempt(path, Mode::Alone);
            let is_busy = matches!(outcome, Ok(None));
            n_busy += u32::from(is_busy);
            // Somebody who only asks whether it is held has it for an instant.
            if is_busy && n_busy == 2 {
                waiting(&word(path));
            }
            !is_busy
        });
        match outcome? {
            Some(mut lock) => {
                lock.leave(doing);
                Ok(Some(lock))
            }
            None if interrupted() => Ok(None),
            None => Err(FileError::of("wait for", path)(
                std::io::ErrorKind::TimedOut.into(),
            )),
        }
    }

    /// Hands the lock to a program as its standard input: it then ends with that program.
    #[must_use]
    pub(crate) fn into_standard_input(self) -> Stdio {
        Stdio::from(self.0)
    }

    fn taken(self, path: &Path, mode: Mode) -> Result<Option<Self>, FileError> {
        let tried = match mode {
            Mode::Shared => self.0.try_lock_shared(),
            Mode::Alone => self.0.try_lock(),
        };
        match tried {
            Ok(()) => Ok(Some(self)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(FileError::of("lock", path)(error)),
        }
    }

    fn leave(&mut self, doing: &str) {
        // The lock is held without the word, too: a full disk must not keep anybody from removing a session.
        let _ = self
            .0
            .set_len(0)
            .and_then(|()| self.0.rewind())
            .and_then(|()| self.0.write_all(doing.as_bytes()));
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(FileError::of("write", path))
}

/// What the holder does, in its own word; empty when it has just begun.
fn word(path: &Path) -> String {
    let mut word = String::new();
    // Without the word it is still known that somebody holds the lock.
    let _ = File::open(path).and_then(|mut file| file.read_to_string(&mut word));
    word
}
