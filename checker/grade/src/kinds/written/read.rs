//! A file's text as a tree: YAML or JSON, or a Markdown page as plain data. What is wrong with it is said to whoever wrote it.

use super::markdown;
use crate::document::Document;
use crate::tree::{Location, Node, Value};

/// No person writes a list or a map of more entries, and rules that compare each with each would take minutes for it.
const MOST_ENTRIES: usize = 100;

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
        return of_a_size(markdown::read(text));
    }
    let trees = Document::plain(path, text).trees();
    let mut trees = trees.map_err(|fault| Unread {
        place: fault.place.map(|place| (place.line, place.column)),
        what: format!("it is no YAML: {}", fault.message),
    })?;
    match (trees.pop(), trees.len()) {
        (None, _) => Ok(Node::nothing()),
        (Some(tree), 0) => of_a_size(tree),
        (Some(second), more) => Err(Unread {
            place: Some((second.at.line as usize, second.at.column as usize)),
            what: format!(
                "it has {} documents; write one, without `---` in between",
                more + 1
            ),
        }),
    }
}

/// The tree, if a person may have written it.
fn of_a_size(tree: Node) -> Result<Node, Unread> {
    match crowd(&tree) {
        None => Ok(tree),
        Some((entries, at)) => Err(Unread {
            place: (at.line > 0).then_some((at.line as usize, at.column as usize)),
            what: format!("it has {entries} entries in one place; write {MOST_ENTRIES} at most"),
        }),
    }
}

/// The first list or map that has too many entries: how many, and where the first one too many stands.
fn crowd(node: &Node) -> Option<(usize, Location)> {
    match &node.value {
        Value::List(items) => match items.get(MOST_ENTRIES) {
            Some(item) => Some((items.len(), item.at)),
            None => items.iter().find_map(crowd),
        },
        Value::Map(fields) => match fields.get(MOST_ENTRIES) {
            Some((key, _)) => Some((fields.len(), key.at)),
            None => fields.iter().find_map(|(_, value)| crowd(value)),
        },
        _ => None,
    }
}
