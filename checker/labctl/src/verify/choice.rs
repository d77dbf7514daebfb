//! Which cases are played, in which order, and which are known already.
//!
//! Plays nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use grade::Scenario;
use provider::Chosen;
use sha2::{Digest as _, Sha256};

use super::case::{Case, Kind};
use super::memory::{Memory, Remembered};
use super::touched::Touched;

/// How many cases of a scenario are played before those of the next have their turn, where time is short: they share a cluster.
const TURN: usize = 8;

/// What is wanted of a run.
pub(crate) struct Wanted {
    /// Where clusters come from.
    pub(crate) chosen: Chosen,
    /// Also what the robot tries.
    pub(crate) cheats: bool,
    /// Nothing is remembered, and every case has a cluster of its own.
    pub(crate) fresh: bool,
    /// Only what did not come out right when it was last played.
    pub(crate) failed: bool,
    /// Only the cases of these names or kinds; none: all.
    pub(crate) cases: Vec<String>,
    /// Only what this touches; with a budget, first what it touches. Unset: everything.
    pub(crate) since: Option<Touched>,
    /// How long no case begins any more; unset: for ever.
    pub(crate) budget: Option<Duration>,
}

impl Wanted {
    /// Whether this case is among those that were named. The robot begins with what is seen in the untouched lab.
    fn names(&self, case: &Case) -> bool {
        self.cases.is_empty()
            || self.cases.iter().any(|name| is_named(case, name))
            || (self.cheats && case.kind == Kind::Untouched)
    }

    /// The names that none of these cases has.
    pub(super) fn unknown(&self, cases: &[Case]) -> Vec<&str> {
        let names = self.cases.iter().map(String::as_str);
        names
            .filter(|name| !cases.iter().any(|case| is_named(case, name)))
            .collect()
    }
}

fn is_named(case: &Case, name: &str) -> bool {
    name == case.name() || name == case.kind.word()
}

/// A case that is to be played, and in which turn.
pub(super) struct Turn {
    pub(super) case: Case,
    /// From 0; cases of a later turn begin when none of an earlier one is left.
    pub(super) turn: usize,
}

/// What becomes of the cases of a round.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) open: Vec<Turn>,
    pub(super) known: Vec<(Case, Remembered)>,
    /// Not wanted in this run.
    pub(super) left_out: Vec<Case>,
}

/// Sorts the cases of a round.
pub(super) fn choose(
    wanted: &Wanted,
    memory: &Memory,
    scenarios: &[Scenario],
    cases: Vec<Case>,
) -> Choice {
    let mut choice = Choice::default();
    let mut rest: BTreeMap<usize, Vec<Case>> = BTreeMap::new();
    for case in cases {
        let case = Case {
            on_a_new_cluster: wanted.fresh || case.on_a_new_cluster,
            ..case
        };
        let scenario = &scenarios[case.scenario];
        let is_touched = wanted
            .since
            .as_ref()
            .is_none_or(|touched| touched.has(scenario));
        let remembered = if wanted.fresh {
            None
        } else {
            memory.recall(scenario, &case)
        };
        let is_first = match (&wanted.budget, &wanted.since) {
            (None, _) => true,
            (Some(_), Some(Touched::These(_))) => is_touched,
            (Some(_), Some(Touched::All) | None) => false,
        };
        if !wanted.names(&case) || wanted.failed && !memory.failed_last(scenario, &case) {
            choice.left_out.push(case);
        } else if let Some(remembered) = remembered {
            choice.known.push((case, remembered));
        } else if wanted.budget.is_none() && !is_touched {
            choice.left_out.push(case);
        } else if is_first {
            choice.open.push(Turn { case, turn: 0 });
        } else {
            rest.entry(case.scenario).or_default().push(case);
        }
    }
    for (number, cases) in rest {
        choice.open.extend(in_turns(&scenarios[number], cases));
    }
    choice
}

/// A sample of a scenario's cases, drawn by what it is: the untouched lab first, because the robot begins with what is seen there.
fn in_turns(scenario: &Scenario, mut cases: Vec<Case>) -> Vec<Turn> {
    cases.sort_by_cached_key(|case| {
        let what = format!(
            "{}/{}/{}/{}",
            scenario.content_hash,
            scenario.seed,
            case.kind.word(),
            case.name()
        );
        (
            case.kind != Kind::Untouched,
            Sha256::digest(what.as_bytes()).to_vec(),
        )
    });
    let numbered = cases.into_iter().enumerate();
    numbered
        .map(|(number, case)| Turn {
            case,
            turn: 1 + number / TURN,
        })
        .collect()
}
