//! A lab on a cluster that exists: in namespaces of its own, with a name and a label that nobody else has. Nothing else is written to.
//!
//! The only place that makes and removes something on a cluster that labctl does not make.

use std::time::Duration;

use cluster::kubeconfig::{OneContext, one_context};
use cluster::{ALLOWED, Cluster, LABEL, Manifest};
use grade::{Scenario, Surroundings};
use provider::{Existing, Prepared, Ready, Role};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::caller::{Caller, Progress, Step};
use crate::failure::{Failure, Result};
use crate::place::{Place, read_json, remove, write_json};

/// How long the cluster may take to say what is asked of it.
const ASK_WITHIN: Duration = Duration::from_secs(20);

/// How long its namespaces may take to go: a Pod that does not end is killed after its grace period, often 30 s.
const GONE_WITHIN: Duration = Duration::from_mins(3);

/// How many letters a suffix has.
const SUFFIX: usize = 5;

/// Parts of names that say that somebody lives of a cluster.
const PRODUCTION: [&str; 6] = ["live", "prd", "prod", "production", "prodn", "produksi"];

/// What a session has on a cluster that exists. Written before anything is made there.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    /// The cluster's identity.
    cluster_id: String,
    namespaces: Vec<String>,
    /// The value of their label.
    label: String,
}

fn made(place: &Place) -> std::path::PathBuf {
    place.folder().join("namespaces.json")
}

/// A suffix for the names of a new session's namespaces.
#[must_use]
pub fn suffix() -> String {
    // Without what is taken for another letter.
    let letters: Vec<char> = "bcdfghjkmnpqrstvwxz2456789".chars().collect();
    let picked = (0..SUFFIX).filter_map(|_| fastrand::choice(&letters));
    format!("-{}", picked.collect::<String>())
}

/// What the course's files may say of it.
#[must_use]
pub fn surroundings(existing: &Existing) -> Surroundings {
    Surroundings {
        suffix: existing.suffix.clone(),
        registry: existing.registry.clone(),
    }
}

/// The value of the label of a session's namespaces.
fn label(existing: &Existing) -> String {
    existing.suffix.trim_start_matches('-').to_owned()
}

/// The cluster of a context, reached in the person's own name.
pub struct Reached {
    /// It answers.
    pub cluster: Cluster,
    /// How it is reached.
    pub context: OneContext,
}

/// Reaches the cluster of a context.
///
/// # Errors
/// The kubeconfig has no such context, the cluster does not answer or refuses to say who it is, or it is interrupted.
pub async fn reach(existing: &Existing, caller: Caller<'_>) -> Result<Reached> {
    caller.unless_interrupted(Box::pin(reached(existing))).await
}

async fn reached(existing: &Existing) -> Result<Reached> {
    let context = one_context(&existing.kubeconfig, &existing.context).map_err(|error| {
        Failure::bad_input(error.to_string()).hint("`kubectl config get-contexts` lists them")
    })?;
    let connected = Cluster::reach(&context, within(ASK_WITHIN)).await;
    let name = &existing.context;
    let cluster = connected.map_err(|error| {
        Failure::from(error).hint(format!(
            "`kubectl --context {name} get namespaces` has to work first"
        ))
    })?;
    if cluster.id().is_empty() {
        return Err(Failure::bad_input(format!(
            "you may not read namespace `kube-system` of context `{name}`, by which labctl knows a cluster again"
        ))
        .hint(format!("`labctl doctor --context {name}` says what else is missing")));
    }
    Ok(Reached { cluster, context })
}

/// That labs are let into this cluster: it does not look like production, or its owner allowed it.
///
/// # Errors
/// They are not.
pub async fn admit(existing: &Existing, reached: &Reached) -> Result<()> {
    let Some(word) = reached
        .context
        .called
        .iter()
        .find_map(|name| production(name))
    else {
        return Ok(());
    };
    if reached.cluster.lets_labs_in(within(ASK_WITHIN)).await == Some(true) {
        return Ok(());
    }
    let name = &existing.context;
    Err(Failure::bad_input(format!(
        "context `{name}` looks like production (`{word}`), and nobody has allowed labs there"
    ))
    .hint(format!(
        "choose another cluster; or, if it is yours and meant for this, `labctl allow --context {name}` says so once, with the label `{}={}` on namespace `kube-system`",
        ALLOWED.0, ALLOWED.1
    )))
}

/// The word of a name that says so.
fn production(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let mut words = name.split(|it: char| !it.is_ascii_alphabetic());
    words.find_map(|word| PRODUCTION.into_iter().find(|it| *it == word))
}

/// Allows labs in the cluster of a context.
///
/// # Errors
/// It cannot be reached, or refuses.
pub async fn allow(existing: &Existing, caller: Caller<'_>) -> Result<()> {
    let reached = reach(existing, caller).await?;
    Ok(reached.cluster.let_labs_in(within(ASK_WITHIN)).await?)
}

