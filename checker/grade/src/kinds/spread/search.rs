//! All that can come of a template's rules: which nodes may have Pods of it, one after the other, in whatever order the scheduler takes them.

use std::collections::BTreeSet;

use crate::apart::{Apart, Placed};

/// So many Pods show what a rule lets come about; more would only take longer.
const MOST: usize = 6;

/// Which nodes have Pods, sorted, a node with two of them twice.
type State = Vec<usize>;

/// The states that can come about.
pub(super) struct States {
    reached: BTreeSet<State>,
    /// Those to which no Pod can be added although one is wanted.
    ended: Vec<State>,
    wanted: usize,
}

impl States {
    pub(super) fn of(rules: &Apart<'_>, wanted: usize) -> Self {
        let wanted = wanted.min(MOST);
        let home = rules.home();
        let mut states = Self {
            reached: BTreeSet::from([State::new()]),
            ended: Vec::new(),
            wanted,
        };
        let mut left = vec![State::new()];
        while let Some(state) = left.pop() {
            if state.len() == wanted {
                continue;
            }
            let next: Vec<State> = home
                .iter()
                .filter(|node| rules.lets_in(**node, &of_one_template(&state)))
                .map(|node| with(&state, *node))
                .collect();
            if next.is_empty() {
                states.ended.push(state);
                continue;
            }
            for state in next {
                if states.reached.insert(state.clone()) {
                    left.push(state);
                }
            }
        }
        states
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &[usize]> {
        self.reached.iter().map(Vec::as_slice)
    }

    /// Those with all Pods.
    pub(super) fn complete(&self) -> impl Iterator<Item = &[usize]> {
        self.all().filter(|state| state.len() == self.wanted)
    }

    /// How many Pods there are where no further one is let in; `None` when all always are.
    pub(super) fn dead_end(&self) -> Option<usize> {
        self.ended.iter().map(Vec::len).min()
    }
}

fn of_one_template(state: &[usize]) -> Vec<Placed> {
    let placed = state.iter().map(|node| Placed {
        node: *node,
        is_older: false,
    });
    placed.collect()
}

fn with(state: &[usize], node: usize) -> State {
    let mut state = state.to_vec();
    state.push(node);
    state.sort_unstable();
    state
}
