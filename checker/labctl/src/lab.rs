//! Brings a lab up: cluster, what is broken, the symptom seen, the baseline taken. Used by `start` and `reset`.

pub(crate) mod folder;
mod layout;
mod restore;
mod symptom;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use cluster::{Cluster, Manifest};
use grade::Scenario;
use provider::sandbox::binary::{self, Binary};
use provider::sandbox::{SandboxError, components, prepared, process};
use tokio::time::Instant;

use crate::failure::{Failure, Result};
use crate::phases::Phases;
use crate::session::{Place, Session, Sessions, Stage, lock, write_json};
use crate::{course, interrupt, screen};
pub(crate) use restore::{Again, Start, restore};

/// How long a connection, what is broken, or a look at everything may take.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// How long after that the cluster may take to come to rest, when a reset is compared with the start.
const REST_WITHIN: Duration = Duration::from_secs(15);

/// The scenario of a session, from the course that it was started with.
///
/// # Errors
/// The course cannot be read, or has changed since.
pub(crate) fn scenario(session: &Session) -> Result<Scenario> {
    let files = course::files(session.course.as_deref())?;
    let scenario = grade::resolve(&files, &session.lab, &session.variant, session.seed)?;
    if scenario.content_hash == session.content_hash {
        return Ok(scenario);
    }
    Err(Failure::bad_input(format!(
        "lab `{}` has changed since session `{}` was started",
        session.lab, session.name
    ))
    .hint("copy what you want to keep of your files (`labctl status` names their folder); then `labctl stop --purge` removes the session, and it can be started anew"))
}

/// Runs asynchronous work to its end, or to Ctrl-C.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::could_not_ask(format!("failed to start the network client: {error}"))
        })?;
    runtime.block_on(async {
        tokio::select! {
            done = work => done,
            () = interrupt::asked() => Err(Failure::interrupted()),
        }
    })
}

/// The sandbox program, found or built with progress.
pub(crate) fn program(sessions: &Sessions, phases: &mut Phases) -> Result<Binary> {
    let cache = &sessions.folders.cache;
    if let Some(binary) = binary::find(cache)? {
        return Ok(binary);
    }
    phases.begin("building the sandbox (once)");
    let binary = binary::ensure(
        cache,
        &interrupt::is_asked,
        &mut |progress| match progress {
            binary::Progress::WaitingForAnother => {
                phases.detail("another labctl is at it, waiting");
            }
            binary::Progress::Downloading(0) => phases.detail("looking up its modules"),
            binary::Progress::Downloading(count) => {
                phases.detail(&format!("{count} modules downloaded"));
            }
            binary::Progress::Building { done, of } => phases.count(done, of, "packages"),
        },
    )?;
    phases.done("sandbox built (once)");
    Ok(binary)
}

/// The sandbox program and its prepared datastore for a version of Kubernetes, made where they are missing.
///
/// # Errors
/// They cannot be made.
pub(crate) fn prepare(
    sessions: &Sessions,
    version: &str,
    phases: &mut Phases,
) -> Result<(Binary, PathBuf)> {
    let binary = program(sessions, phases)?;
    let cache = &sessions.folders.cache;
    let is_prepared = prepared::exists(cache, &binary, version);
    if !is_prepared {
        phases.begin(&format!("preparing Kubernetes {version} (once)"));
    }
    let prepared = prepared::ensure(cache, &binary, version, &interrupt::is_asked)?;
    if !is_prepared {
        phases.done(&format!("Kubernetes {version} prepared (once)"));
    }
    Ok((binary, prepared))
}

/// Ends a cluster and removes what it holds; its certificates and its port stay.
///
/// # Errors
/// It does not end, or a file cannot be removed.
pub(crate) fn remove_cluster(place: &Place) -> Result<()> {
    process::kill(&place.cluster())?;
    process::wipe(&place.cluster())?;
    Ok(())
}

/// A new cluster, broken as the scenario says, with its symptom seen. The folder's cluster was removed.
///
/// # Errors
/// The sandbox does not start, the API server refuses something, or the symptom does not show; what runs is left running.
pub(crate) fn begin(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    phases: &mut Phases,
) -> Result<SetUp> {
    if scenario.cluster.is_none() {
        return folder::begin(place, scenario);
    }
    bring_up(sessions, place, scenario, phases)?;
    let set_up = set_up(place, scenario, phases)?;
    components::hand_over(&place.cluster())?;
    Ok(set_up)
}

/// Starts the session's sandbox on its folder, new or as it was left.
pub(crate) fn bring_up(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    phases: &mut Phases,
) -> Result<()> {
    let Some(spec) = &scenario.cluster else {
        return layout::lay_out_folder(place, scenario);
    };
    let (binary, prepared) = prepare(sessions, &spec.kubernetes, phases)?;
    layout::lay_out(place, scenario, &binary)?;
    let config = layout::config(place, &scenario.lab, spec, prepared);
    let wanted = screen::plural(config.nodes.len(), "node");
    phases.begin("starting the control plane");
    process::up(
        &binary,
        &config,
        &interrupt::is_asked,
        &mut |progress| match progress {
            process::Progress::ControlPlane => {}
            process::Progress::Nodes { ready, of } => {
                phases.detail(&format!("{ready} of {of} nodes ready"));
            }
            process::Progress::System { ready, of } => {
                phases.detail(&format!("{ready} of {of} system Pods ready"));
            }
            process::Progress::Lacking(pods) => {
                phases.note("  not all of kube-system is ready:");
                for pod in pods {
                    phases.note(&format!("    {pod}"));
                }
            }
        },
    )
    .map_err(|error| explain(error, place))?;
    phases.done(&format!("control plane and {wanted} ready"));
    Ok(())
}

