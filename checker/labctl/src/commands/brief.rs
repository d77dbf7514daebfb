//! `labctl brief`, and the hand-over that `start` and `reset` end with.

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Started};
use crate::session::{Place, Session, Sessions};
use crate::{lab, next, screen};

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let next = session.is_solved().then(|| next::after(sessions, &session));
    show(output, &place, &session, &scenario, next.flatten());
    Ok(())
}

/// What to type next.
const WITH_A_CLUSTER: [(&str, &str); 5] = [
    (
        "labctl shell",
        "a shell with kubectl pointed at this cluster",
    ),
    ("labctl check", "what holds, what does not"),
    ("labctl answer", "your diagnosis: what refused it, and why"),
    ("labctl hint", "three hints, the first is free"),
    ("labctl book", "the course around this lab"),
];

/// The same where the task is to write.
const WITHOUT: [(&str, &str); 5] = [
    ("labctl shell", "a shell in the folder of your files"),
    ("labctl check --watch", "what holds, each time you save"),
    ("labctl check", "the same once, and it is recorded"),
    ("labctl hint", "three hints, the first is free"),
    ("labctl book", "the course around this lab"),
];

/// The brief and the next commands; for programs also the seed to take next.
pub(super) fn show(
    output: Format,
    place: &Place,
    session: &Session,
    scenario: &grade::Scenario,
    next_seed: Option<u64>,
) {
    if output == Format::Json {
        screen::json(&Started {
            format_version: FORMAT,
            session: session.name.clone(),
            lab: session.lab.clone(),
            seed: session.seed,
            brief: scenario.brief.clone(),
            kubeconfig: scenario
                .cluster
                .is_some()
                .then(|| place.kubeconfig("learner").display().to_string()),
            work: place.work().display().to_string(),
            files: scenario.start.keys().cloned().collect(),
            next_seed,
        });
        return;
    }
    screen::out("");
    screen::out(&screen::title(&scenario.title, scenario.minutes));
    screen::out(&screen::markdown(&scenario.brief));
    if let Some(files) = files(scenario) {
        screen::out("");
        screen::out(&screen::markdown(&files));
    }
    screen::out("");
    let commands = if scenario.cluster.is_some() {
        WITH_A_CLUSTER
    } else {
        WITHOUT
    };
    screen::out(&screen::commands(&commands));
}

/// What lies in the learner's folder from the start; `None` when nothing does.
fn files(scenario: &grade::Scenario) -> Option<String> {
    let names: Vec<String> = scenario
        .start
        .keys()
        .map(|name| format!("`{name}`"))
        .collect();
    let are = match names.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    Some(format!(
        "{}, in the folder that `labctl shell` opens, {are} part of the task.",
        names.join(" and ")
    ))
}
