//! Fills in what a tree refers to: `$name` is a value with its type, `${name}` its text inside another, and
//! `{when, then, else}` one of two values.
//!
//! Knows names and values, not what they are for.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Key, Location, Node, Value};
use crate::diagnostic::{Diagnostic, message};
use crate::document::Document;
use crate::expression::{self, Fault};

/// What the expressions of a course file call the names that can be referred to.
pub(crate) const GIVEN: &str = "given";

/// Fields whose values are expressions.
const EXPRESSIONS: [&str; 6] = ["expression", "found", "let", "each", "at", "page"];

/// A key that is kubectl's own: what a patch does with a map.
pub(crate) const PATCH: &str = "$patch";

/// The tree with everything filled in.
///
/// # Errors
/// The first name that there is not, or expression that has no value.
pub(crate) fn fill(
    document: &Document<'_>,
    node: &Node,
    names: &Map<String, Json>,
) -> Result<Node, Diagnostic> {
    let filled = Filler { document, names }.value(node)?;
    filled.ok_or_else(|| document.fault(node.at, message!(NoElse)))
}

/// What an expression over the names comes to.
///
/// # Errors
/// It has no value.
pub(crate) fn evaluate(
    document: &Document<'_>,
    expression: &Node,
    names: &Map<String, Json>,
) -> Result<Json, Diagnostic> {
    let wrong = |why: String| document.fault(expression.at, message!(ExpressionWrong, why));
    let text = match &expression.value {
        Value::Text(text) | Value::Number(_, text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        _ => {
            let found = expression.shape();
            return Err(document.fault(expression.at, message!(NoExpression, found)));
        }
    };
    check_given(document, expression.at, &text, names)?;
    let variables = BTreeMap::from([(GIVEN.to_owned(), Json::Object(names.clone()))]);
    match expression::evaluate(&text, &variables) {
        Ok(value) => expression::data(&value)
            .ok_or_else(|| wrong(format!("it comes to {}", value.type_of()))),
        Err(Fault::Expression(why) | Fault::Objects(why)) => Err(wrong(why)),
        Err(Fault::NoName(name)) => Err(wrong(expression::no_name(&name))),
    }
}

/// That an expression names only parameters that there are, and none as glued text.
///
/// # Errors
/// The first one that does not.
pub(crate) fn check_given(
    document: &Document<'_>,
    at: Location,
    expression: &str,
    names: &Map<String, Json>,
) -> Result<(), Diagnostic> {
    if expression.contains("${") {
        let place = document.place_of(at, "${");
        return Err(document
            .fault(place, message!(GluedExpression))
            .note("write `given.name`"));
    }
    for (path, written) in given_in(expression) {
        let filler = Filler { document, names };
        filler.find(at, path, written)?;
    }
    Ok(())
}

/// Those of these names that expressions name in `given`; all where one names `given` itself.
pub(crate) fn named<'a>(
    expressions: impl Iterator<Item = &'a str>,
    names: &Map<String, Json>,
) -> Map<String, Json> {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Map::new();
    for expression in expressions {
        for (at, _) in expression.match_indices(GIVEN) {
            let is_part = |letter: char| in_word(letter) || letter == '.';
            let rest = &expression[at + GIVEN.len()..];
            if expression[..at].ends_with(is_part) || rest.starts_with(in_word) {
                continue;
            }
            let Some(rest) = rest.strip_prefix('.') else {
                return names.clone();
            };
            let name = rest.split(|letter| !in_word(letter)).next();
            let name = name.unwrap_or_default();
            if let Some(value) = names.get(name) {
                found.insert(name.to_owned(), value.clone());
            }
        }
    }
    found
}

/// The parameters that an expression names, as paths, and how it does.
fn given_in(expression: &str) -> Vec<(&str, &str)> {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let uses = expression.match_indices("given.").filter(|(start, _)| {
        !expression[..*start].ends_with(|letter: char| in_word(letter) || letter == '.')
    });
    uses.map(|(start, prefix)| {
        let rest = &expression[start + prefix.len()..];
        let end = rest
            .find(|letter: char| !in_word(letter) && letter != '.')
            .unwrap_or(rest.len());
        // `given.names.size()` calls a function of the value.
        let path = if rest[end..].starts_with('(') {
            rest[..end].rsplit_once('.').map_or("", |(path, _)| path)
        } else {
            &rest[..end]
        };
        (path, &expression[start..start + prefix.len() + path.len()])
    })
    .filter(|(path, _)| !path.is_empty())
    .collect()
}

/// Whether a map is a choice between two values.
pub(crate) fn is_choice(node: &Node) -> bool {
    node.get("when").is_some() && node.get("then").is_some()
}

struct Filler<'a> {
    document: &'a Document<'a>,
    names: &'a Map<String, Json>,
}

