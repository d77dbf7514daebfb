//! What is wrong with a course file, and where: the text that `labctl` prints as it is.
//!
//! Knows nothing of what the files mean.

mod message;

use std::fmt;

use serde::Serialize;

pub use message::Message;
pub(crate) use message::{message, text};

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: Box<Message>,
    /// Path from the course's root.
    pub file: String,
    /// The place in the file; unset when the fault has none, such as a missing file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
    /// The names that would have been right; unset when the fault is no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Box<Known>>,
    /// What to do, or what else helps to find it; unset when the message says it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line of the file.
    pub source: String,
    /// What the line became when the parameters were filled in; unset when it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rendered: Option<String>,
}

/// The names that would have been right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// What they are, in the plural: `fields`, `parameters`.
    pub what: String,
    /// The names, in the order in which they are best read.
    pub names: Vec<String>,
    /// The one that was probably meant; unset when none is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Diagnostic {
    /// A fault of a whole file.
    #[must_use]
    pub fn new(file: impl Into<String>, message: Message) -> Self {
        Self {
            message: Box::new(message),
            file: file.into(),
            place: None,
            known: None,
            note: None,
        }
    }

    /// The same fault, at this place.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place.map(Box::new);
        self
    }

    /// The same fault, with the names that would have been right instead of `wrong`.
    #[must_use]
    pub fn known(
        mut self,
        what: &str,
        wrong: &str,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.known = Some(Box::new(Known::new(what, wrong, names)));
        self
    }

    /// The same fault, with what to do about it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl Known {
    /// These names, and the nearest of them to the wrong one.
    #[must_use]
    pub fn new(
        what: &str,
        wrong: &str,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let nearest = nearest(wrong, names.iter().map(String::as_str));
        Self {
            what: what.to_owned(),
            names,
            nearest,
        }
    }
}

impl Place {
    /// A place in a text; `None` when the text has no such line.
    #[must_use]
    pub fn of(text: &str, line: usize, column: usize) -> Option<Self> {
        let source = text.lines().nth(line.checked_sub(1)?)?.to_owned();
        Some(Self {
            line,
            column: column.max(1),
            source,
            rendered: None,
        })
    }

    /// The place of a byte of a text. A byte after the end is the end.
    #[must_use]
    pub fn of_byte(text: &str, byte: usize) -> Option<Self> {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::of(
            text,
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// The name that was probably meant by a wrong one; `None` when none is near.
///
/// Near is at most a third of the wrong name's letters added, left out, changed or swapped with their neighbour, and one always; the
/// first of equally near names wins.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let limit = (wrong.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        let width = self
            .place
            .as_ref()
            .map_or(1, |place| place.line.to_string().len());
        match &self.place {
            None => write!(f, "\n{:width$}--> {}", "", self.file)?,
            Some(place) => {
                write!(
                    f,
                    "\n{:width$}--> {}:{}:{}",
                    "", self.file, place.line, place.column
                )?;
                place.write(f, width)?;
            }
        }
        if let Some(known) = &self.known {
            let names = if known.names.is_empty() {
                "none".to_owned()
            } else {
                known.names.join(", ")
            };
            write!(f, "\n{:width$} = known {}: {names}", "", known.what)?;
            if let Some(nearest) = &known.nearest {
                write!(f, "\n{:width$} = did you mean `{nearest}`?", "")?;
            }
        }
        if let Some(note) = &self.note {
            write!(f, "\n{:width$} = {note}", "")?;
        }
        Ok(())
    }
}

impl Place {
    fn write(&self, f: &mut fmt::Formatter<'_>, width: usize) -> fmt::Result {
        let shown = self.rendered.as_ref().unwrap_or(&self.source);
        write!(f, "\n{:width$} |\n{} | {}", "", self.line, self.source)?;
        if self.rendered.is_some() {
            write!(
                f,
                "\n{:width$} | with its parameters:\n{:width$} | {shown}",
                "", ""
            )?;
        }
        // Tabs are kept, so that the mark stands under what it marks.
        let indent: String = shown
            .chars()
            .take(self.column - 1)
            .map(|letter| if letter == '\t' { '\t' } else { ' ' })
            .collect();
        write!(f, "\n{:width$} | {indent}^", "")
    }
}

impl std::error::Error for Diagnostic {}
