//! Makes the record of a result of what was seen, and keeps it.
//!
//! Looks at nothing itself.

use grade::evidence::Evidence;
use grade::kinds::Source;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use grade::{ResultRecord, Scenario};
use provider::Provider;

use crate::caller::Caller;
use crate::events::What;
use crate::failure::{Failure, Result};
use crate::place::write_json;
use crate::results::Results;
use crate::state::{Session, Stage};
use crate::store::Sessions;

/// Keeps what a look came to: in the session's record, among the person's results, and whether it is solved.
///
/// # Errors
/// The session was reset or ended meanwhile, or a file cannot be written.
pub async fn keep(
    sessions: &Sessions,
    looked_at: &Session,
    scenario: &Scenario,
    kubernetes: String,
    mut evidence: Evidence,
    caller: Caller<'_>,
) -> Result<(Session, ResultRecord)> {
    let place = sessions.place(&looked_at.name);
    let kept = sessions.change(looked_at, caller, |now| {
        is_still_its_cluster(looked_at, now)?;
        // While labctl looked, the learner may have given a diagnosis or taken a hint at another terminal.
        evidence.given.clone_from(&now.so_far.given);
        let record = record(place.provider(), now, scenario, kubernetes, evidence);
        now.happened(What::Check {
            outcome: record.outcome,
            points: record.score.points,
        });
        if record.outcome == Outcome::Solved && !now.stands_solved() {
            now.happened(What::Solved);
        }
        write_json(&place.record("result.json"), &record)?;
        Ok(record)
    });
    let (session, record) = kept.await?;
    Results::of(&sessions.folders).keep(&record, caller).await?;
    Ok((session, record))
}

/// What was seen of a cluster that was reset meanwhile is nothing of the session's.
fn is_still_its_cluster(before: &Session, now: &Session) -> Result<()> {
    if now.stage == Stage::Ready && now.cluster_id == before.cluster_id {
        return Ok(());
    }
    Err(Failure::could_not_ask(format!(
        "session `{}` was reset while labctl looked at it",
        now.name
    ))
    .hint("`labctl check` looks again"))
}

/// All that is needed to judge it again.
#[must_use]
pub fn record(
    provider: Provider,
    session: &Session,
    scenario: &Scenario,
    kubernetes_version: String,
    evidence: Evidence,
) -> ResultRecord {
    let verdicts = grade::verdicts(&scenario.checks, &evidence);
    ResultRecord {
        format_version: 1,
        lab: session.lab.clone(),
        variant: session.variant.clone(),
        seed: session.seed,
        content_hash: scenario.content_hash.clone(),
        labctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        kubernetes_version,
        provider: match scenario.cluster {
            Some(_) => provider.name().to_owned(),
            None => "none".to_owned(),
        },
        started_at: session.so_far.started_at.clone(),
        ended_at: now(),
        outcome: come_to(scenario, session, &verdicts),
        score: grade::score(&verdicts, &scenario.checks, &session.so_far.conduct),
        verdicts,
        conduct: session.so_far.conduct,
        evidence,
    }
}

/// What the verdicts come to. A diagnosis that was not given yet is the learner's to give: nothing was kept from labctl's sight.
#[must_use]
pub fn come_to(scenario: &Scenario, session: &Session, verdicts: &[CheckVerdict]) -> Outcome {
    let is_missing_diagnosis = |verdict: &&CheckVerdict| {
        session.so_far.given.is_none()
            && scenario.checks.iter().any(|check| {
                check.id == verdict.id && check.ask.facts().source == Source::Diagnosis
            })
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

/// Now, RFC 3339 in UTC, to the second.
#[must_use]
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}
