//! One worker with its cluster: brings it to the start of a case, does what the case says as a learner would, and looks.
//!
//! What the case claims is judged in `claims.rs`.

use std::time::Duration;

use grade::Scenario;
use grade::evidence::Evidence;
use grade::fix::Fix;
use provider::Chosen;
use serde_json::Value;
use session::end::End;
use session::events::What;
use session::judging::Look;
use session::lock::Sight;
use session::{Caller, Sessions, judging, keep, lab, occurrence};

use super::case::{Came, Case, Kind};
use super::compared;
use super::lines::{self, Waits};
use super::playground::Playground;
use super::problem::Problem;
use super::rest::Rest;
use super::seen::Seen;
use super::starts::Stopped;
use crate::asynchronous::{block_on, block_on_unless_interrupted};
use crate::failure::Result;
use crate::interrupt;
use crate::output::VerifiedEvent;

/// How long the line of evidence may take to be written.
const EVIDENCE_WITHIN: Duration = Duration::from_secs(30);

/// How many lines of the cluster's log are told of a cluster that did not do its part.
const LAST_LINES: usize = 20;

/// One worker with its cluster.
pub(super) struct Worker {
    pub(super) ground: Playground,
}

impl Worker {
    pub(super) fn new(sessions: &Sessions, chosen: &Chosen) -> Result<Self> {
        Ok(Self {
            ground: Playground::new(sessions, chosen)?,
        })
    }

    /// Which of the scenarios there is a cluster of.
    pub(super) fn scenario(&self) -> Option<usize> {
        self.ground.scenario()
    }

