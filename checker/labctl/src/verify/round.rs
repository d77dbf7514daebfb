//! One round: plays the cases that are open with several workers, remembers what they came to, and says how it goes.
//!
//! Does not know which cases there are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Instant;

use grade::Scenario;
use provider::Chosen;
use serde_json::Value;
use session::Sessions;

use super::Ended;
use super::case::{Case, Played, called};
use super::choice::Choice;
use super::memory::Memory;
use super::queue::Queue;
use super::turns::{self, News, Told};
use super::worker::Worker;
use crate::failure::{Failure, Result};
use crate::phases::Phases;

/// What all rounds of a run share.
pub(super) struct Round<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) chosen: &'a Chosen,
    pub(super) scenarios: &'a [Scenario],
    pub(super) memory: &'a Memory,
    pub(super) jobs: usize,
    /// When no case begins any more; unset: never.
    pub(super) end: Option<Instant>,
    pub(super) phases: Phases,
    /// All objects of the untouched clusters that were seen, by scenario.
    pub(super) starts: BTreeMap<usize, Vec<Value>>,
    /// Those that an earlier round is done with, with their clusters.
    pub(super) workers: Vec<Worker>,
}

impl Round<'_> {
    /// Plays what is open, and adds all to what ended.
    pub(super) fn play(&mut self, choice: Choice, ended: &mut Ended) {
        let known = choice.known.into_iter();
        ended
            .played
            .extend(known.map(|(case, remembered)| Played::known(&case, remembered)));
        let of = choice.open.len();
        let queue = Queue::new(choice.open, self.end);
        let jobs = self.jobs.clamp(1, of.max(1));
        if of > 0 {
            self.phases.begin(&format!("playing {jobs} at a time"));
        }
        let mut n_played = 0;
        let idle = Mutex::new(std::mem::take(&mut self.workers));
        let done = std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let (sessions, chosen) = (self.sessions, self.chosen);
            let (scenarios, queue, idle) = (self.scenarios, &queue, &idle);
            let workers: Vec<_> = (0..jobs.min(of))
                .map(|number| {
                    let sender = sender.clone();
                    scope.spawn(move || {
                        let rested = lock(idle).pop();
                        let mut worker =
                            rested.map_or_else(|| Worker::new(sessions, chosen), Ok)?;
                        turns::work(number, &mut worker, scenarios, queue, &sender)?;
                        lock(idle).push(worker);
                        Ok(())
                    })
                })
                .collect();
            drop(sender);
            let mut kept = Ok(());
            for news in receiver {
                match news {
                    News::StartFailed(text) => self.phases.note(&text),
                    News::Over(told) => {
                        n_played += 1;
                        let remembered = self.over(*told, ended);
                        kept = kept.and(remembered);
                        self.phases.count(n_played, of, "cases");
                    }
                }
            }
            let ends = workers.into_iter().map(|worker| {
                let crashed = |_| Failure::could_not_ask("a worker of `verify` crashed");
                worker.join().map_err(crashed)?
            });
            ends.collect::<Vec<Result<()>>>()
                .into_iter()
                .collect::<Result<()>>()
                .and(kept)
        });
        self.workers = idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        let of_all = if n_played == of {
            String::new()
        } else {
            format!(" of {of}")
        };
        if of > 0 {
            self.phases
                .done(&format!("{n_played}{of_all} cases played"));
        }
        let left = if done.is_ok() {
            queue.left()
        } else {
            Vec::new()
        };
        for case in choice.left_out.iter().chain(&left) {
            *ended.left_out.entry(case.scenario).or_default() += 1;
        }
        ended.cut_off = done.err();
    }

    /// Tells and remembers what a case came to.
    fn over(&mut self, told: Told, ended: &mut Ended) -> Result<()> {
        let Told {
            case,
            played,
            start,
        } = told;
        let scenario = &self.scenarios[played.scenario];
        if let Some(text) = not_as_claimed(scenario, &case, &played) {
            self.phases.note(&text);
        }
        let kept = self
            .memory
            .keep(scenario, &case, &played.came, played.seconds);
        let kept_start = start.map_or(Ok(()), |start| {
            let kept = self.memory.keep_start(scenario, &start);
            self.starts.insert(played.scenario, start);
            kept
        });
        ended.played.push(played);
        kept.and(kept_start)
    }
}

impl Drop for Round<'_> {
    /// The clusters are stopped all at once, on threads that may block.
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            for worker in self.workers.drain(..) {
                scope.spawn(move || drop(worker));
            }
        });
    }
}

/// One line about a case as soon as it is known: a run takes long.
fn not_as_claimed(scenario: &Scenario, case: &Case, played: &Played) -> Option<String> {
    let first = played
        .came
        .problems
        .first()?
        .lines()
        .next()
        .unwrap_or_default();
    let what = called(scenario, case.kind, &played.name);
    Some(format!("✗ {what}: {first}"))
}

/// Whoever crashed while they held it took or left a whole worker.
fn lock(workers: &Mutex<Vec<Worker>>) -> MutexGuard<'_, Vec<Worker>> {
    workers.lock().unwrap_or_else(PoisonError::into_inner)
}
