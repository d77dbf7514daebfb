//! What each kind of the robot's cases claims, and how what was seen differs from it.
//!
//! Knows neither what is tried nor where the cluster comes from.

use std::time::Duration;

use grade::Scenario;
use grade::check::Check;
use grade::diagnosis::Answer;
use grade::evidence::Occurrence;
use grade::fix::Fix;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use session::events::What;
use session::heard::heard;
use session::judging::{self, Look};
use session::occurrence;

use super::case::Came;
use super::claims::came;
use super::lines::Waits;
use super::problem::Problem;
use super::robot::LINE;
use super::seen::{an_hour_later, has_failed};
use super::worker::Worker;
use crate::asynchronous::block_on;
use crate::failure::Result;

/// How long a cheat may take to have solved it, where the cluster does not come to rest before.
const CHEATED_WITHIN: Duration = Duration::from_secs(20);

/// How long damage may take to show: what is written is there at once, and what it makes of Pods is not waited for.
const NAMED_WITHIN: Duration = Duration::from_secs(5);

impl Worker {
    /// What no author listed does not solve it.
    pub(super) fn cheat(&mut self, scenario: &Scenario, cheat: &Fix) -> Result<Came> {
        let checks = &scenario.checks;
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        // A cheat that the cluster refuses has not solved anything.
        self.run(cheat, Waits::Run)?;
        let is_failed = |verdicts: &[CheckVerdict]| outcome(verdicts) == Outcome::NotSolved;
        let decided = |look: Look<'_>, at_rest: bool| {
            judging::nothing_open(checks, look.verdicts)
                || lost_for_good(checks, look.verdicts)
                || (at_rest && is_failed(&an_hour_later(checks, look)))
        };
        let seen = self.look(scenario, CHEATED_WITHIN, decided)?;
        if judging::nothing_open(checks, &seen.verdicts) {
            problems.push(Problem::Cheated(&cheat.run, &seen.found()).to_string());
        }
        Ok(came(scenario, problems, seen))
    }

    /// Damage beside a right fix is named: a check fails of what is there, or written, whatever comes of it.
    pub(super) fn damage(&mut self, scenario: &Scenario, damage: &Fix) -> Result<Came> {
        let mut problems: Vec<String> =
            self.run(damage, Waits::LeaveOutLast)?.into_iter().collect();
        let is_named = |verdicts: &[CheckVerdict]| lost_for_good(&scenario.checks, verdicts);
        let seen = self.look(scenario, NAMED_WITHIN, |look, _| is_named(look.verdicts))?;
        if !is_named(&seen.verdicts) {
            problems.push(Problem::DamageUnnamed(&seen.found()).to_string());
        }
        Ok(came(scenario, problems, seen))
    }

    /// What harms nobody is not refused: no check that compares with the start fails. Whether Pods come is another case's.
    pub(super) fn harmless(&mut self, scenario: &Scenario, harmless: &Fix) -> Result<Came> {
        let mut problems: Vec<String> = self
            .run(harmless, Waits::LeaveOutLast)?
            .into_iter()
            .collect();
        let seen = self.look(scenario, Duration::ZERO, |_, _| true)?;
        if lost(&scenario.checks, &seen.verdicts) {
            problems.push(Problem::HarmlessNamed(&seen.found()).to_string());
        }
        Ok(came(scenario, problems, seen))
    }

    /// Evidence that somebody made is none: the diagnosis that rests on it is not right.
    pub(super) fn forgery(&mut self, scenario: &Scenario, forgery: &Fix) -> Result<Came> {
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        let asked = scenario.checks.iter();
        let mut asked = asked.filter_map(|check| Some((check, check.ask.diagnosis()?)));
        let right = self.ground.session()?.so_far.given.clone();
        if let (Some((check, diagnosis)), Some(right)) = (asked.next(), right) {
            let place = self.ground.place();
            let occurs = |line: &str| -> Result<Occurrence> {
                let heard = block_on(heard(&place))?;
                Ok(occurrence::find(line, &heard, &place.site()))
            };
            // Where the whole message is what shows the cause, nothing can be said that did not occur.
            if let Some(line) = diagnosis.unheard(&right.answer.evidence)
                && occurs(&line)? == Occurrence::NotFound
            {
                problems.extend(self.run(&with_line(forgery, &line), Waits::Run)?);
                let occurrence = occurs(&line)?;
                let answer = Answer {
                    evidence: line,
                    ..right.answer
                };
                self.ground.session()?.happened(What::Answer {
                    answer,
                    occurrence,
                    kept: true,
                });
                let seen = self.look(scenario, Duration::ZERO, |_, _| true)?;
                let verdict = seen.verdicts.iter().find(|verdict| verdict.id == check.id);
                if verdict.is_some_and(|it| matches!(it.verdict, Verdict::Passed { .. })) {
                    problems.push(Problem::ForgeryBelieved(&seen.found()).to_string());
                }
                return Ok(came(scenario, problems, seen));
            }
        }
        let seen = self.look(scenario, Duration::ZERO, |_, _| true)?;
        Ok(came(scenario, problems, seen))
    }
}

/// Whether a check that compares with the start failed: what was changed does not become right again by itself.
fn lost(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    let mut compare = checks.iter().filter(|check| check.ask.compares());
    compare.any(|check| has_failed(verdicts, &check.id))
}

/// The same, or something is not written as it must be; all else may come with time.
fn lost_for_good(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    let mut written = checks
        .iter()
        .filter(|check| check.ask.compares() || check.ask.reads_the_specification_only());
    written.any(|check| has_failed(verdicts, &check.id))
}

/// The line in the place that is kept for it, between double quotes.
fn with_line(forgery: &Fix, line: &str) -> Fix {
    let quoted = serde_json::Value::from(line).to_string();
    let inner = quoted.trim_start_matches('"');
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut with = forgery.clone();
    for text in with.files.values_mut() {
        *text = text.replace(LINE, inner);
    }
    with
}
