//! Where the files of a session are, and how they are written and read.
//!
//! Knows files, not what is in them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use provider::{Chosen, Provider, Role, Site, write_atomically};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

/// The folder of one session and the places in it.
#[derive(Debug, Clone)]
pub struct Place(pub(crate) PathBuf);

impl Place {
    /// All of it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }
    /// Where its cluster is, whether or not there is one.
    #[must_use]
    pub fn site(&self) -> Site {
        self.provider().at(&self.0)
    }
    /// Which provider's its cluster is.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.chosen().provider
    }
    /// The same with what the person chose of it.
    #[must_use]
    pub fn chosen(&self) -> Chosen {
        Chosen::of(&self.0)
    }
    /// The learner's own files; a reset keeps them.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }
    /// kubectl.
    #[must_use]
    pub fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }
    /// A record of the session's lab: `baseline.json`, `start.json`, `result.json`.
    #[must_use]
    pub fn record(&self, name: &str) -> PathBuf {
        self.0.join("record").join(name)
    }
    /// The audit logs of the clusters that were reset, the oldest first: a folder each.
    #[must_use]
    pub fn histories(&self) -> Vec<PathBuf> {
        let numbered = (1..).map(|number| self.history(number));
        numbered.take_while(|folder| folder.exists()).collect()
    }
    /// Where the next one goes.
    pub(crate) fn next_history(&self) -> PathBuf {
        self.history(self.histories().len() + 1)
    }
    fn history(&self, number: usize) -> PathBuf {
        self.record("audit").join(number.to_string())
    }
    /// Removes all records, for another lab.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove_records(&self) -> Result<()> {
        remove(&self.0.join("record"))
    }
    /// How somebody reaches its cluster.
    #[must_use]
    pub fn kubeconfig(&self, role: Role) -> PathBuf {
        self.site().kubeconfig(role)
    }
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("session.json")
    }
    /// The session's name.
    pub(crate) fn name(&self) -> String {
        let name = self.0.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
    /// A lock of this session. It lies beside the sessions' folders, because a purge removes those.
    pub(crate) fn lock(&self, what: &str) -> PathBuf {
        let name = self.name();
        let state = self.0.ancestors().nth(2).unwrap_or(Path::new("."));
        state.join("locks").join(format!("{name}.{what}"))
    }
}

/// Writes a value as JSON on one line, as a whole: a record holds all objects of a cluster, and indented it is twice as long.
///
/// # Errors
/// It cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(value).map_err(|error| {
        Failure::bad_input(format!("failed to write `{}`: {error}", path.display()))
    })?;
    text.push(b'\n');
    write_atomically(path, &text)?;
    Ok(())
}

/// Reads a value that [`write_json`] wrote.
///
/// # Errors
/// It cannot be read, or is damaged.
pub fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let failed = |why: String| {
        Failure::bad_input(format!("failed to read `{}`: {why}", path.display()))
            .hint("`labctl reset` sets the session up anew")
    };
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}

/// Removes a file or a folder; nothing there is no error.
pub(crate) fn remove(path: &Path) -> Result<()> {
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
