//! Expressions of checks: the Common Expression Language with Kubernetes' own functions and a few of ours.
//!
//! Knows values, not what they are of.

mod amounts;
mod numbers;
mod placement;
mod scope;
mod strict;

use std::collections::{BTreeMap, HashMap};

use kube_cel::KubeCelExt;
use kube_cel::cel::parser::ParseErrors;
use kube_cel::cel::{Context, ExecutionError, Program, Value as CelValue};
use serde_json::Value;

pub(crate) use amounts::Amount;
pub use amounts::answer::amount;
pub(crate) use scope::{Parsed, Scope};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The expression itself is wrong, whatever the objects are.
    Expression(String),
    /// The expression names something that there is not; its name.
    NoName(String),
    /// The objects are not as the expression takes them to be: a field is missing or of another type.
    Objects(String),
}

/// Whether an expression can be read, calls only functions that there are, and compares numbers that can be equal.
///
/// # Errors
/// One clause that says what is wrong and where.
pub fn compile_check(expression: &str) -> Result<(), String> {
    let program = Program::compile(expression).map_err(|errors| first_error(&errors))?;
    let references = program.references();
    let mut names: Vec<&str> = references.functions();
    names.sort_unstable();
    match names.into_iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(format!("there is no function `{unknown}`")),
        None => numbers::trap(program.expression()).map_or(Ok(()), Err),
    }
}

/// A clause about a name that there is not.
pub(crate) fn no_name(name: &str) -> String {
    format!("there is no name `{name}`")
}

/// What an expression comes to.
pub(crate) fn evaluate(
    expression: &str,
    variables: &BTreeMap<String, Value>,
) -> Result<CelValue, Fault> {
    let scope = Scope::of(variables);
    scope.value(&scope.parse(expression)?)
}

/// What an expression comes to over variables and named intermediate values, of which each may use those before it.
///
/// One that has no value is a fault only where it is used: `d != null && replicas > 0` is false without `d`.
pub(crate) fn evaluate_with(
    lets: &[(String, String)],
    expression: &str,
    variables: &BTreeMap<String, Value>,
) -> Result<CelValue, Fault> {
    let scope = Scope::of(variables).with(lets)?;
    scope.value(&scope.parse(expression)?)
}

/// A value as data; `None` for what is none, such as a time.
pub(crate) fn data(value: &CelValue) -> Option<Value> {
    Some(match value {
        CelValue::Null => Value::Null,
        CelValue::Bool(truth) => (*truth).into(),
        CelValue::Int(number) => (*number).into(),
        CelValue::UInt(number) => (*number).into(),
        CelValue::Float(number) => serde_json::Number::from_f64(*number)?.into(),
        CelValue::String(text) => text.to_string().into(),
        CelValue::List(items) => items.iter().map(data).collect::<Option<Vec<_>>>()?.into(),
        CelValue::Map(fields) => {
            let fields = fields.map.iter();
            let fields = fields.map(|(key, value)| Some((key.to_string(), data(value)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// What an expression comes to, as a text to show.
pub(crate) fn text(
    lets: &[(String, String)],
    expression: &str,
    variables: &BTreeMap<String, Value>,
) -> Result<String, Fault> {
    shown(evaluate_with(lets, expression, variables)?)
}

/// A value as a text to show.
pub(crate) fn shown(value: CelValue) -> Result<String, Fault> {
    Ok(match value {
        CelValue::String(text) => text.to_string(),
        CelValue::Int(number) => number.to_string(),
        CelValue::UInt(number) => number.to_string(),
        CelValue::Float(number) => number.to_string(),
        CelValue::Bool(truth) => truth.to_string(),
        CelValue::Null => "nothing".to_owned(),
        other => {
            let found = other.type_of();
            return Err(Fault::Expression(format!(
                "a text is expected, not a {found}"
            )));
        }
    })
}

/// Compares two amounts as Kubernetes writes them, such as `250m` and `0.3`; `None` when one is no amount.
#[must_use]
pub fn compare_quantities(one: &str, other: &str) -> Option<std::cmp::Ordering> {
    let amount = |text: &str| Value::String(text.to_owned());
    let variables = BTreeMap::from([
        ("one".to_owned(), amount(one)),
        ("other".to_owned(), amount(other)),
    ]);
    match evaluate("quantity(one).compareTo(quantity(other))", &variables) {
        Ok(CelValue::Int(order)) => Some(order.cmp(&0)),
        _ => None,
    }
}

/// All functions that an expression may call.
fn context() -> Context<'static> {
    let mut context = Context::default().with_all();
    strict::register(&mut context);
    placement::register(&mut context);
    amounts::register(&mut context);
    context
}

/// A function is known when calling it without anything fails for another reason than its name.
fn is_known(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    if name.starts_with(['_', '@', '!', '-']) || !name.chars().all(plain) {
        return true;
    }
    let called = Program::compile(&format!("{name}()")).map(|program| program.execute(&context()));
    !matches!(called, Ok(Err(ExecutionError::UndeclaredReference(_))))
}

/// Whole numbers become `int`, which is what a number in an expression is: `uint` and `int` are never equal.
fn cel_value(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => CelValue::Int(whole),
            (None, Some(great)) => CelValue::UInt(great),
            (None, None) => CelValue::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(elements) => elements.iter().map(cel_value).collect::<Vec<_>>().into(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), cel_value(field)))
            .collect::<HashMap<_, _>>()
            .into(),
    }
}

fn first_error(errors: &ParseErrors) -> String {
    let Some(error) = errors.errors.first() else {
        return "it cannot be read".to_owned();
    };
    let (line, column) = error.pos;
    let place = if line > 1 {
        format!("line {line}, column {column}")
    } else {
        format!("column {column}")
    };
    let message = error
        .msg
        .strip_prefix("Syntax error: ")
        .unwrap_or(&error.msg);
    format!("{place}: {message}")
}

/// In a clause: the crate's own texts dump whole objects.
fn explain(error: &ExecutionError) -> Fault {
    let objects = |text: String| Fault::Objects(text);
    match error {
        ExecutionError::NoSuchKey(key) => objects(format!("no such key: `{key}`")),
        ExecutionError::UndeclaredReference(name) => Fault::NoName(name.to_string()),
        ExecutionError::InvalidArgumentCount { expected, actual } => Fault::Expression(format!(
            "a function takes {expected} arguments and is given {actual}"
        )),
        ExecutionError::UnexpectedType { got, want } => {
            objects(format!("wrong type: {got} where {want} is expected"))
        }
        ExecutionError::UnsupportedTargetType { target } => objects(format!(
            "wrong type: a function cannot take {}",
            target.type_of()
        )),
        ExecutionError::NotSupportedAsMethod { method, target } => objects(format!(
            "wrong type: `{method}` cannot take {}",
            target.type_of()
        )),
        ExecutionError::ValuesNotComparable(left, right)
        | ExecutionError::UnsupportedBinaryOperator(_, left, right) => objects(format!(
            "wrong type: {} and {} do not go together",
            left.type_of(),
            right.type_of()
        )),
        // These say all of it, and to somebody who knows no functions.
        ExecutionError::FunctionError { function, message }
            if amounts::NAMES.contains(&function.as_str()) =>
        {
            objects(message.clone())
        }
        ExecutionError::FunctionError { function, message } => {
            objects(format!("`{function}`: {message}"))
        }
        ExecutionError::IndexOutOfBounds(_) => objects("a list has no such element".to_owned()),
        ExecutionError::NoSuchOverload => {
            objects("wrong type: a field is missing or of another type".to_owned())
        }
        _ => objects("a value is missing or of another type".to_owned()),
    }
}