/// Makes sure that the lab may be made there, and hands back what its session is started from.
///
/// # Errors
/// The cluster does not answer or does not let labs in, it is another than that of the session, or a namespace is somebody's.
pub(crate) async fn prepare(
    place: &Place,
    scenario: &Scenario,
    existing: &Existing,
    caller: Caller<'_>,
) -> Result<Prepared> {
    caller.tell(Progress::Begun(Step::Reaching));
    let preparing = async {
        let reached = reached(existing).await?;
        admit(existing, &reached).await?;
        let cluster = &reached.cluster;
        let namespaces = scenario.namespaces();
        let label = label(existing);
        let before: Option<Made> = made(place)
            .exists()
            .then(|| read_json(&made(place)))
            .transpose()?;
        if let Some(before) = before {
            cluster.verify(&before.cluster_id)?;
        }
        let taken = cluster
            .taken(&namespaces, &label, within(ASK_WITHIN))
            .await?;
        if let [first, ..] = taken.as_slice() {
            return Err(Failure::bad_input(format!(
                "namespace `{first}` is there already, and not this session's"
            ))
            .hint("start again: the next names are others"));
        }
        let kubernetes = cluster.version(within(ASK_WITHIN)).await?;
        let cluster_id = cluster.id().to_owned();
        write_json(
            &made(place),
            &Made {
                cluster_id: cluster_id.clone(),
                namespaces,
                label,
            },
        )?;
        let ready = Ready {
            pid: 0,
            kubernetes,
            cluster_id,
        };
        Ok(Prepared::existing(reached.context.text, ready)?)
    };
    let prepared = caller.unless_interrupted(Box::pin(preparing)).await?;
    caller.tell(Progress::Over(Step::Reaching));
    Ok(prepared)
}

/// What the API server says of each object that a lab would make. Makes nothing.
pub(crate) async fn dry_run(
    existing: &Existing,
    scenario: &Scenario,
    caller: Caller<'_>,
) -> Result<Vec<(String, Result<(), String>)>> {
    let reached = reach(existing, caller).await?;
    let cluster = reached
        .cluster
        .confined_to(scenario.namespaces(), label(existing));
    let asking = async {
        let manifests = manifests(scenario);
        Ok(cluster.dry_run(&manifests, within(ASK_WITHIN)).await?)
    };
    caller.unless_interrupted(Box::pin(asking)).await
}

/// What is to be applied.
pub(crate) fn manifests(scenario: &Scenario) -> Vec<Manifest> {
    let manifests = scenario.broken.iter().map(|file| Manifest {
        file: file.file.clone(),
        text: file.text.clone(),
    });
    manifests.collect()
}

/// Connects to the cluster of a session in a role; where it is one that exists, only the lab's namespaces are looked at.
///
/// # Errors
/// It does not answer before `end`.
pub(crate) async fn connect(
    place: &Place,
    role: Role,
    end: Instant,
) -> Result<Cluster, cluster::ClusterError> {
    let cluster = Cluster::connect(&place.kubeconfig(role), end).await?;
    Ok(match read_json::<Made>(&made(place)) {
        Ok(made) => cluster.confined_to(made.namespaces, made.label),
        Err(_) => cluster,
    })
}

/// Forgets what a session made on a cluster that is gone, without asking for it.
///
/// # Errors
/// A file cannot be removed.
pub(crate) fn forget(place: &Place) -> Result<()> {
    remove(&made(place))
}

/// Removes what a session made on a cluster that exists, and waits until it is gone. Nothing where it made nothing.
///
/// # Errors
/// The cluster does not answer, refuses, or the namespaces do not go in time: then the next `labctl stop --purge` tries again.
pub(crate) async fn remove_lab(place: &Place) -> Result<()> {
    if !made(place).exists() {
        return Ok(());
    }
    let mine: Made = read_json(&made(place))?;
    let kubeconfig = place.kubeconfig(Role::Admin);
    if kubeconfig.exists() {
        let removing = async {
            let cluster = Cluster::connect(&kubeconfig, within(ASK_WITHIN)).await?;
            cluster
                .remove_namespaces(
                    &mine.cluster_id,
                    &mine.namespaces,
                    &mine.label,
                    within(GONE_WITHIN),
                )
                .await
        };
        removing.await.map_err(|error| {
            Failure::from(error).hint(format!(
                "the lab's namespaces may still be there: `labctl stop --purge` tries again, and `kubectl delete namespace -l {LABEL}={}` removes them by hand; if the cluster is gone for good, `labctl stop --purge --forget` removes the session",
                mine.label
            ))
        })?;
    }
    remove(&made(place))
}

fn within(time: Duration) -> Instant {
    Instant::now() + time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_says_production_is_told_and_no_other() {
        for (name, word) in [
            (
                "arn:aws:eks:eu-west-1:111122223333:cluster/prod-eu",
                Some("prod"),
            ),
            ("Production", Some("production")),
            ("https://live.example.com:6443", Some("live")),
            ("eu-prd-2", Some("prd")),
            ("products-test", None),
            ("delivery", None),
            ("kind-reproduce", None),
        ] {
            assert_eq!(production(name), word, "{name}");
        }
    }

    #[test]
    fn suffixes_differ_and_fit_a_name() {
        let all: std::collections::BTreeSet<String> = (0..100).map(|_| suffix()).collect();
        assert!(all.len() > 90, "{all:?}");
        let is_fit = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
        assert!(all.iter().all(|it| it[1..].chars().all(is_fit)));
    }
}
