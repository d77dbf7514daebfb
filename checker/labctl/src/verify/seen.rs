//! What was seen at the end of a case, and what must be true of it whatever the case claims.

use grade::check::Role;
use grade::verdict::{CheckVerdict, Outcome, Verdict};
use grade::{ResultRecord, Scenario};

use crate::screen;

/// Verdicts, and what is wrong with the record that carries them or with a hint that speaks of them.
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) verdicts: Vec<CheckVerdict>,
    pub(super) problems: Vec<String>,
}

impl Seen {
    /// What a record says, which must be the same when it is saved, read and graded again.
    pub(super) fn of(scenario: &Scenario, record: ResultRecord) -> Self {
        let mut problems: Vec<String> = again(scenario, &record).into_iter().collect();
        for number in 1..=scenario.hints.len() {
            match grade::hint(scenario, number, &record.verdicts) {
                Ok(text) if text.trim().is_empty() => {
                    problems.push(format!("expected hint {number} to say something here"));
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("hint {number}: {error}")),
            }
        }
        if scenario.debrief.trim().is_empty() {
            problems.push("expected the debrief to say something".to_owned());
        }
        Self {
            outcome: record.outcome,
            verdicts: record.verdicts,
            problems,
        }
    }

    pub(super) fn verdict(&self, id: &str) -> Option<&Verdict> {
        let check = self.verdicts.iter().find(|check| check.id == id)?;
        Some(&check.verdict)
    }

    pub(super) fn any_objective_failed(&self) -> bool {
        self.verdicts.iter().any(|check| {
            check.role == Role::Objective && matches!(check.verdict, Verdict::Failed { .. })
        })
    }

    /// "expected …, found not solved", with the verdicts as `check` shows them.
    pub(super) fn instead_of(&self, expected: &str) -> String {
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
        format!(
            "expected {expected}, found {outcome}:\n{}",
            verdicts.join("\n")
        )
    }
}

/// How a record differs when it is saved, read and graded again.
fn again(scenario: &Scenario, record: &ResultRecord) -> Option<String> {
    let read =
        serde_json::to_string(record).and_then(|text| serde_json::from_str::<ResultRecord>(&text));
    let read = match read {
        Ok(read) => read,
        Err(error) => return Some(format!("the record cannot be read again: {error}")),
    };
    let graded = grade::regrade(scenario, &read);
    let differing = graded
        .iter()
        .zip(&record.verdicts)
        .find(|(again, first)| again != first);
    let (again, first) = differing?;
    Some(format!(
        "expected the saved record to be graded alike, found `{}` graded\n    {:?} and then\n    {:?}",
        first.id, first.verdict, again.verdict
    ))
}
