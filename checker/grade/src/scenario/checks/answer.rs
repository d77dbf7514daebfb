//! What a right diagnosis is, as `scenario.yaml` has it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_yaml::Spanned;

use crate::check::{Ask, Diagnosis};
use crate::diagnosis;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::scenario::objects;

/// What a right diagnosis is.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Answer")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAnswer {
    /// Accepted keys for what kept it from running.
    #[schemars(with = "Vec<String>")]
    pub(crate) refused_by: Spanned<Vec<Spanned<String>>>,
    /// Accepted keys for the constraint that was not met.
    #[schemars(with = "Vec<String>")]
    pub(crate) constraint: Spanned<Vec<Spanned<String>>>,
    /// Accepted objects, kind in lower case: `deployment/cart`.
    #[schemars(with = "Vec<String>")]
    pub(crate) must_change: Spanned<Vec<Spanned<String>>>,
    /// A regular expression that the line of evidence must match; it must also have occurred in the session.
    #[schemars(with = "String")]
    pub(crate) evidence: Spanned<String>,
}

/// Reads a key of a list of choices.
type ReadKey = fn(&Document<'_>, &Spanned<String>) -> Result<String, Diagnostic>;

impl RawAnswer {
    pub(super) fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        for (field, list) in [
            ("refused_by", &self.refused_by),
            ("constraint", &self.constraint),
            ("must_change", &self.must_change),
        ] {
            if list.value.is_empty() {
                return Err(document.fault(
                    list.defined,
                    format!("`{field}` is empty: no answer would be right"),
                ));
            }
        }
        for object in &self.must_change.value {
            let parts = object
                .value
                .split_once('/')
                .filter(|(kind, name)| !kind.is_empty() && !name.is_empty() && !name.contains('/'));
            if parts.is_none_or(|(kind, _)| kind != kind.to_lowercase()) {
                return Err(document.fault(
                    object.defined,
                    format!(
                        "`{}` is no object: write it as `deployment/cart`",
                        object.value
                    ),
                ));
            }
        }
        let evidence = objects::not_empty(document, &self.evidence, "evidence")?;
        if regex::Regex::new(&evidence).is_err() {
            return Err(document.fault(
                self.evidence.defined,
                format!("`{evidence}` is no regular expression"),
            ));
        }
        let known = |list: &[Spanned<String>], read: ReadKey| {
            let keys = list.iter().map(|key| read(document, key));
            keys.collect::<Result<Vec<String>, Diagnostic>>()
        };
        let objects = self.must_change.value.iter();
        Ok(Ask::Answer(Diagnosis {
            refused_by: known(&self.refused_by.value, diagnosis::refused_by)?,
            constraint: known(&self.constraint.value, diagnosis::constraint)?,
            must_change: objects.map(|object| object.value.clone()).collect(),
            evidence,
        }))
    }
}
