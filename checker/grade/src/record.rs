//! The record of a session's result: all that is needed to judge it again.
//!
//! Writes no file and reads no clock; both times are handed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::judge;
use crate::scenario::Scenario;
use crate::score::{Conduct, Score};
use crate::verdict::{CheckVerdict, Outcome};

/// What a session came to, and what that rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultRecord {
    /// Version of this format: 1.
    pub format_version: u64,
    /// Name of the lab.
    pub lab: String,
    /// Name of the variant.
    pub variant: String,
    /// What picked the parameters.
    pub seed: u64,
    /// SHA-256 in hexadecimal of everything of the course that makes this variant.
    pub content_hash: String,
    /// Version of the labctl that judged.
    pub labctl_version: String,
    /// Version that the API server gave.
    pub kubernetes_version: String,
    /// Where the cluster came from: `sandbox`, `kind` or `context`.
    pub provider: String,
    /// When the learner was let in: RFC 3339, UTC.
    pub started_at: String,
    /// When it was judged: RFC 3339, UTC.
    pub ended_at: String,
    /// What the verdicts together come to.
    pub outcome: Outcome,
    /// The verdicts, in the order of the scenario's checks.
    pub verdicts: Vec<CheckVerdict>,
    /// How the learner went about it.
    pub conduct: Conduct,
    /// The score.
    pub score: Score,
    /// What the verdicts rest on.
    pub evidence: Evidence,
}

/// The verdicts of a record, judged again by the scenario's checks.
///
/// They are the recorded ones when the scenario is the same, which its content hash and its seed tell; that is for the caller to compare.
#[must_use]
pub fn regrade(scenario: &Scenario, record: &ResultRecord) -> Vec<CheckVerdict> {
    judge::verdicts(&scenario.checks, &record.evidence)
}
