//! What was seen at the end of a case, and what must be true of it whatever the case claims.

use std::time::Duration;

use grade::check::{Check, Role};
use grade::kinds::Source;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use grade::{Evidence, ResultRecord, Scenario};
use session::judging::Look;

use super::problem::Problem;
use crate::output::{VerifiedVerdict, Word};
use crate::screen;

/// What fails now and would pass by time alone is no failure: so long must it go on.
const LATER: Duration = Duration::from_hours(1);

/// Verdicts, and what is wrong with the record that carries them or with a hint that speaks of them.
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) verdicts: Vec<CheckVerdict>,
    /// What the verdicts would be an hour later, had the cluster stayed as it is.
    pub(super) later: Vec<CheckVerdict>,
    pub(super) problems: Vec<String>,
    /// Whether the cluster had come to rest, or all the time was up that it had for that.
    pub(super) is_settled: bool,
}

/// What the verdicts of a look would be an hour after it, had the cluster stayed so.
pub(super) fn an_hour_later(checks: &[Check], look: Look<'_>) -> Vec<CheckVerdict> {
    grade::verdicts_later(checks, look.evidence, look.verdicts, LATER)
}

/// Whether a check failed, or of `check/rule` that rule.
pub(super) fn has_failed(verdicts: &[CheckVerdict], id: &str) -> bool {
    let (check, rule) = match id.split_once('/') {
        Some((check, rule)) => (check, Some(rule)),
        None => (id, None),
    };
    let mut of_id = verdicts.iter().filter(|verdict| verdict.id == check);
    of_id.any(|verdict| {
        let is_broken = |rule: &str| verdict.broken.iter().any(|broken| broken.rule == rule);
        matches!(verdict.verdict, Verdict::Failed { .. }) && rule.is_none_or(is_broken)
    })
}

impl Seen {
    /// What a record says, which must be the same when it is saved, read and graded again.
    pub(super) fn of(scenario: &Scenario, record: ResultRecord, is_settled: bool) -> Self {
        let mut problems: Vec<String> = again(scenario, &record).into_iter().collect();
        for number in 1..=scenario.hints.len() {
            match grade::hint(scenario, number, &record.verdicts) {
                Ok(text) if text.trim().is_empty() => {
                    problems.push(Problem::HintEmpty(number).to_string());
                }
                Ok(_) => {}
                Err(error) => {
                    problems.push(Problem::HintBroken(number, &error.to_string()).to_string());
                }
            }
        }
        if scenario.debrief.trim().is_empty() {
            problems.push(Problem::DebriefEmpty.to_string());
        }
        // All of it once more, not only what waits.
        let later = Evidence {
            observed: record.evidence.observed.later(LATER),
            ..record.evidence
        };
        Self {
            outcome: record.outcome,
            later: grade::verdicts(&scenario.checks, &later),
            verdicts: record.verdicts,
            problems,
            is_settled,
        }
    }

    pub(super) fn any_objective_failed(&self) -> bool {
        self.later.iter().any(|check| {
            check.role == Role::Objective && matches!(check.verdict, Verdict::Failed { .. })
        })
    }

    /// Solved, or would be by waiting.
    pub(super) fn is_solved(&self) -> bool {
        self.outcome == Outcome::Solved || outcome(&self.later) == Outcome::Solved
    }

    /// What each check came to in the end; what Pods still decided when the case was over is told so.
    pub(super) fn words(&self, checks: &[Check]) -> Vec<VerifiedVerdict> {
        let of_check = |check: &CheckVerdict| {
            let asked = checks.iter().find(|asked| asked.id == check.id);
            let is_final = self.is_settled
                || asked.is_some_and(|asked| {
                    asked.ask.facts().source != Source::Cluster
                        || asked.ask.reads_the_specification_only()
                });
            let (verdict, found) = match &check.verdict {
                _ if !is_final => (Word::Unsettled, None),
                Verdict::Passed { .. } => (Word::Passed, None),
                Verdict::Failed { found, .. } => (Word::Failed, Some(found.clone())),
                Verdict::Undecided { .. } => (Word::Undecided, None),
            };
            VerifiedVerdict {
                check: check.id.clone(),
                verdict,
                found,
            }
        };
        self.later.iter().map(of_check).collect()
    }

    /// What it came to, with the verdicts as `check` shows them.
    pub(super) fn found(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Solved => "solved",
            Outcome::NotSolved => "not solved",
            Outcome::Undecided => "undecided",
        };
        let verdicts = self.verdicts.iter().map(screen::verdict);
        let verdicts: Vec<String> = verdicts
            .flat_map(|text| {
                text.lines()
                    .map(|line| format!("    {line}"))
                    .collect::<Vec<_>>()
            })
            .collect();
        format!("{outcome}:\n{}", verdicts.join("\n"))
    }
}

/// How a record differs when it is saved, read and graded again.
fn again(scenario: &Scenario, record: &ResultRecord) -> Option<String> {
    let read =
        serde_json::to_string(record).and_then(|text| serde_json::from_str::<ResultRecord>(&text));
    let read = match read {
        Ok(read) => read,
        Err(error) => return Some(Problem::RecordUnreadable(&error.to_string()).to_string()),
    };
    let graded = grade::regrade(scenario, &read);
    let differing = graded
        .iter()
        .zip(&record.verdicts)
        .find(|(again, first)| again != first);
    let (again, first) = differing?;
    let (one, other) = (
        format!("{:?}", first.verdict),
        format!("{:?}", again.verdict),
    );
    Some(Problem::GradedOtherwise(&first.id, &one, &other).to_string())
}