    /// The end of its sandbox's log, which goes with its folder.
    pub(super) fn last_words(&self) -> String {
        let Some(path) = self.ground.place().site().log() else {
            return "the cluster's log is its owner's".to_owned();
        };
        match std::fs::read_to_string(&path) {
            Ok(log) => {
                let lines: Vec<&str> = log.lines().collect();
                let skipped = lines.len().saturating_sub(LAST_LINES);
                format!("the cluster's last words:\n{}", lines[skipped..].join("\n"))
            }
            Err(error) => format!("failed to read the cluster's log: {error}"),
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

    /// Plays a case from the untouched lab on.
    ///
    /// # Errors
    /// The lab does not start, the cluster can no longer be asked, or Ctrl-C.
    pub(super) fn play(&mut self, scenario: &Scenario, case: &Case) -> Result<Came, Stopped> {
        let began = self
            .ground
            .begin_untouched(case.scenario, scenario, case.on_a_new_cluster)?;
        let result = match (case.kind, &case.fix) {
            (Kind::Fix, Some(fix)) => Ok(self.fix(scenario, fix)?),
            (Kind::WrongFix, Some(fix)) => Ok(self.wrong_fix(scenario, fix)?),
            (Kind::Cheat, Some(cheat)) => Ok(self.cheat(scenario, cheat)?),
            (Kind::Damage, Some(damage)) => Ok(self.damage(scenario, damage)?),
            (Kind::Forgery, Some(forgery)) => Ok(self.forgery(scenario, forgery)?),
            (Kind::Harmless, Some(harmless)) => Ok(self.harmless(scenario, harmless)?),
            (Kind::HarmlessAll, Some(all)) => Ok(self.fix(scenario, all)?),
            (Kind::Reset, fix) => self.reset(scenario, fix.as_ref()),
            (_, _) => Ok(self.untouched(scenario, case.is_watched)?),
        };
        let result = result?;
        Ok(Came {
            events: self.events(scenario, case)?,
            began: Some(began),
            ..result
        })
    }

    /// What events and the ends of containers told until now.
    fn events(&self, scenario: &Scenario, case: &Case) -> Result<Vec<VerifiedEvent>> {
        // After a reset nothing was told but what is told at every start.
        if scenario.cluster.is_none() || case.kind == Kind::Reset {
            return Ok(Vec::new());
        }
        let heard = block_on(session::heard::heard(&self.ground.place()))?;
        Ok(compared::events(&heard))
    }

    /// Does what a fix says; a line that does not succeed is a problem, because nothing after it was tried.
    pub(super) fn run(&mut self, fix: &Fix, waits: Waits) -> Result<Option<String>> {
        if !fix.run.is_empty() || !fix.files.is_empty() {
            self.ground.touch();
        }
        let stumbled = lines::run(&self.ground.place(), fix, waits)?;
        Ok(stumbled.map(|said| Problem::LineFailed(&said).to_string()))
    }

    /// Gives the right diagnosis with a line that occurred, as a learner who reads before repairing anything.
    pub(super) fn diagnose(&mut self, scenario: &Scenario) -> Result<Option<String>> {
        let Some(diagnosis) = scenario
            .checks
            .iter()
            .find_map(|check| check.ask.diagnosis())
        else {
            return Ok(None);
        };
        let place = self.ground.place();
        let found = block_on_unless_interrupted(async {
            let end = tokio::time::Instant::now() + EVIDENCE_WITHIN;
            let mut step = tokio::time::interval(Duration::from_millis(200));
            loop {
                step.tick().await;
                let heard = session::heard::heard(&place).await?;
                let real = heard.said.iter().filter(|said| said.forger.is_none());
                let logged = occurrence::logged(&place, &heard);
                let texts = real.map(|said| said.text.as_str());
                let texts = texts.chain(logged.iter().map(String::as_str));
                if let Some(answer) = diagnosis.right_answer(texts) {
                    let occurrence = occurrence::find(&answer.evidence, &heard, &place.site());
                    return Ok(Some((answer, occurrence)));
                }
                if tokio::time::Instant::now() >= end {
                    return Ok(None);
                }
            }
        })?;
        let Some((answer, occurrence)) = found else {
            return Ok(Some(
                Problem::NoEvidence(&diagnosis.evidence, EVIDENCE_WITHIN).to_string(),
            ));
        };
        let session = self.ground.session()?;
        session.happened(What::Answer {
            answer,
            occurrence,
            kept: true,
        });
        Ok(None)
    }

    /// Judges, as `check` does, until it is as wanted or the deadline. `wanted` is told of each look, and whether the cluster has come to rest.
    pub(super) fn look(
        &mut self,
        scenario: &Scenario,
        deadline: Duration,
        mut wanted: impl FnMut(Look<'_>, bool) -> bool,
    ) -> Result<Seen> {
        let place = self.ground.place();
        let session = self.ground.session()?;
        if scenario.cluster.is_none() {
            // Nothing changes by itself: what is written now is all there is to see.
            let evidence = judging::gather(&place, session, scenario)?;
            let record = keep::record(place.provider(), session, scenario, String::new(), evidence);
            return Ok(Seen::of(scenario, record, true));
        }
        let ready = lab::running(&place, session)?;
        let mut evidence = judging::gather(&place, session, scenario)?;
        let mut rest = Rest::new();
        let mut is_settled = true;
        let caller = Caller::quiet(interrupt::asked());
        let looking = judging::on_cluster(&place, session, End::Open, caller, async |cluster| {
            let end = End::Patient(tokio::time::Instant::now() + deadline);
            let sight = Sight::of(&place, session, end, caller);
            let nothing_new = |_: &mut Evidence| {};
            let seen = |look: Look<'_>| {
                let at_rest = rest.has_come(&look.evidence.observed);
                let enough = wanted(look, at_rest);
                is_settled = at_rest || !enough;
                enough
            };
            judging::follow(cluster, scenario, &mut evidence, &sight, nothing_new, seen).await
        });
        block_on(looking)??;
        let record = keep::record(
            place.provider(),
            session,
            scenario,
            ready.kubernetes,
            evidence,
        );
        Ok(Seen::of(scenario, record, is_settled))
    }
}
