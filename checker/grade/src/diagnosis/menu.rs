//! Which keys of a diagnosis a lab offers, and in which words: `labs/<lab>/diagnosis.yaml`.
//!
//! Knows no variant and so no right answer.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CONSTRAINT, Choice, REFUSED_BY};
use crate::course::CourseFiles;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Named};

/// What a learner of a lab chooses from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What kept it from running.
    pub refused_by: Vec<Choice>,
    /// Which constraint was not met.
    pub constraint: Vec<Choice>,
}

/// `diagnosis.yaml`: the keys of a diagnosis that a lab offers, in their order. Without the file it offers all.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Diagnosis")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMenu {
    /// What kept it from running: keys, each with the words for this lab, or with nothing for those that all labs have.
    refused_by: Named<Option<String>>,
    /// Which constraint was not met, in the same form. At least six of them are right in no variant of the lab.
    constraint: Named<Option<String>>,
}

impl Menu {
    /// The menu of a lab.
    ///
    /// # Errors
    /// The first fault of the file. That there is none is no error.
    pub(crate) fn read(files: &CourseFiles, lab: &str) -> Result<Self, Diagnostic> {
        let path = path(lab);
        if !files.0.contains_key(&path) {
            return Ok(Self {
                refused_by: REFUSED_BY.to_vec(),
                constraint: CONSTRAINT.to_vec(),
            });
        }
        let document = Document::plain(&path, files.text(&path)?);
        let raw: RawMenu = document.read()?;
        Ok(Self {
            refused_by: picked(&document, raw.refused_by, "refused_by", REFUSED_BY)?,
            constraint: picked(&document, raw.constraint, "constraint", CONSTRAINT)?,
        })
    }
}

/// Where a lab says it.
pub(crate) fn path(lab: &str) -> String {
    format!("labs/{lab}/diagnosis.yaml")
}

fn picked(
    document: &Document<'_>,
    raw: Named<Option<String>>,
    field: &str,
    all: &'static [Choice],
) -> Result<Vec<Choice>, Diagnostic> {
    let picked = raw.0.into_iter().map(|(key, words)| {
        super::known(document, key.defined, &key.value, field, all)?;
        let known = all.iter().find(|choice| choice.key == key.value);
        let text = words.map_or_else(
            || known.map(|choice| choice.text.clone()).unwrap_or_default(),
            Into::into,
        );
        Ok(Choice {
            key: key.value.into(),
            text,
        })
    });
    picked.collect()
}
