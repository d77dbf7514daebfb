//! Functions for what people write: amounts with their unit, dates, and entries of a file by their path. Real clusters have them in no
//! expression.
//!
//! - `amount(value, unit)`: the number that was written, alone or with this unit (or one of a list of units).
//! - `about(one, other, within)`: whether two numbers are the same within a number, or within a share of the other such as `"5 %"`.
//! - `agrees(text, value)`: whether the first number that a text shows is this one, to the digits that it shows.
//! - `days(date)`: the days from 1970 to a date such as `2027-05-01`.
//! - `words(text)`: how many different words of two letters or more a text has.
//! - `has_entry(value, path)`, `entry(value, path)`: whether there is an entry, and what it is.
//! - `nearest(name, names)`: the name that was probably meant, or nothing.

pub(super) mod answer;
mod number;

use std::collections::BTreeSet;

use jiff::civil::Date;
use kube_cel::cel::{Context, ExecutionError, Value};

use crate::diagnostic;
pub(crate) use number::Amount;
use number::{first_number_in, is_unit};

/// The names of those whose errors say all of it.
pub(super) const NAMES: [&str; 3] = ["amount", "days", "entry"];

/// Lets expressions call these functions.
pub(super) fn register(context: &mut Context<'_>) {
    context.add_function("amount", |value: Value, units: Value| {
        amount(&value, &texts(&units)).map_err(|why| error("amount", why))
    });
    context.add_function("about", |one: Value, other: Value, within: Value| {
        let (one, other) = (plain(&one)?, plain(&other)?);
        let within = match &within {
            Value::String(share) => {
                let share = Amount::parse(share).map_err(|why| error("about", why))?;
                share.number / 100.0 * other.abs()
            }
            number => plain(number)?,
        };
        // A sum of parts is not exact.
        Ok::<bool, ExecutionError>((one - other).abs() <= within + 1e-9)
    });
    context.add_function("agrees", |text: Value, value: Value| {
        Ok::<bool, ExecutionError>(agrees(&text_of(&text)?, &value))
    });
    context.add_function("days", |date: Value| {
        let date = text_of(&date)?;
        let parsed: Date = date.trim().parse().map_err(|_| {
            let why = format!("`{date}` is no date: write it as 2027-05-31");
            error("days", why)
        })?;
        let days = parsed
            .since(Date::constant(1970, 1, 1))
            .map(|span| i64::from(span.get_days()));
        days.map_err(|why| error("days", why.to_string()))
    });
    context.add_function("words", |text: Value| {
        let text = text_of(&text)?.to_lowercase();
        let letters =
            |word: &&str| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
        let words: BTreeSet<&str> = text.split_whitespace().filter(letters).collect();
        Ok::<i64, ExecutionError>(count(words.len()))
    });
    context.add_function("has_entry", |value: Value, path: Value| {
        Ok::<bool, ExecutionError>(entry(&value, &text_of(&path)?).is_some())
    });
    context.add_function("entry", |value: Value, path: Value| {
        let path = text_of(&path)?;
        entry(&value, &path).ok_or_else(|| error("entry", format!("there is no entry `{path}`")))
    });
    context.add_function("nearest", |name: Value, names: Value| {
        let names = texts(&names);
        let near = diagnostic::nearest(&text_of(&name)?, names.iter().map(String::as_str));
        Ok::<Value, ExecutionError>(near.unwrap_or_default().into())
    });
}

/// The number of a value that somebody wrote, in one of these units.
///
/// # Errors
/// A sentence about what is not understood.
fn amount(value: &Value, units: &[String]) -> Result<f64, String> {
    match value {
        Value::Null => Err("no value yet".to_owned()),
        Value::String(text) if text.trim().is_empty() => Err("no value yet".to_owned()),
        Value::String(text) => {
            let amount = Amount::parse(text)?;
            if amount.unit.is_empty() || units.iter().any(|unit| is_unit(&amount.unit, unit)) {
                return Ok(amount.number);
            }
            let unit = &amount.unit;
            Err(match units.first().filter(|unit| !unit.is_empty()) {
                Some(first) => format!("`{text}`: in `{first}` is meant here, not in `{unit}`"),
                None => format!("`{text}`: a number alone is meant here, without `{unit}`"),
            })
        }
        number => plain(number).map_err(|_| format!("a number is meant, not {}", kind(number))),
    }
}

/// Whether the first number that a text shows is this value, to the digits shown. A text without numbers, and a value that is none, agree.
fn agrees(text: &str, value: &Value) -> bool {
    let number = match value {
        Value::String(written) => Amount::parse(written).ok().map(|amount| amount.number),
        other => plain(other).ok(),
    };
    let shown = first_number_in(text);
    let Some(number) = number.filter(|_| !shown.is_empty()) else {
        return true;
    };
    shown
        .iter()
        .any(|shown| (shown.number - number).abs() <= shown.precision / 2.0 + 1e-9)
}

fn plain(value: &Value) -> Result<f64, ExecutionError> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "what a person writes has fewer digits than a double"
    )]
    match value {
        Value::Int(number) => Ok(*number as f64),
        Value::UInt(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        other => Err(unlike(other, "number")),
    }
}

fn text_of(value: &Value) -> Result<String, ExecutionError> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        other => Err(unlike(other, "text")),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.to_string()],
        Value::List(items) => items.iter().filter_map(|item| text_of(item).ok()).collect(),
        _ => Vec::new(),
    }
}

/// The entry of a path such as `options.shared.cost`; in a list, an element is found by its place, from 0, or by its `name`.
fn entry(value: &Value, path: &str) -> Option<Value> {
    let mut found = value.clone();
    for part in path.split('.') {
        found = match &found {
            Value::Map(map) => {
                let named = map.map.iter().find(|(key, _)| key.to_string() == part);
                named?.1.clone()
            }
            Value::List(items) => match part.parse::<usize>() {
                Ok(place) => items.get(place)?.clone(),
                Err(_) => items.iter().find(|item| is_named(item, part))?.clone(),
            },
            _ => return None,
        };
    }
    Some(found)
}

fn is_named(item: &Value, name: &str) -> bool {
    let named = entry(item, "name");
    matches!(named, Some(Value::String(own)) if own.as_str() == name)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Bool(_) => "true or false",
        _ => "this",
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unlike(value: &Value, want: &str) -> ExecutionError {
    ExecutionError::UnexpectedType {
        got: value.type_of().to_string(),
        want: want.to_owned(),
    }
}

fn error(function: &str, message: String) -> ExecutionError {
    ExecutionError::FunctionError {
        function: function.to_owned(),
        message,
    }
}
