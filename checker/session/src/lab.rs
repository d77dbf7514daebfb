//! Brings a lab up: cluster, what is broken, the symptom seen, the baseline taken.

pub mod folder;
mod layout;
mod policies;
mod restore;
mod symptom;

use std::time::Duration;

use grade::Scenario;
use provider::{Chosen, Prepared, Provider, Ready, Role, Site, State};
use tokio::time::Instant;

use crate::caller::{Caller, Progress, Step, aside};
use crate::course;
use crate::existing;
use crate::failure::{Failure, Result, Why};
use crate::lock;
use crate::place::{Place, write_json};
use crate::state::{Session, Stage};
use crate::store::Sessions;
pub use restore::{Again, Start, empty_work, restore};

/// How long a connection, what is broken, or a look at everything may take.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// How much longer it may take for each object that is created, on a machine that is busy.
const OBJECT_WITHIN: Duration = Duration::from_secs(1);

/// How long after that the cluster may take to come to rest, when a reset is compared with the start.
const REST_WITHIN: Duration = Duration::from_secs(15);

/// The scenario of a session, from the course that it was started with.
///
/// # Errors
/// The course cannot be read, or has changed since.
pub fn scenario(session: &Session) -> Result<Scenario> {
    let files = course::files(session.course.as_deref())?;
    let scenario = grade::resolve_for(
        &files,
        &session.lab,
        &session.variant,
        session.seed,
        &session.surroundings,
    )?;
    if scenario.content_hash == session.content_hash {
        return Ok(scenario);
    }
    Err(Failure::bad_input(format!(
        "lab `{}` has changed since session `{}` was started",
        session.lab, session.name
    ))
    .hint("copy what you want to keep of your files (`labctl status` names their folder); then `labctl stop --purge` removes the session, and it can be started anew"))
}

/// What clusters of a version of Kubernetes are started from, made where it is missing.
///
/// # Errors
/// It cannot be made.
pub async fn prepare(
    sessions: &Sessions,
    chosen: Chosen,
    version: &str,
    caller: Caller<'_>,
) -> Result<Prepared> {
    let cache = sessions.folders.cache.clone();
    let kubernetes = version.to_owned();
    let preparing = caller.blocking(
        move |is_to_end, tell| chosen.prepare(&cache, &kubernetes, is_to_end, tell),
        |making| caller.tell(Progress::Making(making)),
    );
    Ok(preparing.await?)
}

/// What becomes of the audit log of a cluster that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// It stays in the session's record: it tells what a learner did.
    Kept,
    /// It goes with the cluster.
    Dropped,
}

/// Ends a cluster and removes what it holds; its certificates and its port stay.
///
/// # Errors
/// It does not end, or a file cannot be removed.
pub async fn remove_cluster(place: &Place, history: History) -> Result<()> {
    existing::remove_lab(place).await?;
    let site = place.site();
    let kept = (history == History::Kept).then(|| place.next_history());
    Ok(aside(move || site.wipe(kept.as_deref())).await?)
}

/// Ends a cluster in order; one that does not run is ended.
///
/// # Errors
/// It does not end.
pub async fn stop(place: &Place) -> Result<()> {
    let site = place.site();
    Ok(aside(move || site.stop()).await?)
}

/// What runs of a session's cluster.
///
/// # Errors
/// It cannot be told.
pub fn state(place: &Place) -> Result<State> {
    Ok(place.site().state()?)
}

/// A new cluster, broken as the scenario says, with its symptom seen. The folder's cluster was removed.
///
/// # Errors
/// The sandbox does not start, the API server refuses something, or the symptom does not show; what runs is left running.
pub async fn begin(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    caller: Caller<'_>,
) -> Result<SetUp> {
    if scenario.cluster.is_none() {
        return folder::begin(place, scenario);
    }
    bring_up(sessions, place, scenario, caller).await?;
    let set_up = set_up(place, scenario, caller).await?;
    place.site().hand_over()?;
    Ok(set_up)
}

/// Starts the session's cluster on its folder, new or as it was left. Where the lab has none, its files are laid out.
///
/// # Errors
/// It does not start; what was begun is ended.
pub async fn bring_up(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    caller: Caller<'_>,
) -> Result<()> {
    let Some(spec) = &scenario.cluster else {
        return layout::lay_out_folder(place, scenario);
    };
    let chosen = place.chosen();
    let prepared = match &chosen.existing {
        Some(existing) => existing::prepare(place, scenario, existing, caller).await?,
        None => prepare(sessions, chosen, &spec.kubernetes, caller).await?,
    };
    layout::lay_out(place, scenario, prepared.kubectl())?;
    let wanted = layout::wanted(scenario, spec);
    let step = Step::Starting {
        nodes: wanted.nodes.len(),
    };
    let site = place.site();
    if site.provider() == Provider::Context {
        site.up(&prepared, &wanted, &|| false, &mut |_| {})?;
        return Ok(());
    }
    caller.tell(Progress::Begun(step));
    let starting = caller.blocking(
        move |is_to_end, tell| site.up(&prepared, &wanted, is_to_end, tell),
        |progress| caller.tell(Progress::Came(progress)),
    );
    starting.await?;
    caller.tell(Progress::Over(step));
    Ok(())
}

/// What setting up leaves for later.
pub struct SetUp {
    /// The cluster's identity.
    pub cluster_id: String,
    /// All objects, as the learner gets them.
    pub start: Vec<serde_json::Value>,
}

/// Breaks what is to be broken in a fresh cluster, waits for the symptom and takes the baseline.
///
/// # Errors
/// The API server refuses something, or the symptom does not show.
async fn set_up(place: &Place, scenario: &Scenario, caller: Caller<'_>) -> Result<SetUp> {
    caller.tell(Progress::Begun(Step::SettingUp));
    let ready = ready(place)?;
    let done = caller
        .unless_interrupted(Box::pin(break_it(
            place,
            scenario,
            ready.cluster_id,
            caller,
        )))
        .await?;
    caller.tell(Progress::Over(Step::SettingUp));
    Ok(done)
}

