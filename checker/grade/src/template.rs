//! Fills parameters into course files: `MiniJinja` where every unknown name is a fault, with its place and the known names.
//!
//! Knows nothing of what the files mean.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Enumerator, Object, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use crate::diagnostic::{Diagnostic, Place, message};

/// Made once: it takes longer to make than most templates take to render.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // It fails for wrong delimiters only, and these are the default ones.
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .build()
            .unwrap_or_default(),
    );
    environment.set_debug(true);
    // Written as JSON, which is YAML on one line.
    environment.add_filter("json", |value: Value| to_json(&value).to_string());
    environment
});

// The marks of `line_of`: white space that no author writes.
const ZERO: char = '\u{2002}';
const ONE: char = '\u{2003}';
const STOP: char = '\u{2004}';
const MARKS: [char; 3] = [ZERO, ONE, STOP];

/// What a template may name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(BTreeMap<String, Value>);

/// A map whose unknown keys are faults wherever they are used, also in a comparison, which `MiniJinja` itself lets pass.
#[derive(Debug)]
struct Fields {
    /// The map's name, `story`.
    path: String,
    /// What its keys are, in the singular: `parameter`.
    what: &'static str,
    values: BTreeMap<String, Value>,
}

/// An unknown name, carried through `MiniJinja`'s own error.
#[derive(Debug, Clone)]
struct UnknownName {
    what: &'static str,
    name: String,
    known: Vec<String>,
}

impl Names {
    /// The parameters of a variant.
    pub(crate) fn parameters(parameters: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self(
            parameters
                .iter()
                .map(|(name, value)| (name.clone(), of_json(name, value)))
                .collect(),
        )
    }

    /// These names and one more, of any shape.
    pub(crate) fn with_value(mut self, name: &str, value: &serde_json::Value) -> Self {
        self.0.insert(name.to_owned(), of_json(name, value));
        self
    }

    /// These names and one more, of which a template may ask whether it has a field (`is defined`).
    pub(crate) fn with_optional(
        mut self,
        name: &str,
        fields: &serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let pairs = fields.iter().map(|(field, value)| {
            let path = format!("{name}.{field}");
            (field.as_str(), of_json(&path, value))
        });
        let value = Value::from_pairs(pairs);
        self.0.insert(name.to_owned(), value);
        self
    }

    /// These names and one more: a map from a text to a text, such as the verdicts by the check's id.
    pub(crate) fn with(
        mut self,
        name: &str,
        what: &'static str,
        values: BTreeMap<String, String>,
    ) -> Self {
        let values = values
            .into_iter()
            .map(|(key, text)| (key, Value::from(text)))
            .collect();
        self.0.insert(
            name.to_owned(),
            Value::from_object(Fields {
                path: name.to_owned(),
                what,
                values,
            }),
        );
        self
    }
}

/// Renders a template.
///
/// # Errors
/// The first fault: of syntax, of a name, or of an operation.
pub(crate) fn render(file: &str, text: &str, names: &Names) -> Result<String, Diagnostic> {
    let template = ENVIRONMENT
        .template_from_named_str(file, text)
        .map_err(|error| explain(file, text, &error))?;
    let globals: Vec<String> = ENVIRONMENT
        .globals()
        .map(|(name, _)| name.to_owned())
        .collect();
    let unknown = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !names.0.contains_key(name) && !globals.contains(name));
    // The set has no order; the first in the text is the one to report.
    if let Some((byte, name)) = unknown.map(|name| (first_use(text, &name), name)).min() {
        let known = names.0.keys().cloned().collect();
        let place = byte.and_then(|byte| Place::of_byte(text, byte));
        return Err(UnknownName {
            what: "parameter",
            name,
            known,
        }
        .diagnostic(file, place));
    }
    template
        .render(Value::from(names.0.clone()))
        .map_err(|error| explain(file, text, &error))
}

/// The line of a template that a line of its rendered text comes from, both from 1; `None` when it cannot be told.
///
/// Renders once more, with marks of white space around every line of the template: whatever trims the line trims its marks.
pub(crate) fn line_of(
    file: &str,
    template: &str,
    names: &Names,
    rendered: &str,
    line: usize,
) -> Option<usize> {
    if template.contains(MARKS) {
        return None;
    }
    let marked = render(file, &mark(template), names).ok()?;
    if marked.replace(MARKS, "") != rendered {
        return None;
    }
    let marks = |text: &str| {
        let digits = text
            .trim_start_matches(|letter| !MARKS.contains(&letter))
            .chars()
            .map_while(|letter| match letter {
                ZERO => Some(0),
                ONE => Some(1),
                _ => None,
            });
        digits.fold(0, |number, digit| number * 2 + digit)
    };
    match marks(marked.lines().nth(line.checked_sub(1)?)?) {
        0 => None,
        number => Some(number),
    }
}

