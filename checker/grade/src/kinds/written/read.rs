//! A file's text as a tree: YAML or JSON, or a Markdown page as plain data. What is wrong with it is said to whoever wrote it.

use super::markdown;
use crate::document::Document;
use crate::tree::Node;

/// Why a file cannot be read, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// Line and column, from 1; unset where it is about the whole file.
    pub(super) place: Option<(usize, usize)>,
    /// What is wrong.
    pub(super) what: String,
}

impl Unread {
    /// `decision.yaml:3:5`.
    pub(super) fn at(&self, path: &str) -> String {
        match self.place {
            Some((line, column)) => format!("{path}:{line}:{column}"),
            None => path.to_owned(),
        }
    }
}

/// The one document of a file; an empty file is nothing.
pub(super) fn read(path: &str, text: &str) -> Result<Node, Unread> {
    // Some editors write a mark before the first letter.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if path.to_lowercase().ends_with(".md") {
        return Ok(markdown::read(text));
    }
    let trees = Document::plain(path, text).trees();
    let mut trees = trees.map_err(|fault| Unread {
        place: fault.place.map(|place| (place.line, place.column)),
        what: format!("it is no YAML: {}", fault.message),
    })?;
    match (trees.pop(), trees.len()) {
        (None, _) => Ok(Node::nothing()),
        (Some(tree), 0) => Ok(tree),
        (Some(second), more) => Err(Unread {
            place: Some((second.at.line as usize, second.at.column as usize)),
            what: format!(
                "it has {} documents; write one, without `---` in between",
                more + 1
            ),
        }),
    }
}
