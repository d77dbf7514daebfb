//! Files written as a whole: whoever reads sees the old text or the new one, also after a kill. What is made here is for its
//! owner alone, whatever the umask.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
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
    make_folder(folder)?;
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

/// Makes a folder with the folders above it that are missing. One that is there stays as it is.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(FileError::of("make folder", folder))
}

/// Opens a file that is written bit by bit, such as a log; makes it when it is not there.
pub(crate) fn open_for_writing(path: &Path, append: bool) -> Result<File, FileError> {
    OpenOptions::new()
        .create(true)
        .append(append)
        .write(true)
        .truncate(!append)
        .mode(0o600)
        .open(path)
        .map_err(FileError::of("write", path))
}
