//! The sessions on disk: found, made, changed under a lock, removed.
//!
//! Nobody writes back a session that was read before: [`Sessions::change`] reads it inside the lock.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use provider::Folders;
use serde::Deserialize;

use super::{FORMAT, Place, Session, lock, write_json};
use crate::failure::{Failure, Result};

/// What `session.json` has in every format.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// All sessions of a person.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    pub(crate) folders: Folders,
}

impl Sessions {
    pub(crate) fn open() -> Result<Self> {
        Ok(Self {
            folders: Folders::find()?,
        })
    }

    /// Where a session is, whether or not it exists.
    pub(crate) fn place(&self, name: &str) -> Place {
        Place(self.folders.sessions().join(name))
    }

    /// The names of all sessions, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folders.sessions())
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().join("session.json").exists())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The session of this name; `None` when there is none.
    ///
    /// # Errors
    /// Its file is damaged or of a newer format: it is kept aside under another name.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Session>> {
        let path = self.place(name).file();
        match read(&path)? {
            Read::Absent => Ok(None),
            Read::Session(session) => Ok(Some(*session)),
            Read::Unusable(why) => Err(keep_aside(name, &path, &why)),
        }
    }

    /// The same without a word when it cannot be read, for a look over all of them.
    pub(crate) fn peek(&self, name: &str) -> Option<Session> {
        match read(&self.place(name).file()) {
            Ok(Read::Session(session)) => Some(*session),
            _ => None,
        }
    }

    /// Writes a session that takes the place of whatever has its name.
    pub(crate) fn create(&self, session: &Session) -> Result<()> {
        let place = self.place(&session.name);
        let _lock = lock::file(&place)?;
        write_json(&place.file(), session)
    }

    /// Changes a session as it is by now, which may not be as it was when `known` was read. Nothing is written when `edit` fails.
    ///
    /// # Errors
    /// It is gone or about another lab by now, its file cannot be read or written, or `edit` fails.
    pub(crate) fn change<T>(
        &self,
        known: &Session,
        edit: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<(Session, T)> {
        let name = &known.name;
        let place = self.place(name);
        let _lock = lock::file(&place)?;
        let found = self.find(name)?;
        let Some(mut session) = found.filter(|session| session.is_still(known)) else {
            return Err(Failure::bad_input(format!(
                "session `{name}` was ended by another labctl meanwhile"
            ))
            .hint("`labctl status` says what there is"));
        };
        let done = edit(&mut session)?;
        write_json(&place.file(), &session)?;
        Ok((session, done))
    }

    /// Removes a stopped session with all its files.
    pub(crate) fn purge(&self, name: &str) -> Result<()> {
        let place = self.place(name);
        let _lock = lock::file(&place)?;
        // First what makes it a session: what follows may take a while or fail.
        remove(&place.file())?;
        remove(place.folder())?;
        self.forget_current(name)
    }
}

/// Removes a file or a folder; nothing there is no error.
pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::bad_input(format!(
            "failed to remove `{}`: {error}",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// What there is in the place of a `session.json`.
enum Read {
    Absent,
    Session(Box<Session>),
    /// Why it is none that this labctl can read.
    Unusable(String),
}

fn read(path: &Path) -> Result<Read> {
    let text = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Read::Absent),
        Err(error) => {
            let message = format!("failed to read `{}`: {error}", path.display());
            return Err(Failure::bad_input(message));
        }
        Ok(text) => text,
    };
    Ok(match serde_json::from_slice::<Version>(&text) {
        Ok(version) if version.format_version > FORMAT => Read::Unusable(format!(
            "has format_version {}, and this labctl reads {FORMAT}",
            version.format_version
        )),
        _ => match serde_json::from_slice::<Session>(&text) {
            Ok(session) => Read::Session(Box::new(session)),
            Err(error) => Read::Unusable(format!("is damaged: {error}")),
        },
    })
}

fn keep_aside(name: &str, path: &Path, why: &str) -> Failure {
    let aside: PathBuf = path.with_extension("json.kept");
    match std::fs::rename(path, &aside) {
        Err(error) => Failure::bad_input(format!(
            "`{}` {why}, and it cannot be kept aside: {error}",
            path.display()
        )),
        Ok(()) => Failure::bad_input(format!(
            "`{}` {why}; it is kept as `{}`",
            path.display(),
            aside.display()
        ))
        .hint(format!(
            "`labctl start` sets session `{name}` up anew; a newer labctl may still read the kept file"
        )),
    }
}
