//! The author's gate: plays what a course claims on real clusters, several at a time, and says what did not come out as claimed.
//!
//! Plays with the functions that `start`, `check` and `reset` use. Shows nothing but progress.

mod attempts;
mod case;
mod choice;
mod claims;
pub(crate) mod compared;
pub(crate) mod junit;
mod lines;
mod memory;
mod plain;
pub(crate) mod playground;
mod problem;
mod queue;
pub(crate) mod report;
mod rest;
mod robot;
mod round;
mod seen;
pub(crate) mod starts;
pub(crate) mod table;
pub(crate) mod touched;
mod turns;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use case::{Case, Kind};
use choice::choose;
use grade::{Claims, Scenario};
use memory::Memory;
use round::Round;
use serde_json::Value;
use session::{Caller, Progress, Sessions, lab};

use crate::failure::{Failure, Result};
use crate::phases::Phases;
use crate::{heard, interrupt};
pub(crate) use case::Played;
pub(crate) use choice::Wanted;
pub(crate) use robot::Skipped;

/// What was played.
#[derive(Default)]
pub(crate) struct Ended {
    /// In the order of the scenarios.
    pub(crate) played: Vec<Played>,
    /// What the robot found no occasion for, by scenario.
    pub(crate) skipped: Vec<(usize, Skipped)>,
    /// How many cases of each scenario were not wanted, or not played before the end of the budget.
    pub(crate) left_out: BTreeMap<usize, usize>,
    /// Why there is no more of it, such as Ctrl-C; unset when all was played.
    pub(crate) cut_off: Option<Failure>,
}

/// Plays what is wanted of all that these scenarios claim, on at most `jobs` clusters at a time.
///
/// # Errors
/// There is no sandbox program. What a case comes to is no error, and neither is Ctrl-C: what was played until then counts.
pub(crate) async fn play(
    sessions: &Sessions,
    scenarios: &[Scenario],
    claims: &[Claims],
    jobs: usize,
    wanted: &Wanted,
) -> Result<Ended> {
    let end = wanted.budget.map(|budget| Instant::now() + budget);
    let phases = Phases::new();
    // On a cluster that exists nothing is made ahead, and nothing is remembered: what it is like tomorrow is its owner's.
    let existing = wanted.chosen.existing.as_ref();
    let mut sandbox = existing.map_or(String::new(), |it| format!("context{}", it.suffix));
    let clusters = scenarios.iter().filter_map(|it| it.cluster.as_ref());
    for cluster in clusters.filter(|_| existing.is_none()) {
        let tell = |what: Progress<'_>| heard::show(&phases, what);
        let caller = Caller::new(interrupt::asked(), &tell);
        let prepared =
            lab::prepare(sessions, wanted.chosen.clone(), &cluster.kubernetes, caller).await?;
        prepared.id().clone_into(&mut sandbox);
    }
    let memory = Memory::open(&sessions.folders.cache, &sandbox)?;
    let mut round = Round {
        sessions,
        chosen: &wanted.chosen,
        scenarios,
        memory: &memory,
        jobs,
        end,
        phases,
        starts: BTreeMap::new(),
        workers: Vec::new(),
    };
    let mut ended = Ended::default();
    let claimed = cases(scenarios, claims);
    let unknown = wanted.unknown(&claimed);
    if !wanted.cheats {
        all_known(&unknown, &claimed)?;
    }
    round.play(choose(wanted, &memory, scenarios, claimed), &mut ended);
    if wanted.cheats && ended.cut_off.is_none() {
        let (cases, skipped) = tries(scenarios, claims, &memory, &round.starts);
        let unknown = wanted
            .unknown(&cases)
            .into_iter()
            .filter(|name| unknown.contains(name));
        all_known(&unknown.collect::<Vec<_>>(), &cases)?;
        ended.skipped = skipped;
        let is_one = |case: &Case| case.kind == Kind::Harmless;
        let (one_by_one, rest) = cases.into_iter().partition::<Vec<_>, _>(is_one);
        round.play(choose(wanted, &memory, scenarios, rest), &mut ended);
        let one_by_one = one_by_one.into_iter();
        let asked = one_by_one.filter(|case| is_asked_alone(wanted, case, &ended.played));
        let choice = choose(wanted, &memory, scenarios, asked.collect());
        if ended.cut_off.is_none() {
            round.play(choice, &mut ended);
        }
    }
    ended
        .played
        .sort_by_key(|played| (played.scenario, played.kind.is_robots(), played.place));
    Ok(ended)
}

/// Whether something harmless is tried alone: where all of it at once came out right, each would. A check that compares with the start
/// judges each object by itself.
fn is_asked_alone(wanted: &Wanted, case: &Case, played: &[Played]) -> bool {
    let mut together = played
        .iter()
        .filter(|it| it.scenario == case.scenario && it.kind == Kind::HarmlessAll);
    wanted.fresh || !together.any(|it| it.came.problems.is_empty())
}

/// No case was asked for that does not exist.
fn all_known(unknown: &[&str], cases: &[Case]) -> Result<()> {
    let Some(name) = unknown.first() else {
        return Ok(());
    };
    let names: BTreeSet<String> = cases.iter().map(Case::name).collect();
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let failure = Failure::bad_input(format!("no case is named `{name}`"));
    Err(failure.hint(format!("the cases are: {}", names.join(", "))))
}

/// What is claimed of these scenarios, a case for each.
fn cases(scenarios: &[Scenario], claims: &[Claims]) -> Vec<Case> {
    let cases = scenarios.iter().zip(claims).enumerate();
    let cases = cases.flat_map(|(number, (scenario, claims))| {
        let same =
            |other: &Scenario| (&other.lab, &other.variant) == (&scenario.lab, &scenario.variant);
        let is_first_seed = !scenarios[..number].iter().any(same);
        case::claims(number, scenario, claims, is_first_seed)
    });
    cases.collect()
}

/// What the robot tries, and what not: what there is to delete, to restart and to label is known when a cluster was seen.
fn tries(
    scenarios: &[Scenario],
    claims: &[Claims],
    memory: &Memory,
    starts: &BTreeMap<usize, Vec<Value>>,
) -> (Vec<Case>, Vec<(usize, Skipped)>) {
    let (mut cases, mut skipped) = (Vec::new(), Vec::new());
    for (number, (scenario, claims)) in scenarios.iter().zip(claims).enumerate() {
        let start = starts
            .get(&number)
            .cloned()
            .or_else(|| memory.start(scenario));
        // What it tries, it tries on a cluster.
        let start = start.filter(|_| scenario.cluster.is_some());
        let Some(start) = start else { continue };
        let (of_it, not) = case::tries(number, scenario, claims, &start);
        cases.extend(of_it);
        skipped.extend(not.into_iter().map(|skipped| (number, skipped)));
    }
    (cases, skipped)
}
