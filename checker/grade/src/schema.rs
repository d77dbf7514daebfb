//! The JSON schemas of the files that an author writes, for editors and for the book.
//!
//! Made from the types that read the files, for the files as they are written: where a value stands, a reference or a choice may stand.
//! A schema knows shapes, not rules between fields: what labctl says of a file counts.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Map, Value, json};

use crate::claims::{RawCaseNames, RawCases};
use crate::course::RawLab;
use crate::diagnosis::RawMenu;
use crate::document::FORMAT_VERSION;
use crate::scenario::{RawNames, RawScenario};

/// The schema of each kind of file, by the name of that kind.
#[must_use]
pub fn course_files() -> [(&'static str, Schema); 4] {
    [
        ("lab", versioned(schema_for!(RawLab))),
        ("diagnosis", versioned(schema_for!(RawMenu))),
        ("scenario", layered::<RawScenario, RawNames>()),
        ("cases", layered::<RawCases, RawCaseNames>()),
    ]
}

/// The schema of a file whose names are read before the rest.
fn layered<Rest: JsonSchema, Names: JsonSchema>() -> Schema {
    let mut schema = versioned(schema_for!(Rest));
    let names = schema_for!(Names);
    for part in ["properties", "$defs"] {
        let more = names.get(part).and_then(Value::as_object).cloned();
        let all = schema
            .ensure_object()
            .entry(part)
            .or_insert_with(|| json!({}));
        if let Some(all) = all.as_object_mut() {
            all.extend(more.unwrap_or_default());
        }
    }
    let object = schema.ensure_object();
    // A file of a variant need not have what the base has, and the base not what its variants add.
    object.insert("required".to_owned(), json!(["format_version"]));
    open_up(object);
    schema
}

fn versioned(mut schema: Schema) -> Schema {
    let version = json!({"const": FORMAT_VERSION, "description": "Version of this format."});
    let object = schema.ensure_object();
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("format_version".to_owned(), version);
    }
    let required = object.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut() {
        required.insert(0, json!("format_version"));
    }
    schema
}

/// Lets a reference or a choice stand where a value does, and nothing where the base's is to be taken away.
fn open_up(schema: &mut Map<String, Value>) {
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for (name, definition) in definitions.into_iter().flatten() {
        // What the seed picks refers to nothing.
        if !matches!(name.as_str(), "Choice" | "Some") {
            open_fields(definition);
        }
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if !matches!(name.as_str(), "format_version" | "parameters" | "let") {
            open(property);
        }
    }
    schema["$defs"]["Reference"] = json!({
        "description": "`$name` or `$name.field`, a parameter's value; `{when, then, else}`, one of two values; `null`, which takes the base's away.",
        "anyOf": [
            {"type": "string", "pattern": "^\\$[a-z]"},
            {"type": "null"},
            {
                "type": "object",
                "required": ["when", "then"],
                "properties": {"when": {"type": "string"}, "then": true, "else": true},
                "additionalProperties": false
            }
        ]
    });
}

/// A file of a variant need not have what the base has, and the base not what its variants add.
fn open_fields(definition: &mut Value) {
    let Some(fields) = definition
        .as_object_mut()
        .filter(|of| of.contains_key("properties"))
    else {
        return;
    };
    fields.remove("oneOf");
    fields.remove("required");
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if !matches!(name.as_str(), "let" | "expression" | "found") {
            open(property);
        }
    }
}

fn open(property: &mut Value) {
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = property.get_mut(inner).filter(|inner| inner.is_object()) {
            open(inner);
        }
    }
    let description = property
        .as_object_mut()
        .and_then(|of| of.remove("description"));
    let mut opened = json!({"anyOf": [property.take(), {"$ref": "#/$defs/Reference"}]});
    if let Some(description) = description {
        opened["description"] = description;
    }
    *property = opened;
}
