//! What the seed picks: `parameters` of `scenario.yaml`.
//!
//! Each parameter is picked from the seed, the lab, the variant and its own name alone ([`crate::draw`] has the rule), so
//! adding one changes no other.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Message, message};
use crate::document::{Document, Location, Named, Spanned};
use crate::draw::Draw;
use crate::tree::Node;

/// Names that stand for something else: in hints, in expressions, in patches, in cases, in checks and in manifests.
const TAKEN: [&str; 7] = [
    "checks", "found", "given", "patch", "place", "subject", "values",
];

/// What `parameters` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameters(BTreeMap<String, Choice>);

#[derive(Debug, Clone, PartialEq)]
enum Choice {
    OneOf(Vec<Value>),
    /// Both included.
    Number {
        from: i64,
        to: i64,
    },
    SomeOf {
        from: Vec<Value>,
        count: usize,
    },
}

/// What the seed picks from: `one_of`, or `from` and `to`, or `some_of`.
#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Choice",
    extend("oneOf" = [{"required": ["one_of"]}, {"required": ["from", "to"]}, {"required": ["some_of"]}])
)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawChoice {
    /// One of these values, of any shape.
    one_of: Option<Spanned<Vec<Spanned<Value>>>>,
    /// A whole number: the least.
    from: Option<Spanned<i64>>,
    /// A whole number: the greatest, itself included.
    to: Option<Spanned<i64>>,
    /// Several different ones of these values, in an order that the seed picks.
    some_of: Option<Spanned<RawSome>>,
}

/// Several of some values.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Some")]
#[serde(deny_unknown_fields)]
struct RawSome {
    /// The values, at least one.
    from: Spanned<Vec<Spanned<Value>>>,
    /// How many of them, at least 1.
    count: usize,
}

impl Parameters {
    /// Reads them.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn read(document: &Document<'_>, written: &Node) -> Result<Self, Diagnostic> {
        let raw: Named<Spanned<RawChoice>> = document.typed(written)?;
        let mut choices = BTreeMap::new();
        for (name, choice) in raw.0 {
            check_name(document, &name.value, name.defined)?;
            let checked = check_choice(document, &name.value, choice)?;
            choices.insert(name.value, checked);
        }
        Ok(Self(choices))
    }

    /// What this seed picks for each.
    pub(crate) fn pick(&self, lab: &str, variant: &str, seed: u64) -> Map<String, Value> {
        let pick = |name: &str, choice: &Choice| {
            let mut draw = Draw::new(seed, &["parameter", lab, variant, name]);
            match choice {
                Choice::OneOf(items) => items
                    .get(draw.index(items.len()))
                    .cloned()
                    .unwrap_or_default(),
                Choice::Number { from, to } => {
                    // The distance of any two i64 fits u64; a range over all of them has one value too many and is refused when read.
                    let distance = to.abs_diff(*from).saturating_add(1);
                    Value::from(from.saturating_add_unsigned(draw.below(distance)))
                }
                Choice::SomeOf { from, count } => Value::from(draw.some(from, *count)),
            }
        };
        self.0
            .iter()
            .map(|(name, choice)| (name.clone(), pick(name, choice)))
            .collect()
    }
}

/// That a name can be referred to.
pub(crate) fn check_name(
    document: &Document<'_>,
    name: &str,
    place: Location,
) -> Result<(), Diagnostic> {
    let fault = |message: Message| Err(document.fault(place, message));
    let mut letters = name.chars();
    let starts_well = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    if !starts_well
        || !letters
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    {
        fault(message!(ParameterName, name))
    } else if TAKEN.contains(&name) {
        fault(message!(ParameterNameTaken, name))
    } else {
        Ok(())
    }
}

fn check_choice(
    document: &Document<'_>,
    name: &str,
    raw: Spanned<RawChoice>,
) -> Result<Choice, Diagnostic> {
    let place = raw.defined;
    let RawChoice {
        one_of,
        from,
        to,
        some_of,
    } = raw.value;
    match (one_of, from, to, some_of) {
        (Some(items), None, None, None) => check_items(document, items).map(Choice::OneOf),
        (None, Some(from), Some(to), None) => check_number(document, &from, &to),
        (None, None, None, Some(some)) => {
            let RawSome { from, count } = some.value;
            let from = check_items(document, from)?;
            if count == 0 || count > from.len() {
                return Err(
                    document.fault(some.defined, message!(CountOutOfRange, count, from.len()))
                );
            }
            Ok(Choice::SomeOf { from, count })
        }
        (one_of, from, to, some_of) => {
            let given = [
                ("one_of", one_of.is_some()),
                ("from", from.is_some()),
                ("to", to.is_some()),
                ("some_of", some_of.is_some()),
            ];
            let given: Vec<&str> = given
                .iter()
                .filter_map(|(name, is)| is.then_some(*name))
                .collect();
            Err(document.fault(place, message!(NotOneChoice, name, or_none(&given))))
        }
    }
}

fn check_number(
    document: &Document<'_>,
    from: &Spanned<i64>,
    to: &Spanned<i64>,
) -> Result<Choice, Diagnostic> {
    let (place, from, to) = (from.defined, from.value, to.value);
    if from > to {
        return Err(document.fault(place, message!(RangeReversed, from, to)));
    }
    if to.abs_diff(from) == u64::MAX {
        return Err(document.fault(place, message!(RangeTooFar)));
    }
    Ok(Choice::Number { from, to })
}

/// Items are all of one kind, so that a template that works for one seed works for all.
fn check_items(
    document: &Document<'_>,
    items: Spanned<Vec<Spanned<Value>>>,
) -> Result<Vec<Value>, Diagnostic> {
    let place = items.defined;
    let Some(first) = items.value.first().map(|item| item.value.clone()) else {
        return Err(document.fault(place, message!(NothingToPick)));
    };
    for item in &items.value {
        if let Some(message) = unlike(&first, &item.value, "") {
            return Err(document.fault(item.defined, message));
        }
    }
    Ok(items.value.into_iter().map(|item| item.value).collect())
}

/// How an item differs in shape from the first one; `None` when it does not.
fn unlike(first: &Value, item: &Value, path: &str) -> Option<Message> {
    match (first, item) {
        (_, Value::Null) => Some(message!(ItemNothing, at(path))),
        (_, Value::Number(number)) if !number.is_i64() => {
            Some(message!(ItemNumber, at(path), number))
        }
        (Value::Object(first), Value::Object(item)) => {
            let join = |name: &str| {
                if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                }
            };
            first
                .iter()
                .find_map(|(name, value)| match item.get(name) {
                    None => Some(message!(ItemLacks, join(name))),
                    Some(other) => unlike(value, other, &join(name)),
                })
                .or_else(|| {
                    let more = item.keys().find(|name| !first.contains_key(*name))?;
                    Some(message!(ItemHasMore, join(more)))
                })
        }
        (Value::Array(_), Value::Array(items)) => {
            items.iter().find_map(|item| unlike(item, item, path))
        }
        _ if shape(first) == shape(item) => None,
        _ => Some(message!(ItemUnlike, at(path), shape(item), shape(first))),
    }
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("`{path}`: ")
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Names with commas; `none` when there are none.
pub(crate) fn or_none(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
