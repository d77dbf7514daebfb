//! What a scenario may ask: the checks as an author writes them in `scenario.yaml`, after the parameters are filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::{ObjectRef, ObjectsRef};

/// One check: a true sentence and one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Unique in the scenario, lower case with hyphens.
    pub id: String,
    /// One sentence that is true when the check passes.
    pub says: String,
    /// Must it become true, or stay true?
    pub role: Role,
    /// Where the book teaches it; unset when nowhere.
    pub see: Option<String>,
    /// The question.
    pub ask: Ask,
}

/// Whether a check must become true or stay true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Must become true.
    Objective,
    /// Must stay true.
    Safeguard,
}

/// The one question of a check.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A workload is complete and has been for a while, read from its conditions.
    Rollout(Rollout),
    /// An expression over named objects is true.
    Cel(Cel),
    /// Objects are as they were in the baseline.
    Unchanged(Unchanged),
    /// One Pod is evicted and its replacement becomes Ready.
    ComesBack(ComesBack),
    /// The learner's diagnosis.
    Answer(Diagnosis),
    /// The learner's written work.
    Files(Files),
}

/// A Deployment, `StatefulSet` or `DaemonSet` has all its wanted replicas updated, ready and available.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The workload.
    pub workload: ObjectRef,
    /// The wanted count, at least 1. Unset only for a `DaemonSet`, whose nodes decide.
    pub replicas: Option<u32>,
    /// How long it must have been so. Zero: a moment suffices.
    pub hold: Duration,
}

/// A CEL expression over objects. A missing field is an error in CEL, and an error is `failed`, saying which field.
#[derive(Debug, Clone, PartialEq)]
pub struct Cel {
    /// What each name in the expression stands for. An absent object is `null`.
    pub objects: BTreeMap<String, CelObject>,
    /// Evaluates to a boolean.
    pub expression: String,
    /// What to show as expected.
    pub expected: Option<String>,
    /// A second expression that evaluates to the text to show as found; unset: the objects' names and the expression.
    pub found: Option<String>,
}

/// What a name in an expression stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum CelObject {
    /// One object, or `null`.
    One(ObjectRef),
    /// A list of objects.
    Many(ObjectsRef),
}

/// Objects equal their baseline, apart from status, identity, times and bookkeeping.
#[derive(Debug, Clone, PartialEq)]
pub struct Unchanged {
    /// Which objects; a set that was empty in the baseline is an error of the author's.
    pub objects: Vec<CelObject>,
    /// JSON pointers that may differ, such as `/spec/template/spec/tolerations`; `*` stands for any one segment.
    pub except: Vec<String>,
    /// JSON pointers to compare; empty: all.
    pub only: Vec<String>,
    /// Whether objects that were not in the baseline are a difference.
    pub additions: Additions,
}

/// What a new object among those that must stay unchanged means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Additions {
    /// New objects are no difference.
    #[default]
    Allowed,
    /// A new object is a difference.
    Refused,
}

/// Evict one Pod: its replacement becomes Ready.
#[derive(Debug, Clone, PartialEq)]
pub struct ComesBack {
    /// The workload whose Pod is evicted.
    pub workload: ObjectRef,
    /// How long the replacement must stay Ready.
    pub hold: Duration,
    /// How long to wait for all of it.
    pub deadline: Duration,
}

/// What a right diagnosis of this scenario is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Accepted keys of the question "what kept it from running?", such as `scheduler`.
    pub refused_by: Vec<String>,
    /// Accepted keys of "which constraint was not met?", such as `untolerated-taint`.
    pub constraint: Vec<String>,
    /// Accepted objects that had to change, `kind/name` in lower case, such as `deployment/ledger`.
    pub must_change: Vec<String>,
    /// A regular expression that the line of evidence must match, besides having really occurred in this session.
    pub evidence: String,
}

/// The learner's written work, a file in the session's work folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// Path below the work folder, without `..`.
    pub path: String,
    /// Evaluates to a boolean over `file` (the YAML or JSON document as a value).
    pub expression: String,
    /// What to show as expected.
    pub expected: Option<String>,
    /// A second expression over `file` that evaluates to the text to show as found; unset: that it says otherwise.
    pub found: Option<String>,
}
