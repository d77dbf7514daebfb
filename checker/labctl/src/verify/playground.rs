//! A throw-away home with one session in it, of whichever scenario is to be played next.
//!
//! Shares the person's cache, so that nothing is built twice. Knows nothing of cases.

use grade::Scenario;
use provider::Folders;
use provider::sandbox::process;
use serde_json::Value;
use tempfile::TempDir;

use super::starts::Stopped;
use crate::failure::{Failure, Result};
use crate::phases::Phases;
use crate::session::{Place, Session, Sessions, Stage};
use crate::{judging, lab, screen};

/// The session's name.
const NAME: &str = "verify";

/// The home and what runs in it.
pub(super) struct Playground {
    sessions: Sessions,
    /// Removed at the end, after the cluster was stopped.
    _home: TempDir,
    running: Option<Running>,
    /// How often a lab was started since somebody asked.
    n_starts: usize,
}

/// A session of one scenario.
struct Running {
    /// Which of the scenarios.
    scenario: usize,
    session: Session,
    /// Whether nothing was done to it yet.
    is_untouched: bool,
    /// All objects at its first start.
    start: Vec<Value>,
}

impl Playground {
    /// An empty home.
    pub(super) fn new(shared: &Sessions) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("labctl-verify-")
            .tempdir()
            .map_err(|error| Failure::bad_input(format!("failed to make a folder: {error}")))?;
        let folders = Folders {
            state: home.path().join("state"),
            cache: shared.folders.cache.clone(),
        };
        Ok(Self {
            sessions: Sessions { folders },
            _home: home,
            running: None,
            n_starts: 0,
        })
    }

    /// Which of the scenarios there is a cluster of.
    pub(super) fn scenario(&self) -> Option<usize> {
        Some(self.running.as_ref()?.scenario)
    }

    pub(super) fn place(&self) -> Place {
        self.sessions.place(NAME)
    }

    /// All objects at the start of what runs.
    pub(super) fn start(&self) -> Option<&[Value]> {
        Some(&self.running.as_ref()?.start)
    }

    /// How often a lab was started since this was last asked, in vain or not.
    pub(super) fn take_n_starts(&mut self) -> usize {
        std::mem::take(&mut self.n_starts)
    }

    /// A cluster of this scenario to which nothing was done; starts or resets when there is none.
    ///
    /// # Errors
    /// The lab does not start.
    pub(super) fn begin_untouched(
        &mut self,
        number: usize,
        scenario: &Scenario,
    ) -> Result<(), Stopped> {
        let start = match self.running.take() {
            Some(running) if running.scenario == number && running.is_untouched => {
                self.running = Some(running);
                return Ok(());
            }
            Some(running) if running.scenario == number => Some(running.start),
            _ => None,
        };
        let (session, set_up) = self.begin(scenario)?;
        self.running = Some(Running {
            scenario: number,
            session,
            is_untouched: true,
            start: start.unwrap_or(set_up.start),
        });
        Ok(())
    }

    /// The session that runs.
    pub(super) fn session(&mut self) -> Result<&mut Session> {
        let running = self.running.as_mut();
        running
            .map(|running| &mut running.session)
            .ok_or_else(|| Failure::could_not_ask("there is no session"))
    }

    /// From now on something was done to the cluster.
    pub(super) fn touch(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_untouched = false;
        }
    }

    /// Resets and compares with the first start of this scenario.
    ///
    /// # Errors
    /// Something differs, or the lab does not start.
    pub(super) fn reset_and_compare(&mut self, scenario: &Scenario) -> Result<(), Stopped> {
        let Some(running) = self.running.take() else {
            return Err(Failure::could_not_ask("there is nothing to reset").into());
        };
        let (session, set_up) = self.begin(scenario)?;
        let before = &running.start;
        lab::compare_with_start(&self.place(), before, &set_up, &mut Phases::quiet())?;
        self.running = Some(Running {
            session,
            is_untouched: true,
            ..running
        });
        Ok(())
    }

    /// The scenario from its beginning, the learner's folder included.
    fn begin(&mut self, scenario: &Scenario) -> Result<(Session, lab::SetUp), Stopped> {
        let place = self.place();
        lab::remove_cluster(&place)?;
        match std::fs::remove_dir_all(place.work()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let folder = place.work();
                let failed = format!("failed to remove `{}`: {error}", folder.display());
                return Err(Failure::bad_input(failed).into());
            }
            _ => {}
        }
        self.n_starts += 1;
        let set_up = lab::begin(&self.sessions, &place, scenario, &mut Phases::quiet())
            .map_err(Stopped::of_start)?;
        let mut session = Session::new(NAME, scenario);
        session.stage = Stage::Ready;
        session.cluster_id.clone_from(&set_up.cluster_id);
        session.started_at = judging::now();
        Ok((session, set_up))
    }
}

impl Drop for Playground {
    /// No cluster outlives its playground.
    fn drop(&mut self) {
        if let Err(error) = process::stop(&self.place().cluster()) {
            screen::say(&format!("error: {error}"));
        }
    }
}
