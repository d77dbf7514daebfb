//! Where the book, the labs and the schemas are. Knows folders, not what is in their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use grade::CourseFiles;

/// The project's folder.
#[derive(Debug, Clone)]
pub struct Repository(PathBuf);

impl Repository {
    /// The nearest folder with a book, from this one upwards.
    ///
    /// # Errors
    /// There is none.
    pub fn above(folder: &Path) -> anyhow::Result<Self> {
        for folder in folder.ancestors() {
            if folder.join("book/book.toml").is_file() {
                return Ok(Self(folder.to_owned()));
            }
        }
        bail!(
            "no `book/book.toml` in `{}` or above it\n\nhint: run it in the project's folder",
            folder.display()
        )
    }

    /// A file or folder by its path from the project's folder.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// The text of a file by its path from the project's folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn text(&self, path: &str) -> anyhow::Result<String> {
        std::fs::read_to_string(self.path(path)).with_context(|| format!("failed to read `{path}`"))
    }

    /// The labs and scenarios.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn course(&self) -> anyhow::Result<CourseFiles> {
        let mut files = BTreeMap::new();
        for part in ["labs", "scenarios"] {
            self.read(&self.path(part), &mut files)?;
        }
        Ok(CourseFiles(files))
    }

    fn read(&self, folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
        let failed = |path: &Path| format!("failed to read `{}`", path.display());
        for entry in std::fs::read_dir(folder).with_context(|| failed(folder))? {
            let path = entry.with_context(|| failed(folder))?.path();
            if path.is_dir() {
                self.read(&path, into)?;
            } else {
                let content = std::fs::read(&path).with_context(|| failed(&path))?;
                let name = path.strip_prefix(&self.0).unwrap_or(&path);
                into.insert(name.to_string_lossy().into_owned(), content);
            }
        }
        Ok(())
    }
}
