//! The author's gate: plays what a course claims on real clusters, several at a time, and says what did not come out as claimed.
//!
//! Plays with the functions that `start`, `check` and `reset` use. Shows nothing but progress.

mod case;
mod cheats;
pub(crate) mod junit;
mod lines;
mod playground;
mod seen;
pub(crate) mod table;
mod worker;

use std::collections::VecDeque;
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use grade::Scenario;
use serde_json::Value;

pub(crate) use case::Played;

use crate::failure::{Exit, Failure, Result};
use crate::phases::Phases;
use crate::session::Sessions;
use crate::{interrupt, lab, screen};
use case::Case;
use worker::Worker;

/// What a worker tells when a case is over.
struct Told {
    /// The case's place among those of the round.
    place: usize,
    played: Played,
    /// All objects of the untouched cluster, from the case that sees it.
    start: Option<Vec<Value>>,
}

/// Plays everything that these scenarios claim on at most `jobs` clusters at a time, and `cheats` when wanted; in the order
/// of the scenarios.
///
/// # Errors
/// Ctrl-C, or there is no sandbox program. What a case comes to is no error.
pub(crate) fn play(
    sessions: &Sessions,
    scenarios: &[Scenario],
    jobs: usize,
    cheats: bool,
) -> Result<Vec<Played>> {
    let mut phases = Phases::new();
    for scenario in scenarios {
        lab::prepare(sessions, &scenario.cluster.kubernetes, &mut phases)?;
    }
    let claims = scenarios.iter().enumerate();
    let claims = claims.flat_map(|(number, scenario)| case::claims(number, scenario));
    let mut told = play_all(sessions, scenarios, claims.collect(), jobs, &mut phases)?;
    if cheats {
        // What there is to delete, to restart and to label is known when a cluster was seen.
        let seen = told
            .iter()
            .filter_map(|told| Some((told.played.scenario, told.start.as_ref()?)));
        let cases = seen
            .flat_map(|(number, start)| case::cheats(number, start))
            .collect();
        told.extend(play_all(sessions, scenarios, cases, jobs, &mut phases)?);
    }
    let mut played: Vec<Played> = told.into_iter().map(|told| told.played).collect();
    played.sort_by_key(|played| played.scenario);
    Ok(played)
}

/// Plays these cases; in their order.
fn play_all(
    sessions: &Sessions,
    scenarios: &[Scenario],
    cases: Vec<Case>,
    jobs: usize,
    phases: &mut Phases,
) -> Result<Vec<Told>> {
    let of = cases.len();
    let jobs = jobs.clamp(1, of.max(1));
    phases.begin(&format!("playing on {}", screen::plural(jobs, "cluster")));
    let queue: Mutex<VecDeque<(usize, Case)>> = Mutex::new(cases.into_iter().enumerate().collect());
    let queue = &queue;
    let (sender, receiver) = mpsc::channel();
    let mut told = Vec::with_capacity(of);
    let ended = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(move || work(sessions, scenarios, queue, &sender))
            })
            .collect();
        drop(sender);
        for one in receiver {
            told.push(one);
            phases.count(told.len(), of, "cases");
        }
        workers.into_iter().try_for_each(|worker| {
            let crashed = |_| Failure::could_not_ask("a worker of `verify` crashed");
            worker.join().map_err(crashed)?
        })
    });
    ended?;
    phases.done(&format!("{} played", screen::plural(of, "case")));
    told.sort_by_key(|told| told.place);
    Ok(told)
}

/// One worker: plays cases until there are none left.
fn work(
    sessions: &Sessions,
    scenarios: &[Scenario],
    queue: &Mutex<VecDeque<(usize, Case)>>,
    sender: &mpsc::Sender<Told>,
) -> Result<()> {
    let mut worker = Worker::new(sessions)?;
    while let Some((place, case)) = next(queue, worker.scenario()) {
        if interrupt::is_asked() {
            return Err(Failure::interrupted());
        }
        let started = Instant::now();
        let problems = match worker.play(&scenarios[case.scenario], &case) {
            Ok(problems) => problems,
            Err(failure) if failure.exit == Exit::Interrupted => return Err(failure),
            Err(failure) => vec![failure.message],
        };
        // Whether they are for a terminal or a file is not known here.
        let plain = |problem: &String| anstream::adapter::strip_str(problem).to_string();
        let problems = problems.iter().map(plain).collect();
        let told = Told {
            place,
            start: worker.start(&case),
            played: Played {
                scenario: case.scenario,
                kind: case.kind,
                name: case.name(),
                problems,
                took: started.elapsed(),
            },
        };
        // Nobody listens any more when another worker crashed.
        let _ = sender.send(told);
    }
    Ok(())
}

/// The next case, rather of the scenario that the worker has a cluster of.
fn next(queue: &Mutex<VecDeque<(usize, Case)>>, at: Option<usize>) -> Option<(usize, Case)> {
    // A worker that crashed while it held the queue took or left a whole case.
    let mut queue = queue
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let same = queue.iter().position(|(_, case)| Some(case.scenario) == at);
    queue.remove(same.unwrap_or_default())
}
