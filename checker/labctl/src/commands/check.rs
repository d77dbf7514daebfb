//! `labctl check`: asks the cluster, hands what it said to `grade`, shows and records the verdicts.

use std::process::ExitCode;
use std::time::Duration;

use grade::verdict::{CheckVerdict, Outcome};

use crate::cli::Format;
use crate::failure::{Exit, Result};
use crate::output::{Checked, FORMAT};
use crate::phases::Phases;
use crate::session::{Session, Sessions, write_json};
use crate::{judging, lab, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    wait: Option<Duration>,
) -> Result<ExitCode> {
    let (place, mut session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let ready = lab::running(&place, &session)?;
    let mut evidence = judging::gather(&place, &session, &scenario)?;
    judging::on_cluster(
        &place.kubeconfig("checker"),
        &session.cluster_id,
        async |cluster| match wait {
            None => judging::look_once(cluster, &scenario, &mut evidence).await,
            Some(deadline) => {
                let mut phases = Phases::new();
                phases.begin("waiting until solved");
                let wanted =
                    |verdicts: &[CheckVerdict]| judging::nothing_open(&scenario.checks, verdicts);
                judging::look_until(
                    cluster,
                    &scenario,
                    &mut evidence,
                    deadline,
                    &mut phases,
                    wanted,
                )
                .await;
            }
        },
    )
    .map_err(|failure| match failure.hint {
        None if failure.exit == Exit::CouldNotAsk => failure.hint(lab::how_back(&session)),
        _ => failure,
    })?;
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
        Outcome::Undecided => format!("cannot tell: {}", screen::tally(&checked.checks)),
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
