//! The book in the binary: its pages, and how everything else names a place in it. Knows no screen and no browser.

use book::html::{self, Files};
use book::pages::{self, Found, Page};
use book::quiz;
use session::course;

use crate::failure::{Failure, Result};

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
        pages::find(&self.pages, title)
            .ok_or_else(|| unknown("book", title, &pages::meant(&self.pages, title)))
    }

    /// The command that shows the place of a page where this sentence stands.
    pub(crate) fn see(&self, page: &Page, sentence: &str) -> String {
        let heading = quiz::place(&page.text, sentence).unwrap_or_default();
        // In a shell's double quotes a backtick would run what follows.
        let heading = heading.replace('`', "");
        match pages::find(&self.pages, &heading) {
            Some(Found::Section(of, _)) if of.path == page.path => reference(&heading),
            _ => reference(&page.title),
        }
    }

    /// Its files for a browser.
    pub(crate) fn html(&self) -> Files {
        html::files(&self.pages, &self.beside)
    }
}

/// Nothing has this title; the hint is the command with what was probably meant.
pub(crate) fn unknown(command: &str, title: &str, meant: &[String]) -> Failure {
    let with = |title: &String| format!("labctl {command} \"{title}\"");
    let hint = match meant {
        [] if command == "book" => "`labctl book --list` has the titles".to_owned(),
        [] => format!("`labctl {command}` has the titles"),
        [one] => format!("did you mean `{}`?", with(one)),
        several => {
            let commands: Vec<String> = several.iter().map(with).collect();
            format!("did you mean one of these?\n  {}", commands.join("\n  "))
        }
    };
    Failure::bad_input(format!("the book has no page or heading `{title}`")).hint(hint)
}

/// What the book's crate could not do.
pub(crate) fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::bad_input(format!("{error:#}"))
}
