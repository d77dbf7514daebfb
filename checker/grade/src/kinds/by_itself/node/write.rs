//! What a write said of a part of an object, as far as the audit log tells. Knows the forms in which objects are written, no nodes.

use serde_json::Value;

use crate::evidence::Write;

/// What a write said of a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said<'a> {
    /// Nothing: it stayed as it was.
    Nothing,
    /// That it is this; Null: that it is not there.
    Value(&'a Value),
    /// That it is another, which does not follow from the write alone.
    Another,
    /// The log does not have what was sent.
    Untold,
}

/// What a write said of the part to which these names lead.
pub(super) fn said<'a>(write: &'a Write, path: &[String]) -> Said<'a> {
    let verb = write.verb.as_str();
    if matches!(verb, "delete" | "deletecollection") {
        return Said::Another;
    }
    // The status is written through a resource of its own, the specification through the other.
    let of_status = write.resource.ends_with("/status");
    let is_unwritten = match path.first().map(String::as_str) {
        Some("status") => !of_status && verb != "create",
        Some("spec") => of_status,
        _ => false,
    };
    match (verb, &write.sent) {
        _ if is_unwritten => Said::Nothing,
        ("create" | "update", Value::Object(_)) => {
            let mut path = path.iter();
            let value = path.try_fold(&write.sent, |value, key| value.get(key));
            Said::Value(value.unwrap_or(&Value::Null))
        }
        ("patch", Value::Object(_)) => merged(&write.sent, path),
        ("patch", Value::Array(steps)) => stepped(steps, path),
        _ => Said::Untold,
    }
}

/// A patch that merges. Lists may merge, too: what comes of one follows only with what was there.
fn merged<'a>(sent: &'a Value, path: &[String]) -> Said<'a> {
    let mut value = sent;
    for key in path {
        let Value::Object(fields) = value else {
            // Whatever is above the part is another, or gone.
            return match value {
                Value::Null => Said::Value(value),
                _ => Said::Another,
            };
        };
        if fields.contains_key("$patch") {
            return Said::Another;
        }
        let Some(next) = fields.get(key) else {
            return Said::Nothing;
        };
        value = next;
    }
    match value {
        Value::Array(_) | Value::Object(_) => Said::Another,
        value => Said::Value(value),
    }
}

/// The steps of a JSON patch; the last one counts.
fn stepped<'a>(steps: &'a [Value], path: &[String]) -> Said<'a> {
    let wanted: Vec<String> = path.iter().map(|key| escaped(key)).collect();
    let wanted = format!("/{}", wanted.join("/"));
    let touches = |place: &str| {
        let is_in = |outer: &str, inner: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        is_in(place, &wanted) || is_in(&wanted, place)
    };
    let text = |step: &'a Value, field: &str| step.get(field).and_then(Value::as_str);
    let told = steps.iter().rev().find_map(|step| {
        let operation = text(step, "op").unwrap_or_default();
        let place = text(step, "path").unwrap_or_default();
        match operation {
            "test" => None,
            "add" | "replace" if place == wanted => {
                Some(step.get("value").map_or(Said::Another, Said::Value))
            }
            "remove" if place == wanted => Some(Said::Value(&Value::Null)),
            _ => {
                let from = text(step, "from").is_some_and(touches);
                (from || touches(place)).then_some(Said::Another)
            }
        }
    });
    told.unwrap_or(Said::Nothing)
}

/// A name as a JSON pointer has it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
