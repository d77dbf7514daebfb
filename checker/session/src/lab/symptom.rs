//! Waits until a lab's symptom shows, and says what was there instead when it does not.

use std::time::Duration;

use cluster::{Cluster, Waited};
use grade::Scenario;
use grade::evidence::Evidence;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};

use super::{STEP_WITHIN, within};
use crate::caller::aside;
use crate::failure::{Failure, Result};
use crate::place::Place;

/// How long the symptom may take to show.
const SYMPTOM_WITHIN: Duration = Duration::from_mins(1);

/// How many Pods that are not ready are told when it does not show.
const WAITING_SHOWN: usize = 10;

/// Waits until the symptom shows.
///
/// # Errors
/// It does not in time; says what was there instead.
pub(super) async fn seen(cluster: &Cluster, scenario: &Scenario, place: &Place) -> Result<()> {
    let questions = grade::questions(&scenario.symptom);
    let mut last: Vec<CheckVerdict> = Vec::new();
    let (_, waited) = cluster
        .observe_until(&questions, within(SYMPTOM_WITHIN), |observed| {
            let evidence = Evidence {
                observed: observed.clone(),
                ..Evidence::default()
            };
            last = grade::verdicts(&scenario.symptom, &evidence);
            outcome(&last) == Outcome::Solved
        })
        .await;
    if waited == Waited::Came {
        return Ok(());
    }
    let mut lines: Vec<String> = last.iter().map(said).collect();
    let waiting = cluster.waiting_pods(within(STEP_WITHIN)).await.into_iter();
    lines.extend(
        waiting
            .take(WAITING_SHOWN)
            .map(|pod| format!("  not ready: {pod}")),
    );
    let mut hint = "the machine may be very busy: `labctl start` tries again".to_owned();
    let site = place.site();
    if let Some(beliefs) = aside(move || site.beliefs()).await {
        // A Pod that is on no node is the scheduler's alone, and its event says why.
        let on_nodes = beliefs
            .pods
            .iter()
            .filter(|pod| !pod.ready && !pod.node.is_empty());
        lines.extend(
            on_nodes
                .take(WAITING_SHOWN)
                .map(|pod| format!("  believed of `{}`: {}", pod.name, pod.says)),
        );
        let path = beliefs.path.display();
        hint = format!("{hint}; what its kubelets and its runtime believed is in `{path}`");
    }
    Err(Failure::could_not_ask(format!(
        "the lab's symptom did not show within {} s\n{}",
        SYMPTOM_WITHIN.as_secs(),
        lines.join("\n")
    ))
    .hint(hint))
}

/// A line about what a symptom is to show.
fn said(check: &CheckVerdict) -> String {
    let says = &check.says;
    match &check.verdict {
        Verdict::Passed { .. } => format!("✓ {says}"),
        Verdict::Failed { expected, found } => {
            format!("✗ {says}\n    expected {expected}, found {found}")
        }
        Verdict::Undecided { why } => format!("? {says}\n    cannot tell: {why}"),
    }
}
