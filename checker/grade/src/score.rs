//! The score: one pure function, whose formula the book prints.
//!
//! Knows verdicts and how the learner came to them; not when, nor what they are about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{Check, Role};
use crate::kinds::Source;
use crate::verdict::{CheckVerdict, Verdict};
use crate::wording::count;

/// The greatest score.
const GREATEST: u32 = 100;

/// How the learner went about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Conduct {
    /// How many hints were shown.
    pub hints: u32,
    /// How many diagnoses were given.
    pub attempts: u32,
    /// How often the cluster was reset.
    pub resets: u32,
    /// Whether the solution was shown before the scenario was solved.
    pub revealed: bool,
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// From 0 to [`of`](Self::of).
    pub points: u32,
    /// The greatest score, 100.
    pub of: u32,
    /// Where the points come from; their sum is the score.
    pub lines: Vec<ScoreLine>,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreLine {
    /// What the points are for.
    pub says: String,
    /// Below zero for what costs points.
    pub points: i32,
}

/// The score of these verdicts.
///
/// - 60 points × the share of objectives that passed, each by its weight, the diagnosis apart; 80 in a scenario without a diagnosis;
/// - 20 points × the share of safeguards that hold, each by its weight, but only when all those objectives passed: an untouched cluster is worth nothing;
/// - 20 points for a right diagnosis, 5 less for each attempt after the first, but never less than 5;
/// - 4 points off for each hint after the first, which is free, and 3 for each reset.
///
/// Parts of a point are left out. Never below 0; 0 when the solution was shown. A check that could not be looked at did not pass.
#[must_use]
pub fn score(verdicts: &[CheckVerdict], checks: &[Check], conduct: &Conduct) -> Score {
    let is_diagnosis = |check: &&Check| check.ask.facts().source == Source::Diagnosis;
    let (diagnoses, others): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(is_diagnosis);
    let (objectives, safeguards): (Vec<&Check>, Vec<&Check>) = others
        .into_iter()
        .partition(|check| check.role == Role::Objective);
    let objectives = Share::of(&objectives, verdicts);
    let safeguards = Share::of(&safeguards, verdicts);
    let mut lines = vec![
        objectives.line(if diagnoses.is_empty() { 80 } else { 60 }),
        safeguard_line(&objectives, &safeguards),
    ];
    if !diagnoses.is_empty() {
        let right = Share::of(&diagnoses, verdicts).is_all();
        lines.push(diagnosis_line(right, conduct.attempts));
    }
    lines.extend(costs(conduct));
    let sum: i32 = lines.iter().map(|line| line.points).sum();
    if conduct.revealed {
        lines.push(line("the solution was shown", -sum));
    } else if sum < 0 {
        lines.push(line("a score is never below 0", -sum));
    }
    let sum: i32 = lines.iter().map(|line| line.points).sum();
    Score {
        points: u32::try_from(sum).unwrap_or_default(),
        of: GREATEST,
        lines,
    }
}

/// How many of some checks passed, and what that is by their weights.
struct Share {
    passed: usize,
    all: usize,
    passed_weight: u64,
    weight: u64,
}

impl Share {
    fn of(checks: &[&Check], verdicts: &[CheckVerdict]) -> Self {
        let passed = |check: &&&Check| {
            verdicts.iter().any(|verdict| {
                verdict.id == check.id && matches!(verdict.verdict, Verdict::Passed { .. })
            })
        };
        let weight = |check: &&Check| u64::from(check.weight);
        Self {
            passed: checks.iter().filter(passed).count(),
            all: checks.len(),
            passed_weight: checks.iter().filter(passed).map(weight).sum(),
            weight: checks.iter().map(weight).sum(),
        }
    }

    fn is_all(&self) -> bool {
        self.passed == self.all
    }

    fn points(&self, greatest: u32) -> i32 {
        let reached = u64::from(greatest) * self.passed_weight;
        let points = reached
            .checked_div(self.weight)
            .unwrap_or(u64::from(greatest));
        i32::try_from(points).unwrap_or_default()
    }

    fn line(&self, greatest: u32) -> ScoreLine {
        let all = count(self.all, "objective");
        line(
            format!("{} of {all} reached", self.passed),
            // Without objectives nothing is reached; the author's gate refuses such a scenario.
            if self.all == 0 {
                0
            } else {
                self.points(greatest)
            },
        )
    }
}

fn safeguard_line(objectives: &Share, safeguards: &Share) -> ScoreLine {
    let kept = format!(
        "{} of {} kept",
        safeguards.passed,
        count(safeguards.all, "safeguard")
    );
    if objectives.all > 0 && objectives.is_all() {
        line(kept, safeguards.points(20))
    } else {
        line(
            format!("{kept}, which counts once every objective is reached"),
            0,
        )
    }
}

fn diagnosis_line(right: bool, attempts: u32) -> ScoreLine {
    let late = attempts.saturating_sub(1);
    match (right, late) {
        (false, _) => line("no right diagnosis", 0),
        (true, 0) => line("the diagnosis at the first attempt", 20),
        (true, late) => line(
            format!("the diagnosis at attempt {attempts}"),
            20 - i32::try_from(late.saturating_mul(5).min(15)).unwrap_or(15),
        ),
    }
}

fn costs(conduct: &Conduct) -> Vec<ScoreLine> {
    let cost = |number: u32, each: u32| {
        // Whatever is beyond the greatest score makes no difference.
        -i32::try_from(number.saturating_mul(each).min(GREATEST)).unwrap_or_default()
    };
    let paid = conduct.hints.saturating_sub(1);
    let mut lines = Vec::new();
    if paid > 0 {
        let says = format!("{} after the first", count(paid as usize, "hint"));
        lines.push(line(says, cost(paid, 4)));
    }
    if conduct.resets > 0 {
        let says = count(conduct.resets as usize, "reset");
        lines.push(line(says, cost(conduct.resets, 3)));
    }
    lines
}

fn line(says: impl Into<String>, points: i32) -> ScoreLine {
    ScoreLine {
        says: says.into(),
        points,
    }
}
