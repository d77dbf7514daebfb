//! `labctl check`: asks the cluster, hands what it said to `grade`, shows and records the verdicts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use cluster::Cluster;
use grade::check::Ask;
use grade::evidence::{Evidence, FileSeen};
use grade::observation::Observations;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use grade::{ResultRecord, Scenario};

use super::follow::{self, Followed};
use super::now;
use crate::cli::Format;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Checked, FORMAT};
use crate::session::{Place, Session, Sessions, read_json, write_json};
use crate::{lab, screen};

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
    let mut evidence = gather(&place, &session, &scenario)?;
    let kubeconfig = place.kubeconfig("checker");
    block_on_cluster(&kubeconfig, &session.cluster_id, async |cluster| {
        let lab = Followed {
            sessions,
            place: &place,
            name: &session.name,
            scenario: &scenario,
        };
        match until {
            Until::Now => look_once(cluster, &scenario, &mut evidence).await,
            Until::Solved(deadline) => {
                follow::wait(cluster, &lab, &mut evidence, deadline).await;
            }
            Until::Watched => follow::watch(cluster, &lab, &mut evidence, output).await,
        }
    })
    .map_err(|failure| match failure.hint {
        None if failure.exit == Exit::CouldNotAsk => failure.hint(lab::how_back(&session)),
        _ => failure,
    })?;
    // While labctl waited, the learner may have given a diagnosis or taken a hint at another terminal.
    if until != Until::Now {
        session = sessions.current(Some(&session.name))?.1;
    }
    let verdicts = grade::verdicts(&scenario.checks, &evidence);
    let result = come_to(&scenario, &session, &verdicts);
    if result == Outcome::Solved && session.solved_at.is_none() {
        session.solved_at = Some(now());
        sessions.save(&session)?;
    }
    let score = grade::score(&verdicts, &scenario.checks, &session.conduct);
    let record = ResultRecord {
        format_version: 1,
        lab: session.lab.clone(),
        variant: session.variant.clone(),
        seed: session.seed,
        content_hash: scenario.content_hash.clone(),
        labctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        kubernetes_version: ready.kubernetes,
        provider: "sandbox".to_owned(),
        started_at: session.started_at.clone(),
        ended_at: now(),
        outcome: result,
        verdicts: verdicts.clone(),
        conduct: session.conduct,
        score: score.clone(),
        evidence,
    };
    write_json(&place.record("result.json"), &record)?;
    let checked = Checked {
        format_version: FORMAT,
        session: session.name.clone(),
        lab: session.lab.clone(),
        seed: session.seed,
        outcome: result,
        checks: verdicts,
        score,
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

/// What the verdicts come to. A diagnosis that was not given yet is the learner's to give: nothing was kept from labctl's sight.
fn come_to(scenario: &Scenario, session: &Session, verdicts: &[CheckVerdict]) -> Outcome {
    let is_missing_diagnosis = |verdict: &&CheckVerdict| {
        session.given.is_none()
            && scenario
                .checks
                .iter()
                .any(|check| check.id == verdict.id && matches!(check.ask, Ask::Answer(_)))
    };
    let undecided = |verdict: &&CheckVerdict| matches!(verdict.verdict, Verdict::Undecided { .. });
    match outcome(verdicts) {
        Outcome::Undecided
            if verdicts
                .iter()
                .filter(undecided)
                .all(|verdict| is_missing_diagnosis(&verdict)) =>
        {
            Outcome::NotSolved
        }
        other => other,
    }
}

/// What is known without the cluster.
pub(super) fn gather(place: &Place, session: &Session, scenario: &Scenario) -> Result<Evidence> {
    Ok(Evidence {
        baseline: read_json(&place.record("baseline.json"))?,
        observed: Observations::default(),
        given: session.given.clone(),
        files: files(&place.work(), scenario),
    })
}

fn files(work: &Path, scenario: &Scenario) -> BTreeMap<String, FileSeen> {
    let asked = scenario.checks.iter().filter_map(|check| match &check.ask {
        Ask::Files(files) => Some(files.path.clone()),
        _ => None,
    });
    asked
        .map(|name| {
            let seen = match std::fs::read_to_string(work.join(&name)) {
                Ok(text) => FileSeen::Text(text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileSeen::Absent,
                Err(error) => FileSeen::Unreadable(error.to_string()),
            };
            (name, seen)
        })
        .collect()
}

/// Connects as the checker, makes sure that it is the session's cluster, and does the work.
pub(super) fn block_on_cluster<T>(
    kubeconfig: &Path,
    cluster_id: &str,
    work: impl AsyncFnOnce(&Cluster) -> T,
) -> Result<T> {
    lab::block_on(async {
        let cluster = Cluster::connect(kubeconfig).await?;
        // A learner can take the checker's rights away; then it refuses to say who it is, and every answer will tell.
        if !cluster.id().is_empty() {
            cluster.verify(cluster_id)?;
        }
        Ok(work(&cluster).await)
    })
}

/// One look, and the last questions when all else holds.
pub(super) async fn look_once(cluster: &Cluster, scenario: &Scenario, evidence: &mut Evidence) {
    evidence.observed = cluster.observe(&grade::questions(&scenario.checks)).await;
    if all_else_holds(scenario, evidence) {
        let last = grade::last_questions(&scenario.checks);
        evidence.observed.extend(cluster.observe(&last).await);
    }
}

pub(super) fn all_else_holds(scenario: &Scenario, evidence: &Evidence) -> bool {
    let verdicts = grade::verdicts(&scenario.checks, evidence);
    grade::ready_for_last(&scenario.checks, &verdicts)
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

/// The verdicts as they are now, for hints: without the last questions, and nothing when the cluster does not run.
pub(super) fn glance(place: &Place, session: &Session, scenario: &Scenario) -> Vec<CheckVerdict> {
    let look = || -> std::result::Result<Vec<CheckVerdict>, Failure> {
        lab::running(place, session)?;
        let mut evidence = gather(place, session, scenario)?;
        let questions = grade::questions(&scenario.checks);
        block_on_cluster(
            &place.kubeconfig("checker"),
            &session.cluster_id,
            async |cluster| evidence.observed = cluster.observe(&questions).await,
        )?;
        Ok(grade::verdicts(&scenario.checks, &evidence))
    };
    // A hint can be given without them: it then speaks of nothing that was seen.
    look().unwrap_or_default()
}
