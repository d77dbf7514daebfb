//! What a check came to. Three values: a grader that could not look never says "failed".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Role;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// What the check says is true.
    Passed {
        /// Evidence worth showing, such as `held for 12 s`; unset when the sentence says it all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// What the check says is not true.
    Failed {
        /// What would have been right.
        expected: String,
        /// What was there instead, with the object's name and the cluster's own words.
        found: String,
    },
    /// It could not be told.
    Undecided {
        /// Why, naming the operation and the object.
        why: String,
    },
}

/// A check with its verdict, as it is shown and recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckVerdict {
    /// The check's id, unique in its scenario.
    pub id: String,
    /// The sentence that is true when the check passes.
    pub says: String,
    /// Objective or safeguard.
    pub role: Role,
    /// What it came to.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Where the book teaches it, such as `Pending Pods, "Reading events"`; unset when nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
    /// Of written work that failed: the rules that are broken, the first of which is what was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<BrokenRule>,
}

/// A rule that written work breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenRule {
    /// Its name in the check; `form` for what a file must look like.
    pub rule: String,
    /// Where in the learner's files: `decision.yaml:23`, or `decision.yaml:23:5`; empty where it is about no one place.
    pub at: String,
    /// The sentence that is true when the rule is kept.
    pub says: String,
    /// What would have been right.
    pub expected: String,
    /// What is there instead.
    pub found: String,
    /// What the pages that were handed out say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What all verdicts together come to. The order is the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something failed.
    NotSolved,
    /// Nothing failed, but something could not be told.
    Undecided,
    /// Everything passed.
    Solved,
}

/// What these verdicts come to. No verdict at all is `Undecided`: nothing was looked at.
#[must_use]
pub fn outcome(verdicts: &[CheckVerdict]) -> Outcome {
    let any = |wanted: fn(&Verdict) -> bool| verdicts.iter().any(|v| wanted(&v.verdict));
    if any(|v| matches!(v, Verdict::Failed { .. })) {
        Outcome::NotSolved
    } else if verdicts.is_empty() || any(|v| matches!(v, Verdict::Undecided { .. })) {
        Outcome::Undecided
    } else {
        Outcome::Solved
    }
}
