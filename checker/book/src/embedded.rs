//! The book inside the binary: what its pages are made of, so that it is there where the project's folder is not.
//!
//! The labs and scenarios come from whoever has them embedded already.

use std::path::Path;

use anyhow::Context as _;
use grade::CourseFiles;
use include_dir::{Dir, include_dir};

use crate::include::{DIFFERENCES, SCRIPTS};
use crate::repository::Repository;

static BOOK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../book");
static SCHEMA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schema");

/// What pages include of single files, by their path from the project's folder.
static FILES: [(&str, &str); 3] = [
    (
        "checker/grade/src/score.rs",
        include_str!("../../grade/src/score.rs"),
    ),
    (
        DIFFERENCES,
        include_str!("../../../sandbox/fidelity/DIFFERENCES.md"),
    ),
    (
        SCRIPTS,
        include_str!("../../../sandbox/fidelity/SCRIPTS.md"),
    ),
];

/// Writes what the book is made of into this folder, which stands for the project's.
///
/// # Errors
/// The folder cannot be written.
pub fn unpack(course: &CourseFiles, folder: &Path) -> anyhow::Result<Repository> {
    for (part, files) in [("book", &BOOK), ("schema", &SCHEMA)] {
        let into = folder.join(part);
        std::fs::create_dir_all(&into)
            .and_then(|()| files.extract(&into))
            .with_context(|| format!("failed to write `{}`", into.display()))?;
    }
    let course = course
        .0
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()));
    let files = FILES.iter().map(|(name, text)| (*name, text.as_bytes()));
    for (name, content) in course.chain(files) {
        write(&folder.join(name), content)?;
    }
    Repository::above(folder)
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    path.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, content))
        .with_context(|| format!("failed to write `{}`", path.display()))
}
