//! `labctl status`.

use provider::sandbox::process::{self, State};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Status};
use crate::screen;
use crate::session::Sessions;

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let cluster = match process::state(&place.cluster())? {
        State::Ready(_) => "running",
        State::Busy { .. } => "starting",
        State::Stopped => "stopped",
        State::Absent => "absent",
    };
    let status = Status {
        format_version: FORMAT,
        variant: session.variant_is_open().then(|| session.variant.clone()),
        session: session.name,
        lab: session.lab,
        seed: session.seed,
        cluster: cluster.to_owned(),
        started_at: session.started_at,
        solved_at: session.solved_at,
        hints: session.conduct.hints,
        attempts: session.conduct.attempts,
        resets: session.conduct.resets,
        revealed: session.conduct.revealed,
        kubeconfig: place.kubeconfig("learner").display().to_string(),
        work: place.work().display().to_string(),
        sessions: sessions.names(),
    };
    if output == Format::Json {
        screen::json(&status);
    } else {
        screen::out(&text(&status));
    }
    Ok(())
}

fn text(status: &Status) -> String {
    let variant = match &status.variant {
        Some(variant) => format!(", variant `{variant}`"),
        None => String::new(),
    };
    let others: Vec<&str> = status
        .sessions
        .iter()
        .map(String::as_str)
        .filter(|name| *name != status.session)
        .collect();
    let next = match (status.cluster.as_str(), &status.solved_at) {
        ("running", None) => "labctl check".to_owned(),
        ("running", Some(_)) => "labctl debrief".to_owned(),
        _ => format!("labctl start {} --session {}", status.lab, status.session),
    };
    let mut rows = vec![
        ("session", status.session.clone()),
        (
            "lab",
            format!("{}{variant}, seed {}", status.lab, status.seed),
        ),
        ("cluster", status.cluster.clone()),
        ("started", status.started_at.clone()),
        (
            "so far",
            format!(
                "{}, {} to answer, {}{}",
                screen::plural(status.hints as usize, "hint"),
                screen::plural(status.attempts as usize, "attempt"),
                screen::plural(status.resets as usize, "reset"),
                if status.revealed { ", given up" } else { "" }
            ),
        ),
        ("your files", status.work.clone()),
    ];
    if let Some(solved_at) = &status.solved_at {
        rows.push(("solved", solved_at.clone()));
    }
    if !others.is_empty() {
        rows.push(("others", others.join(", ")));
    }
    rows.push(("next", next));
    let lines = rows
        .iter()
        .map(|(what, is)| format!("{} {is}", screen::dim(&format!("{what:<10}"))));
    lines.collect::<Vec<_>>().join("\n")
}