impl Filler<'_> {
    /// The value; `None` where a choice has none.
    fn value(&self, node: &Node) -> Result<Option<Node>, Diagnostic> {
        let value = match &node.value {
            Value::Text(text) => return self.text(node.at, text).map(Some),
            Value::List(items) => {
                let items = items.iter().filter_map(|item| self.value(item).transpose());
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(_) if is_choice(node) => {
                let chosen = self.chosen(node)?;
                return chosen.map_or(Ok(None), |chosen| self.value(chosen));
            }
            Value::Map(fields) => Value::Map(self.fields(fields)?),
            other => other.clone(),
        };
        Ok(Some(Node { at: node.at, value }))
    }

    fn fields(&self, fields: &[(Key, Node)]) -> Result<Vec<(Key, Node)>, Diagnostic> {
        let mut filled: Vec<(Key, Node)> = Vec::new();
        for (key, value) in fields {
            // Expressions have parameters as variables; nothing is filled into them.
            let is_expression = EXPRESSIONS.contains(&key.name.as_str());
            let value = if is_expression {
                self.chosen(value)?.cloned()
            } else {
                self.value(value)?
            };
            let Some(value) = value else { continue };
            let name = if key.name == PATCH {
                key.name.clone()
            } else {
                self.name(key)?
            };
            if filled.iter().any(|(known, _)| known.name == name) {
                return Err(self.document.fault(key.at, message!(FieldTwice, name)));
            }
            filled.push((Key { at: key.at, name }, value));
        }
        Ok(filled)
    }

    fn name(&self, key: &Key) -> Result<String, Diagnostic> {
        let filled = self.text(key.at, &key.name)?;
        match filled.value {
            Value::Text(name) | Value::Number(_, name) => Ok(name),
            _ => {
                let message = message!(NameNoText, key.name, filled.shape());
                Err(self.document.fault(key.at, message))
            }
        }
    }

    /// The value that a choice comes to, or the value itself; not filled in.
    fn chosen<'n>(&self, node: &'n Node) -> Result<Option<&'n Node>, Diagnostic> {
        const FIELDS: [&str; 3] = ["when", "then", "else"];
        let (Value::Map(fields), Some(when), Some(then)) =
            (&node.value, node.get("when"), node.get("then"))
        else {
            return Ok(Some(node));
        };
        let unknown = fields
            .iter()
            .find(|(key, _)| !FIELDS.contains(&key.name.as_str()));
        if let Some((key, _)) = unknown {
            let fault = self
                .document
                .fault(key.at, message!(UnknownField, key.name));
            return Err(fault.known("fields", &key.name, FIELDS));
        }
        let chosen = match evaluate(self.document, when, self.names)? {
            Json::Bool(true) => Some(then),
            Json::Bool(false) => node.get("else"),
            _ => {
                return Err(self.document.fault(when.at, message!(WhenNoTruth)));
            }
        };
        chosen.map_or(Ok(None), |chosen| self.chosen(chosen))
    }

    /// A text with its references filled in.
    fn text(&self, at: Location, text: &str) -> Result<Node, Diagnostic> {
        if let Some(path) = text.strip_prefix('$').filter(|path| is_path(path)) {
            let value = self.find(at, path, &format!("${path}"))?;
            return Ok(Node::of(value, at));
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            // `$${` is `${` for who means it.
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = &after[2..];
                continue;
            }
            filled.push_str(before);
            let path = after[2..].split_once('}').map(|(path, _)| path);
            let Some(path) = path.filter(|path| is_path(path)) else {
                let written: String = after
                    .chars()
                    .take_while(|letter| *letter != '\n')
                    .take(30)
                    .collect();
                let place = self.document.place_of(at, "${");
                return Err(self
                    .document
                    .fault(place, message!(RefersToNothing, written)));
            };
            let written = format!("${{{path}}}");
            match self.find(at, path, &written)? {
                Json::String(text) => filled.push_str(text),
                Json::Number(number) => filled.push_str(&number.to_string()),
                Json::Bool(truth) => filled.push_str(&truth.to_string()),
                other => {
                    let shape = Node::of(other, at).shape();
                    let place = self.document.place_of(at, &written);
                    let message = message!(NoPlaceInText, path, shape);
                    return Err(self.document.fault(place, message));
                }
            }
            rest = &after[written.len()..];
        }
        filled.push_str(rest);
        // `$$name` is `$name` for who means it.
        let meant = filled.strip_prefix("$$").filter(|path| is_path(path));
        let text = meant.map_or_else(|| filled.clone(), |path| format!("${path}"));
        Ok(Node {
            at,
            value: Value::Text(text),
        })
    }

    fn find(&self, at: Location, path: &str, written: &str) -> Result<&Json, Diagnostic> {
        let fault = |message| {
            self.document
                .fault(self.document.place_of(at, written), message)
        };
        let (mut fields, mut known, mut rest) = (self.names, String::new(), path);
        loop {
            let (part, further) = match rest.split_once('.') {
                Some((part, further)) => (part, Some(further)),
                None => (rest, None),
            };
            let Some(value) = fields.get(part) else {
                let names = fields.keys().map(|name| format!("{known}{name}"));
                let fault = fault(message!(UnknownParameter, path));
                return Err(fault.known("parameters", &format!("{known}{part}"), names));
            };
            let Some(further) = further else {
                return Ok(value);
            };
            known = format!("{known}{part}.");
            let Json::Object(inner) = value else {
                let shape = Node::of(value, at).shape();
                let above = known.trim_end_matches('.');
                return Err(fault(message!(NoFields, path, above, shape)));
            };
            (fields, rest) = (inner, further);
        }
    }
}

/// `pool.label.key`: names with dots between them.
fn is_path(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    text.split('.').all(is_name)
}
