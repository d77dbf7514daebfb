//! Reads YAML strictly: unknown fields, wrong types, doubled keys and newer formats are faults with their place.
//!
//! Knows YAML and its positions, not what any file means.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Error, Location, MessageFormatter, Options, UserMessageFormatter};

use crate::diagnostic::{Diagnostic, Place};
use crate::template::{self, Names};

/// The version that every course file has.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// The text of one file, as YAML reads it.
#[derive(Debug, Clone)]
pub(crate) struct Document<'a> {
    /// Path from the course's root.
    pub(crate) file: &'a str,
    /// What YAML reads.
    pub(crate) text: String,
    /// What the author wrote and what was filled in, when the text is a rendered template.
    template: Option<(&'a str, &'a Names)>,
}

/// A value and where it stands. In a schema it is the value alone.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it stands, in the text that YAML reads.
    pub(crate) defined: Location,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_yaml::Spanned::deserialize(deserializer)?;
        Ok(Self {
            value: spanned.value,
            defined: spanned.defined,
        })
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

/// The first thing that is read of a file; all else may be of a format that is not known here.
#[derive(Deserialize)]
struct Version {
    format_version: Option<Spanned<serde_json::Value>>,
}

impl<'a> Document<'a> {
    /// A file that is no template.
    pub(crate) fn plain(file: &'a str, text: &str) -> Self {
        Self {
            file,
            text: text.to_owned(),
            template: None,
        }
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
        })
    }

    /// Reads the file after its `format_version`.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        let version: Version = self.parse()?;
        match version.format_version {
            None => Err(Diagnostic::new(self.file, "no `format_version`")
                .note(format!("write `format_version: {FORMAT_VERSION}` first"))),
            Some(version) => match version.value.as_u64() {
                Some(FORMAT_VERSION) => self.parse(),
                Some(newer) if newer > FORMAT_VERSION => Err(self
                    .fault(
                        version.defined,
                        format!("written for a newer labctl: format_version {newer}"),
                    )
                    .note(format!("this labctl reads format_version {FORMAT_VERSION}"))),
                _ => Err(self
                    .fault(
                        version.defined,
                        format!("no such format_version: {}", version.value),
                    )
                    .note(format!("this labctl reads format_version {FORMAT_VERSION}"))),
            },
        }
    }

    /// Reads all documents of a file that has no `format_version`, such as a manifest.
    pub(crate) fn read_all<T: DeserializeOwned>(&self) -> Result<Vec<T>, Diagnostic> {
        serde_yaml::from_multiple_with_options(&self.text, options(false))
            .map_err(|error| self.explain(&error))
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        serde_yaml::from_str_with_options(&self.text, options(true))
            .map_err(|error| self.explain(&error))
    }

    /// A fault at a place of this document.
    pub(crate) fn fault(&self, location: Location, message: impl Into<String>) -> Diagnostic {
        self.fault_at(whole(location.line()), whole(location.column()), message)
    }

    /// A fault at a line and a column of the text, from 1.
    pub(crate) fn fault_at(
        &self,
        line: usize,
        column: usize,
        message: impl Into<String>,
    ) -> Diagnostic {
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

    fn explain(&self, error: &Error) -> Diagnostic {
        let error = error.without_snippet();
        let fault = |message: String| match error.location() {
            Some(location) => self.fault(location, message),
            None => Diagnostic::new(self.file, message),
        };
        match error {
            Error::SerdeUnknownField {
                field, expected, ..
            } => fault(format!("unknown field `{field}`")).known(
                "fields",
                field,
                expected.iter().copied(),
            ),
            Error::SerdeUnknownVariant {
                variant, expected, ..
            } => fault(format!("unknown value `{variant}`")).known(
                "values",
                variant,
                expected.iter().copied(),
            ),
            Error::SerdeMissingField { field, .. } => fault(format!("no `{field}`")),
            Error::SerdeInvalidType {
                unexpected,
                expected,
                ..
            }
            | Error::SerdeInvalidValue {
                unexpected,
                expected,
                ..
            } => fault(format!("expected {expected}, found {unexpected}")),
            Error::QuotingRequired { value, .. } => fault(format!(
                "a text is expected here: write it in quotes, \"{value}\""
            )),
            Error::InvalidScalar { ty: "bool", .. } => {
                fault("expected `true` or `false`".to_owned())
            }
            Error::InvalidScalar { ty, .. } if ty.starts_with('u') => {
                fault("expected a whole number that is not negative".to_owned())
            }
            Error::InvalidScalar { ty, .. } if ty.starts_with('i') => {
                fault("expected a whole number".to_owned())
            }
            Error::NullIntoString { .. } => fault("no value is given here".to_owned()),
            Error::DuplicateMappingKey { key: Some(key), .. } => {
                fault(format!("`{key}` is given twice"))
            }
            other => fault(UserMessageFormatter.format_message(other).into_owned()),
        }
    }
}

/// `quotes`: whether a text that looks like a number or a boolean must be quoted.
fn options(quotes: bool) -> Options {
    serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        no_schema: quotes,
        with_snippet: false,
    }
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
