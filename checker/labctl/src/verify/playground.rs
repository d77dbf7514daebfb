//! A throw-away home with one session in it, of whichever scenario is to be played next.
//!
//! Shares the person's cache, so that nothing is built twice. Knows nothing of cases.

use std::path::Path;

use grade::Scenario;
use provider::lock::{Lock, Mode};
use provider::{Chosen, Folders};
use serde_json::Value;
use session::events::What;
use session::lab::{Again, History, Start};
use session::{Caller, Place, Session, Sessions, Stage, lab};
use tempfile::TempDir;

use super::starts::Stopped;
use crate::asynchronous::block_on;
use crate::failure::{Failure, Result};
use crate::output::Began;
use crate::{interrupt, screen};

/// The session's name.
const NAME: &str = "verify";

/// What the name of its home begins with.
const PREFIX: &str = "labctl-verify-";

/// The lock in its home that is held as long as it is used.
const IN_USE: &str = "in-use";

/// Whether a folder is the home of a playground that somebody plays in. One that cannot be looked at is taken for one.
pub(crate) fn is_in_use(home: &Path) -> bool {
    let name = home.file_name().unwrap_or_default().as_encoded_bytes();
    let lock = home.join(IN_USE);
    name.starts_with(PREFIX.as_bytes())
        && lock.exists()
        && !matches!(Lock::attempt(&lock, Mode::Shared), Ok(Some(_)))
}

/// The home and what runs in it.
pub(super) struct Playground {
    sessions: Sessions,
    /// Where its clusters come from.
    chosen: Chosen,
    /// Removed at the end, after the cluster was stopped.
    _home: TempDir,
    /// Tells `labctl doctor --clean` that its cluster is not left behind.
    _in_use: Lock,
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
    began: Began,
    /// What its cluster was when it was set up.
    start: Start,
    /// All objects at the first start of this scenario.
    first: Vec<Value>,
}

impl Playground {
    /// An empty home.
    pub(super) fn new(shared: &Sessions, chosen: &Chosen) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir()
            .map_err(|error| Failure::bad_input(format!("failed to make a folder: {error}")))?;
        let in_use = Lock::attempt(&home.path().join(IN_USE), Mode::Alone)?;
        let in_use = in_use.ok_or_else(|| {
            let folder = home.path().display();
            Failure::bad_input(format!("`{folder}` is in use"))
        })?;
        let folders = Folders {
            state: home.path().join("state"),
            cache: shared.folders.cache.clone(),
        };
        Ok(Self {
            sessions: Sessions { folders },
            chosen: Chosen {
                is_throw_away: true,
                ..chosen.clone()
            },
            _home: home,
            _in_use: in_use,
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
        Some(&self.running.as_ref()?.start.objects)
    }

    /// How often a lab was started since this was last asked, in vain or not.
    pub(super) fn take_n_starts(&mut self) -> usize {
        std::mem::take(&mut self.n_starts)
    }

    /// A cluster of this scenario to which nothing was done, and how it came to be so. One that is there is restored where that is proved to
    /// give the start again and `must_be_new` is not set; else one is started.
    ///
    /// # Errors
    /// The lab does not start.
    pub(super) fn begin_untouched(
        &mut self,
        number: usize,
        scenario: &Scenario,
        must_be_new: bool,
    ) -> Result<Began, Stopped> {
        let place = self.place();
        let mut why = None;
        let mut first = None;
        if let Some(mut running) = self.running.take().filter(|it| it.scenario == number) {
            let may_stay = !must_be_new || running.began.is_new();
            if running.is_untouched && may_stay {
                return Ok(self.running.insert(running).began.clone());
            }
            if !must_be_new && scenario.cluster.is_some() {
                let caller = Caller::quiet(interrupt::asked());
                lab::empty_work(&place)?;
                let restoring = lab::restore(&place, scenario, &running.start, caller);
                match block_on(restoring)? {
                    Again::AsAtTheStart => {
                        let id = running.session.cluster_id;
                        running.session = fresh(scenario, id);
                        running.is_untouched = true;
                        running.began = Began::Restored;
                        return Ok(self.running.insert(running).began.clone());
                    }
                    Again::Differs(found) => why = Some(found),
                }
            }
            first = Some(running.first);
        }
        let (session, set_up) = self.begin(scenario)?;
        let start = self.start_of(scenario, set_up.start)?;
        let running = Running {
            scenario: number,
            session,
            is_untouched: true,
            began: Began::NewCluster { instead_of: why },
            first: first.unwrap_or_else(|| start.objects.clone()),
            start,
        };
        Ok(self.running.insert(running).began.clone())
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
        let caller = Caller::quiet(interrupt::asked());
        let place = self.place();
        let comparing = lab::compare_with_start(&place, &running.first, &set_up, caller);
        block_on(comparing)?;
        self.running = Some(Running {
            session,
            is_untouched: true,
            began: Began::NewCluster { instead_of: None },
            start: self.start_of(scenario, set_up.start)?,
            ..running
        });
        Ok(())
    }

    /// What there is to come back to; nothing where there is no cluster.
    fn start_of(&self, scenario: &Scenario, objects: Vec<Value>) -> Result<Start> {
        match scenario.cluster {
            Some(_) => block_on(Start::of(&self.place(), objects)),
            None => Ok(Start::default()),
        }
    }

    /// The scenario from its beginning, the learner's folder included.
    fn begin(&mut self, scenario: &Scenario) -> Result<(Session, lab::SetUp), Stopped> {
        let place = self.place();
        block_on(lab::remove_cluster(&place, History::Dropped))?;
        match std::fs::remove_dir_all(place.work()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let folder = place.work();
                let failed = format!("failed to remove `{}`: {error}", folder.display());
                return Err(Failure::bad_input(failed).into());
            }
            _ => {}
        }
        self.chosen.keep(place.folder()).map_err(Failure::from)?;
        self.n_starts += 1;
        let caller = Caller::quiet(interrupt::asked());
        let beginning = lab::begin(&self.sessions, &place, scenario, caller);
        let set_up = block_on(beginning).map_err(Stopped::of_start)?;
        Ok((fresh(scenario, set_up.cluster_id.clone()), set_up))
    }
}

/// A session that begins now, on this cluster.
fn fresh(scenario: &Scenario, cluster_id: String) -> Session {
    let mut session = Session::new(NAME, scenario);
    session.stage = Stage::Ready;
    session.cluster_id = cluster_id;
    session.happened(What::Started);
    session
}

impl Drop for Playground {
    /// No cluster outlives its playground.
    fn drop(&mut self) {
        if let Err(failure) = block_on(lab::remove_cluster(&self.place(), History::Dropped)) {
            screen::say(&format!("error: {}", failure.message));
        }
    }
}