/// The template with the number of its line at both ends of every line, in binary and closed by a stop, except inside of tags.
fn mark(template: &str) -> String {
    let tags = tags(template);
    let mut marked = String::new();
    let mut start = 0;
    for (number, line) in (1..).zip(template.split_inclusive('\n')) {
        let mark: String = format!("{number:b}")
            .chars()
            .map(|digit| if digit == '0' { ZERO } else { ONE })
            .chain([STOP])
            .collect();
        let text = line.trim_end_matches('\n');
        let outside = |byte: usize| tags.iter().all(|(from, to)| byte <= *from || byte >= *to);
        marked.push_str(if outside(start) { &mark } else { "" });
        marked.push_str(text);
        marked.push_str(if outside(start + text.len()) {
            &mark
        } else {
            ""
        });
        marked.push_str(&line[text.len()..]);
        start += line.len();
    }
    marked
}

fn of_json(path: &str, value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::from(
            items
                .iter()
                .map(|item| of_json(path, item))
                .collect::<Vec<_>>(),
        ),
        serde_json::Value::Object(fields) => Value::from_object(Fields {
            path: path.to_owned(),
            what: "parameter",
            values: fields
                .iter()
                .map(|(name, value)| (name.clone(), of_json(&format!("{path}.{name}"), value)))
                .collect(),
        }),
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    let items = || value.try_iter().into_iter().flatten();
    match value.kind() {
        ValueKind::Bool => value.is_true().into(),
        ValueKind::Number => value.as_i64().map_or_else(
            || f64::try_from(value.clone()).unwrap_or(f64::NAN).into(),
            serde_json::Value::from,
        ),
        ValueKind::String => value.as_str().into(),
        ValueKind::Seq | ValueKind::Iterable => items().map(|item| to_json(&item)).collect(),
        ValueKind::Map => {
            let field = |key: Value| {
                (
                    key.to_string(),
                    to_json(&value.get_item(&key).unwrap_or_default()),
                )
            };
            serde_json::Value::Object(items().map(field).collect())
        }
        _ => serde_json::Value::Null,
    }
}

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        Some(self.values.get(&name).cloned().unwrap_or_else(|| {
            let path = |name: &str| {
                if self.what == "parameter" {
                    format!("{}.{name}", self.path)
                } else {
                    name.to_owned()
                }
            };
            let unknown = UnknownName {
                what: self.what,
                name: path(&name),
                known: self.values.keys().map(|name| path(name)).collect(),
            };
            Value::from(
                Error::new(ErrorKind::UndefinedError, unknown.to_string()).with_source(unknown),
            )
        }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.values
                .keys()
                .map(|name| Value::from(name.as_str()))
                .collect(),
        )
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`", self.what, self.name)
    }
}

impl std::error::Error for UnknownName {}

impl UnknownName {
    fn diagnostic(&self, file: &str, place: Option<Place>) -> Diagnostic {
        let message = message!(UnknownName, self.what, self.name);
        Diagnostic::new(file, message).at(place).known(
            &format!("{}s", self.what),
            &self.name,
            &self.known,
        )
    }
}

fn explain(file: &str, text: &str, error: &Error) -> Diagnostic {
    let range = error
        .range()
        .filter(|range| text.get(range.clone()).is_some());
    let place = match &range {
        Some(range) => Place::of_byte(text, range.start),
        None => error.line().and_then(|line| Place::of(text, line, 1)),
    };
    if let Some(unknown) = error
        .source()
        .and_then(|source| source.downcast_ref::<UnknownName>())
    {
        return unknown.diagnostic(file, place);
    }
    let message = match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, _) => {
            let what = range.map_or_else(|| "a value".to_owned(), |it| format!("`{}`", &text[it]));
            message!(Undefined, what)
        }
        (kind, Some(detail)) => message!(TemplateWrong, format!("{kind}: {detail}")),
        (kind, None) => message!(TemplateWrong, kind),
    };
    Diagnostic::new(file, message).at(place)
}

/// The first byte where a tag of the template uses this name, not as an attribute and not in a text.
fn first_use(template: &str, name: &str) -> Option<usize> {
    tags(template)
        .into_iter()
        .filter(|(from, _)| !template[*from..].starts_with("{#"))
        .find_map(|(from, to)| {
            let start = from + 2;
            word_in(template.get(start..to)?, name).map(|found| start + found)
        })
}

/// Where the tags of a template begin and end. A tag that nothing closes ends with the template.
fn tags(template: &str) -> Vec<(usize, usize)> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some((start, close)) = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
        .iter()
        .filter_map(|(open, close)| Some((from + template[from..].find(open)?, *close)))
        .min()
    {
        from = template[start + 2..]
            .find(close)
            .map_or(template.len(), |end| start + 2 + end + 2);
        tags.push((start, from));
    }
    tags
}

fn word_in(code: &str, name: &str) -> Option<usize> {
    let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(name).map(|(at, _)| at).find(|&at| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let in_text = ['"', '\'']
            .iter()
            .any(|quote| before.matches(*quote).count() % 2 == 1);
        !in_text
            && !before.ends_with(|letter: char| in_word(letter) || letter == '.')
            && !after.starts_with(in_word)
    })
}
