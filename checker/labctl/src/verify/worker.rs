//! Plays cases one after the other and says how each differs from what it claims.

use std::time::Duration;

use grade::Scenario;
use grade::check::Role;
use grade::evidence::{Evidence, Given};
use grade::fix::Fix;
use grade::kinds::Source;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use serde_json::Value;

use super::case::{Case, Kind};
use super::lines;
use super::playground::Playground;
use super::seen::Seen;
use super::starts::Stopped;
use crate::end::End;
use crate::failure::Result;
use crate::session::Sessions;
use crate::session::lock::Sight;
use crate::{judging, lab, occurrence};

/// How long a fix may take to solve it, as `labctl check --wait 60s` would wait.
const SOLVED_WITHIN: Duration = Duration::from_mins(1);

/// How long the named checks may take to fail after a wrong fix.
const CAUGHT_WITHIN: Duration = Duration::from_secs(20);

/// How long a cheat may take to have solved it where the scheduler refused the Pods: it looks again at once when something changes.
const SCHEDULED_WITHIN: Duration = Duration::from_secs(10);

/// The same elsewhere: a kubelet retries a failed Pod sandbox after 10 to 15 s.
const CHEATED_WITHIN: Duration = Duration::from_secs(20);

/// How long the line of evidence may take to be written.
const EVIDENCE_WITHIN: Duration = Duration::from_secs(30);

/// How many lines of the sandbox's log are told of a cluster that did not do its part.
const LAST_LINES: usize = 20;

/// One worker with its cluster.
pub(super) struct Worker {
    ground: Playground,
}

impl Worker {
    pub(super) fn new(sessions: &Sessions) -> Result<Self> {
        Ok(Self {
            ground: Playground::new(sessions)?,
        })
    }

    /// Which of the scenarios there is a cluster of.
    pub(super) fn scenario(&self) -> Option<usize> {
        self.ground.scenario()
    }

    /// The end of its sandbox's log, which goes with its folder.
    pub(super) fn last_words(&self) -> String {
        let path = self.ground.place().cluster().join("sandbox.log");
        match std::fs::read_to_string(&path) {
            Ok(log) => {
                let lines: Vec<&str> = log.lines().collect();
                let skipped = lines.len().saturating_sub(LAST_LINES);
                format!("the sandbox's last words:\n{}", lines[skipped..].join("\n"))
            }
            Err(error) => format!("failed to read the sandbox's log: {error}"),
        }
    }

    /// All objects of the untouched cluster, after the case that looked at it.
    pub(super) fn start(&self, case: &Case) -> Option<Vec<Value>> {
        let start = self
            .ground
            .start()
            .filter(|_| case.kind == Kind::Untouched)?;
        Some(start.to_vec())
    }

    /// How often a lab was started since this was last asked, in vain or not.
    pub(super) fn take_n_starts(&mut self) -> usize {
        self.ground.take_n_starts()
    }

    /// Plays a case from the untouched lab on; what was expected and what was seen instead, nothing when it came out right.
    ///
    /// # Errors
    /// The lab does not start, the cluster can no longer be asked, or Ctrl-C.
    pub(super) fn play(
        &mut self,
        scenario: &Scenario,
        case: &Case,
    ) -> Result<Vec<String>, Stopped> {
        self.ground.begin_untouched(case.scenario, scenario)?;
        Ok(match (case.kind, &case.fix) {
            (Kind::Fix, Some(fix)) => self.fix(scenario, fix)?,
            (Kind::WrongFix, Some(fix)) => self.wrong_fix(scenario, fix)?,
            (Kind::Cheat, Some(cheat)) => self.cheat(scenario, cheat)?,
            (Kind::Reset, fix) => self.reset(scenario, fix.as_ref())?,
            (Kind::Untouched | Kind::Fix | Kind::WrongFix | Kind::Cheat, _) => {
                self.untouched(scenario)?
            }
        })
    }

