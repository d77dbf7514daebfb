//! What each kind of case claims, and how what was seen differs from it.
//!
//! Knows neither where the cluster comes from nor how lines are run.

use std::time::Duration;

use grade::Scenario;
use grade::check::{Check, Role};
use grade::fix::Fix;
use grade::kinds::Source;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use session::judging::{self, Look};

use super::case::Came;
use super::lines::Waits;
use super::problem::Problem;
use super::seen::{Seen, an_hour_later, has_failed};
use super::starts::Stopped;
use super::worker::Worker;
use crate::failure::Result;

/// How long a fix may take to solve it, as `labctl check --wait 60s` would wait.
const SOLVED_WITHIN: Duration = Duration::from_mins(1);

/// How long the named checks may take to fail for good after a wrong fix: a kubelet may try once more.
const CAUGHT_WITHIN: Duration = Duration::from_secs(20);

/// How long the untouched lab is watched, once for each variant: it must not heal by itself.
const WATCHED_FOR: Duration = Duration::from_secs(15);

impl Worker {
    /// The lab as the learner gets it is not solved, and does not become so by itself.
    pub(super) fn untouched(&mut self, scenario: &Scenario, is_watched: bool) -> Result<Came> {
        let watched = if is_watched {
            WATCHED_FOR
        } else {
            Duration::ZERO
        };
        let is_well = |look: Look<'_>, _| {
            let verdicts = an_hour_later(&scenario.checks, look);
            !wrong_at_start(scenario, &verdicts).is_empty()
                || outcome(&verdicts) != Outcome::NotSolved
        };
        let seen = Seen {
            is_settled: true,
            ..self.look(scenario, watched, is_well)?
        };
        let mut problems = Vec::new();
        if seen.outcome != Outcome::NotSolved || !seen.any_objective_failed() {
            problems.push(Problem::SolvedUntouched(&seen.found()).to_string());
        }
        for wrong in wrong_at_start(scenario, &seen.later) {
            problems.push(match wrong {
                Wrong::Asks(id) => Problem::AsksNothing(id).to_string(),
                Wrong::Fell(id) => Problem::SafeguardFell(id, &seen.found()).to_string(),
            });
        }
        Ok(came(scenario, problems, seen))
    }

    /// A fix solves it.
    pub(super) fn fix(&mut self, scenario: &Scenario, fix: &Fix) -> Result<Came> {
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        problems.extend(self.run(fix, Waits::Run)?);
        let solved = |look: Look<'_>, _| judging::nothing_open(&scenario.checks, look.verdicts);
        let seen = Seen {
            is_settled: true,
            ..self.look(scenario, SOLVED_WITHIN, solved)?
        };
        if seen.outcome != Outcome::Solved {
            problems.push(Problem::NotSolved(SOLVED_WITHIN, &seen.found()).to_string());
        }
        Ok(came(scenario, problems, seen))
    }

    /// A wrong fix does not: the checks that it names fail, and would an hour later.
    pub(super) fn wrong_fix(&mut self, scenario: &Scenario, fix: &Fix) -> Result<Came> {
        let checks = &scenario.checks;
        let is_named = |check: &&Check| {
            let mut ids = fix.caught_by.iter();
            ids.any(|id| id.split('/').next() == Some(check.id.as_str()))
        };
        let named = checks.iter().filter(is_named);
        // What was written does not change while Pods come and go.
        let at_once = named.clone().count() > 0
            && named
                .clone()
                .all(|check| check.ask.reads_the_specification_only());
        let waits = if at_once {
            Waits::LeaveOutLast
        } else {
            Waits::Run
        };
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        problems.extend(self.run(fix, waits)?);
        // Solved at any moment is solved: a learner's `check` would have said so.
        let decided = |look: Look<'_>, at_rest: bool| {
            let later = || an_hour_later(checks, look);
            let are_caught = || {
                named
                    .clone()
                    .all(|check| has_failed(look.verdicts, &check.id))
            };
            let stay_caught = || {
                let later = later();
                named.clone().all(|check| has_failed(&later, &check.id))
            };
            outcome(look.verdicts) == Outcome::Solved
                || ((at_once || at_rest) && are_caught() && stay_caught())
        };
        let seen = self.look(scenario, CAUGHT_WITHIN, decided)?;
        let ids = fix.caught_by.iter();
        let missing: Vec<String> = ids
            .filter(|id| !has_failed(&seen.later, id))
            .cloned()
            .collect();
        if seen.is_solved() {
            problems.push(Problem::NotRefused(&seen.found()).to_string());
        } else if !missing.is_empty() {
            problems.push(Problem::NotCaught(&missing, &seen.found()).to_string());
        }
        Ok(came(scenario, problems, seen))
    }

    /// A reset gives the start again.
    pub(super) fn reset(
        &mut self,
        scenario: &Scenario,
        fix: Option<&Fix>,
    ) -> Result<Came, Stopped> {
        if let Some(fix) = fix {
            // Whether it succeeds is another case's.
            self.run(fix, Waits::Run)?;
        }
        self.ground.reset_and_compare(scenario)?;
        Ok(Came::default())
    }
}

/// What a check must not come to on the untouched lab.
enum Wrong<'a> {
    /// An objective that passes.
    Asks(&'a str),
    /// A safeguard that does not hold.
    Fell(&'a str),
}

fn wrong_at_start<'a>(scenario: &'a Scenario, verdicts: &[CheckVerdict]) -> Vec<Wrong<'a>> {
    let wrong = |check: &'a Check| {
        // Where there is a cluster, what is written beside it may have to be right from the start.
        let is_clusters = check.ask.facts().source == Source::Cluster || scenario.cluster.is_none();
        let id = check.id.as_str();
        let verdict = verdicts.iter().find(|verdict| verdict.id == id)?;
        match (
            check.role,
            matches!(verdict.verdict, Verdict::Passed { .. }),
        ) {
            (Role::Objective, true) if is_clusters => Some(Wrong::Asks(id)),
            (Role::Safeguard, false) => Some(Wrong::Fell(id)),
            _ => None,
        }
    };
    scenario.checks.iter().filter_map(wrong).collect()
}

pub(super) fn came(scenario: &Scenario, mut problems: Vec<String>, seen: Seen) -> Came {
    let verdicts = seen.words(&scenario.checks);
    problems.extend(seen.problems);
    Came {
        problems,
        verdicts,
        ..Came::default()
    }
}
