//! How objects and errors are named in texts.

use std::error::Error;

use grade::observation::ObjectRef;
use serde_json::Value;

/// The text at a JSON pointer; empty when there is none.
pub(crate) fn at<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The last error of a chain: the others of `kube` repeat it.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// "Deployment `shop/cart`".
pub(crate) fn of_ref(object: &ObjectRef) -> String {
    match &object.namespace {
        Some(namespace) => format!("{} `{namespace}/{}`", object.kind, object.name),
        None => format!("{} `{}`", object.kind, object.name),
    }
}
