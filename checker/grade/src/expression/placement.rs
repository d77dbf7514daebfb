//! Functions that say where a Pod may run. Real clusters have them in no expression; what they mean is in [`crate::placement`].
//!
//! - `spec.selects(labels)`: whether node name, node selector and required node affinity ask for a node with these labels.
//! - `selector.picks(labels)`: whether a label selector picks what has these labels; an empty one picks all.
//! - `labels.with(others)`: the labels with others put over them, such as those of the node that takes a node's place.

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::cel::extractors::This;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{Context, ExecutionError, Value};
use serde_json::Value as Json;

use crate::placement;

/// Lets expressions call these functions.
pub(super) fn register(context: &mut Context<'_>) {
    context.add_function("selects", |spec: This<Value>, labels: Value| {
        map(&spec.0)?;
        map(&labels)?;
        Ok::<bool, ExecutionError>(placement::selects(&json(&spec.0), &json(&labels)))
    });
    context.add_function("picks", |selector: This<Value>, labels: Value| {
        map(&selector.0)?;
        map(&labels)?;
        Ok::<bool, ExecutionError>(placement::picks(
            Some(&json(&selector.0)),
            Some(&json(&labels)),
        ))
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

fn map(value: &Value) -> Result<&Map, ExecutionError> {
    match value {
        Value::Map(map) => Ok(map),
        other => Err(ExecutionError::UnexpectedType {
            got: other.type_of().to_string(),
            want: "map".to_owned(),
        }),
    }
}

/// A value as an object of the API has it; what no object has is null.
fn json(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => Json::from(*truth),
        Value::Int(number) => Json::from(*number),
        Value::UInt(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(elements) => elements.iter().map(json).collect(),
        Value::Map(map) => {
            let entries = map.map.iter();
            let entries = entries.map(|(key, value)| (key.to_string(), json(value)));
            Json::Object(entries.collect())
        }
        _ => Json::Null,
    }
}
