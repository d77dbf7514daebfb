//! Reads YAML strictly: unknown fields, wrong types, doubled keys and other formats are faults with their place.
//!
//! Knows YAML and its positions, not what any file means.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_yaml::budget::BudgetBreach;
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Error, MessageFormatter, Options, UserMessageFormatter};

use crate::diagnostic::{Diagnostic, Message, Place, message};
use crate::template::{self, Names};
pub(crate) use crate::tree::Location;
use crate::tree::{self, Fault, Node};

/// The version that every course file has.
pub(crate) const FORMAT_VERSION: u64 = 2;

/// The text of one file, as YAML reads it, and of the files that lie below it.
#[derive(Debug, Clone)]
pub(crate) struct Document<'a> {
    /// Path from the course's root.
    pub(crate) file: &'a str,
    /// What YAML reads.
    pub(crate) text: String,
    /// What the author wrote and what was filled in, when the text is a rendered template.
    template: Option<(&'a str, &'a Names)>,
    /// The files that this one is laid over, from source 1 on: path and text.
    below: Vec<(&'a str, &'a str)>,
    /// The version that it must have.
    version: u64,
    /// What its expressions may name, as `given`.
    pub(crate) given: Map<String, Value>,
}

/// A value and where it stands. In a schema it is the value alone.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it stands, in the text that YAML reads.
    pub(crate) defined: Location,
}

