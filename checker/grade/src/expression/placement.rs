//! Functions that say where a Pod may run, as the scheduler's filters read its specification. Real clusters have them in no
//! expression.
//!
//! - `spec.selects(labels)`: whether node selector and required node affinity ask for a node with these labels.
//! - `spec.tolerates(taints)`: whether none of these taints keeps the Pod away.
//! - `labels.with(others)`: the labels with others put over them, such as those of the node that takes a node's place.

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::cel::extractors::This;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{Context, ExecutionError, Value};

/// The label that has a node's name.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Lets expressions call these functions.
pub(super) fn register(context: &mut Context<'_>) {
    context.add_function("selects", |spec: This<Value>, labels: Value| {
        let labels = map(&labels)?;
        map(&spec.0)?;
        Ok::<bool, ExecutionError>(selects(&spec.0, labels))
    });
    context.add_function("tolerates", |spec: This<Value>, taints: Value| {
        map(&spec.0)?;
        let Value::List(taints) = &taints else {
            return Err(unexpected(&taints, "list"));
        };
        let tolerations = list(field(&spec.0, "tolerations"));
        let keeps_away = |taint: &&Value| text(taint, "effect") != "PreferNoSchedule";
        Ok(taints.iter().filter(keeps_away).all(|taint| {
            tolerations
                .iter()
                .any(|toleration| is_tolerated(toleration, taint))
        }))
    });
    context.add_function("with", |under: This<Value>, over: Value| {
        let entries = map(&under.0)?.map.iter().chain(map(&over)?.map.iter());
        let entries: HashMap<Key, Value> = entries
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Ok::<Value, ExecutionError>(Value::Map(Map {
            map: Arc::new(entries),
        }))
    });
}

fn selects(spec: &Value, labels: &Map) -> bool {
    let selector = match field(spec, "nodeSelector") {
        Some(Value::Map(selector)) => selector
            .map
            .iter()
            .all(|(key, value)| labels.map.get(key) == Some(value)),
        _ => true,
    };
    let required = field(spec, "affinity")
        .and_then(|affinity| field(affinity, "nodeAffinity"))
        .and_then(|affinity| field(affinity, "requiredDuringSchedulingIgnoredDuringExecution"));
    selector
        && required.is_none_or(|required| {
            list(field(required, "nodeSelectorTerms"))
                .iter()
                .any(|term| matches_term(term, labels))
        })
}

/// A term of which nothing is required asks for no node.
fn matches_term(term: &Value, labels: &Map) -> bool {
    let expressions = list(field(term, "matchExpressions"));
    let fields = list(field(term, "matchFields"));
    let of_labels = |it: &Value| meets(it, label(labels, text(it, "key")));
    // The only field that can be named is `metadata.name`.
    let of_fields = |it: &Value| meets(it, label(labels, HOSTNAME));
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(of_labels)
        && fields.iter().all(of_fields)
}

/// Whether a requirement is met by a label's value, or by its absence.
fn meets(requirement: &Value, value: Option<&str>) -> bool {
    let values = list(field(requirement, "values"));
    let is_among = || {
        values
            .iter()
            .any(|it| matches!(it, Value::String(it) if Some(it.as_str()) == value))
    };
    let compared = || {
        let bound = match values {
            [Value::String(bound)] => bound.parse::<i64>().ok()?,
            _ => return None,
        };
        Some(value?.parse::<i64>().ok()?.cmp(&bound))
    };
    match text(requirement, "operator") {
        "In" => is_among(),
        "NotIn" => !is_among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared().is_some_and(std::cmp::Ordering::is_gt),
        "Lt" => compared().is_some_and(std::cmp::Ordering::is_lt),
        _ => false,
    }
}

fn is_tolerated(toleration: &Value, taint: &Value) -> bool {
    let effect = text(toleration, "effect");
    let key = text(toleration, "key");
    let same_effect = effect.is_empty() || effect == text(taint, "effect");
    let same_key = key.is_empty() || key == text(taint, "key");
    same_effect
        && same_key
        && match text(toleration, "operator") {
            "Exists" => true,
            "" | "Equal" => !key.is_empty() && text(toleration, "value") == text(taint, "value"),
            _ => false,
        }
}

fn map(value: &Value) -> Result<&Map, ExecutionError> {
    match value {
        Value::Map(map) => Ok(map),
        other => Err(unexpected(other, "map")),
    }
}

fn unexpected(value: &Value, want: &str) -> ExecutionError {
    ExecutionError::UnexpectedType {
        got: value.type_of().to_string(),
        want: want.to_owned(),
    }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Map(map) => map.map.get(&Key::from(name)),
        _ => None,
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(elements)) => elements,
        _ => &[],
    }
}

/// Empty when there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    match field(value, name) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

fn label<'a>(labels: &'a Map, key: &str) -> Option<&'a str> {
    match labels.map.get(&Key::from(key)) {
        Some(Value::String(value)) => Some(value),
        _ => None,
    }
}
