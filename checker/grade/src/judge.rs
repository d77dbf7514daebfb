//! Judges checks by what was observed. Asks nothing and waits for nothing: the same evidence gives the same verdicts.

mod answer;
mod cel;
mod comes_back;
mod files;
mod pods;
mod rewritten;
mod rollout;
mod unchanged;

use serde_json::Value;

use crate::check::{Ask, Check};
use crate::evidence::Evidence;
use crate::observation::{ObjectRef, ObjectsRef, Observation, Observations, Question};
use crate::verdict::{CheckVerdict, Verdict};
use crate::wording;

/// Why something could not be told: what `undecided` says.
type Undecided = String;

/// The verdicts, in the order of the checks.
///
/// What was not asked or could not be read makes a check `undecided`; it is never an error of the learner's.
#[must_use]
pub fn verdicts(checks: &[Check], evidence: &Evidence) -> Vec<CheckVerdict> {
    let judged = checks.iter().map(|check| CheckVerdict {
        id: check.id.clone(),
        says: check.says.clone(),
        role: check.role,
        verdict: verdict(check, evidence).unwrap_or_else(|why| Verdict::Undecided { why }),
        see: check.see.clone(),
    });
    judged.collect()
}

/// Whether the questions that change the cluster may be asked: every `rollout`, `cel` and `unchanged` check passed.
#[must_use]
pub fn ready_for_last(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    let passed = |check: &Check| {
        verdicts.iter().any(|verdict| {
            verdict.id == check.id && matches!(verdict.verdict, Verdict::Passed { .. })
        })
    };
    checks
        .iter()
        .filter(|check| matches!(check.ask, Ask::Rollout(_) | Ask::Cel(_) | Ask::Unchanged(_)))
        .all(passed)
}

fn verdict(check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
    match &check.ask {
        Ask::Rollout(rollout) => rollout::judge(rollout, &evidence.observed),
        Ask::Cel(cel) => cel::judge(cel, &check.says, &evidence.observed),
        Ask::Unchanged(unchanged) => unchanged::judge(unchanged, evidence),
        Ask::ComesBack(comes_back) => comes_back::judge(comes_back, &evidence.observed),
        Ask::Answer(diagnosis) => answer::judge(diagnosis, evidence.given.as_ref()),
        Ask::Files(files) => files::judge(files, &check.says, &evidence.files),
    }
}

fn passed() -> Verdict {
    Verdict::Passed { evidence: None }
}

fn passed_by(evidence: impl Into<String>) -> Verdict {
    Verdict::Passed {
        evidence: Some(evidence.into()),
    }
}

fn failed(expected: impl Into<String>, found: impl Into<String>) -> Verdict {
    Verdict::Failed {
        expected: expected.into(),
        found: found.into(),
    }
}

/// One object as it was observed; `None` when it does not exist.
fn one<'a>(observed: &'a Observations, object: &ObjectRef) -> Result<Option<&'a Value>, Undecided> {
    match observed.to(&Question::Object(object.clone())) {
        Some(Observation::Object(value)) => Ok(Some(value)),
        Some(Observation::Absent) => Ok(None),
        other => Err(unlooked(other, &wording::one(object))),
    }
}

/// Several objects as they were observed.
fn several<'a>(observed: &'a Observations, objects: &ObjectsRef) -> Result<&'a [Value], Undecided> {
    match observed.to(&Question::Objects(objects.clone())) {
        Some(Observation::Objects(values)) => Ok(values),
        // A namespace that does not exist has no objects.
        Some(Observation::Absent) => Ok(&[]),
        other => Err(unlooked(other, &wording::several(objects))),
    }
}

fn unlooked(said: Option<&Observation>, what: &str) -> Undecided {
    match said {
        Some(Observation::Unreadable(why)) => why.clone(),
        Some(_) => format!("the observation of {what} is of another kind"),
        None => format!("{what}: not asked"),
    }
}