/// A broken workload model is a file of the course's.
fn explain(error: SandboxError, place: &Place) -> Failure {
    let images = format!("{}/", place.images().display());
    match &error {
        SandboxError::Failed { said, .. } if said.contains(&images) => {
            Failure::bad_input(said.replace(&images, "scenarios/images/"))
        }
        _ => error.into(),
    }
}

/// What setting up leaves for later.
pub(crate) struct SetUp {
    /// The cluster's identity.
    pub(crate) cluster_id: String,
    /// All objects, as the learner gets them.
    pub(crate) start: Vec<serde_json::Value>,
}

/// Breaks what is to be broken in a fresh cluster, waits for the symptom and takes the baseline.
///
/// # Errors
/// The API server refuses something, or the symptom does not show.
fn set_up(place: &Place, scenario: &Scenario, phases: &mut Phases) -> Result<SetUp> {
    phases.begin("setting the lab up");
    let ready = ready(place)?;
    let kubeconfig = place.kubeconfig("setup");
    let done = block_on(async {
        let cluster = Cluster::connect(&kubeconfig, within(STEP_WITHIN)).await?;
        let manifests: Vec<Manifest> = scenario
            .broken
            .iter()
            .map(|file| Manifest {
                file: file.file.clone(),
                text: file.text.clone(),
            })
            .collect();
        cluster
            .apply(&ready.cluster_id, &manifests, within(STEP_WITHIN))
            .await?;
        phases.detail("waiting for the symptom");
        symptom::seen(&cluster, scenario, place).await?;
        let questions = grade::baseline_questions(&scenario.checks);
        let end = within(STEP_WITHIN);
        let (baseline, start) =
            tokio::join!(cluster.observe(&questions, end), cluster.snapshot(end));
        write_json(&place.record("baseline.json"), &baseline)?;
        Ok(SetUp {
            cluster_id: ready.cluster_id,
            start: start?,
        })
    })?;
    phases.done("lab set up, symptom seen");
    Ok(done)
}

fn within(time: Duration) -> Instant {
    Instant::now() + time
}

/// That a cluster that was set up anew is as it was at the start, object by object; waits until it has come to rest.
///
/// # Errors
/// Something differs; says what.
pub(crate) fn compare_with_start(
    place: &Place,
    before: &[serde_json::Value],
    anew: &SetUp,
    phases: &mut Phases,
) -> Result<()> {
    if grade::snapshots(before, &anew.start).is_empty() {
        return Ok(());
    }
    phases.begin("comparing with the start");
    let kubeconfig = place.kubeconfig("admin");
    let differences = block_on(async {
        let cluster = Cluster::connect(&kubeconfig, within(STEP_WITHIN)).await?;
        let end = within(REST_WITHIN);
        let mut step = tokio::time::interval(Duration::from_millis(100));
        loop {
            step.tick().await;
            let differences =
                grade::snapshots(before, &cluster.snapshot(within(STEP_WITHIN)).await?);
            if differences.is_empty() || Instant::now() >= end {
                return Ok(differences);
            }
        }
    })?;
    if differences.is_empty() {
        phases.done("everything is as at the start");
        return Ok(());
    }
    Err(Failure::could_not_ask(format!(
        "the cluster is not as it was at the start:\n  {}",
        differences.join("\n  ")
    ))
    .hint("`labctl reset` tries again"))
}

/// What a running sandbox says of itself.
///
/// # Errors
/// It does not run.
pub(crate) fn ready(place: &Place) -> Result<process::Ready> {
    match process::state(&place.cluster())? {
        process::State::Ready(ready) => Ok(ready),
        _ => Err(Failure::could_not_ask("the cluster is not running")),
    }
}

/// The same for a session, with what to do when its cluster does not run.
///
/// # Errors
/// It does not run.
pub(crate) fn running(place: &Place, session: &Session) -> Result<process::Ready> {
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
    let how = match process::state(&place.cluster())? {
        process::State::Ready(ready) => return Ok(ready),
        process::State::Busy { .. } => "is just starting or ending",
        process::State::Stopped | process::State::Absent => "is not running",
    };
    let log = place.cluster().join("sandbox.log");
    Err(Failure::could_not_ask(format!(
        "the cluster of session `{name}` {how}{} (log: {})",
        ended(&log),
        log.display()
    ))
    .hint(how_back(session)))
}

/// What the audit log calls the credentials of Kubernetes' own parts.
///
/// # Errors
/// The sandbox does not run, or its list of them cannot be read.
pub(crate) fn components(place: &Place) -> Result<Vec<String>> {
    ready(place).map_err(|failure| failure.hint("`labctl start` with its lab brings it back"))?;
    Ok(components::credentials(&place.cluster())?)
}

/// The command that brings a session back.
pub(crate) fn how_back(session: &Session) -> String {
    format!(
        "`{}` brings it back with your changes",
        start_again(session)
    )
}

/// The command that starts a session which is there already.
pub(crate) fn start_again(session: &Session) -> String {
    let Session { name, lab, .. } = session;
    if name == lab {
        format!("labctl start {lab}")
    } else {
        format!("labctl start {lab} --session {name}")
    }
}

/// How long ago the sandbox last said something.
fn ended(log: &std::path::Path) -> String {
    let ago = std::fs::metadata(log)
        .and_then(|about| about.modified())
        .ok()
        .and_then(|time| time.elapsed().ok());
    ago.map_or(String::new(), |ago| {
        format!(", since {} ago", screen::span(ago))
    })
}