    fn untouched(&mut self, scenario: &Scenario) -> Result<Vec<String>> {
        let seen = self.look(scenario, Duration::ZERO, |_| true)?;
        let mut problems = Vec::new();
        if seen.outcome != Outcome::NotSolved || !seen.any_objective_failed() {
            let expected = "not solved, with an objective that fails, on the untouched cluster";
            problems.push(seen.instead_of(expected));
        }
        for check in &scenario.checks {
            let is_written = check.ask.facts().source != Source::Cluster;
            let id = &check.id;
            match (check.role, seen.verdict(id)) {
                (Role::Objective, Some(Verdict::Passed { .. })) if !is_written => {
                    problems.push(format!(
                        "objective `{id}` passes on the untouched cluster: it asks for nothing"
                    ));
                }
                (Role::Safeguard, Some(verdict)) if !matches!(verdict, Verdict::Passed { .. }) => {
                    problems.push(seen.instead_of(&format!(
                        "safeguard `{id}` to hold on the untouched cluster"
                    )));
                }
                _ => {}
            }
        }
        problems.extend(seen.problems);
        Ok(problems)
    }

    fn fix(&mut self, scenario: &Scenario, fix: &Fix) -> Result<Vec<String>> {
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        problems.extend(self.run(fix)?);
        let solved = |verdicts: &[CheckVerdict]| judging::nothing_open(&scenario.checks, verdicts);
        let seen = self.look(scenario, SOLVED_WITHIN, solved)?;
        if seen.outcome != Outcome::Solved {
            let within = SOLVED_WITHIN.as_secs();
            problems.push(seen.instead_of(&format!("solved within {within} s after the fix")));
        }
        problems.extend(seen.problems);
        Ok(problems)
    }

    fn wrong_fix(&mut self, scenario: &Scenario, fix: &Fix) -> Result<Vec<String>> {
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        problems.extend(self.run(fix)?);
        // Solved at any moment is solved: a learner's `check` would have said so.
        let decided = |verdicts: &[CheckVerdict]| {
            outcome(verdicts) == Outcome::Solved
                || fix.caught_by.iter().all(|id| has_failed(verdicts, id))
        };
        let seen = self.look(scenario, CAUGHT_WITHIN, decided)?;
        let missing: Vec<String> = fix
            .caught_by
            .iter()
            .filter(|id| !has_failed(&seen.verdicts, id))
            .map(|id| format!("`{id}`"))
            .collect();
        if seen.outcome == Outcome::Solved {
            problems.push(seen.instead_of("the wrong fix to be refused"));
        } else if !missing.is_empty() {
            let expected = format!("{} to fail after the wrong fix", missing.join(" and "));
            problems.push(seen.instead_of(&expected));
        }
        problems.extend(seen.problems);
        Ok(problems)
    }

    fn cheat(&mut self, scenario: &Scenario, cheat: &Fix) -> Result<Vec<String>> {
        let mut problems: Vec<String> = self.diagnose(scenario)?.into_iter().collect();
        // A cheat that the cluster refuses has not solved anything.
        self.run(cheat)?;
        let checks = &scenario.checks;
        // What is no longer unchanged does not become so again by itself; all else may come with time.
        let is_lost = |verdicts: &[CheckVerdict]| {
            let unchanged = checks.iter().filter(|check| check.ask.compares());
            let ids: Vec<&str> = unchanged.map(|check| check.id.as_str()).collect();
            ids.iter().any(|id| has_failed(verdicts, id))
        };
        let decided = |verdicts: &[CheckVerdict]| {
            judging::nothing_open(checks, verdicts) || is_lost(verdicts)
        };
        let mut diagnoses = checks.iter().filter_map(|check| check.ask.diagnosis());
        let is_schedulers = diagnoses.any(|diagnosis| diagnosis.refused_by == ["scheduler"]);
        let within = if is_schedulers {
            SCHEDULED_WITHIN
        } else {
            CHEATED_WITHIN
        };
        let seen = self.look(scenario, within, decided)?;
        if judging::nothing_open(checks, &seen.verdicts) {
            let lines = cheat.run.join("\n    ");
            let instead = seen.instead_of("it not to be solved");
            problems.push(format!("{instead}\nwhat was done:\n    {lines}"));
        }
        problems.extend(seen.problems);
        Ok(problems)
    }

