//! The cases that are still to be played, shared by the workers. Knows nothing of how one is played.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::case::Case;
use super::choice::Turn;

/// The queue. A worker that crashed while it held it took or left a whole case.
pub(super) struct Queue {
    cases: Mutex<Cases>,
    /// When no case begins any more; unset: never.
    end: Option<Instant>,
}

struct Cases {
    /// In the order of their turns.
    open: VecDeque<Turn>,
    /// Scenarios that have started at least once.
    started: BTreeSet<usize>,
    /// Scenarios that did not start, twice for the same case.
    not_started: BTreeSet<usize>,
}

impl Queue {
    pub(super) fn new(mut open: Vec<Turn>, end: Option<Instant>) -> Self {
        open.sort_by_key(|turn| turn.turn);
        Self {
            cases: Mutex::new(Cases {
                open: open.into(),
                started: BTreeSet::new(),
                not_started: BTreeSet::new(),
            }),
            end,
        }
    }

    /// The next case of the first turn that has any, rather of the scenario that the worker has a cluster of. `None` when there is none, or no time left.
    pub(super) fn next(&self, at: Option<usize>) -> Option<Case> {
        if self.end.is_some_and(|end| Instant::now() >= end) {
            return None;
        }
        let open = &mut self.lock().open;
        let turn = open.front()?.turn;
        let mut of_turn = open.iter().take_while(|it| it.turn == turn);
        let same = of_turn.position(|it| Some(it.case.scenario) == at);
        Some(open.remove(same.unwrap_or_default())?.case)
    }

    /// What no worker took.
    pub(super) fn left(self) -> Vec<Case> {
        let cases = self
            .cases
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        cases.open.into_iter().map(|turn| turn.case).collect()
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
        self.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
