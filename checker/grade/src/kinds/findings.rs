//! `findings`: the learner's review of a design finds what is weak in it, and leaves out what is odd and right.
//!
//! Each finding is judged by itself and has a line of the verdict; what was not found is counted and not named. Where a finding is, is
//! [`place`]'s to tell; which three of them are repaired on the cluster is asked by another kind.

mod judged;
pub(super) mod list;
mod pages;
pub(super) mod place;
pub(super) mod review;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::written::{self, Read};
use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location};
use crate::evidence::Evidence;
use crate::judge::{Undecided, passed};
use crate::observation::{Observation, Question};
use crate::verdict::{BrokenRule, Verdict};
use judged::{Judged, rule};
use review::RawReview;
pub use review::{At, In, Is, Oddity, Review, Severity};

/// The rules, in the order in which they are told.
const RULES: [&str; 10] = [
    written::FORM,
    "many",
    "where",
    "false",
    "risk",
    "remedy",
    "severity",
    "evidence",
    "rank",
    "missed",
];

/// The learner's findings are those that a senior reviewer would report.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// What is reviewed.
    pub review: Review,
    /// How many of the most severe weaknesses must be found; of those that are equally severe any.
    pub least: usize,
    /// How many findings are read at most: who reports everything has reviewed nothing.
    pub most: usize,
    /// How many of them may be about something that is no weakness.
    pub false_at_most: usize,
}

/// The learner's list of what is weak in a design is right.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Findings")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFindings {
    /// What is reviewed.
    review: RawReview,
    /// How many of the most severe weaknesses must be found; of those that are equally severe any.
    least: usize,
    /// How many findings there may be.
    most: usize,
    /// How many of them may be about something that is no weakness.
    false_at_most: usize,
}

impl Kind for Findings {
    type Written = RawFindings;
    const FACTS: Facts = Facts {
        source: Source::File,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &RawFindings,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            review: Review::read(document, &written.review)?,
            least: written.least,
            most: written.most,
            false_at_most: written.false_at_most,
        })
    }

    fn hand_out(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        self.review.hand_out(files);
    }

    fn baseline_questions(&self) -> Vec<Question> {
        vec![Question::Everything]
    }

    fn files(&self) -> Vec<&str> {
        vec![&self.review.file]
    }

    fn rules(&self) -> Vec<&str> {
        RULES.to_vec()
    }

    fn broken(&self, check: &Check, evidence: &Evidence) -> Result<Vec<BrokenRule>, Undecided> {
        let path = &self.review.file;
        let node = match written::file(check, path, evidence)? {
            Ok(node) => node,
            Err(broken) => return Ok(vec![*broken]),
        };
        let read = Read {
            name: "findings",
            path,
            node,
        };
        let form = written::form(check, &read, &list::form(&self.review));
        let findings = list::findings(&read.node);
        if findings.len() > self.most {
            let found = format!("{} findings", findings.len());
            let expected = format!("at most {} findings", self.most);
            let says = "What is reported is what matters: a review that reports everything is read by nobody";
            return Ok(vec![rule("many", path.clone(), says, &expected, found)]);
        }
        let objects = at_the_start(evidence)?;
        let judged = Judged::of(self, objects, &findings);
        Ok(form
            .into_iter()
            .chain(judged.broken(self, &findings))
            .collect())
    }

    fn judge(&self, _check: &Check, _evidence: &Evidence) -> Result<Verdict, Undecided> {
        // It is judged by its rules.
        Ok(passed())
    }
}

/// The objects of the cluster before the learner came; none where there is no cluster.
pub(super) fn at_the_start(evidence: &Evidence) -> Result<&[Json], Undecided> {
    match evidence.baseline.to(&Question::Everything) {
        Some(Observation::Everything { objects, .. }) => Ok(objects),
        Some(Observation::Unreadable(why)) => Err(why.clone()),
        _ => Ok(&[]),
    }
}
