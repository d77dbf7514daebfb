//! Looks at a session's cluster and hands what it said to `grade`.
//!
//! Used by everybody who judges. Decides nothing itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use cluster::{Changes, Cluster};
use grade::Scenario;
use grade::check::Check;
use grade::evidence::{Evidence, FileSeen};
use grade::kinds::Source;
use grade::observation::{Observations, Question};
use grade::verdict::{CheckVerdict, Verdict};
use provider::Role;
use tokio::time::Interval;

use crate::caller::{Caller, Progress};
use crate::end::{End, Round};
use crate::existing;
use crate::failure::Result;
use crate::lock::Sight;
use crate::place::{Place, read_json};
use crate::state::Session;
use crate::{history, lab, written};

/// How often to look although nothing changed: how long something has held is known by the clock alone.
const STEP: Duration = Duration::from_millis(500);

/// How often to look at the cluster although no watch told of a change: one that was cut off is tried again after a pause.
const UNTOLD: Duration = Duration::from_secs(2);

/// Several objects change with one command; a look waits so long for the others.
const GATHER: Duration = Duration::from_millis(50);

/// What is known without the cluster.
///
/// # Errors
/// The baseline cannot be read.
pub fn gather(place: &Place, session: &Session, scenario: &Scenario) -> Result<Evidence> {
    Ok(Evidence {
        baseline: read_json(&place.record("baseline.json"))?,
        observed: Observations::default(),
        history: None,
        given: session.so_far.given.clone(),
        files: files(&place.work(), scenario),
    })
}

/// What the learner wrote of what is asked for.
#[must_use]
pub fn files(work: &Path, scenario: &Scenario) -> BTreeMap<String, FileSeen> {
    let asked = scenario.checks.iter().flat_map(|check| check.ask.files());
    asked
        .map(|name| (name.to_owned(), written::in_folder(work, name)))
        .collect()
}

/// Connects as the checker before the end of a look, makes sure that it is the session's cluster, and does the work.
///
/// # Errors
/// It does not answer, is another, or the look is interrupted.
pub async fn on_cluster<T>(
    place: &Place,
    session: &Session,
    end: End,
    caller: Caller<'_>,
    work: impl AsyncFnOnce(&Cluster) -> T,
) -> Result<T> {
    let looking = async {
        let cluster = existing::connect(place, Role::Checker, end.round().look()).await?;
        // A learner can take the checker's rights away; then it refuses to say who it is, and every answer will tell.
        if !cluster.id().is_empty() {
            cluster.verify(&session.cluster_id)?;
        }
        Ok(work(&cluster).await)
    };
    caller.unless_interrupted(looking).await
}

/// One look, and the last questions when all else holds. Neither while another check evicts.
///
/// # Errors
/// A lock cannot be taken.
pub async fn look_once(
    cluster: &Cluster,
    scenario: &Scenario,
    sight: &Sight<'_>,
    evidence: &mut Evidence,
) -> Result<()> {
    let round = sight.end.round();
    look(cluster, scenario, sight, round, evidence).await?;
    if all_else_holds(scenario, evidence)
        && let Some(last) = look_last(cluster, scenario, sight, round, evidence).await?
    {
        evidence.observed.extend(last);
    }
    Ok(())
}

/// Asks what changes nothing. `false` when the time was up before another check had done with its eviction.
async fn look(
    cluster: &Cluster,
    scenario: &Scenario,
    sight: &Sight<'_>,
    round: Round,
    evidence: &mut Evidence,
) -> Result<bool> {
    let Some(_shared) = sight.shared().await? else {
        return Ok(false);
    };
    observe(cluster, scenario, sight, round, evidence).await;
    Ok(true)
}

/// What the cluster says, and after that what was written to it: whoever is seen was written before.
async fn observe(
    cluster: &Cluster,
    scenario: &Scenario,
    sight: &Sight<'_>,
    round: Round,
    evidence: &mut Evidence,
) {
    let questions = grade::questions(&scenario.checks);
    evidence.observed = cluster.observe(&questions, round.look()).await;
    let mut checks = scenario.checks.iter();
    if checks.any(|check| check.ask.asks_history()) {
        evidence.history = Some(history::of_session(
            sight.place,
            &evidence.baseline.taken_at,
        ));
    }
}

/// Asks what evicts. `None` when something does not hold any more once nobody else looks, or the time is up before that.
async fn look_last(
    cluster: &Cluster,
    scenario: &Scenario,
    sight: &Sight<'_>,
    round: Round,
    evidence: &mut Evidence,
) -> Result<Option<Observations>> {
    let last = grade::last_questions(&scenario.checks);
    if last.is_empty() {
        return Ok(Some(Observations::default()));
    }
    let Some(_alone) = sight.alone().await? else {
        return Ok(None);
    };
    // Another check may have evicted a Pod meanwhile.
    observe(cluster, scenario, sight, round, evidence).await;
    if !all_else_holds(scenario, evidence) {
        return Ok(None);
    }
    let evicts = last.iter().any(Question::changes);
    sight.caller.tell(Progress::AskingLast { evicts });
    let last = cluster.observe(&last, round.last()).await;
    sight.caller.tell(Progress::AskedLast);
    // The replacement is judged as its predecessor was, and so is whoever helped it in.
    observe(cluster, scenario, sight, sight.end.round(), evidence).await;
    Ok(Some(last))
}

