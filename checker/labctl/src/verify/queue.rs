//! The cases that are still to be played, shared by the workers. Knows nothing of how one is played.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::case::Case;

/// The queue. A worker that crashed while it held it took or left a whole case.
pub(super) struct Queue(Mutex<Cases>);

struct Cases {
    /// Each with its place among those of the round.
    open: VecDeque<(usize, Case)>,
    /// Scenarios that have started at least once.
    started: BTreeSet<usize>,
    /// Scenarios that did not start, twice for the same case.
    not_started: BTreeSet<usize>,
}

impl Queue {
    pub(super) fn new(cases: Vec<Case>) -> Self {
        Self(Mutex::new(Cases {
            open: cases.into_iter().enumerate().collect(),
            started: BTreeSet::new(),
            not_started: BTreeSet::new(),
        }))
    }

    /// The next case, rather of the scenario that the worker has a cluster of.
    pub(super) fn next(&self, at: Option<usize>) -> Option<(usize, Case)> {
        let open = &mut self.lock().open;
        let same = open.iter().position(|(_, case)| Some(case.scenario) == at);
        open.remove(same.unwrap_or_default())
    }

    pub(super) fn has_started(&self, scenario: usize) {
        self.lock().started.insert(scenario);
    }

    pub(super) fn has_not_started(&self, scenario: usize) {
        self.lock().not_started.insert(scenario);
    }

    /// Whether no other case of this scenario needs to wait for a start that does not come.
    pub(super) fn is_given_up(&self, scenario: usize) -> bool {
        let cases = self.lock();
        cases.not_started.contains(&scenario) && !cases.started.contains(&scenario)
    }

    fn lock(&self) -> MutexGuard<'_, Cases> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
