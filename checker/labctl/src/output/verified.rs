//! What `labctl verify --output json` writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Of `verify`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verified {
    pub(crate) format_version: u32,
    /// Whether there is no fault, every case came out as claimed, and no more starts failed than may.
    pub(crate) passed: bool,
    /// What is wrong with the files of the course; nothing is played when there is any.
    pub(crate) faults: Vec<Fault>,
    /// In the order of the course.
    pub(crate) cases: Vec<VerifiedCase>,
    /// Which cases were not played and are not remembered: not wanted, or no time left. Cases of the robot that are not known are not counted.
    pub(crate) left_out: Vec<LeftOut>,
    /// What the robot found no occasion for.
    pub(crate) skipped: Vec<SkippedTry>,
    /// What could be left out, or is not proved. It fails nothing.
    pub(crate) report: VerifiedReport,
    /// What differs from the run that it was compared with; unset without `--compare`. It fails nothing.
    pub(crate) compared: Option<ComparedRuns>,
    /// Why there are fewer cases than there should be, such as `interrupted`; unset when all were played.
    pub(crate) cut_off: Option<String>,
    pub(crate) starts: VerifiedStarts,
}

/// The starts of a run of `verify`, resets included. One that fails is no verdict: its case is played once more.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifiedStarts {
    /// How many there were, those that failed included.
    pub(crate) made: usize,
    pub(crate) failed: usize,
    /// How many may fail; more, and the run fails.
    pub(crate) may_fail: usize,
}

impl VerifiedStarts {
    pub(crate) fn are_too_many(&self) -> bool {
        self.failed > self.may_fail
    }
}

/// What is wrong with a file of the course.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fault {
    /// Path from the course's root.
    pub(crate) file: String,
    /// From 1; unset for a fault of the whole file.
    pub(crate) line: Option<usize>,
    /// Which fault it is, such as `unknown-field`; stays the same when its words change.
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) message: String,
    /// The same with the line itself, as a person reads it.
    pub(crate) text: String,
}

/// What one case of `verify` came to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct VerifiedCase {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) seed: u64,
    /// `untouched`, `fix`, `wrong fix`, `reset`, or of the robot: `cheat`, `damage`, `forgery`, `harmless`.
    pub(crate) kind: String,
    /// Of the fix or what the robot tried; empty for `untouched` and `reset`.
    pub(crate) name: String,
    pub(crate) passed: bool,
    /// How long it took, its starts or resets included.
    pub(crate) seconds: f64,
    /// Whether it was played in an earlier run, with all that it follows from as it is now: content, labctl, sandbox, seed.
    #[serde(rename = "remembered")]
    pub(crate) is_remembered: bool,
    /// What was expected and what was seen instead, each with the verdicts.
    pub(crate) problems: Vec<String>,
    /// What each check came to, an hour after the last look had the cluster stayed as it was; none for a reset.
    pub(crate) verdicts: Vec<VerifiedVerdict>,
    /// What was heard of the lab's own objects until the end of the case, each once, without names, addresses and times of the cluster; none
    /// for a reset.
    #[serde(default)]
    pub(crate) events: Vec<VerifiedEvent>,
    /// How its cluster came to be at the start; unset when it did not.
    pub(crate) began: Option<Began>,
    /// What was seen at each start that failed: the Pods that were not ready and the cluster's last words. After the first the
    /// case was played once more; two are a problem.
    pub(crate) failed_starts: Vec<String>,
}

/// Cases that were not played.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LeftOut {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) seed: u64,
    /// How many.
    pub(crate) cases: usize,
}

/// What the robot did not try, because a cluster has no occasion for it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SkippedTry {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) seed: u64,
    /// As of a case.
    pub(crate) kind: String,
    /// What would have been tried.
    pub(crate) name: String,
    /// What the cluster lacks for it.
    pub(crate) why: String,
}

/// How the cluster of a case came to be at the start of its lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Began {
    /// It was made for this case.
    NewCluster {
        /// What kept one that had served another case from being restored; unset when that was not tried.
        instead_of: Option<String>,
    },
    /// It had served another case, and everything was proved to be as at the start again.
    Restored,
}

impl Began {
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::NewCluster { .. })
    }
}

/// What a check came to at the end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct VerifiedVerdict {
    /// Its id.
    pub(crate) check: String,
    pub(crate) verdict: Word,
    /// What was there instead; only of a check that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<String>,
}

/// An event that Kubernetes wrote, or how a container ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(crate) struct VerifiedEvent {
    /// "event of Pod `shop/cart-<hash>`".
    pub(crate) of: String,
    /// `FailedScheduling`.
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    Passed,
    Failed,
    Undecided,
    /// The case was decided while Pods still came and went.
    Unsettled,
}

impl Word {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Unsettled => "unsettled",
        }
    }
}

/// What differs in the cases that this run and another have both played.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ComparedRuns {
    /// How many those are.
    pub(crate) n_cases: usize,
    /// Checks that came to something else.
    pub(crate) verdicts: Vec<VerdictDiffers>,
    /// Events that were not heard in the same cases; first those that one run never heard.
    pub(crate) events: Vec<EventDiffers>,
}

/// A check that came to something else.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerdictDiffers {
    /// Lab, variant, seed, kind and name.
    pub(crate) case: String,
    /// Its id.
    pub(crate) check: String,
    /// The verdict of this run, with what was found.
    pub(crate) here: String,
    /// The other's.
    pub(crate) there: String,
}

/// An event that was not heard in the same cases.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventDiffers {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) seed: u64,
    pub(crate) event: VerifiedEvent,
    /// The cases in which this run heard it: kind and name.
    pub(crate) here: Vec<String>,
    /// The same of the other.
    pub(crate) there: Vec<String>,
}

/// What an author may look at.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct VerifiedReport {
    /// Checks that no wrong fix needs: without them every one would still be refused.
    pub(crate) unproved: Vec<Unproved>,
    /// Wrong fixes that end as another does: the same checks fail with the same words.
    pub(crate) alike: Vec<Alike>,
}

/// A check that no wrong fix needs.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Unproved {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) check: String,
}

/// Wrong fixes of which one would do, at every seed that was played.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Alike {
    pub(crate) lab: String,
    pub(crate) variant: String,
    /// Their names, at least two.
    pub(crate) cases: Vec<String>,
}
