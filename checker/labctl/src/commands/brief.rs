//! `labctl brief`, and the hand-over that `start` and `reset` end with.

use provider::Role;
use session::{Place, Session, Sessions, lab};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Started};
use crate::{next, screen};

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let next = session.is_solved().then(|| next::after(sessions, &session));
    show(output, &place, &session, &scenario, next.flatten());
    Ok(())
}

/// Where there is a diagnosis to give.
const ANSWER: &str = "labctl answer";

/// What to type next.
const WITH_A_CLUSTER: [(&str, &str); 5] = [
    (
        "labctl shell",
        "a shell with kubectl pointed at this cluster",
    ),
    ("labctl check", "what holds, what does not"),
    (ANSWER, "your diagnosis: what refused it, and why"),
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
                .then(|| place.kubeconfig(Role::Learner).display().to_string()),
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
    let asks_diagnosis = scenario
        .checks
        .iter()
        .any(|check| check.ask.diagnosis().is_some());
    let commands: Vec<(&str, &str)> = if scenario.cluster.is_some() {
        let all = WITH_A_CLUSTER.into_iter();
        all.filter(|(command, _)| asks_diagnosis || *command != ANSWER)
            .collect()
    } else {
        WITHOUT.to_vec()
    };
    screen::out(&screen::commands(&commands));
}

/// What lies in the learner's folder from the start; `None` when nothing does.
fn files(scenario: &grade::Scenario) -> Option<String> {
    // Of a folder its name says enough.
    let shown = |name: &String| match name.split_once('/') {
        Some((folder, _)) => format!("`{folder}/`"),
        None => format!("`{name}`"),
    };
    let mut names: Vec<String> = scenario.start.keys().map(shown).collect();
    names.dedup();
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
