//! A worker's turns: takes a case, plays it, once more when the lab did not start, and tells, until there are no cases left.
//!
//! Knows neither what a case claims nor what is shown.

use std::sync::mpsc;
use std::time::Instant;

use grade::Scenario;
use serde_json::Value;

use super::case::{Came, Case, Played, called};
use super::problem::Problem;
use super::queue::Queue;
use super::starts::{Stopped, TRIES};
use super::worker::Worker;
use crate::failure::{Failure, Result, Why};
use crate::interrupt;

/// What a worker tells.
pub(super) enum News {
    /// A case did not start and is played once more: the line about it, and all that was seen.
    StartFailed(String),
    Over(Box<Told>),
}

/// What is known when a case is over.
pub(super) struct Told {
    pub(super) case: Case,
    pub(super) played: Played,
    /// All objects of the untouched cluster, from the case that sees it.
    pub(super) start: Option<Vec<Value>>,
}

/// One worker, `number` among them: plays cases until there are none left.
pub(super) fn work(
    number: usize,
    worker: &mut Worker,
    scenarios: &[Scenario],
    queue: &Queue,
    sender: &mpsc::Sender<News>,
) -> Result<()> {
    while let Some(case) = queue.next(number, worker.scenario()) {
        if interrupt::asked().is_asked() {
            return Err(Failure::interrupted());
        }
        let what = called(&scenarios[case.scenario], case.kind, &case.name());
        let not_started = |number: usize, said: &str| {
            let text = match number {
                1 => format!("↻ {what}: the start failed, it is played once more: {said}"),
                _ => format!("↻ {what}: the start failed again: {said}"),
            };
            // Nobody listens any more when another worker crashed.
            let _ = sender.send(News::StartFailed(text));
        };
        let played = play_case(worker, queue, &scenarios[case.scenario], &case, not_started)?;
        let start = worker.start(&case);
        // As above.
        let _ = sender.send(News::Over(Box::new(Told {
            case,
            played,
            start,
        })));
    }
    Ok(())
}

/// Plays a case, and once more when it does not start; `not_started` is told of each such start, from the first on.
fn play_case(
    worker: &mut Worker,
    queue: &Queue,
    scenario: &Scenario,
    case: &Case,
    not_started: impl Fn(usize, &str),
) -> Result<Played> {
    let began = Instant::now();
    let mut failed_starts = Vec::new();
    let result = loop {
        if queue.is_given_up(case.scenario) {
            break only(&Problem::NotTried.to_string());
        }
        match attempt(worker, scenario, case)? {
            Attempt::Came(result) => {
                queue.has_started(case.scenario);
                break result;
            }
            Attempt::DidNotStart(said) => {
                not_started(failed_starts.len() + 1, &said);
                failed_starts.push(said);
            }
        }
        if failed_starts.len() == TRIES {
            queue.has_not_started(case.scenario);
            break only(&Problem::NeverStarted.to_string());
        }
    };
    Ok(Played {
        scenario: case.scenario,
        kind: case.kind,
        name: case.name(),
        came: result,
        failed_starts,
        n_starts: worker.take_n_starts(),
        seconds: began.elapsed().as_secs_f64(),
        is_remembered: false,
        place: case.place,
    })
}

/// What playing a case once came to.
enum Attempt {
    Came(Came),
    /// No verdict; what was seen.
    DidNotStart(String),
}

/// Plays a case once. Only Ctrl-C is an error.
fn attempt(worker: &mut Worker, scenario: &Scenario, case: &Case) -> Result<Attempt> {
    // Whether it is for a terminal or a file is not known here.
    let plain = |text: &String| anstream::adapter::strip_str(text).to_string();
    let result = match worker.play(scenario, case) {
        Ok(result) => result,
        Err(Stopped::Start(failure)) => {
            let said = format!("{}\n{}", failure.message, worker.last_words());
            return Ok(Attempt::DidNotStart(plain(&said)));
        }
        Err(Stopped::Other(failure)) => match failure.why {
            Why::Interrupted => return Err(failure),
            Why::CouldNotAsk => Came {
                problems: vec![failure.message, worker.last_words()],
                ..Came::default()
            },
            Why::BadInput => only(&failure.message),
        },
    };
    Ok(Attempt::Came(Came {
        problems: result.problems.iter().map(plain).collect(),
        ..result
    }))
}

/// Of a case that was not played to its end.
fn only(problem: &str) -> Came {
    Came {
        problems: vec![problem.to_owned()],
        ..Came::default()
    }
}
