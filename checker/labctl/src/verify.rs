//! The author's gate: plays what a course claims on real clusters, several at a time, and says what did not come out as claimed.
//!
//! Plays with the functions that `start`, `check` and `reset` use. Shows nothing but progress.

mod case;
mod cheats;
pub(crate) mod junit;
mod lines;
mod playground;
mod queue;
mod seen;
pub(crate) mod starts;
pub(crate) mod table;
mod turns;
mod worker;

use std::sync::mpsc;

pub(crate) use case::Played;
use grade::{Claims, Scenario};

use crate::failure::{Failure, Result};
use crate::phases::Phases;
use crate::session::Sessions;
use crate::{lab, screen};
use case::Case;
use queue::Queue;
use turns::{News, Told};

/// What was played.
pub(crate) struct Ended {
    /// In the order of the scenarios.
    pub(crate) played: Vec<Played>,
    /// Why there is no more of it, such as Ctrl-C; unset when all was played.
    pub(crate) cut_off: Option<Failure>,
}

/// Plays everything that is claimed of these scenarios, in their order, on at most `jobs` clusters at a time, and `cheats` when wanted.
///
/// # Errors
/// There is no sandbox program. What a case comes to is no error, and neither is Ctrl-C: what was played until then counts.
pub(crate) fn play(
    sessions: &Sessions,
    scenarios: &[Scenario],
    claims: &[Claims],
    jobs: usize,
    cheats: bool,
) -> Result<Ended> {
    let mut phases = Phases::new();
    for scenario in scenarios {
        lab::prepare(sessions, &scenario.cluster.kubernetes, &mut phases)?;
    }
    let claims = claims.iter().enumerate();
    let claims = claims.flat_map(|(number, claims)| case::claims(number, claims));
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
    let queue = &Queue::new(cases);
    let (sender, receiver) = mpsc::channel();
    let mut told = Vec::with_capacity(of);
    let ended = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(move || turns::work(sessions, scenarios, queue, &sender))
            })
            .collect();
        drop(sender);
        for news in receiver {
            match news {
                News::StartFailed(text) => phases.note(&text),
                News::Over(one) => {
                    if let Some(text) = not_as_claimed(scenarios, &one.played) {
                        phases.note(&text);
                    }
                    told.push(one);
                    phases.count(told.len(), of, "cases");
                }
            }
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
fn not_as_claimed(scenarios: &[Scenario], played: &Played) -> Option<String> {
    let first = played.problems.first()?.lines().next().unwrap_or_default();
    let what = case::called(&scenarios[played.scenario], played.kind, &played.name);
    Some(format!("✗ {what}: {first}"))
}
