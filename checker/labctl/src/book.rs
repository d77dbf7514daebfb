//! The book in the binary: its pages, and how everything else names a place in it. Knows no screen and no browser.

use book::html::{self, Files};
use book::pages::{self, Found, Page};

use crate::course;
use crate::failure::{Failure, Result};

/// The page about what the lab has and has not.
pub(crate) const REAL_AND_SIMULATED: &str = "What is real and what is simulated";

/// The command that shows this page or section; a check's `see` may name its part before it.
///
/// The one place where a reference to the book is made.
pub(crate) fn reference(place: &str) -> String {
    format!("labctl book \"{}\"", pages::title_of(place))
}

/// The book.
pub(crate) struct Book {
    /// In their order.
    pub(crate) pages: Vec<Page>,
    beside: Files,
}

impl Book {
    /// Makes the pages.
    ///
    /// # Errors
    /// The temporary folder in which they are made cannot be written.
    pub(crate) fn open() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("labctl-book-")
            .tempdir()
            .map_err(|error| {
                Failure::bad_input(format!("failed to make a temporary folder: {error}"))
                    .hint("TMPDIR names another place for it")
            })?;
        let repository =
            book::embedded::unpack(&course::files(None)?, folder.path()).map_err(unreadable)?;
        Ok(Self {
            pages: pages::pages(&repository).map_err(unreadable)?,
            beside: html::beside(&repository).map_err(unreadable)?,
        })
    }

    /// What a title names.
    ///
    /// # Errors
    /// Nothing has it; says what was probably meant.
    pub(crate) fn find(&self, title: &str) -> Result<Found<'_>> {
        pages::find(&self.pages, title).ok_or_else(|| {
            let hint = match pages::meant(&self.pages, title).as_slice() {
                [] => "`labctl book --list` has the titles".to_owned(),
                [one] => format!("did you mean `{}`?", reference(one)),
                several => {
                    let commands: Vec<String> =
                        several.iter().map(|title| reference(title)).collect();
                    format!("did you mean one of these?\n  {}", commands.join("\n  "))
                }
            };
            Failure::bad_input(format!("the book has no page or heading `{title}`")).hint(hint)
        })
    }

    /// Its files for a browser.
    pub(crate) fn html(&self) -> Files {
        html::files(&self.pages, &self.beside)
    }
}

/// What the book's crate could not do.
pub(crate) fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::bad_input(format!("{error:#}"))
}
