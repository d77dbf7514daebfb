//! `labctl status`.

use provider::Role;
use provider::State;
use session::results::Results;
use session::{Session, Sessions, lab};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Status};
use crate::{next, screen};

/// What there is of a cluster where the lab has none.
const NONE: &str = "none";

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let cluster = match lab::state(&place)? {
        _ if session.is_written => NONE,
        State::Ready(_) => "running",
        State::Busy { .. } => "starting",
        State::Stopped => "stopped",
        State::Absent => "absent",
    };
    let next_seed = session.is_solved().then(|| next::after(sessions, &session));
    let next_seed = next_seed.flatten();
    let next = next(&session, cluster, next_seed);
    let kept = Results::of(&sessions.folders).of_lab(&session.lab);
    let mut own = kept
        .iter()
        .filter(|kept| kept.is_of(&session) && kept.is_solved());
    let status = Status {
        format_version: FORMAT,
        variant: session.variant_is_open().then(|| session.variant.clone()),
        points: own.next().map(|kept| kept.score.points),
        progress: next::of_session(sessions, &session),
        session: session.name,
        lab: session.lab,
        seed: session.seed,
        cluster: cluster.to_owned(),
        started_at: session.so_far.started_at,
        solved_at: session.so_far.solved_at,
        broken_again: session.so_far.broken_again,
        hints: session.so_far.conduct.hints,
        attempts: session.so_far.conduct.attempts,
        resets: session.so_far.conduct.resets,
        revealed: session.so_far.conduct.revealed,
        checks: session.so_far.checks,
        lost: session.lost,
        next_seed,
        kubeconfig: (cluster != NONE)
            .then(|| place.kubeconfig(Role::Learner).display().to_string()),
        work: place.work().display().to_string(),
        sessions: sessions.names(),
    };
    if output == Format::Json {
        screen::json(&status);
    } else {
        screen::out(&text(&status, next));
    }
    Ok(())
}

/// The command to type next.
fn next(session: &Session, cluster: &str, seed: Option<u64>) -> String {
    match cluster {
        "running" | NONE if session.stands_solved() => {
            format!("labctl debrief{}", next::or_another(session, seed))
        }
        "running" | NONE => "labctl check".to_owned(),
        _ => lab::start_again(session),
    }
}

fn text(status: &Status, next: String) -> String {
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
    let conduct = screen::conduct(status.hints, status.attempts, status.resets);
    let checks = screen::plural(status.checks as usize, "check");
    let given_up = if status.revealed { ", given up" } else { "" };
    let mut rows = vec![
        ("session", status.session.clone()),
        (
            "lab",
            format!("{}{variant}, seed {}", status.lab, status.seed),
        ),
        ("cluster", status.cluster.clone()),
        ("started", status.started_at.clone()),
        ("so far", format!("{conduct}, {checks}{given_up}")),
        ("your files", status.work.clone()),
    ];
    if let Some(lost) = &status.lost {
        rows.push(("lost", lost.clone()));
    }
    if let Some(solved) = solved(status) {
        rows.push(("solved", solved));
    }
    if let Some(so_far) = status.progress.as_ref().and_then(next::so_far) {
        rows.push(("of the lab", so_far));
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

/// `2026-11-26T09:12:44Z, 96 points, and broken again by a reset`.
fn solved(status: &Status) -> Option<String> {
    let mut text = status.solved_at.clone()?;
    if let Some(points) = status.points {
        text.push_str(&format!(", {}", screen::plural(points as usize, "point")));
    }
    if status.broken_again {
        text.push_str(", and broken again by a reset");
    }
    Some(text)
}
