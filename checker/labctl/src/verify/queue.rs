//! The cases that are still to be played, shared by the workers. Knows nothing of how one is played.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// The scenario of which each worker took its last case.
    at: BTreeMap<usize, usize>,
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
                at: BTreeMap::new(),
                started: BTreeSet::new(),
                not_started: BTreeSet::new(),
            }),
            end,
        }
    }

    /// The next case for this worker, of the first turn that has any; rather of the scenario that it has a cluster of (`at`), else of the one
    /// that has most left for each worker: going to another scenario costs a new cluster. `None` when there is none, or no time left.
    pub(super) fn next(&self, worker: usize, at: Option<usize>) -> Option<Case> {
        if self.end.is_some_and(|end| Instant::now() >= end) {
            return None;
        }
        let mut cases = self.lock();
        cases.at.remove(&worker);
        let scenario = cases.best(at)?;
        cases.at.insert(worker, scenario);
        // They are sorted by turn: the first of a scenario is of its first turn.
        let mut open = cases.open.iter();
        let place = open.position(|it| it.case.scenario == scenario)?;
        Some(cases.open.remove(place)?.case)
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

impl Cases {
    /// The scenario to go on with, by where a worker is.
    fn best(&self, at: Option<usize>) -> Option<usize> {
        let turn = self.open.front()?.turn;
        let mut n_open: BTreeMap<usize, usize> = BTreeMap::new();
        for open in self.open.iter().take_while(|it| it.turn == turn) {
            *n_open.entry(open.case.scenario).or_default() += 1;
        }
        if let Some(at) = at.filter(|at| n_open.contains_key(at)) {
            return Some(at);
        }
        let n_workers = |scenario| self.at.values().filter(|at| **at == scenario).count();
        // In thousandths of a case for each; of equal ones the first.
        let share =
            |(scenario, n_open): &(usize, usize)| n_open * 1000 / (1 + n_workers(*scenario));
        let best = n_open.into_iter().rev().max_by_key(share);
        Some(best?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Kind;
    use super::*;

    /// Scenario 0 has four cases and scenario 1 two, in one turn.
    fn queue() -> Queue {
        let case = |scenario| Case {
            scenario,
            kind: Kind::Untouched,
            fix: None,
            is_watched: false,
            on_a_new_cluster: false,
            place: 0,
        };
        let turn = |scenario| Turn {
            case: case(scenario),
            turn: 0,
        };
        Queue::new([0, 0, 0, 0, 1, 1].map(turn).into(), None)
    }

    #[track_caller]
    fn gives(queue: &Queue, worker: usize, at: Option<usize>, expected: Option<usize>) {
        assert_eq!(queue.next(worker, at).map(|case| case.scenario), expected);
    }

    #[test]
    fn workers_spread_over_scenarios_and_stay_where_they_have_a_cluster() {
        let queue = queue();
        gives(&queue, 0, None, Some(0));
        gives(&queue, 1, None, Some(1));
        gives(&queue, 2, None, Some(0));
        gives(&queue, 1, Some(1), Some(1));
        gives(&queue, 1, Some(1), Some(0));
        gives(&queue, 0, Some(0), Some(0));
        gives(&queue, 2, Some(0), None);
    }
}
