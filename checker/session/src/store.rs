//! The sessions on disk: found, made, changed under a lock, removed.
//!
//! Nobody writes back a session that was read before: [`Sessions::change`] reads it inside the lock.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use provider::Folders;
use serde::Deserialize;

use crate::caller::Caller;
use crate::failure::{Failure, Result};
use crate::lock;
use crate::place::{Place, remove, write_json};
use crate::record::{self, Record};
use crate::state::{Earlier, FORMAT, Session, Stage};

/// What `session.json` has in every format.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// All sessions of a person.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// Where they and what they share is kept.
    pub folders: Folders,
}

impl Sessions {
    /// Of whoever runs this program.
    ///
    /// # Errors
    /// No folder can be found.
    pub fn open() -> Result<Self> {
        Ok(Self {
            folders: Folders::find()?,
        })
    }

    /// Where a session is, whether or not it exists.
    #[must_use]
    pub fn place(&self, name: &str) -> Place {
        Place(self.folders.sessions().join(name))
    }

    /// The names of all sessions, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
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
    pub fn find(&self, name: &str) -> Result<Option<Session>> {
        self.found(name, record::read)
    }

    fn found(
        &self,
        name: &str,
        events: impl Fn(&Place) -> Result<Record>,
    ) -> Result<Option<Session>> {
        let place = self.place(name);
        let path = place.file();
        match read(&place, events)? {
            Read::Absent => Ok(None),
            Read::Session(session) => Ok(Some(*session)),
            Read::Unusable(why) => Err(keep_aside(name, &path, &why)),
        }
    }

    /// The same without a word when it cannot be read, for a look over all of them.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<Session> {
        match read(&self.place(name), record::read) {
            Ok(Read::Session(session)) => Some(*session),
            _ => None,
        }
    }

    /// Writes a session that takes the place of whatever has its name.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn create(&self, session: &Session, caller: Caller<'_>) -> Result<()> {
        let place = self.place(&session.name);
        let _lock = lock::file(&place, caller).await?;
        write_json(&place.file(), session)
    }

    /// Changes a session as it is by now, which may not be as it was when `known` was read. Nothing is written when `edit` fails.
    ///
    /// # Errors
    /// It is gone or about another lab by now, its file cannot be read or written, or `edit` fails.
    pub async fn change<T>(
        &self,
        known: &Session,
        caller: Caller<'_>,
        edit: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<(Session, T)> {
        let name = &known.name;
        let place = self.place(name);
        let _lock = lock::file(&place, caller).await?;
        let found = self.found(name, record::read_locked)?;
        let Some(mut session) = found.filter(|session| session.is_still(known)) else {
            return Err(Failure::bad_input(format!(
                "session `{name}` was ended by another labctl meanwhile"
            ))
            .hint("`labctl status` says what there is"));
        };
        let done = edit(&mut session)?;
        let news = std::mem::take(&mut session.news);
        // First what happened: a session that was changed for a reason that nobody wrote down would be worse.
        if !news.is_empty() {
            record::append(&place, &news)?;
        }
        write_json(&place.file(), &session)?;
        Ok((session, done))
    }

    /// Removes a stopped session with all its files.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub async fn purge(&self, name: &str, caller: Caller<'_>) -> Result<()> {
        let place = self.place(name);
        let _lock = lock::file(&place, caller).await?;
        // First what makes it a session: what follows may take a while or fail.
        remove(&place.file())?;
        remove(place.folder())?;
        self.forget_current(name)
    }
}

/// Whether a folder is that of a session, of whichever home; one that can be read or not.
///
/// # Errors
/// It cannot be looked at.
pub fn is_session(folder: &Path) -> std::io::Result<bool> {
    Place(folder.to_owned()).file().try_exists()
}

/// What there is in the place of a `session.json`.
enum Read {
    Absent,
    Session(Box<Session>),
    /// Why it is none that this labctl can read.
    Unusable(String),
}

fn read(place: &Place, events: impl Fn(&Place) -> Result<Record>) -> Result<Read> {
    let path = place.file();
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Read::Absent),
        Err(error) => {
            let message = format!("failed to read `{}`: {error}", path.display());
            return Err(Failure::bad_input(message));
        }
        Ok(text) => text,
    };
    let damaged = |error: serde_json::Error| Read::Unusable(format!("is damaged: {error}"));
    let version = serde_json::from_slice::<Version>(&text).map_or(FORMAT, |it| it.format_version);
    if version > FORMAT {
        return Ok(Read::Unusable(format!(
            "has format_version {version}, and this labctl reads {FORMAT}"
        )));
    }
    let record = events(place)?;
    if version < FORMAT && record.events.is_empty() {
        let earlier = serde_json::from_slice::<Earlier>(&text).map(Earlier::carried_over);
        return Ok(earlier.map_or_else(damaged, |session| Read::Session(Box::new(session))));
    }
    let read = if version < FORMAT {
        // Its first change was cut off between the events and the file.
        serde_json::from_slice::<Earlier>(&text).map(|earlier| Session {
            news: Vec::new(),
            ..earlier.carried_over()
        })
    } else {
        serde_json::from_slice::<Session>(&text)
    };
    Ok(read.map_or_else(damaged, |session| {
        let lost = lost(place, &session, &record);
        let session = session.with(&record.events);
        Read::Session(Box::new(Session { lost, ..session }))
    }))
}

/// What of a record cannot be read, as a sentence.
fn lost(place: &Place, session: &Session, record: &Record) -> Option<String> {
    let path = record::path(place);
    let path = path.display();
    let is_gone = record.events.is_empty() && session.stage == Stage::Ready;
    match record.damaged.as_slice() {
        [] if is_gone => Some(format!(
            "`{path}` is gone, and with it what was done so far"
        )),
        [] => None,
        [line] => Some(format!(
            "line {line} of `{path}` was cut off and does not count"
        )),
        lines => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let lines = lines.join(", ");
            Some(format!(
                "lines {lines} of `{path}` were cut off and do not count"
            ))
        }
    }
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
