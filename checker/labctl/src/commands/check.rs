//! `labctl check`: asks the cluster, hands what it said to `grade`, shows and records the verdicts.

use std::process::ExitCode;
use std::time::Duration;

use grade::verdict::Outcome;

use super::follow::{self, Followed};
use crate::cli::Format;
use crate::failure::{Exit, Result};
use crate::output::{Checked, FORMAT};
use crate::session::{Session, Sessions, write_json};
use crate::{judging, lab, screen};

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Once.
    Now,
    /// Until nothing is open that the cluster could say, or so long.
    Solved(Duration),
    /// Until solved, showing each change.
    Watched,
}

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    until: Until,
) -> Result<ExitCode> {
    let (place, mut session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let ready = lab::running(&place, &session)?;
    let mut evidence = judging::gather(&place, &session, &scenario)?;
    let kubeconfig = place.kubeconfig("checker");
    let looked = judging::on_cluster(&kubeconfig, &session.cluster_id, async |cluster| {
        let lab = Followed {
            sessions,
            place: &place,
            name: &session.name,
            scenario: &scenario,
        };
        match until {
            Until::Now => judging::look_once(cluster, &scenario, &mut evidence).await,
            Until::Solved(deadline) => {
                follow::wait(cluster, &lab, &mut evidence, deadline).await;
            }
            Until::Watched => follow::watch(cluster, &lab, &mut evidence, output).await,
        }
    });
    match looked {
        // Ctrl-C is how a watch ends; what was seen last is what counts.
        Err(failure) if until == Until::Watched && failure.exit == Exit::Interrupted => {}
        Err(failure) if failure.exit == Exit::CouldNotAsk && failure.hint.is_none() => {
            return Err(failure.hint(lab::how_back(&session)));
        }
        looked => looked?,
    }
    // While labctl waited, the learner may have given a diagnosis or taken a hint at another terminal.
    if until != Until::Now {
        session = sessions.current(Some(&session.name))?.1;
    }
    let record = judging::record(&session, &scenario, ready.kubernetes, evidence);
    let result = record.outcome;
    if result == Outcome::Solved && session.solved_at.is_none() {
        session.solved_at = Some(judging::now());
        sessions.save(&session)?;
    }
    write_json(&place.record("result.json"), &record)?;
    let checked = Checked {
        format_version: FORMAT,
        session: session.name.clone(),
        lab: session.lab.clone(),
        seed: session.seed,
        outcome: result,
        checks: record.verdicts,
        score: record.score,
        solved_at: session.solved_at.clone(),
    };
    match output {
        Format::Json => screen::json(&checked),
        Format::Text => screen::out(&text(&checked, &session)),
    }
    Ok(match result {
        Outcome::Solved => Exit::Success,
        Outcome::NotSolved => Exit::NotSolved,
        Outcome::Undecided => Exit::CouldNotAsk,
    }
    .code())
}

fn text(checked: &Checked, session: &Session) -> String {
    let mut lines: Vec<String> = checked.checks.iter().map(screen::verdict).collect();
    lines.push(String::new());
    lines.push(match checked.outcome {
        Outcome::Solved => solved(checked, session),
        Outcome::NotSolved => format!("not solved: {}", screen::tally(&checked.checks)),
        Outcome::Undecided => format!(
            "cannot tell: {}\nnext: labctl check again when that is mended; labctl reset begins anew",
            screen::tally(&checked.checks)
        ),
    });
    lines.join("\n")
}

fn solved(checked: &Checked, session: &Session) -> String {
    let took = took(
        &session.started_at,
        session.solved_at.as_deref().unwrap_or_default(),
    );
    let conduct = &session.conduct;
    let counts = [(conduct.hints, "hint"), (conduct.resets, "reset")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| screen::plural(*count as usize, noun))
        .collect();
    let counts = if counts.is_empty() {
        String::new()
    } else {
        format!(" ({})", counts.join(", "))
    };
    format!(
        "{} in {}, {} of {} points{counts}\nnext: labctl debrief, or labctl start {} --seed {} for another one",
        screen::bold("solved"),
        screen::span(took),
        checked.score.points,
        checked.score.of,
        session.lab,
        session.seed + 1
    )
}

/// Between two times in RFC 3339; zero when one cannot be read.
fn took(from: &str, to: &str) -> Duration {
    let parse = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (parse(from), parse(to)) {
        (Some(from), Some(to)) => Duration::try_from(to.duration_since(from)).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
