//! Judges `files`: an expression over the learner's written work is true.

mod misfit;

use std::collections::BTreeMap;

use serde_json::Value;

use super::cel::{Truth, truth};
use super::{Undecided, failed, passed};
use crate::check::Files;
use crate::document::Document;
use crate::evidence::FileSeen;
use crate::expression;
use crate::verdict::Verdict;

pub(super) fn judge(
    check: &Files,
    says: &str,
    files: &BTreeMap<String, FileSeen>,
) -> Result<Verdict, Undecided> {
    let path = &check.path;
    let wrong = |found: String| Ok(failed(check.expected.as_deref().unwrap_or(says), found));
    let text = match files.get(path) {
        Some(FileSeen::Text(text)) => text,
        Some(FileSeen::Absent) => return wrong(format!("no file `{path}`")),
        Some(FileSeen::Unusable(what)) => return wrong(format!("`{path}` {what}")),
        Some(FileSeen::Unreadable(why)) => return Err(why.clone()),
        None => return Err(format!("file `{path}`: not read")),
    };
    let file = match read(path, text) {
        Ok(file) => file,
        Err(why) => return wrong(why),
    };
    let variables = BTreeMap::from([("file".to_owned(), file)]);
    match truth(&check.expression, &variables)? {
        Truth::True => Ok(passed()),
        Truth::False => wrong(found(check, &variables)),
        Truth::Missing(what) => {
            let misfit = misfit::of(&check.expression, &variables["file"]);
            wrong(format!("`{path}`: {}", misfit.unwrap_or(what)))
        }
    }
}

fn found(check: &Files, variables: &BTreeMap<String, Value>) -> String {
    let path = &check.path;
    let text = check
        .found
        .as_ref()
        .and_then(|found| expression::text(found, variables).ok());
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => format!("`{path}`: {text}"),
        None => format!("`{path}` says otherwise"),
    }
}

/// The one YAML or JSON document of a file; an empty file is `null`.
fn read(path: &str, text: &str) -> Result<Value, String> {
    let documents = Document::plain(path, text).read_all::<Value>();
    let mut documents = documents.map_err(|fault| match fault.place {
        Some(place) => format!(
            "`{path}` is no YAML: line {}: {}",
            place.line, fault.message
        ),
        None => format!("`{path}` is no YAML: {}", fault.message),
    })?;
    match (documents.pop(), documents.len()) {
        (None, _) => Ok(Value::Null),
        (Some(document), 0) => Ok(document),
        (Some(_), more) => Err(format!("`{path}` has {} documents", more + 1)),
    }
}
