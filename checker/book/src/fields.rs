//! Tables of fields, from a JSON schema. Knows the shapes of schema that the `schemars` crate and this project write.

use std::collections::BTreeSet;

use anyhow::Context as _;
use regex::Regex;
use serde_json::{Map, Value};

/// The tables of these types, in this order; of the whole schema and all types that it uses when none is named.
///
/// # Errors
/// The schema has no such type.
pub fn tables(schema: &Value, types: &[&str]) -> anyhow::Result<String> {
    let none = Map::new();
    let defined = schema["$defs"].as_object().unwrap_or(&none);
    let title = schema["title"].as_str().unwrap_or_default();
    let all: Vec<&str> = std::iter::once(title)
        .chain(defined.keys().map(String::as_str))
        .collect();
    let shown = if types.is_empty() { &all } else { types };
    let mut text = String::new();
    for name in shown {
        let found = if *name == title {
            Some(schema)
        } else {
            defined.get(*name)
        };
        let found = found.with_context(|| format!("the schema has no type `{name}`"))?;
        text.push_str(&section(name, found, shown)?);
    }
    Ok(text)
}

fn section(name: &str, of: &Value, shown: &[&str]) -> anyhow::Result<String> {
    let described = description(of)?;
    let head = format!("\n## {name}\n\n{described}\n");
    let Some(properties) = of["properties"].as_object() else {
        return Ok(format!("{head}\n{}", values(of)?));
    };
    let required: BTreeSet<&str> = of["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut names: Vec<&String> = properties.keys().collect();
    names.sort_by_key(|name| {
        (
            *name != "format_version",
            !required.contains(name.as_str()),
            (*name).clone(),
        )
    });
    let mut rows = Vec::new();
    for name in names {
        let property = &properties[name];
        let needed = if required.contains(name.as_str()) {
            "**Needed.** "
        } else {
            ""
        };
        let row = format!(
            "| `{name}` | {} | {needed}{} |",
            shape(property, shown),
            description(property)?
        );
        rows.push(row.replace('\n', " "));
    }
    Ok(format!(
        "{head}\n| Field | Shape | What it is |\n|---|---|---|\n{}\n",
        rows.join("\n")
    ))
}

/// A choice of texts, each with its meaning; nothing for a text of any kind.
fn values(of: &Value) -> anyhow::Result<String> {
    let mut rows = Vec::new();
    for value in of["oneOf"].as_array().into_iter().flatten() {
        if let Some(text) = value["const"].as_str() {
            rows.push(format!("| `{text}` | {} |\n", description(value)?));
        }
    }
    let head = if rows.is_empty() {
        ""
    } else {
        "| Value | What it is |\n|---|---|\n"
    };
    Ok(format!("{head}{}", rows.concat()))
}

/// What the schema says of it. A link into the code leads nowhere from here, so its text stays and it goes.
fn description(of: &Value) -> anyhow::Result<String> {
    let link = Regex::new(r"\[([^\]]*)\]\([^)\s]*::[^)\s]*\)")?;
    let text = of["description"].as_str().unwrap_or_default();
    Ok(link.replace_all(text, "$1").into_owned())
}

/// What a value looks like, in a word or two; types that are shown are linked.
fn shape(property: &Value, shown: &[&str]) -> String {
    if let Some(name) = reference(property) {
        let is_shown = shown.contains(&name);
        return if is_shown {
            format!("[{name}](#{})", name.to_lowercase())
        } else {
            name.to_owned()
        };
    }
    if let Some(one) = property.get("const") {
        return format!("`{one}`");
    }
    if let Some(first) = property["anyOf"]
        .as_array()
        .and_then(|shapes| shapes.first())
    {
        return shape(first, shown);
    }
    let kind = match &property["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("array") => format!("list of {}", shape(&property["items"], shown)),
        Some("object")
            if property
                .get("additionalProperties")
                .is_some_and(Value::is_object) =>
        {
            format!("map of {}", shape(&property["additionalProperties"], shown))
        }
        Some("object") => "map".to_owned(),
        Some("string") => "text".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        _ => "any value".to_owned(),
    }
}

fn reference(property: &Value) -> Option<&str> {
    property["$ref"].as_str()?.rsplit('/').next()
}