/// A map whose names have places, in the order in which it is written.
#[derive(Debug, Clone)]
pub(crate) struct Named<T>(pub(crate) Vec<(Spanned<String>, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Spanned<T>, A::Error> {
                let missing = || A::Error::custom("a value without its place");
                let mut number = || parts.next_element()?.ok_or_else(missing);
                let defined = Location {
                    source: number()?,
                    line: number()?,
                    column: number()?,
                };
                Ok(Spanned {
                    value: parts.next_element()?.ok_or_else(missing)?,
                    defined,
                })
            }
        }

        deserializer.deserialize_tuple_struct(tree::SPANNED, 4, Parts(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut fields: A,
            ) -> Result<Named<T>, A::Error> {
                let mut named = Vec::new();
                while let Some(field) = fields.next_entry()? {
                    named.push(field);
                }
                Ok(Named(named))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'a> Document<'a> {
    /// A file that is no template.
    pub(crate) fn plain(file: &'a str, text: &str) -> Self {
        Self {
            file,
            text: text.to_owned(),
            template: None,
            below: Vec::new(),
            version: FORMAT_VERSION,
            given: Map::new(),
        }
    }

    /// The same file, of this version.
    pub(crate) fn of_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// A file that is a template, with these names filled in.
    ///
    /// # Errors
    /// The first fault of the template.
    pub(crate) fn render(
        file: &'a str,
        template: &'a str,
        names: &'a Names,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            file,
            text: template::render(file, template, names)?,
            template: Some((template, names)),
            below: Vec::new(),
            version: FORMAT_VERSION,
            given: Map::new(),
        })
    }

    /// Reads the file after its `format_version`.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        self.typed(&self.tree()?)
    }

    /// The file as a tree, after its `format_version`, which is no longer in it.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn tree(&self) -> Result<Node, Diagnostic> {
        self.tree_of(0, self.file, &self.text)
    }

    /// The file as a tree, laid over another file. Of the other one it is an error to be of another version.
    pub(crate) fn tree_over(
        &mut self,
        file: &'a str,
        text: &'a str,
        whole: fn(&[String], &Node) -> bool,
    ) -> Result<Node, Diagnostic> {
        let upper = self.tree()?;
        self.below.push((file, text));
        let source = u32::try_from(self.below.len()).unwrap_or_default();
        let lower = self.tree_of(source, file, text)?;
        Ok(tree::lay_over(lower, upper, &mut Vec::new(), whole))
    }

    fn tree_of(&self, source: u32, file: &str, text: &str) -> Result<Node, Diagnostic> {
        let tree: Node = serde_yaml::from_str_with_options(text, options())
            .map_err(|error| self.explain(source, &error))?;
        let mut tree = tree.of_source(source);
        let wanted = self.version;
        let Some((_, version)) = tree.take("format_version") else {
            return Err(Diagnostic::new(file, message!(NoFormatVersion))
                .note(format!("write `format_version: {wanted}` first")));
        };
        let found = version.plain();
        let message = match found.as_u64() {
            Some(found) if found == wanted => return Ok(tree),
            Some(newer) if newer > wanted => {
                message!(NewerFormat, newer)
            }
            Some(older) if older > 0 => {
                message!(OlderFormat, older)
            }
            _ => message!(NoSuchFormat, found),
        };
        Err(self
            .fault(version.at, message)
            .note(format!("this labctl reads format_version {wanted}")))
    }

    /// That a map has no other fields than these.
    ///
    /// # Errors
    /// The first one that it has.
    pub(crate) fn known_fields(&self, tree: &Node, known: &[&str]) -> Result<(), Diagnostic> {
        let tree::Value::Map(fields) = &tree.value else {
            return Ok(());
        };
        let unknown = fields
            .iter()
            .find(|(key, _)| !known.contains(&key.name.as_str()));
        unknown.map_or(Ok(()), |(key, _)| {
            let fault = self.fault(key.at, message!(UnknownField, key.name));
            Err(fault.known("fields", &key.name, known.iter().copied()))
        })
    }

    /// Reads a form from a tree of this document.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn typed<T: DeserializeOwned>(&self, tree: &Node) -> Result<T, Diagnostic> {
        T::deserialize(tree).map_err(|error: tree::Error| {
            let at = error.at.unwrap_or(tree.at);
            match error.fault {
                Fault::UnknownField(name, known) => self
                    .fault(at, message!(UnknownField, name))
                    .known("fields", &name, known.iter().copied()),
                Fault::UnknownValue(name, known) => self
                    .fault(at, message!(UnknownValue, name))
                    .known("values", &name, known.iter().copied()),
                Fault::Missing(name) => self.fault(at, message!(FieldMissing, name)),
                Fault::Message(message) => self.fault(at, message),
            }
        })
    }

    /// Reads all documents of a file that has no `format_version`, such as a manifest.
    pub(crate) fn read_all<T: DeserializeOwned>(&self) -> Result<Vec<T>, Diagnostic> {
        self.trees()?.iter().map(|tree| self.typed(tree)).collect()
    }

    /// The same as trees.
    pub(crate) fn trees(&self) -> Result<Vec<Node>, Diagnostic> {
        let trees: Vec<Node> = serde_yaml::from_multiple_with_options(&self.text, options())
            .map_err(|error| self.explain(0, &error))?;
        let there = |tree: &Node| tree.value != tree::Value::Null;
        Ok(trees.into_iter().filter(there).collect())
    }

    /// A fault at a place of this document or of a file below it.
    pub(crate) fn fault(&self, location: Location, message: Message) -> Diagnostic {
        let (line, column) = (location.line as usize, location.column as usize);
        match self.below_at(location) {
            None => self.fault_at(line, column, message),
            Some((file, text)) => Diagnostic::new(file, message).at(Place::of(text, line, column)),
        }
    }

    /// The file that a place is in, where that is not the first.
    fn below_at(&self, location: Location) -> Option<(&'a str, &'a str)> {
        let place = (location.source as usize).checked_sub(1)?;
        self.below.get(place).copied()
    }

    /// Where a part of a text stands: the first time that it is found from the text's own place on, or that place.
    pub(crate) fn place_of(&self, at: Location, part: &str) -> Location {
        let text = self
            .below_at(at)
            .map_or(self.text.as_str(), |(_, text)| text);
        let lines = (1..)
            .zip(text.lines())
            .skip((at.line as usize).saturating_sub(1));
        for (line, source) in lines {
            let from = if line == at.line {
                let before = source.chars().take((at.column as usize).saturating_sub(1));
                before.map(char::len_utf8).sum()
            } else {
                0
            };
            if let Some(byte) = source[from..].find(part) {
                let column = source[..from + byte].chars().count() + 1;
                return Location {
                    line,
                    column: u32::try_from(column).unwrap_or_default(),
                    ..at
                };
            }
        }
        at
    }

    /// A fault at a line and a column of the text, from 1.
    pub(crate) fn fault_at(&self, line: usize, column: usize, message: Message) -> Diagnostic {
        Diagnostic::new(self.file, message).at(self.place(line, column))
    }

    fn place(&self, line: usize, column: usize) -> Option<Place> {
        let place = Place::of(&self.text, line, column)?;
        let Some((template, names)) = self.template else {
            return Some(place);
        };
        let written_line =
            template::line_of(self.file, template, names, &self.text, line).unwrap_or(line);
        let written = template.lines().nth(written_line - 1).unwrap_or_default();
        let rendered = (written != place.source).then(|| place.source.clone());
        Some(Place {
            line: written_line,
            source: written.to_owned(),
            rendered,
            ..place
        })
    }

    fn explain(&self, source: u32, error: &Error) -> Diagnostic {
        let error = error.without_snippet();
        let message = match error {
            Error::DuplicateMappingKey { key: Some(key), .. } => message!(FieldTwice, key),
            Error::Budget { breach, .. } => message!(NoYaml, beyond(breach)),
            other => match UserMessageFormatter.format_message(other) {
                // The scanner has no other sign of it.
                text if text.contains("recursion limit") => message!(NoYaml, TOO_DEEP),
                text => message!(NoYaml, text),
            },
        };
        let place = error
            .location()
            .map_or_else(Location::default, Location::from);
        self.fault(Location { source, ..place }, message)
    }
}

const TOO_DEEP: &str = "it is nested deeper than anybody can read";

/// What a file has more of than is read.
fn beyond(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Depth { .. } => TOO_DEEP,
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
            "it has more anchors and aliases than are read: write out what they stand for"
        }
        _ => "it has more entries than are read",
    }
}

fn options() -> Options {
    serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    }
}
