//! `files`: an expression over the learner's written work is true.

mod misfit;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::cel::{Given, Truth, found_expression, truth};
use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Named, Spanned};
use crate::evidence::{Evidence, FileSeen};
use crate::expression;
use crate::judge::{Undecided, failed, passed};
use crate::scenario::objects;
use crate::verdict::Verdict;

/// The learner's written work, a file in the session's work folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// Path below the work folder, without `..`.
    pub path: String,
    /// What the expressions may name besides `file`.
    pub given: Given,
    /// Evaluates to a boolean over `file` (the YAML or JSON document as a value).
    pub expression: String,
    /// What to show as expected.
    pub expected: Option<String>,
    /// A second expression over `file` that evaluates to the text to show as found; unset: that it says otherwise.
    pub found: Option<String>,
}

/// The learner's written work is right.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Files")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Below the work folder of the session.
    path: Spanned<String>,
    /// Intermediate values by name: expressions, each over `file` and what stands before it.
    #[serde(default, rename = "let")]
    lets: Named<Spanned<String>>,
    /// In the Common Expression Language, over `file` (the YAML or JSON document as a value), the values of `let` and, as `given`, the parameters.
    expression: Spanned<String>,
    /// What to show as expected. Unset: the expression.
    expected: Option<String>,
    /// A second expression over `file`, whose text is shown as found. Unset: that the file says otherwise.
    found: Option<Spanned<String>>,
}

impl Kind for Files {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::File,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let path = objects::not_empty(document, &written.path, "path")?;
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(document.fault(written.path.defined, message!(NoPathBelowWork, path)));
        }
        let expressions = Self::expressions(written);
        Ok(Self {
            path,
            given: Given::read(
                document,
                &written.lets,
                &expressions[written.lets.0.len()..],
            )?,
            expression: objects::not_empty(document, &written.expression, "expression")?,
            expected: written.expected.clone(),
            found: found_expression(document, written.found.as_ref())?,
        })
    }

    fn expressions(written: &Written) -> Vec<&Spanned<String>> {
        let lets = written.lets.0.iter().map(|(_, expression)| expression);
        let others = std::iter::once(&written.expression).chain(&written.found);
        lets.chain(others).collect()
    }

    fn file(&self) -> Option<&str> {
        Some(&self.path)
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let path = &self.path;
        let wrong = |found: String| {
            Ok(failed(
                self.expected.as_deref().unwrap_or(&check.says),
                found,
            ))
        };
        let text = match evidence.files.get(path) {
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
        let variables = self
            .given
            .beside(BTreeMap::from([("file".to_owned(), file)]));
        match truth(&self.given, &self.expression, &variables)? {
            Truth::True => Ok(passed()),
            Truth::False => wrong(found(self, &variables)),
            Truth::Missing(what) => {
                let misfit = misfit::of(&self.given, &self.expression, &variables["file"]);
                wrong(format!("`{path}`: {}", misfit.unwrap_or(what)))
            }
        }
    }
}

fn found(check: &Files, variables: &BTreeMap<String, Value>) -> String {
    let path = &check.path;
    let text = check
        .found
        .as_ref()
        .and_then(|found| expression::text(&check.given.lets, found, variables).ok());
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
