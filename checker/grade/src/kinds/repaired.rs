//! `repaired`: of the findings that may be repaired on the cluster, those that the learner ranks first are.
//!
//! Knows the ranking from the learner's file and what a repair is from the scenario; whether a finding is well written is another kind's to
//! judge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::findings::place::{self, Placed};
use super::findings::review::RawReview;
use super::findings::{self, Is, Review, list};
use super::{Cel, Facts, Kind, Source, cel, written};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Named, Spanned};
use crate::evidence::Evidence;
use crate::judge::{Undecided, passed};
use crate::observation::Question;
use crate::scenario::objects;
use crate::verdict::{BrokenRule, Verdict};
use crate::wording;

/// What of a review is repaired on the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// What was reviewed, and the file with its ranking.
    pub review: Review,
    /// How many of the findings that may be repaired are.
    pub first: usize,
    /// What a repair is, by the oddity; others may not be touched.
    pub outcomes: Vec<Outcome>,
}

/// What is true when a weakness is repaired.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Of which oddity.
    pub id: String,
    /// A sentence that is true then.
    pub says: String,
    /// What is asked.
    pub asks: Cel,
}

/// Of the findings that may be repaired on the cluster, those that the learner ranks first are.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Repaired")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What was reviewed.
    review: RawReview,
    /// How many of the findings that may be repaired are, those first that are ranked first.
    first: usize,
    /// What a repair is, by the names of oddities; no other finding is to be repaired.
    outcomes: Named<Spanned<RawOutcome>>,
}

/// What is true when a weakness is repaired.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Outcome")]
#[serde(deny_unknown_fields)]
struct RawOutcome {
    /// A sentence that is true then.
    says: Spanned<String>,
    /// What is asked.
    cel: Spanned<cel::Written>,
}

impl Kind for Repaired {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let review = Review::read(document, &written.review)?;
        let mut outcomes = Vec::new();
        for (id, outcome) in &written.outcomes.0 {
            let known = review.oddities.iter().map(|it| it.id.as_str());
            if !known.clone().any(|known| known == id.value) {
                let fault = document.fault(id.defined, message!(UnknownName, "oddity", id.value));
                return Err(fault.known("oddities", &id.value, known));
            }
            outcomes.push(Outcome {
                id: id.value.clone(),
                says: objects::not_empty(document, &outcome.value.says, "says")?,
                asks: Cel::read(
                    document,
                    &outcome.value.cel.value,
                    outcome.value.cel.defined,
                )?,
            });
        }
        Ok(Self {
            review,
            first: written.first,
            outcomes,
        })
    }

    fn expressions(written: &Written) -> Vec<&Spanned<String>> {
        let outcomes = written.outcomes.0.iter();
        outcomes
            .flat_map(|(_, outcome)| Cel::expressions(&outcome.value.cel.value))
            .collect()
    }

    fn hand_out(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        self.review.hand_out(files);
    }

    fn questions(&self) -> Vec<Question> {
        self.outcomes
            .iter()
            .flat_map(|it| it.asks.questions())
            .collect()
    }

    fn baseline_questions(&self) -> Vec<Question> {
        vec![Question::Everything]
    }

    fn files(&self) -> Vec<&str> {
        vec![&self.review.file]
    }

    fn rules(&self) -> Vec<&str> {
        let outcomes = self.outcomes.iter().map(|it| it.id.as_str());
        [written::FORM, "named"]
            .into_iter()
            .chain(outcomes)
            .collect()
    }

    fn broken(&self, check: &Check, evidence: &Evidence) -> Result<Vec<BrokenRule>, Undecided> {
        let path = &self.review.file;
        let node = match written::file(check, path, evidence)? {
            Ok(node) => node,
            Err(broken) => return Ok(vec![*broken]),
        };
        let objects = findings::at_the_start(evidence)?;
        let mut ranked: Vec<(&Outcome, u32)> = Vec::new();
        for finding in list::findings(&node) {
            let Placed::Oddity(oddity) = place::of(&self.review, objects, &finding) else {
                continue;
            };
            let outcome = self.outcomes.iter().find(|it| it.id == oddity.id);
            let is_new = ranked.iter().all(|(known, _)| known.id != oddity.id);
            if let Some(outcome) = outcome.filter(|_| is_new && oddity.is == Is::Weak) {
                ranked.push((outcome, finding.line));
            }
        }
        let mut broken = Vec::new();
        if ranked.len() < self.first {
            broken.push(BrokenRule {
                rule: "named".to_owned(),
                at: path.clone(),
                says: format!(
                    "`{path}` ranks {} that may be repaired on the cluster",
                    wording::count(self.first, "weakness")
                ),
                expected: format!("at least {} weaknesses that may be repaired", self.first),
                found: format!("{} of them", ranked.len()),
                page: None,
            });
        }
        for (outcome, line) in ranked.into_iter().take(self.first) {
            if let Some(found) = outcome.asks.lacks(&evidence.observed)? {
                broken.push(BrokenRule {
                    rule: outcome.id.clone(),
                    at: format!("{path}:{line}"),
                    says: outcome.says.clone(),
                    expected: outcome
                        .asks
                        .expected
                        .clone()
                        .unwrap_or_else(|| outcome.says.clone()),
                    found,
                    page: None,
                });
            }
        }
        Ok(broken)
    }

    fn judge(&self, _check: &Check, _evidence: &Evidence) -> Result<Verdict, Undecided> {
        // It is judged by its rules.
        Ok(passed())
    }
}
