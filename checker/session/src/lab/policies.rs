//! That a cluster keeps `NetworkPolicies`: one whose network plug-in knows none takes them all the same, and nothing tells.

use cluster::Cluster;
use grade::Scenario;
use grade::check::Check;
use grade::evidence::Evidence;
use grade::verdict::Verdict;
use provider::Provider;

use super::{STEP_WITHIN, within};
use crate::failure::{Failure, Result};
use crate::place::Place;

/// Asks for what the lab's own policies hold back from the start. Only on kind, whose plug-in may be the person's own.
///
/// # Errors
/// It gets through.
pub(super) async fn are_kept(cluster: &Cluster, scenario: &Scenario, place: &Place) -> Result<()> {
    let wants_them = scenario
        .cluster
        .as_ref()
        .is_some_and(|it| it.network_policies);
    if !wants_them || place.provider() != Provider::Kind {
        return Ok(());
    }
    let held_back = |check: &&Check| {
        let requests = check.ask.requests();
        !check.ask.facts().changes && requests.iter().any(|request| request.is_held_back())
    };
    let checks: Vec<Check> = scenario.checks.iter().filter(held_back).cloned().collect();
    let mut verdicts = Vec::new();
    // Until a Pod runs in which it can be asked.
    let is_decided = |observed: &grade::observation::Observations| {
        let evidence = Evidence {
            observed: observed.clone(),
            ..Evidence::default()
        };
        verdicts = grade::verdicts(&checks, &evidence);
        let mut all = verdicts.iter();
        !all.any(|it| matches!(it.verdict, Verdict::Undecided { .. }))
    };
    let questions = grade::questions(&checks);
    cluster
        .observe_until(&questions, within(STEP_WITHIN), is_decided)
        .await;
    let through = verdicts.iter().find_map(|check| match &check.verdict {
        Verdict::Failed { found, .. } => Some(format!("{}: {found}", check.says)),
        _ => None,
    });
    match through {
        None => Ok(()),
        Some(through) => Err(Failure::could_not_ask(format!(
            "this lab needs NetworkPolicies that hold, and this cluster's network plug-in keeps none\n  {through}"
        ))
        .hint("kind's own plug-in keeps them from kind 0.24 on; the sandbox (`--provider sandbox`) does as well")),
    }
}
