//! What a review is about: the oddities of a design, which of them are weaknesses, and what may be said of each.
//!
//! Knows no learner's file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::pages::Page;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Named, Spanned};
use crate::scenario::objects;

/// A design with its oddities, and the file that says what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The learner's list of findings, a path below the work folder.
    pub file: String,
    /// The words that a finding picks its risk from.
    pub risks: Vec<String>,
    /// The words that a finding picks its remedy from.
    pub remedies: Vec<String>,
    /// Whatever looks odd.
    pub oddities: Vec<Oddity>,
    /// What was handed out, by its path below the work folder; known once the scenario's files are.
    pub(in crate::kinds) pages: BTreeMap<String, Page>,
}

/// Something that looks odd.
#[derive(Debug, Clone, PartialEq)]
pub struct Oddity {
    /// Unique in its review.
    pub id: String,
    /// Whether it is wrong.
    pub is: Is,
    /// How bad it is, should it be wrong.
    pub severity: Severity,
    /// What may be said to follow from it.
    pub risks: Vec<String>,
    /// What may be said to help.
    pub remedies: Vec<String>,
    /// Where it may be said to be, at least one place.
    pub at: Vec<At>,
}

/// A place that a finding may name.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// What it is in.
    pub in_: In,
    /// Paths such as `endpoint.publicAccessCidrs`, without the places of list elements. None: whatever is said of it is about this.
    pub fields: Vec<String>,
}

/// What a place is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum In {
    /// A file that was handed out, by its path below the work folder.
    File(String),
    /// An object of the cluster, or of a manifest that was handed out.
    Object {
        /// Such as `Deployment`.
        kind: String,
        /// Unset for cluster-scoped kinds.
        namespace: Option<String>,
        /// Unset for any of its kind in the namespace, such as one that lacks.
        name: Option<String>,
    },
}

/// Whether an oddity is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// It is a weakness.
    Weak,
    /// It is right, and the pages that were handed out have the reason.
    Meant,
}

/// How bad a weakness is, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It costs something.
    Low,
    /// It will hurt some day.
    Medium,
    /// It hurts on a bad day.
    High,
    /// It must not go live.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub(in crate::kinds) const ALL: [Self; 4] =
        [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As a finding names it.
    pub(in crate::kinds) fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The one of this name; `None` when there is none.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Two reviewers may differ by one.
    pub(super) fn is_near(self, other: Self) -> bool {
        (self as u8).abs_diff(other as u8) <= 1
    }
}

/// The oddities of a design, and the learner's list of what is wrong with it.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Review")]
#[serde(deny_unknown_fields)]
pub(in crate::kinds) struct RawReview {
    /// The learner's list of findings, a path below the work folder.
    file: Spanned<String>,
    /// The words that a finding picks its risk from.
    risks: Vec<String>,
    /// The words that a finding picks its remedy from.
    remedies: Vec<String>,
    /// Whatever looks odd, by names.
    oddities: Named<Spanned<RawOddity>>,
}

/// Something in the design that looks odd.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Oddity")]
#[serde(deny_unknown_fields)]
struct RawOddity {
    /// Whether it is a weakness, or meant, with the reason on a page that was handed out.
    is: Is,
    /// How bad it is, should it be wrong. A finding may say one more or one less.
    severity: Severity,
    /// Which of the risks may be said to follow from it, at least one.
    risks: Spanned<Vec<Spanned<String>>>,
    /// Which of the remedies may be said to help, at least one.
    remedies: Spanned<Vec<Spanned<String>>>,
    /// Where it may be said to be, at least one place.
    #[serde(rename = "where")]
    at: Spanned<Vec<Spanned<RawAt>>>,
}

