//! Reads fields of objects as the API server returned them. Knows the shape that all objects share, judges nothing.

use jiff::Timestamp;
use serde_json::Value;

/// A text at a JSON pointer; empty when there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A whole number at a JSON pointer; `None` when there is none.
pub(crate) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// A count at a JSON pointer. The API server leaves out counts that are zero.
pub(crate) fn count(object: &Value, pointer: &str) -> usize {
    number(object, pointer)
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or_default()
}

/// The elements of a list; none when it is absent.
pub(crate) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The name of a part of an object, such as a container.
pub(crate) fn name_of_part(part: &Value) -> &str {
    text(part, "/name")
}

/// Empty for cluster-scoped objects.
pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// The condition of this type; `None` when the object has none.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
}

/// Whether the condition of this type is there and True.
pub(crate) fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

/// Whether `owner` controls the object: by uid, so that a namesake does not.
pub(crate) fn is_controlled_by(object: &Value, owner: &Value) -> bool {
    let uid = text(owner, "/metadata/uid");
    list(object, "/metadata/ownerReferences")
        .iter()
        .any(|reference| {
            !uid.is_empty()
                && reference.get("controller") == Some(&Value::Bool(true))
                && text(reference, "/uid") == uid
        })
}

/// Whether the object is being deleted: it is as good as gone, whatever keeps it.
pub(crate) fn is_ending(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// A time in RFC 3339; `None` when it is absent or no time.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
