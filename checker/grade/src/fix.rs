//! Fixes and wrong fixes: what the author's gate types to see that the checks tell the truth.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Spanned};

/// Steps that must solve a variant, or must not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The file's name without `.yaml`.
    pub name: String,
    /// What it does, in one line.
    pub says: String,
    /// Why it is right, or wrong; unset when that is plain.
    pub because: Option<String>,
    /// Files to lay into the folder where the commands run, by their names.
    pub files: BTreeMap<String, String>,
    /// Lines for a shell, in order; none is "do nothing".
    pub run: Vec<String>,
    /// Ids of the checks that must all fail after a wrong fix; empty for a fix.
    pub caught_by: Vec<String>,
}

/// `fixes/<name>.yaml`: steps that must solve the variant.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Fix")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFix {
    /// Version of this format.
    #[serde(rename = "format_version")]
    #[schemars(extend("const" = 1))]
    _format_version: u64,
    /// What it does, in one line.
    says: String,
    /// Why it is right. Unset when that is plain.
    because: Option<String>,
    /// Files for the folder where the commands run, by their names.
    #[serde(default)]
    files: BTreeMap<String, Spanned<String>>,
    /// Lines for a shell, as a person would type them; at least one.
    run: Spanned<Vec<String>>,
}

/// `wrong/<name>.yaml`: steps that must not.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "WrongFix")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWrongFix {
    /// Version of this format.
    #[serde(rename = "format_version")]
    #[schemars(extend("const" = 1))]
    _format_version: u64,
    /// What it does, in one line.
    says: String,
    /// Why it is wrong. Unset when that is plain.
    because: Option<String>,
    /// Ids of the checks that must all fail after it, at least one.
    caught_by: Spanned<Vec<Spanned<String>>>,
    /// Files for the folder where the commands run, by their names.
    #[serde(default)]
    files: BTreeMap<String, Spanned<String>>,
    /// Lines for a shell, as a person would type them; none is "do nothing".
    run: Spanned<Vec<String>>,
}

impl Fix {
    /// Reads `fixes/<name>.yaml`.
    pub(crate) fn read(document: &Document<'_>, name: &str) -> Result<Self, Diagnostic> {
        let raw: RawFix = document.read()?;
        if raw.run.value.is_empty() {
            return Err(document.fault(raw.run.defined, "a fix has at least one command"));
        }
        let files = files(document, raw.files)?;
        Ok(Self {
            name: name.to_owned(),
            says: raw.says,
            because: raw.because,
            files,
            run: raw.run.value,
            caught_by: Vec::new(),
        })
    }

    /// Reads `wrong/<name>.yaml`; what catches it must be among these checks.
    pub(crate) fn read_wrong(
        document: &Document<'_>,
        name: &str,
        checks: &[Check],
    ) -> Result<Self, Diagnostic> {
        let raw: RawWrongFix = document.read()?;
        if raw.caught_by.value.is_empty() {
            return Err(document.fault(
                raw.caught_by.defined,
                "`caught_by` is empty: some check must fail",
            ));
        }
        for id in &raw.caught_by.value {
            if checks.iter().all(|check| check.id != id.value) {
                return Err(document
                    .fault(id.defined, format!("unknown check `{}`", id.value))
                    .known("checks", &id.value, checks.iter().map(|check| &check.id)));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            says: raw.says,
            because: raw.because,
            files: files(document, raw.files)?,
            run: raw.run.value,
            caught_by: raw.caught_by.value.into_iter().map(|id| id.value).collect(),
        })
    }
}

fn files(
    document: &Document<'_>,
    raw: BTreeMap<String, Spanned<String>>,
) -> Result<BTreeMap<String, String>, Diagnostic> {
    raw.into_iter()
        .map(|(name, text)| {
            if name.is_empty() || name.starts_with('.') || name.contains('/') {
                Err(document.fault(text.defined, format!("`{name}` is no plain file name")))
            } else {
                Ok((name, text.value))
            }
        })
        .collect()
}
