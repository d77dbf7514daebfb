//! `labctl log`: what the learner changed, as a time line.

use std::time::Duration;

use provider::History;
use session::audit::{self, Entry};
use session::{Sessions, lab};

use crate::cli::Format;
use crate::failure::{Failure, Result};
use crate::output::{Change, FORMAT, Logged};
use crate::screen;

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    all: bool,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    if session.is_written {
        if output == Format::Json {
            let changes = Vec::new();
            screen::json(&Logged {
                format_version: FORMAT,
                changes,
            });
        } else {
            super::say_has_no_cluster("there are no changes to tell; your files are yours to keep");
        }
        return Ok(());
    }
    let history = lab::history(&place)?;
    if !history.is_there() {
        return Err(Failure::could_not_ask(format!(
            "the audit log in `{}` is empty or gone: what was changed cannot be told",
            history.folder().display()
        ))
        .hint("`labctl reset` begins a new one"));
    }
    let mut changes = Vec::new();
    if all {
        for folder in place.histories() {
            let kept = place.site().kept_history(&folder)?;
            changes.extend(of_learner(&kept).map(|entry| change(entry, true)));
        }
    }
    changes.extend(of_learner(&history).map(|entry| change(entry, false)));
    if output == Format::Json {
        screen::json(&Logged {
            format_version: FORMAT,
            changes,
        });
        return Ok(());
    }
    if changes.is_empty() {
        screen::say("you have changed nothing yet");
    }
    for change in &changes {
        screen::out(&line(change, &session.so_far.started_at));
    }
    Ok(())
}

/// What no part of Kubernetes did.
fn of_learner(history: &History) -> impl Iterator<Item = Entry> + use<> {
    let entries = audit::read(history).into_iter();
    entries.filter(|entry| !entry.is_component)
}

fn change(entry: Entry, before_reset: bool) -> Change {
    Change {
        before_reset,
        time: entry.time,
        verb: entry.verb,
        resource: entry.resource,
        namespace: entry.namespace,
        name: entry.name,
        user: entry.user,
        impersonated: entry.impersonated,
        code: entry.code,
    }
}

/// `+2m 05s  patch  deployments/cart in shop`.
fn line(change: &Change, start: &str) -> String {
    let since = match (
        change.time.parse::<jiff::Timestamp>(),
        start.parse::<jiff::Timestamp>(),
    ) {
        (Ok(time), Ok(start)) => Duration::try_from(time.duration_since(start)).unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let object = match &change.name {
        Some(name) => format!("{}/{name}", change.resource),
        None => format!("all {}", change.resource),
    };
    let mut text = format!("+{:<9}{:<17}{object}", screen::span(since), change.verb);
    if let Some(namespace) = &change.namespace {
        text.push_str(&format!(" in {namespace}"));
    }
    match &change.impersonated {
        Some(other) => text.push_str(&format!(" (as {other})")),
        None if change.user != "learner" => text.push_str(&format!(" (by {})", change.user)),
        None => {}
    }
    if change.before_reset {
        text.push_str(", before a reset");
    }
    if change.code >= 400 {
        text.push_str(&format!(": refused, {}", change.code));
    }
    text
}
