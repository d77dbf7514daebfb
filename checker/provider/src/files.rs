//! Files written as a whole: whoever reads sees the old text or the new one, also after a kill.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file or folder that cannot be read or written.
#[derive(Debug, Error)]
#[error("failed to {operation} `{}`", path.display())]
pub struct FileError {
    /// What was tried, such as `write`.
    pub operation: &'static str,
    /// On what.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: std::io::Error,
}

impl FileError {
    /// For `map_err`: the operation and the path around the system's reason.
    pub(crate) fn of<'a>(
        operation: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self {
            operation,
            path: path.to_owned(),
            source,
        }
    }
}

/// Replaces a file as a whole, readable for its owner only. Makes the folders that are missing.
///
/// # Errors
/// A folder cannot be made or the file not be written; the old file is then still there.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(FileError::of("make folder", folder))?;
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(FileError::of("write in", folder))?;
    file.write_all(content)
        .map_err(FileError::of("write", path))?;
    file.persist(path).map_err(|error| FileError {
        operation: "write",
        path: path.to_owned(),
        source: error.error,
    })?;
    Ok(())
}
