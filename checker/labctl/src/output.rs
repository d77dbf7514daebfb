//! What `--output json` writes: one shape for each command, with a schema in the repository.

mod listed;
mod quizzed;
mod verified;

use std::collections::BTreeMap;

use grade::score::Score;
use grade::verdict::{CheckVerdict, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::{Exit, Failure};
pub(crate) use listed::{
    LabProgress, Listed, ListedLab, ListedVariant, Needs, Progress, Progressed, Runs,
    SolvedVariant, Where,
};
pub(crate) use quizzed::{AskedQuestion, JudgedAnswer, OfferedChoice, QuizPage, Quizzed, Quizzes};
pub(crate) use verified::{
    Alike, Began, ComparedRuns, EventDiffers, Fault, LeftOut, SkippedTry, Unproved, VerdictDiffers,
    Verified, VerifiedCase, VerifiedEvent, VerifiedReport, VerifiedStarts, VerifiedVerdict, Word,
};

/// The version of all these shapes.
pub(crate) const FORMAT: u32 = 1;

/// Of every command that cannot do what was asked.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Failed {
    format_version: u32,
    /// What happened.
    error: String,
    /// What to do next; unset when the error says it all.
    hint: Option<String>,
    /// 2: bad command or file; 3: the cluster could not be asked; 130: interrupted.
    exit: u8,
}

impl Failed {
    pub(crate) fn of(failure: &Failure) -> Self {
        Self {
            format_version: FORMAT,
            error: failure.message.clone(),
            hint: failure.hint.clone(),
            exit: Exit::from(failure.why).number(),
        }
    }
}

/// Of `book` without a title, and with one that names a part.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BookContents {
    pub(crate) format_version: u32,
    /// In their order.
    pub(crate) pages: Vec<ListedPage>,
}

/// A page of the book.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedPage {
    /// The part that it is in; empty for the first page.
    pub(crate) part: String,
    pub(crate) title: String,
    /// From the book's folder.
    pub(crate) path: String,
}

/// Of `book` with the title of a page or of a heading.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BookPage {
    pub(crate) format_version: u32,
    pub(crate) page: ListedPage,
    /// Markdown: the page, or what stands under the heading.
    pub(crate) text: String,
}

/// Of `book --serve`, on one line, before it serves.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BookServed {
    pub(crate) format_version: u32,
    pub(crate) address: String,
}

/// Of `start`, `reset` and `brief`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Started {
    pub(crate) format_version: u32,
    pub(crate) session: String,
    pub(crate) lab: String,
    pub(crate) seed: u64,
    /// Markdown.
    pub(crate) brief: String,
    /// The learner's kubeconfig; unset where the lab has no cluster.
    pub(crate) kubeconfig: Option<String>,
    /// The learner's folder.
    pub(crate) work: String,
    /// The files in it that are part of the task.
    pub(crate) files: Vec<String>,
    /// The seed to take next, once this one is solved.
    pub(crate) next_seed: Option<u64>,
}

/// Of `status`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Status {
    pub(crate) format_version: u32,
    pub(crate) session: String,
    pub(crate) lab: String,
    /// Unset while finding out is the lab.
    pub(crate) variant: Option<String>,
    pub(crate) seed: u64,
    /// `running`, `starting`, `stopped`, or `absent`; `none` where the lab has none.
    pub(crate) cluster: String,
    /// RFC 3339; empty before the lab was handed over.
    pub(crate) started_at: String,
    /// When it was first solved, RFC 3339.
    pub(crate) solved_at: Option<String>,
    /// Whether it was solved and then reset.
    pub(crate) broken_again: bool,
    /// How often it was judged.
    pub(crate) checks: u32,
    /// What of the record of all this cannot be read; unset when all can.
    pub(crate) lost: Option<String>,
    /// Of the best check of this lab and seed that was solved.
    pub(crate) points: Option<u32>,
    pub(crate) hints: u32,
    pub(crate) attempts: u32,
    pub(crate) resets: u32,
    pub(crate) revealed: bool,
    /// How far the learner has come in this lab; unset when its course cannot be read.
    pub(crate) progress: Option<Progress>,
    /// The seed to take next, once this one is solved.
    pub(crate) next_seed: Option<u64>,
    /// Unset where the lab has no cluster.
    pub(crate) kubeconfig: Option<String>,
    pub(crate) work: String,
    /// All sessions, this one included.
    pub(crate) sessions: Vec<String>,
}