async fn break_it(
    place: &Place,
    scenario: &Scenario,
    cluster_id: String,
    caller: Caller<'_>,
) -> Result<SetUp> {
    let cluster = existing::connect(place, Role::Setup, within(STEP_WITHIN)).await?;
    let manifests = existing::manifests(scenario);
    let documents = manifests.iter().map(|it| it.text.split("\n---").count());
    let n_objects = u32::try_from(documents.sum::<usize>()).unwrap_or(u32::MAX);
    let end = within(STEP_WITHIN + OBJECT_WITHIN.saturating_mul(n_objects));
    cluster.apply(&cluster_id, &manifests, end).await?;
    caller.tell(Progress::AwaitingSymptom);
    symptom::seen(&cluster, scenario, place).await?;
    policies::are_kept(&cluster, scenario, place).await?;
    let questions = grade::baseline_questions(&scenario.checks);
    let end = within(STEP_WITHIN);
    let (baseline, start) = tokio::join!(cluster.observe(&questions, end), cluster.snapshot(end));
    write_json(&place.record("baseline.json"), &baseline)?;
    Ok(SetUp {
        cluster_id,
        start: start?,
    })
}

fn within(time: Duration) -> Instant {
    Instant::now() + time
}

/// That a cluster that was set up anew is as it was at the start, object by object; waits until it has come to rest.
///
/// # Errors
/// Something differs; says what.
pub async fn compare_with_start(
    place: &Place,
    before: &[serde_json::Value],
    anew: &SetUp,
    caller: Caller<'_>,
) -> Result<()> {
    if grade::snapshots(before, &anew.start).is_empty() {
        return Ok(());
    }
    caller.tell(Progress::Begun(Step::Comparing));
    let differences = caller
        .unless_interrupted(differences(place, before))
        .await?;
    if differences.is_empty() {
        caller.tell(Progress::Over(Step::Comparing));
        return Ok(());
    }
    Err(Failure::could_not_ask(format!(
        "the cluster is not as it was at the start:\n  {}",
        differences.join("\n  ")
    ))
    .hint("`labctl reset` tries again"))
}

/// What differs in the end; nothing as soon as all is as before.
async fn differences(place: &Place, before: &[serde_json::Value]) -> Result<Vec<String>> {
    let cluster = existing::connect(place, Role::Admin, within(STEP_WITHIN)).await?;
    let end = within(REST_WITHIN);
    let mut step = tokio::time::interval(Duration::from_millis(100));
    loop {
        step.tick().await;
        let now = cluster.snapshot(within(STEP_WITHIN)).await?;
        let differences = grade::snapshots(before, &now);
        if differences.is_empty() || Instant::now() >= end {
            return Ok(differences);
        }
    }
}

/// What a running sandbox says of itself.
///
/// # Errors
/// It does not run.
pub fn ready(place: &Place) -> Result<Ready> {
    match asked(place)? {
        State::Ready(ready) => Ok(ready),
        _ => Err(Failure::could_not_ask("the cluster is not running")),
    }
}

/// What runs, for whoever wants to ask the cluster something: that it cannot be told is then nobody's bad input.
fn asked(place: &Place) -> Result<State> {
    let state = place.site().state();
    state.map_err(|error| Failure {
        why: Why::CouldNotAsk,
        ..Failure::from(error)
    })
}

/// The same for a session, with what to do when its cluster does not run.
///
/// # Errors
/// It does not run.
pub fn running(place: &Place, session: &Session) -> Result<Ready> {
    let name = &session.name;
    if session.stage == Stage::Preparing {
        let failure = if lock::is_being_changed(place) {
            Failure::could_not_ask(format!("session `{name}` is just being set up"))
                .hint("wait until the other labctl has done so")
        } else {
            Failure::could_not_ask(format!("session `{name}` was not set up to its end"))
                .hint(format!("`{}` does so", start_again(session)))
        };
        return Err(failure);
    }
    let how = match asked(place)? {
        State::Ready(ready) => return Ok(ready),
        State::Busy { .. } => "is just starting or ending",
        State::Stopped | State::Absent => "is not running",
    };
    let site = place.site();
    Err(Failure::could_not_ask(format!(
        "the cluster of session `{name}` {how}{}{}",
        ended(&site),
        site.log()
            .map_or(String::new(), |log| format!(" (log: {})", log.display()))
    ))
    .hint(how_back(session)))
}

/// Who wrote what to a running cluster.
///
/// # Errors
/// It does not run, or it cannot be told who is a part of Kubernetes.
pub fn history(place: &Place) -> Result<provider::History> {
    ready(place).map_err(|failure| failure.hint("`labctl start` with its lab brings it back"))?;
    Ok(place.site().history()?)
}

/// The command that brings a session back.
#[must_use]
pub fn how_back(session: &Session) -> String {
    format!(
        "`{}` brings it back with your changes",
        start_again(session)
    )
}

/// The command that starts a session which is there already.
#[must_use]
pub fn start_again(session: &Session) -> String {
    let Session { name, lab, .. } = session;
    if name == lab {
        format!("labctl start {lab}")
    } else {
        format!("labctl start {lab} --session {name}")
    }
}

/// How long ago the cluster last said something.
fn ended(site: &Site) -> String {
    let ago = site.silent_for();
    ago.map_or(String::new(), |ago| {
        let ago = grade::duration::text(Duration::from_secs(ago.as_secs()));
        format!(", last heard of {ago} ago")
    })
}
