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

/// What was played.
pub(crate) struct Ended {
    /// In the order of the scenarios.
    pub(crate) played: Vec<Played>,
    /// Why there is no more of it, such as Ctrl-C; unset when all was played.
    pub(crate) cut_off: Option<Failure>,
}

/// Plays everything that these scenarios claim on at most `jobs` clusters at a time, and `cheats` when wanted.
///
/// # Errors
/// There is no sandbox program. What a case comes to is no error, and neither is Ctrl-C: what was played until then counts.
pub(crate) fn play(
    sessions: &Sessions,
    scenarios: &[Scenario],
    jobs: usize,
    cheats: bool,
) -> Result<Ended> {
    let mut phases = Phases::new();
    for scenario in scenarios {
        lab::prepare(sessions, &scenario.cluster.kubernetes, &mut phases)?;
    }
    let claims = scenarios.iter().enumerate();
    let claims = claims.flat_map(|(number, scenario)| case::claims(number, scenario));
    let (mut told, mut cut_off) =
        play_all(sessions, scenarios, claims.collect(), jobs, &mut phases);
    if cheats && cut_off.is_none() {
        // What there is to delete, to restart and to label is known when a cluster was seen.
        let seen = told
            .iter()
            .filter_map(|told| Some((told.played.scenario, told.start.as_ref()?)));
        let cases = seen
            .flat_map(|(number, start)| case::cheats(number, start))
            .collect();
        let more;
        (more, cut_off) = play_all(sessions, scenarios, cases, jobs, &mut phases);
        told.extend(more);
    }
    let mut played: Vec<Played> = told.into_iter().map(|told| told.played).collect();
    played.sort_by_key(|played| played.scenario);
    Ok(Ended { played, cut_off })
}

/// Plays these cases; what they came to, in their order, and why there are fewer.
fn play_all(
    sessions: &Sessions,
    scenarios: &[Scenario],
    cases: Vec<Case>,
    jobs: usize,
    phases: &mut Phases,
) -> (Vec<Told>, Option<Failure>) {
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
            if let Some(problem) = one.played.problems.first() {
                let scenario = &scenarios[one.played.scenario];
                phases.note(&not_as_claimed(scenario, &one.played, problem));
            }
            told.push(one);
            phases.count(told.len(), of, "cases");
        }
        workers.into_iter().try_for_each(|worker| {
            let crashed = |_| Failure::could_not_ask("a worker of `verify` crashed");
            worker.join().map_err(crashed)?
        })
    });
    let of = match &ended {
        Ok(()) => String::new(),
        Err(_) => format!(" of {of}"),
    };
    let n_played = told.len();
    phases.done(&format!("{n_played}{of} cases played"));
    told.sort_by_key(|told| told.place);
    (told, ended.err())
}

/// One line about a case as soon as it is known: a run takes long.
fn not_as_claimed(scenario: &Scenario, played: &Played, problem: &str) -> String {
    let Scenario {
        lab, variant, seed, ..
    } = scenario;
    let what = format!("{} {}", played.kind.word(), played.name);
    let first = problem.lines().next().unwrap_or_default();
    format!("✗ {lab}/{variant}, seed {seed}: {}: {first}", what.trim())
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
            Err(failure) if failure.exit == Exit::CouldNotAsk => {
                vec![failure.message, worker.last_words()]
            }
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