/// Of `check`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    pub(crate) format_version: u32,
    pub(crate) session: String,
    pub(crate) lab: String,
    pub(crate) seed: u64,
    pub(crate) outcome: Outcome,
    /// In the order of the scenario.
    pub(crate) checks: Vec<CheckVerdict>,
    pub(crate) score: Score,
    /// When it was first solved, RFC 3339.
    pub(crate) solved_at: Option<String>,
    /// The seed to take next, once this one is solved.
    pub(crate) next_seed: Option<u64>,
}

/// Of `answer`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Answered {
    pub(crate) format_version: u32,
    /// How many attempts are counted by now.
    pub(crate) attempt: u32,
    /// Whether it was kept to be judged: not when the lab is solved, or the diagnosis before it is right.
    pub(crate) recorded: bool,
}

/// Of `hint`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Hinted {
    pub(crate) format_version: u32,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) of: usize,
    /// Whether it was counted: not when it is shown again, or the lab is solved.
    pub(crate) counted: bool,
    /// Markdown.
    pub(crate) text: String,
}

/// Of `start --dry-run`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DryRun {
    pub(crate) format_version: u32,
    /// In the order in which they would be made.
    pub(crate) objects: Vec<WouldMake>,
}

/// An object that would be made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WouldMake {
    /// Its kind and name.
    pub(crate) object: String,
    /// Why the API server would refuse it; unset when it would not.
    pub(crate) refused: Option<String>,
}

/// Of `image`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ImagesWritten {
    pub(crate) format_version: u32,
    /// The archive.
    pub(crate) file: String,
    /// What is in it: repositories with their tags.
    pub(crate) images: Vec<String>,
}

/// Of `allow`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Allowed {
    pub(crate) format_version: u32,
    /// Of the person's kubeconfig.
    pub(crate) context: String,
    /// What namespace `kube-system` of its cluster has now: name and value.
    pub(crate) label: String,
}

/// Of `stop`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stopped {
    pub(crate) format_version: u32,
    pub(crate) session: String,
    pub(crate) purged: bool,
}

/// Of `debrief` and `reveal`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Debriefed {
    pub(crate) format_version: u32,
    pub(crate) variant: String,
    /// Markdown.
    pub(crate) text: String,
    /// The seed to take next.
    pub(crate) next_seed: Option<u64>,
}

/// Of `env`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Environment {
    pub(crate) format_version: u32,
    #[serde(rename = "KUBECONFIG")]
    pub(crate) kubeconfig: String,
    #[serde(rename = "LABCTL_SESSION")]
    pub(crate) session: String,
    /// The learner's folder.
    #[serde(rename = "LABCTL_WORK")]
    pub(crate) work: String,
    /// Variables with which a program finds no AWS account in anybody's files.
    pub(crate) without_aws: BTreeMap<String, String>,
    /// To be put before PATH.
    pub(crate) path_entry: String,
}

/// Of `log`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Logged {
    pub(crate) format_version: u32,
    /// Oldest first.
    pub(crate) changes: Vec<Change>,
}

/// One change that the learner made, or tried to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Change {
    /// RFC 3339.
    pub(crate) time: String,
    /// `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub(crate) verb: String,
    /// `deployments/scale`.
    pub(crate) resource: String,
    pub(crate) namespace: Option<String>,
    /// Unset for a whole collection.
    pub(crate) name: Option<String>,
    pub(crate) user: String,
    pub(crate) impersonated: Option<String>,
    /// HTTP status: 4xx was refused.
    pub(crate) code: u16,
    /// Whether it was done to a cluster that a reset has replaced since; only with `--all`.
    pub(crate) before_reset: bool,
}

/// Of `new`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Written {
    pub(crate) format_version: u32,
    /// Paths of the files that were written or changed, from the course's root.
    pub(crate) files: Vec<String>,
}

/// Of `doctor`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Doctor {
    pub(crate) format_version: u32,
    pub(crate) findings: Vec<Finding>,
}

/// One thing that labctl needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    /// What it is.
    pub(crate) what: String,
    /// Whether it is as it should be.
    pub(crate) good: bool,
    /// Whether labctl can do without; then `doctor` does not fail by it.
    pub(crate) optional: bool,
    /// What was found, and what to do when it is not good.
    pub(crate) found: String,
}

/// Of `doctor --clean`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cleaned {
    pub(crate) format_version: u32,
    /// The clusters of kind that were removed, by their names in kind.
    pub(crate) removed: Vec<String>,
    pub(crate) left: Vec<Left>,
}

/// A cluster of kind that was not removed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Left {
    /// Its name in kind.
    pub(crate) cluster: String,
    /// Why it stays.
    pub(crate) why: String,
}
