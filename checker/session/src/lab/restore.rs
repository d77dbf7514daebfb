//! Brings a lab back to its start on the cluster that it has, and proves that it is there: all objects, and what objects do not show.
//!
//! Where it cannot be proved, a new cluster is the only start there is. Knows nothing of who wants it.

use std::time::Duration;

use cluster::{Cluster, Restored, Waited};
use grade::Scenario;
use grade::evidence::Evidence;
use grade::verdict::{Outcome, outcome};
use provider::{Beginning, Digest, Role, make_folder};
use serde_json::Value;
use tokio::time::Instant;

use super::{STEP_WITHIN, layout, ready, within};
use crate::caller::{Caller, aside};
use crate::existing;
use crate::failure::{Failure, Result};
use crate::place::{Place, read_json, write_json};

/// How long deleting and writing may take: a volume is deleted when its node has reported that nobody uses it, which it does every 10 s.
const WRITTEN_WITHIN: Duration = Duration::from_secs(30);

/// How long after that the symptom may take to show: longer, and a new cluster is the shorter way. A liveness probe takes 15 s to end a program.
const SYMPTOM_WITHIN: Duration = Duration::from_secs(20);

/// The same where a new cluster takes a minute.
const SYMPTOM_WITHIN_OF_A_SLOW_CLUSTER: Duration = Duration::from_secs(45);

/// How long after that everything may take to be as at the start: an address that a Pod gave back rests for two seconds.
const REST_WITHIN: Duration = Duration::from_secs(6);

/// How often is compared.
const STEP: Duration = Duration::from_millis(250);

/// What a lab was at its start.
#[derive(Default)]
pub struct Start {
    /// All objects.
    pub objects: Vec<Value>,
    /// What they do not show.
    pub hidden: Digest,
}

/// What came of it.
pub enum Again {
    /// Everything is as at the start.
    AsAtTheStart,
    /// Something is not, or did not come to be in time; says what.
    Differs(String),
}

/// Where it is kept with a session.
const OBJECTS: &str = "start.json";

/// What its objects do not show; only where a reset restores.
const HIDDEN: &str = "start.hidden.json";

impl Start {
    /// Keeps the start of a lab with its session, for [`Self::read`].
    ///
    /// # Errors
    /// The cluster does not answer, or a file cannot be written.
    pub(crate) async fn keep(place: &Place, objects: Vec<Value>) -> Result<()> {
        write_json(&place.record(OBJECTS), &objects)?;
        if place.site().resets_in_place() {
            let start = Self::of(place, objects).await?;
            write_json(&place.record(HIDDEN), &start.hidden)?;
        }
        Ok(())
    }

    /// The start of a session's lab.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(place: &Place) -> Result<Self> {
        let hidden = if place.site().resets_in_place() {
            read_json(&place.record(HIDDEN))?
        } else {
            Digest::default()
        };
        Ok(Self {
            objects: read_json(&place.record(OBJECTS))?,
            hidden,
        })
    }

    /// Of a lab that was just set up, with its objects.
    ///
    /// # Errors
    /// The sandbox does not answer.
    pub async fn of(place: &Place, objects: Vec<Value>) -> Result<Self> {
        let site = place.site();
        // An image that only setting the lab up needed would go at the first comparison.
        let asked = aside(move || site.prune_images().and_then(|()| site.digest()));
        let hidden = asked.await?;
        Ok(Self { objects, hidden })
    }
}

/// Restores the cluster of a place, the files that the learner was handed, the baseline, and from where on events and logs are heard. Files of the
/// learner's own stay.
///
/// # Errors
/// A file cannot be written, or it is interrupted. A cluster that cannot be restored is *not* an error.
pub async fn restore(
    place: &Place,
    scenario: &Scenario,
    start: &Start,
    caller: Caller<'_>,
) -> Result<Again> {
    let again = caller
        .unless_interrupted(restored(place, scenario, start))
        .await?;
    layout::hand_out(place, scenario)?;
    Ok(again)
}

async fn restored(place: &Place, scenario: &Scenario, start: &Start) -> Result<Again> {
    let id = ready(place)?.cluster_id;
    let site = place.site();
    let beginning = aside(move || site.now()).await?;
    let site = place.site();
    let role = aside(move || site.take_back()).await?;
    let again = restored_by(role, place, scenario, start, beginning, id).await;
    place.site().hand_over()?;
    again
}

async fn restored_by(
    role: Role,
    place: &Place,
    scenario: &Scenario,
    start: &Start,
    beginning: Beginning,
    id: String,
) -> Result<Again> {
    let cluster = match existing::connect(place, role, within(STEP_WITHIN)).await {
        Ok(cluster) => cluster,
        Err(error) => return Ok(Again::Differs(error.to_string())),
    };
    match cluster
        .restore(&id, &start.objects, within(WRITTEN_WITHIN))
        .await
    {
        Ok(Restored::Done { since }) => place.site().begins(beginning, since)?,
        Ok(Restored::Lost(why)) => return Ok(Again::Differs(why)),
        Err(error) => return Ok(Again::Differs(error.to_string())),
    }
    let patience = if place.site().resets_in_place() {
        SYMPTOM_WITHIN_OF_A_SLOW_CLUSTER
    } else {
        SYMPTOM_WITHIN
    };
    if !shows_symptom(&cluster, scenario, patience).await {
        return Ok(Again::Differs("its symptom does not show".to_owned()));
    }
    if let Some(why) = difference(place, &cluster, start).await? {
        return Ok(Again::Differs(why));
    }
    let questions = grade::baseline_questions(&scenario.checks);
    let baseline = cluster.observe(&questions, within(STEP_WITHIN)).await;
    write_json(&place.record("baseline.json"), &baseline)?;
    Ok(Again::AsAtTheStart)
}

async fn shows_symptom(cluster: &Cluster, scenario: &Scenario, patience: Duration) -> bool {
    let questions = grade::questions(&scenario.symptom);
    let shows = |observed: &grade::observation::Observations| {
        let evidence = Evidence {
            observed: observed.clone(),
            ..Evidence::default()
        };
        outcome(&grade::verdicts(&scenario.symptom, &evidence)) == Outcome::Solved
    };
    let end = within(patience);
    let (_, waited) = cluster.observe_until(&questions, end, shows).await;
    waited == Waited::Came
}

/// What is last found to be other than at the start; `None` when all is as it was.
async fn difference(place: &Place, cluster: &Cluster, start: &Start) -> Result<Option<String>> {
    let end = within(REST_WITHIN);
    let mut step = tokio::time::interval(STEP);
    let site = place.site();
    aside(move || site.prune_images()).await?;
    loop {
        step.tick().await;
        let site = place.site();
        let now = aside(move || site.digest()).await?;
        let mut difference = start.hidden.difference(&now);
        // Listing everything takes more than asking the sandbox.
        if difference.is_none() {
            let objects = match cluster.snapshot(within(STEP_WITHIN)).await {
                Ok(objects) => objects,
                Err(error) => return Ok(Some(error.to_string())),
            };
            difference = grade::snapshots(&start.objects, &objects)
                .into_iter()
                .next();
        }
        if difference.is_none() || Instant::now() >= end {
            return Ok(difference);
        }
    }
}

/// Removes the learner's own files.
///
/// # Errors
/// One cannot be removed.
pub fn empty_work(place: &Place) -> Result<()> {
    let folder = place.work();
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let failed = format!("failed to remove `{}`: {error}", folder.display());
            return Err(Failure::bad_input(failed));
        }
        _ => {}
    }
    make_folder(&folder)?;
    Ok(())
}
