//! YAML as a tree of values, each with its place: what files are merged into, and what typed forms are read from.
//!
//! Knows YAML's values, not what any file means.

mod read;
pub(crate) mod references;
mod written;

use serde_json::{Map, Number};

pub(crate) use read::{Error, Fault, SPANNED};

/// Where something stands. The first file of a document is source 0; lines and columns are from 1, and 0 is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Location {
    /// Which of the document's files.
    pub(crate) source: u32,
    /// In lines.
    pub(crate) line: u32,
    /// In characters.
    pub(crate) column: u32,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) at: Location,
    /// What it is.
    pub(crate) value: Value,
}

/// A value of YAML.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, and how it is written.
    Number(Number, String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order in which it is written.
    Map(Vec<(Key, Node)>),
}

/// The name of a field and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    /// Where it begins.
    pub(crate) at: Location,
    /// The name.
    pub(crate) name: String,
}

impl Node {
    /// This value and all in it, at one place: what a reference stands for.
    pub(crate) fn of(value: &serde_json::Value, at: Location) -> Self {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(truth) => Value::Bool(*truth),
            serde_json::Value::Number(number) => Value::Number(number.clone(), number.to_string()),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(|item| Self::of(item, at)).collect())
            }
            serde_json::Value::Object(fields) => Value::Map(
                fields
                    .iter()
                    .map(|(name, value)| {
                        let name = name.clone();
                        (Key { at, name }, Self::of(value, at))
                    })
                    .collect(),
            ),
        };
        Self { at, value }
    }

    /// The value without its places.
    pub(crate) fn plain(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Number(number, _) => number.clone().into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::plain).collect(),
            Value::Map(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, value)| (key.name.clone(), value.plain()));
                fields.collect::<Map<_, _>>().into()
            }
        }
    }

    /// A field of a map; `None` when it is no map or has no such field.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(fields) = &self.value else {
            return None;
        };
        fields
            .iter()
            .find_map(|(key, value)| (key.name == name).then_some(value))
    }

    /// The same map without a field, and that field.
    pub(crate) fn take(&mut self, name: &str) -> Option<(Key, Self)> {
        let Value::Map(fields) = &mut self.value else {
            return None;
        };
        let place = fields.iter().position(|(key, _)| key.name == name)?;
        Some(fields.remove(place))
    }

    /// What it is, for a sentence.
    pub(crate) fn shape(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(..) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The same tree as part of another source.
    pub(crate) fn of_source(mut self, source: u32) -> Self {
        self.at.source = source;
        match &mut self.value {
            Value::List(items) => {
                for item in items {
                    *item = std::mem::replace(item, Self::nothing()).of_source(source);
                }
            }
            Value::Map(fields) => {
                for (key, value) in fields {
                    key.at.source = source;
                    *value = std::mem::replace(value, Self::nothing()).of_source(source);
                }
            }
            _ => {}
        }
        self
    }

    /// No value, at no place.
    pub(crate) fn nothing() -> Self {
        Self {
            at: Location::default(),
            value: Value::Null,
        }
    }
}

/// One tree laid over another. Maps merge, key by key; any other value of the upper one takes the place of the lower one's, and nothing
/// (`null`) takes it away. `whole` says which maps do not merge, by the path of their keys.
pub(crate) fn lay_over(
    lower: Node,
    upper: Node,
    path: &mut Vec<String>,
    whole: fn(&[String], &Node) -> bool,
) -> Node {
    let merges = !whole(path, &lower) && !whole(path, &upper);
    let (at, mut fields, over) = match (lower.value, upper.value) {
        (Value::Map(lower), Value::Map(over)) if merges => (upper.at, lower, over),
        (_, value) => {
            return Node {
                at: upper.at,
                value,
            };
        }
    };
    for (key, value) in over {
        let place = fields.iter().position(|(known, _)| known.name == key.name);
        match (place, &value.value) {
            (Some(place), Value::Null) => {
                fields.remove(place);
            }
            (Some(place), _) => {
                path.push(key.name.clone());
                let below = std::mem::replace(&mut fields[place].1, Node::nothing());
                fields[place] = (key, lay_over(below, value, path, whole));
                path.pop();
            }
            (None, _) => fields.push((key, value)),
        }
    }
    Node {
        at,
        value: Value::Map(fields),
    }
}
