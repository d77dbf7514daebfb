//! What a file must look like: its fields, and what kind of value each has. What is empty, of another kind or unknown is named with its place.

use serde_json::Value as Json;

use super::{Read, place};
use crate::check::Check;
use crate::diagnostic;
use crate::expression::Amount;
use crate::tree::{Key, Location, Node, Value};
use crate::verdict::BrokenRule;

/// What the form is called among the rules of its check.
pub(super) const RULE: &str = "form";

/// What is wrong with the form of a file: each fault, and what is empty as one.
pub(super) fn broken(check: &Check, file: &Read<'_>, form: &Json) -> Vec<BrokenRule> {
    let mut faults = Faults::default();
    faults.compare(&file.node, file.node.at, form, "");
    let broken = |at: Location, expected: String, found: String| BrokenRule {
        rule: RULE.to_owned(),
        at: place::shown(file.path, at),
        says: check.says.clone(),
        expected,
        found,
        page: None,
    };
    let mut all: Vec<BrokenRule> = faults
        .wrong
        .into_iter()
        .map(|(at, expected, found)| broken(at, expected, found))
        .collect();
    if let Some((at, first)) = faults.empty.first() {
        let found = match faults.empty.len() {
            1 => format!("no value for `{first}`"),
            count => format!("no value for `{first}` and {} more", count - 1),
        };
        all.push(broken(*at, "a value for every entry".to_owned(), found));
    }
    all
}

#[derive(Default)]
struct Faults {
    /// Where, what is expected, what was found.
    wrong: Vec<(Location, String, String)>,
    /// Where, and the path.
    empty: Vec<(Location, String)>,
}

impl Faults {
    fn compare(&mut self, node: &Node, at: Location, form: &Json, path: &str) {
        match (form, &node.value) {
            (form, Value::Null) if may_be_empty(form) => {}
            (Json::Object(_) | Json::Array(_), Value::Null) => self.empty(at, path),
            (Json::Object(form), Value::Map(fields)) => {
                for (key, value) in fields {
                    let inner = join(path, &key.name);
                    match form.get(&key.name) {
                        Some(form) => self.compare(value, place_of(key, value), form, &inner),
                        None => self.unknown(key.at, &key.name, path, form.keys()),
                    }
                }
                for (name, form) in form {
                    let is_there = fields.iter().any(|(key, _)| key.name == *name);
                    if !is_there && !may_be_empty(form) {
                        self.empty(at, &join(path, name));
                    }
                }
            }
            (Json::Array(form), Value::List(items)) => {
                let element = form.first().unwrap_or(&Json::Null);
                for (index, item) in items.iter().enumerate() {
                    self.compare(item, item.at, element, &join(path, &index.to_string()));
                }
            }
            (Json::String(leaf), _) => self.leaf(node, at, leaf, path),
            (form, _) => {
                let meant = if form.is_array() { "a list" } else { "a map" };
                self.other(node, at, meant, path);
            }
        }
    }

    fn leaf(&mut self, node: &Node, at: Location, leaf: &str, path: &str) {
        let (kind, optional) = match leaf.strip_suffix('?') {
            Some(kind) => (kind.trim(), true),
            None => (leaf, false),
        };
        let is_empty = match &node.value {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        };
        if is_empty {
            if !optional {
                self.empty(at, path);
            }
            return;
        }
        match (kind, &node.value) {
            ("any", _) | ("number", Value::Number(..)) | ("text", Value::Text(_)) => {}
            ("number", Value::Text(text)) => {
                if let Err(why) = Amount::parse(text) {
                    self.wrong(at, format!("a number for `{path}`"), why);
                }
            }
            ("number", _) => self.other(node, at, "a number", path),
            ("date", Value::Text(text)) => {
                if text.trim().parse::<jiff::civil::Date>().is_err() {
                    let expected = format!("a date for `{path}`, such as 2027-05-31");
                    self.wrong(at, expected, format!("`{text}`"));
                }
            }
            ("date", _) => self.other(node, at, "a date", path),
            ("text", _) => self.other(node, at, "a text", path),
            (choices, Value::Text(text)) => self.choice(at, choices, text, path),
            (_, _) => self.other(node, at, "one of its words", path),
        }
    }

    fn choice(&mut self, at: Location, choices: &str, text: &str, path: &str) {
        let known: Vec<&str> = choices.split('|').map(str::trim).collect();
        if known.contains(&text.trim()) {
            return;
        }
        let near = diagnostic::nearest(text, known.iter().copied());
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let expected = format!("`{path}` to be one of {}", known.join(", "));
        self.wrong(at, expected, format!("`{text}`{near}"));
    }

    fn unknown<'a>(
        &mut self,
        at: Location,
        name: &str,
        path: &str,
        known: impl Iterator<Item = &'a String>,
    ) {
        let known: Vec<&str> = known.map(String::as_str).collect();
        let near = diagnostic::nearest(name, known.iter().copied());
        let near = match near {
            Some(near) => format!("; did you mean `{near}`?"),
            // `{weight: 12,5}` is a weight of 12 and a field called 5.
            None if name.chars().all(|letter| letter.is_ascii_digit()) => {
                "; is that the rest of a number? Write 12.5, with a point".to_owned()
            }
            None => String::new(),
        };
        let inside = if path.is_empty() {
            "of the file".to_owned()
        } else {
            format!("of `{path}`")
        };
        let expected = format!("one of the fields {inside}: {}", known.join(", "));
        self.wrong(at, expected, format!("`{name}`{near}"));
    }

    fn other(&mut self, node: &Node, at: Location, meant: &str, path: &str) {
        let expected = match path {
            "" => format!("{meant} in the file"),
            path => format!("{meant} for `{path}`"),
        };
        self.wrong(at, expected, node.shape().to_owned());
    }

    fn wrong(&mut self, at: Location, expected: String, found: String) {
        self.wrong.push((at, expected, found));
    }

    fn empty(&mut self, at: Location, path: &str) {
        self.empty.push((at, path.to_owned()));
    }
}

/// Where a value stands; nothing stands where its name does.
fn place_of(key: &Key, value: &Node) -> Location {
    match value.value {
        Value::Null => key.at,
        _ => value.at,
    }
}

fn may_be_empty(form: &Json) -> bool {
    match form {
        Json::String(leaf) => leaf.ends_with('?'),
        Json::Array(_) => true,
        Json::Object(fields) => fields.values().all(may_be_empty),
        _ => false,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
