//! What a kind of check is: its facts, its questions and its judge, each with what holds where a kind says nothing of it.
//!
//! Knows no kind.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Diagnosis, Reach};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::judge::Undecided;
use crate::observation::{ObjectRef, Question};
use crate::verdict::{BrokenRule, Verdict};

/// What holds for every check of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Where the facts come from that it is judged by.
    pub source: Source,
    /// Whether asking changes the cluster or takes long: then it is asked last, and only when all else that the cluster says passes.
    pub changes: bool,
    /// Whether it looks at the cluster as it is, without a start to compare with, and so can be a symptom.
    pub symptom: bool,
}

/// Where facts come from, in the order in which a screen shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The cluster says them.
    Cluster,
    /// The learner's diagnosis.
    Diagnosis,
    /// A file that the learner writes.
    File,
}

/// A kind of check.
pub(crate) trait Kind: Sized {
    /// As `scenario.yaml` has it.
    type Written;
    /// What holds for all of its checks.
    const FACTS: Facts;

    /// Checks what was written.
    ///
    /// # Errors
    /// The first fault, at its place.
    fn read(
        document: &Document<'_>,
        written: &Self::Written,
        place: Location,
    ) -> Result<Self, Diagnostic>;

    /// The expressions of the written form: each must compile.
    fn expressions(_written: &Self::Written) -> Vec<&Spanned<String>> {
        Vec::new()
    }

    /// Takes what was handed out to the learner, by its path below the work folder.
    fn hand_out(&mut self, _files: &BTreeMap<String, Vec<u8>>) {}

    /// What to ask the cluster as it is; nothing where facts come from elsewhere.
    fn questions(&self) -> Vec<Question> {
        Vec::new()
    }

    /// What to ask when all else passes, because asking it changes the cluster or takes long.
    fn last_questions(&self) -> Vec<Question> {
        Vec::new()
    }

    /// What to ask before the learner comes, to compare with.
    fn baseline_questions(&self) -> Vec<Question> {
        Vec::new()
    }

    /// The requests that it makes in Pods.
    fn requests(&self) -> Vec<&Reach> {
        Vec::new()
    }

    /// Of which workload it evicts a Pod, and how long its Pods are watched after it at least.
    fn evicts(&self) -> Option<(&ObjectRef, Duration)> {
        None
    }

    /// Whether it is judged by who wrote what to the cluster since the start.
    fn asks_history(&self) -> bool {
        false
    }

    /// Whether it compares objects with what they were: what was changed does not become right again by itself.
    fn compares(&self) -> bool {
        false
    }

    /// Whether its verdict follows from the time of the observations too, and not from what was said alone.
    fn waits(&self) -> bool {
        false
    }

    /// Whether it lets the learner delete this object of the start, because nobody needs it.
    fn lets_go(&self, _object: &Value) -> bool {
        false
    }

    /// Whether it lets the learner add to this namespace what harms nobody.
    fn lets_add_to(&self, _namespace: &str) -> bool {
        false
    }

    /// The learner's files that it is judged by, below the work folder.
    fn files(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The rules that it is judged by, where each is a line of the verdict.
    fn rules(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The rules that are broken; `Err` says why it cannot be told. With one that is, the check has failed.
    fn broken(&self, _check: &Check, _evidence: &Evidence) -> Result<Vec<BrokenRule>, Undecided> {
        Ok(Vec::new())
    }

    /// Whether it is judged by what was written alone, so that its verdict does not change while Pods come and go.
    fn reads_the_specification_only(&self) -> bool {
        false
    }

    /// What a right diagnosis is, where it asks for one.
    fn diagnosis(&self) -> Option<&Diagnosis> {
        None
    }

    /// The verdict; `Err` says why it cannot be told.
    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided>;
}
