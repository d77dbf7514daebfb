//! Judges checks by what was observed. Asks nothing and waits for nothing: the same evidence gives the same verdicts.

pub(crate) mod owned;
pub(crate) mod pods;
pub(crate) mod rewritten;
pub(crate) mod workload;

pub use pods::is_ready;

use std::time::Duration;

use serde_json::Value;

use crate::check::Check;
use crate::evidence::Evidence;
use crate::fields;
use crate::kinds::Source;
use crate::observation::{ObjectRef, ObjectsRef, Observation, Observations, Question};
use crate::questions::questions;
use crate::verdict::{BrokenRule, CheckVerdict, Verdict};
use crate::wording;

/// Why something could not be told: what `undecided` says.
pub(crate) type Undecided = String;

/// The verdicts, in the order of the checks.
///
/// What was not asked or could not be read makes a check `undecided`; it is never an error of the learner's.
#[must_use]
pub fn verdicts(checks: &[Check], evidence: &Evidence) -> Vec<CheckVerdict> {
    checks.iter().map(|check| judged(check, evidence)).collect()
}

/// The verdicts if all had stayed so for this long after `before` was told of the same evidence: only what waits is judged again.
#[must_use]
pub fn verdicts_later(
    checks: &[Check],
    evidence: &Evidence,
    before: &[CheckVerdict],
    by: Duration,
) -> Vec<CheckVerdict> {
    let waiting: Vec<Check> = checks.iter().filter(|it| it.ask.waits()).cloned().collect();
    let asked = questions(&waiting);
    let answers = evidence.observed.answers.iter();
    let observed = Observations {
        taken_at: evidence.observed.taken_at.clone(),
        answers: answers
            .filter(|(question, _)| asked.contains(question))
            .cloned()
            .collect(),
    };
    let later = Evidence {
        observed: observed.later(by),
        ..Evidence::default()
    };
    let waited = verdicts(&waiting, &later);
    let after = |verdict: &CheckVerdict| {
        let of_it = waited.iter().find(|waited| waited.id == verdict.id);
        of_it.unwrap_or(verdict).clone()
    };
    before.iter().map(after).collect()
}

fn judged(check: &Check, evidence: &Evidence) -> CheckVerdict {
    let broken = check.ask.broken(check, evidence);
    let verdict = match &broken {
        Err(why) => Err(why.clone()),
        Ok(broken) => match broken.first() {
            Some(first) => Ok(of_rules(first, broken.len() - 1)),
            None => check.ask.judge(check, evidence),
        },
    };
    CheckVerdict {
        id: check.id.clone(),
        says: check.says.clone(),
        role: check.role,
        verdict: verdict.unwrap_or_else(|why| Verdict::Undecided { why }),
        see: check.see.clone(),
        broken: broken.unwrap_or_default(),
    }
}

/// What the first broken rule and so many more come to.
fn of_rules(first: &BrokenRule, more: usize) -> Verdict {
    let at = if first.at.is_empty() {
        String::new()
    } else {
        format!("{}: ", first.at)
    };
    let more = if more == 0 {
        String::new()
    } else {
        format!("; and {} more", wording::count(more, "rule"))
    };
    failed(&first.expected, format!("{at}{}{more}", first.found))
}

/// Whether the questions that change the cluster may be asked: all else that the cluster says passed.
#[must_use]
pub fn ready_for_last(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    let passed = |check: &Check| {
        verdicts.iter().any(|verdict| {
            verdict.id == check.id && matches!(verdict.verdict, Verdict::Passed { .. })
        })
    };
    checks
        .iter()
        .filter(|check| {
            let facts = check.ask.facts();
            facts.source == Source::Cluster && !facts.changes
        })
        .all(passed)
}

pub(crate) fn passed() -> Verdict {
    Verdict::Passed { evidence: None }
}

pub(crate) fn passed_by(evidence: impl Into<String>) -> Verdict {
    Verdict::Passed {
        evidence: Some(evidence.into()),
    }
}

pub(crate) fn failed(expected: impl Into<String>, found: impl Into<String>) -> Verdict {
    Verdict::Failed {
        expected: expected.into(),
        found: found.into(),
    }
}

/// One object as it was observed; `None` when it does not exist. One that is being deleted is not there, whatever keeps it.
pub(crate) fn one<'a>(
    observed: &'a Observations,
    object: &ObjectRef,
) -> Result<Option<&'a Value>, Undecided> {
    match observed.to(&Question::Object(object.clone())) {
        Some(Observation::Object(value)) => Ok(Some(value).filter(|it| !fields::is_ending(it))),
        Some(Observation::Absent) => Ok(None),
        other => Err(unlooked(other, &wording::one(object))),
    }
}

/// An object as it was at the start, and as it is now; `None`: it is gone.
pub(crate) fn before_and_now<'a>(
    evidence: &'a Evidence,
    object: &ObjectRef,
) -> Result<(&'a Value, Option<&'a Value>), Undecided> {
    let before = one(&evidence.baseline, object).map_err(|why| format!("baseline: {why}"))?;
    let before = before.ok_or_else(|| {
        let title = wording::one(object);
        format!("the baseline has no {title}: there is nothing to compare with")
    })?;
    Ok((before, one(&evidence.observed, object)?))
}

/// Several objects as they were observed, without those that are being deleted.
pub(crate) fn several<'a>(
    observed: &'a Observations,
    objects: &ObjectsRef,
) -> Result<Vec<&'a Value>, Undecided> {
    match observed.to(&Question::Objects(objects.clone())) {
        Some(Observation::Objects(values)) => {
            Ok(values.iter().filter(|it| !fields::is_ending(it)).collect())
        }
        // A namespace that does not exist has no objects.
        Some(Observation::Absent) => Ok(Vec::new()),
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
