//! The book as it is published: rendered by mdBook, its links checked, its commands run.
//!
//! Knows mdBook; nothing of clusters and sessions: for those it types what a page says.

mod included;
pub mod links;
pub mod shell;
pub mod taught;

use std::path::Path;

use anyhow::Context as _;
use book::repository::Repository;
use mdbook_driver::MDBook;

use included::Included;

/// The book as its files say it, with what it includes from elsewhere still to be included.
///
/// # Errors
/// `book.toml`, the summary or a page cannot be read.
pub fn load(repository: &Repository) -> anyhow::Result<MDBook> {
    let folder = repository.path("book");
    MDBook::load(&folder)
        .with_context(|| format!("failed to read the book in `{}`", folder.display()))
}

/// Renders the book to this folder; what was there before is removed.
///
/// # Errors
/// A page or something that it includes cannot be read, or the folder cannot be written.
pub fn build(repository: &Repository, destination: &Path) -> anyhow::Result<()> {
    let mut book = load(repository)?;
    destination.clone_into(&mut book.config.build.build_dir);
    book.with_preprocessor(Included::new(repository.clone()));
    book.build()
        .with_context(|| format!("failed to build the book in `{}`", destination.display()))
}