/// A place that a finding may name: a file or an object, and its fields.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "At", extend("oneOf" = [{"required": ["file"]}, {"required": ["object"]}]))]
#[serde(deny_unknown_fields)]
struct RawAt {
    /// A file that was handed out, by its path below the work folder.
    file: Option<String>,
    /// An object of the cluster or of a manifest that was handed out; without a `name`, any of its kind.
    object: Option<Spanned<RawPart>>,
    /// Paths such as `endpoint.publicAccessCidrs`, without the places of list elements. Unset: whatever is said of it is about this.
    #[serde(default)]
    fields: Vec<String>,
}

/// An object that a finding may name.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "OddObject")]
#[serde(deny_unknown_fields)]
struct RawPart {
    /// Such as `Deployment`.
    kind: String,
    /// Unset for cluster-scoped kinds.
    namespace: Option<String>,
    /// Unset for any of its kind in the namespace.
    name: Option<String>,
}

impl Review {
    /// Checks what was written.
    ///
    /// # Errors
    /// The first fault.
    pub(in crate::kinds) fn read(
        document: &Document<'_>,
        written: &RawReview,
    ) -> Result<Self, Diagnostic> {
        let file = objects::path_below_work(document, &written.file)?;
        let oddities = written.oddities.0.iter();
        let oddities =
            oddities.map(|(id, oddity)| oddity.value.oddity(document, &id.value, written));
        Ok(Self {
            file,
            risks: written.risks.clone(),
            remedies: written.remedies.clone(),
            oddities: oddities.collect::<Result<_, _>>()?,
            pages: BTreeMap::new(),
        })
    }

    /// The weaknesses.
    pub(in crate::kinds) fn weak(&self) -> impl Iterator<Item = &Oddity> {
        self.oddities.iter().filter(|it| it.is == Is::Weak)
    }

    /// Reads what was handed out.
    pub(in crate::kinds) fn hand_out(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        let others = files.iter().filter(|(path, _)| **path != self.file);
        self.pages = others
            .filter_map(|(path, bytes)| {
                let text = std::str::from_utf8(bytes).ok()?;
                Some((path.clone(), Page::read(path, text)))
            })
            .collect();
    }
}

impl RawOddity {
    fn oddity(
        &self,
        document: &Document<'_>,
        id: &str,
        review: &RawReview,
    ) -> Result<Oddity, Diagnostic> {
        let among = |words: &Spanned<Vec<Spanned<String>>>, known: &[String], field: &str| {
            if words.value.is_empty() {
                return Err(document.fault(words.defined, message!(EmptyText, field)));
            }
            let word = |word: &Spanned<String>| {
                if known.contains(&word.value) {
                    return Ok(word.value.clone());
                }
                let fault = document.fault(word.defined, message!(UnknownValue, word.value));
                Err(fault.known(field, &word.value, known.iter()))
            };
            words.value.iter().map(word).collect::<Result<Vec<_>, _>>()
        };
        if self.at.value.is_empty() {
            return Err(document.fault(self.at.defined, message!(EmptyText, "where")));
        }
        let at = self.at.value.iter().map(|at| at.value.at(document, at));
        Ok(Oddity {
            id: id.to_owned(),
            is: self.is,
            severity: self.severity,
            risks: among(&self.risks, &review.risks, "risks")?,
            remedies: among(&self.remedies, &review.remedies, "remedies")?,
            at: at.collect::<Result<_, _>>()?,
        })
    }
}

impl RawAt {
    fn at(&self, document: &Document<'_>, place: &Spanned<Self>) -> Result<At, Diagnostic> {
        let in_ = match (&self.file, &self.object) {
            (Some(file), None) => In::File(file.clone()),
            (None, Some(object)) => In::Object {
                kind: object.value.kind.clone(),
                namespace: object.value.namespace.clone(),
                name: object.value.name.clone(),
            },
            _ => {
                let expected = message!(Expected, "either `file` or `object`");
                return Err(document.fault(place.defined, expected));
            }
        };
        Ok(At {
            in_,
            fields: self.fields.clone(),
        })
    }
}