fn all_else_holds(scenario: &Scenario, evidence: &Evidence) -> bool {
    let verdicts = grade::verdicts(&scenario.checks, evidence);
    grade::ready_for_last(&scenario.checks, &verdicts)
}

/// What one look came to.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What was seen.
    pub evidence: &'a Evidence,
    /// What that comes to.
    pub verdicts: &'a [CheckVerdict],
    /// Whether the verdicts are others than at the look before.
    pub is_news: bool,
}

/// Looks at every change until `seen` says that it is enough, or until the end of `sight`. `seen` is called after each look, and
/// `gather_anew` before each, for what the learner wrote meanwhile.
///
/// # Errors
/// A lock cannot be taken.
pub async fn follow(
    cluster: &Cluster,
    scenario: &Scenario,
    evidence: &mut Evidence,
    sight: &Sight<'_>,
    gather_anew: impl Fn(&mut Evidence),
    mut seen: impl FnMut(Look<'_>) -> bool,
) -> Result<()> {
    let questions = grade::questions(&scenario.checks);
    let mut changes = cluster.changes(&questions, sight.end.round().look()).await;
    let mut step = tokio::time::interval(STEP);
    // What the last questions came to; asked anew only when something else did not hold in between, for they evict.
    let mut last: Option<Observations> = None;
    let mut before: Option<Vec<CheckVerdict>> = None;
    let mut looked: Option<Instant> = None;
    loop {
        gather_anew(evidence);
        let round = sight.end.round();
        let is_recent = looked.is_some_and(|looked| looked.elapsed() < UNTOLD);
        let goes_on = |since: Instant| {
            let told = before.as_ref()?;
            Some(grade::verdicts_later(&scenario.checks, evidence, told, since.elapsed()) == *told)
        };
        if is_recent && looked.and_then(goes_on) == Some(true) {
            // Nobody told of a change, and none comes of the time that has passed.
            if sight.end.is_over() {
                return Ok(());
            }
            if tells_or_step(&mut changes, &mut step).await {
                looked = None;
            }
            continue;
        }
        if !look(cluster, scenario, sight, round, evidence).await? {
            return Ok(());
        }
        looked = Some(Instant::now());
        let mut verdicts = grade::verdicts(&scenario.checks, evidence);
        if grade::ready_for_last(&scenario.checks, &verdicts) {
            if last.is_none() {
                last = look_last(cluster, scenario, sight, round, evidence).await?;
            }
            if let Some(last) = &last {
                evidence.observed.extend(last.clone());
            }
            verdicts = grade::verdicts(&scenario.checks, evidence);
        } else {
            last = None;
        }
        let enough = seen(Look {
            evidence,
            verdicts: &verdicts,
            is_news: before.as_ref() != Some(&verdicts),
        });
        if enough || sight.end.is_over() {
            return Ok(());
        }
        before = Some(verdicts);
        if tells_or_step(&mut changes, &mut step).await {
            looked = None;
        }
    }
}

/// Waits for the next change, and what comes with it, or for the next step. Whether there was a change.
async fn tells_or_step(changes: &mut Changes, step: &mut Interval) -> bool {
    let has_changed = tokio::select! {
        () = changes.next() => {
            tokio::time::sleep(GATHER).await;
            true
        }
        _ = step.tick() => false,
    };
    changes.forget() || has_changed
}

/// Whether everything that the cluster decides has passed.
#[must_use]
pub fn nothing_open(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    checks
        .iter()
        .filter(|check| check.ask.facts().source == Source::Cluster)
        .all(|check| {
            verdicts.iter().any(|verdict| {
                verdict.id == check.id && matches!(verdict.verdict, Verdict::Passed { .. })
            })
        })
}

/// The verdicts as they are now, for hints: without the last questions, and nothing when the cluster does not run.
pub async fn glance(
    place: &Place,
    session: &Session,
    scenario: &Scenario,
    caller: Caller<'_>,
) -> Vec<CheckVerdict> {
    let looking = async {
        if scenario.cluster.is_some() {
            lab::running(place, session)?;
        }
        let mut evidence = gather(place, session, scenario)?;
        if scenario.cluster.is_some() {
            let looked = on_cluster(place, session, End::Open, caller, async |cluster| {
                let sight = Sight::of(place, session, End::Open, caller);
                look(cluster, scenario, &sight, sight.end.round(), &mut evidence).await
            });
            looked.await??;
        }
        Ok(grade::verdicts(&scenario.checks, &evidence))
    };
    let looked: Result<Vec<CheckVerdict>> = looking.await;
    // A hint can be given without them: it then speaks of nothing that was seen.
    looked.unwrap_or_default()
}
