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
            kubeconfig: place.kubeconfig("learner").display().to_string(),
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
    screen::out(&screen::commands(&[
        (
            "labctl shell",
            "a shell with kubectl pointed at this cluster",
        ),
        ("labctl check", "what holds, what does not"),
        ("labctl answer", "your diagnosis: what refused it, and why"),
        ("labctl hint", "three hints, the first is free"),
        ("labctl book", "the course around this lab"),
    ]));
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