    fn reset(&mut self, scenario: &Scenario, fix: Option<&Fix>) -> Result<Vec<String>, Stopped> {
        if let Some(fix) = fix {
            // Whether it succeeds is another case's.
            self.run(fix)?;
        }
        self.ground.reset_and_compare(scenario)?;
        Ok(Vec::new())
    }

    /// Does what a fix says; a line that does not succeed is a problem, because nothing after it was tried.
    fn run(&mut self, fix: &Fix) -> Result<Option<String>> {
        if !fix.run.is_empty() {
            self.ground.touch();
        }
        let stumbled = lines::run(&self.ground.place(), fix)?;
        Ok(stumbled.map(|text| format!("expected every line to succeed, found\n    {text}")))
    }

    /// Gives the right diagnosis with a line that occurred, as a learner who reads before repairing anything.
    fn diagnose(&mut self, scenario: &Scenario) -> Result<Option<String>> {
        let Some(diagnosis) = scenario
            .checks
            .iter()
            .find_map(|check| check.ask.diagnosis())
        else {
            return Ok(None);
        };
        let place = self.ground.place();
        let found = lab::block_on(async {
            let end = tokio::time::Instant::now() + EVIDENCE_WITHIN;
            let mut step = tokio::time::interval(Duration::from_millis(200));
            loop {
                step.tick().await;
                let heard = occurrence::of_session(&place)?;
                let real = heard.said.iter().filter(|said| said.forger.is_none());
                let logged = occurrence::logged(&place, &heard.own);
                let texts = real.map(|said| said.text.as_str());
                let texts = texts.chain(logged.iter().map(String::as_str));
                if let Some(answer) = diagnosis.right_answer(texts) {
                    let occurrence = occurrence::find(&answer.evidence, &heard, &place.cluster());
                    return Ok(Some((answer, occurrence)));
                }
                if tokio::time::Instant::now() >= end {
                    return Ok(None);
                }
            }
        })?;
        let Some((answer, occurrence)) = found else {
            return Ok(Some(format!(
                "expected a line of evidence that matches `{}`, found none in the events and logs of the session within {} s",
                diagnosis.evidence,
                EVIDENCE_WITHIN.as_secs()
            )));
        };
        let session = self.ground.session()?;
        session.conduct.attempts = 1;
        session.given = Some(Given {
            answer,
            attempts: 1,
            occurrence,
        });
        Ok(None)
    }

    /// Judges, as `check` does, until the verdicts are as wanted or the deadline.
    fn look(
        &mut self,
        scenario: &Scenario,
        deadline: Duration,
        wanted: impl FnMut(&[CheckVerdict]) -> bool,
    ) -> Result<Seen> {
        let place = self.ground.place();
        let session = self.ground.session()?;
        let ready = lab::running(&place, session)?;
        let mut evidence = judging::gather(&place, session, scenario)?;
        judging::on_cluster(
            &place.kubeconfig("checker"),
            &session.cluster_id,
            End::Open,
            async |cluster| {
                let end = End::Patient(tokio::time::Instant::now() + deadline);
                let sight = Sight::of(&place, session, end);
                let nothing_new = |_: &mut Evidence| {};
                judging::follow(
                    cluster,
                    scenario,
                    &mut evidence,
                    &sight,
                    nothing_new,
                    wanted,
                )
                .await
            },
        )??;
        let record = judging::record(session, scenario, ready.kubernetes, evidence);
        Ok(Seen::of(scenario, record))
    }
}

fn has_failed(verdicts: &[CheckVerdict], id: &str) -> bool {
    let mut of_id = verdicts.iter().filter(|verdict| verdict.id == id);
    of_id.any(|verdict| matches!(verdict.verdict, Verdict::Failed { .. }))
}
