//! What was handed out, as it was then: the lines in which evidence may occur, and the objects of manifests.
//!
//! A learner's copy is not asked: whoever changes a page has made its evidence.

use serde_json::Value as Json;

use crate::document::Document;
use crate::tree::{Node, Value};

/// A file that was handed out.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::kinds) struct Page {
    parts: Vec<Part>,
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    /// Its lines, with their numbers in the file.
    lines: Vec<(u32, String)>,
    /// Nothing where it is no YAML.
    tree: Node,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) kind: String,
    /// Empty for cluster-scoped kinds.
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Identity {
    /// That of an object; `None` of what is none.
    pub(super) fn of(object: &Json) -> Option<Self> {
        let text = |pointer| Some(object.pointer(pointer)?.as_str()?.to_owned());
        Some(Self {
            kind: text("/kind")?,
            namespace: text("/metadata/namespace").unwrap_or_default(),
            name: text("/metadata/name")?,
        })
    }
}

impl Page {
    /// Reads a file; what is no YAML has lines and no entries.
    pub(super) fn read(path: &str, text: &str) -> Self {
        let numbered: Vec<(u32, String)> = (1..).zip(text.lines().map(str::to_owned)).collect();
        let trees = Document::plain(path, text).trees();
        let trees = match trees {
            Ok(trees) if !trees.is_empty() && !path.to_lowercase().ends_with(".md") => trees,
            _ => vec![Node::nothing()],
        };
        let begins = |line: &(u32, String)| line.1.trim_end() == "---";
        let documents = numbered.split(begins).filter(|lines| {
            let says = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
            lines.iter().any(|(_, line)| says(line))
        });
        let parts = documents.zip(trees).map(|(lines, tree)| Part {
            lines: lines.to_vec(),
            tree,
        });
        Self {
            parts: parts.collect(),
        }
    }

    /// The objects of a file of manifests.
    pub(super) fn objects(&self) -> impl Iterator<Item = Identity> {
        self.parts
            .iter()
            .filter_map(|part| Identity::of(&part.tree.plain()))
    }

    /// The lines of one of its objects.
    pub(super) fn lines_of(&self, wanted: &Identity) -> Vec<&str> {
        let is_it = |part: &&Part| Identity::of(&part.tree.plain()).as_ref() == Some(wanted);
        let parts = self.parts.iter().filter(is_it);
        parts
            .flat_map(|part| part.lines.iter().map(|(_, line)| line.as_str()))
            .collect()
    }

    /// The lines of the entry that a field is a part of.
    pub(super) fn lines_around(&self, field: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for part in &self.parts {
            let path: Vec<&str> = field.split('.').collect();
            let (from, to) = range(&part.tree, &path[..path.len().saturating_sub(1)]);
            let lines = part.lines.iter();
            found.extend(
                lines
                    .filter(|(number, _)| (from..to).contains(number))
                    .map(|(_, line)| line.as_str()),
            );
        }
        found
    }
}

/// From which line on, and before which, an entry stands; of one that is not there, the one that it would be in.
fn range(tree: &Node, path: &[&str]) -> (u32, u32) {
    let (mut node, mut from, mut to) = (tree, 0, u32::MAX);
    for part in path {
        let Value::Map(fields) = &node.value else {
            break;
        };
        let Some(place) = fields.iter().position(|(key, _)| key.name == *part) else {
            break;
        };
        from = fields[place].0.at.line;
        to = fields.get(place + 1).map_or(to, |(next, _)| next.at.line);
        node = &fields[place].1;
    }
    (from, to)
}

/// The lines of an object as `kubectl get -o yaml` shows them, without their indents.
pub(super) fn lines_of(object: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    add(None, object, &mut lines);
    lines
}

fn add(key: Option<&str>, value: &Json, lines: &mut Vec<String>) {
    let named = |value: &str| match key {
        Some(key) => format!("{key}: {value}"),
        None => value.to_owned(),
    };
    match value {
        Json::Object(fields) if fields.is_empty() => lines.push(named("{}")),
        Json::Array(items) if items.is_empty() => lines.push(named("[]")),
        Json::Object(fields) => {
            lines.push(named(""));
            for (key, value) in fields {
                add(Some(key), value, lines);
            }
        }
        Json::Array(items) => {
            lines.push(named(""));
            for item in items {
                add(None, item, lines);
            }
        }
        Json::String(text) => lines.push(named(text)),
        other => lines.push(named(&other.to_string())),
    }
}

/// How many letters the end of a line has at least that is taken for the line.
const PART: usize = 8;

/// Whether a line that somebody copied is one of these, or the end of one. White space, quotes, the mark of a list element, a comment
/// behind it and a comma at its end are nobody's words.
pub(super) fn occurs<'a>(evidence: &str, mut lines: impl Iterator<Item = &'a str>) -> bool {
    let wanted = bare(evidence);
    let is_it = |line: &str| {
        let line = bare(line);
        !line.is_empty()
            && (line == wanted || (wanted.chars().count() >= PART && line.ends_with(&wanted)))
    };
    !wanted.is_empty() && lines.any(is_it)
}

fn bare(line: &str) -> String {
    let line = line.trim();
    let line = if line.starts_with('#') {
        ""
    } else {
        line.split(" #").next().unwrap_or_default()
    };
    let line = line.trim().trim_start_matches("- ").trim_end_matches(',');
    let letters = line
        .chars()
        .filter(|letter| !letter.is_whitespace() && !"\"'`".contains(*letter));
    letters.flat_map(char::to_lowercase).collect()
}
