//! The audit log that a sandbox writes into its folder: its lines, from where on they count, and keeping it when the cluster goes.
//!
//! Knows when a line was written, and not what it says.

use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::components;
use crate::error::ProviderError;
use crate::files::{FileError, make_folder, write_atomically};

/// The log that is being written.
const CURRENT: &str = "audit.log";

/// Where it is written down from where on the log counts; it goes with the cluster.
const FROM: &str = "audit.from";

/// The writes to a cluster, as its API server tells of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Where the log is.
    folder: PathBuf,
    /// What it calls the credentials of Kubernetes' own parts, of those that are gone too.
    pub components: Vec<String>,
}

impl History {
    /// Of the cluster on this folder; `log` is another folder where its log is kept.
    pub(crate) fn of(folder: &Path, log: Option<PathBuf>) -> Result<Self, ProviderError> {
        Ok(Self {
            components: components::credentials(folder)?,
            folder: log.unwrap_or_else(|| folder.to_owned()),
        })
    }

    /// Where it is, for people.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is a log at all. Every start of a cluster writes one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let has_text = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
        files(&self.folder).iter().any(has_text)
    }

    /// Why the log cannot tell all that happened since `begun`, RFC 3339; `None` when it can. An empty `begun` asks only whether it is there.
    #[must_use]
    pub fn gap(&self, begun: &str) -> Option<String> {
        let folder = self.folder.display();
        if !self.is_there() {
            return Some(format!("the audit log in `{folder}` is empty or gone"));
        }
        // Also what came before the lab, on a cluster that was there: only a log that was cut off begins later.
        let first = lines(&self.folder, None)
            .find_map(|line| serde_json::from_str::<RawTime>(&line).ok())
            .and_then(|first| first.request_received_timestamp.parse::<Timestamp>().ok());
        let begun = begun.parse::<Timestamp>().ok()?;
        match first {
            Some(first) if first <= begun => None,
            Some(first) => Some(format!(
                "the audit log in `{folder}` begins only at {}, after the lab was set up",
                first.strftime("%H:%M:%S UTC")
            )),
            None => Some(format!("the audit log in `{folder}` cannot be read")),
        }
    }

    /// All lines of the log since it last began anew, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = String> + use<> {
        let from = Beginning::read(&self.folder);
        let since = from
            .as_ref()
            .and_then(|from| from.since.parse::<Timestamp>().ok());
        lines(&self.folder, from)
            .filter(move |line| since.is_none_or(|since| is_since(line, since)))
    }
}

/// All lines from a place on, the oldest first.
fn lines(folder: &Path, from: Option<Beginning>) -> impl Iterator<Item = String> + use<> {
    let opened = files(folder).into_iter().filter_map(move |path| {
        let mut file = std::fs::File::open(&path).ok()?;
        let Some(from) = &from else {
            return Some(file);
        };
        // One that was rotated since then is read whole: its times tell.
        let is_longer = file
            .metadata()
            .is_ok_and(|about| about.len() >= from.offset);
        if path.ends_with(CURRENT) && is_longer {
            file.seek(SeekFrom::Start(from.offset)).ok()?;
        }
        Some(file)
    });
    opened.flat_map(|file| BufReader::new(file).lines().map_while(Result::ok))
}

fn is_since(line: &str, since: Timestamp) -> bool {
    let time = serde_json::from_str::<RawTime>(line).ok();
    let time = time.and_then(|time| time.request_received_timestamp.parse::<Timestamp>().ok());
    time.is_some_and(|time| time >= since)
}

/// The log's files, the oldest first: a rotated file has its time in its name and comes before `audit.log`.
fn files(cluster: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(cluster)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.starts_with("audit") && name.ends_with(".log")
            })
        })
        .collect();
    files.sort();
    files
}

/// Where a lab began on a cluster that had served another before.
#[derive(Serialize, Deserialize)]
pub struct Beginning {
    /// The length of the log then, or earlier: what is before it is not read.
    offset: u64,
    /// What came earlier is not the lab's; RFC 3339.
    since: String,
}

impl Beginning {
    /// From the log's present end on, and not before a time that is still to be told.
    #[must_use]
    pub(crate) fn now(folder: &Path) -> Self {
        let length = std::fs::metadata(folder.join(CURRENT)).map(|about| about.len());
        Self {
            offset: length.unwrap_or_default(),
            since: String::new(),
        }
    }

    /// Lets the log begin here, for all who read it.
    ///
    /// # Errors
    /// It cannot be written down.
    pub(crate) fn begin(self, folder: &Path, since: String) -> Result<(), ProviderError> {
        let path = folder.join(FROM);
        let text = serde_json::to_vec(&Self { since, ..self })
            .map_err(|error| FileError::of("write", &path)(error.into()))?;
        Ok(write_atomically(&path, &text)?)
    }

    /// `None` where the log begins with the cluster.
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(FROM)).ok()?).ok()
    }
}

/// When the lab of this cluster began, where the cluster had served another before.
pub(crate) fn begun(folder: &Path) -> Option<Timestamp> {
    Beginning::read(folder)?.since.parse().ok()
}

/// Moves the log out of a cluster that is to go. Nothing there is no error.
///
/// # Errors
/// A file cannot be moved; those before it are.
pub(crate) fn keep(folder: &Path, into: &Path) -> Result<(), ProviderError> {
    let mut files = files(folder);
    if files.is_empty() {
        return Ok(());
    }
    make_folder(into)?;
    files.extend(Some(folder.join(FROM)).filter(|from| from.exists()));
    for file in files {
        let name = file.file_name().unwrap_or_default();
        std::fs::rename(&file, into.join(name)).map_err(FileError::of("move", &file))?;
    }
    Ok(())
}

/// Copies the log, for a cluster that goes on.
///
/// # Errors
/// A file cannot be copied.
pub(crate) fn copy(folder: &Path, into: &Path) -> Result<(), ProviderError> {
    make_folder(into)?;
    let from = Some(folder.join(FROM)).filter(|from| from.exists());
    for file in files(folder).into_iter().chain(from) {
        let name = file.file_name().unwrap_or_default();
        std::fs::copy(&file, into.join(name)).map_err(FileError::of("copy", &file))?;
    }
    Ok(())
}

/// When a line was written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTime {
    request_received_timestamp: String,
}
