//! The learner's list as it was written: each finding with its words and its lines. Knows no design.

use serde_json::{Value as Json, json};

use super::review::{Review, Severity};
use crate::tree::{Node, Value};

/// One finding, as far as it says something.
#[derive(Debug)]
pub(in crate::kinds) struct Finding {
    /// Its line in the file.
    pub(in crate::kinds) line: u32,
    pub(super) at: Said,
    pub(super) field: Said,
    pub(super) risk: Said,
    pub(super) remedy: Said,
    pub(super) severity: Said,
    pub(super) evidence: Said,
}

/// What stands in one of its fields; empty where nothing does.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) text: String,
    /// 0 where there is no such field.
    pub(super) line: u32,
}

/// What the file must look like.
pub(super) fn form(review: &Review) -> Json {
    let severities: Vec<&str> = Severity::ALL.iter().rev().map(|it| it.name()).collect();
    json!({
        "format_version": "number",
        "findings": [{
            "where": "text",
            "field": "any?",
            "risk": review.risks.join(" | "),
            "remedy": review.remedies.join(" | "),
            "severity": severities.join(" | "),
            "evidence": "any",
        }]
    })
}

/// The findings of a file, in their order.
pub(in crate::kinds) fn findings(file: &Node) -> Vec<Finding> {
    let Some(Value::List(items)) = file.get("findings").map(|list| &list.value) else {
        return Vec::new();
    };
    items.iter().map(finding).collect()
}

fn finding(item: &Node) -> Finding {
    let said = |name: &str| {
        let Value::Map(fields) = &item.value else {
            return Said::default();
        };
        let field = fields.iter().find(|(key, _)| key.name == name);
        field.map_or_else(Said::default, |(key, value)| Said {
            text: text(value).trim().to_owned(),
            line: key.at.line,
        })
    };
    Finding {
        line: item.at.line,
        at: said("where"),
        field: said("field"),
        risk: said("risk"),
        remedy: said("remedy"),
        severity: said("severity"),
        evidence: said("evidence"),
    }
}

/// A value as the text that somebody meant: a line such as `privileged: true` without quotes is a map.
fn text(value: &Node) -> String {
    match &value.value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(_, written) => written.clone(),
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Map(fields) => {
            let lines = fields.iter();
            let lines = lines.map(|(key, value)| format!("{}: {}", key.name, text(value)));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}
