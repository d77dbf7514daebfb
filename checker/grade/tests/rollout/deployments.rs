//! The rollout of a Deployment: its status and its Pods are both judged, and for how long they hold.

use std::time::Duration;

use grade::Evidence;
use grade::observation::Observation;
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{check, deployment, fails, passes, pod, set};

#[test]
fn a_complete_deployment_passes() {
    passes(deployment(), "Deployment", 3, "held for 12 s");
    passes(deployment(), "Deployment", 12, "held for 12 s");
    let mut more = deployment();
    let mut ended = pod("cart-new-evicted", "ReplicaSet", "cart-new");
    set(&mut ended, "/status/phase", json!("Failed"));
    let mut leaving = pod("cart-old-x", "ReplicaSet", "cart-old");
    leaving["metadata"]["deletionTimestamp"] = json!("2026-03-01T10:00:20Z");
    more.pods.extend([ended, leaving]);
    passes(more, "Deployment", 3, "held for 12 s");
}

#[test]
fn what_is_asked_for_is_not_there() {
    fails(
        |it| it.workload = Value::Null,
        "2 ready replicas",
        "Deployment `cart` does not exist",
    );
    fails(
        |it| set(&mut it.workload, "/spec/replicas", json!(0)),
        "2 replicas",
        "Deployment `cart` asks for 0 replicas",
    );
    fails(
        |it| set(&mut it.workload, "/spec", json!({})),
        "2 replicas",
        "Deployment `cart` asks for 1 replica",
    );
    fails(
        |it| set(&mut it.workload, "/metadata/generation", json!(5)),
        "2 ready replicas",
        "the last change is not rolled out yet",
    );
}

#[test]
fn pods_are_judged_and_not_only_the_status() {
    fails(|it| it.pods.clear(), "2 ready replicas", "0 ready replicas");
    fails(
        |it| {
            it.pods.clear();
            set(
                &mut it.workload,
                "/status/conditions",
                json!([{"type": "ReplicaFailure", "status": "True", "message": "pods \"cart-new-\" is forbidden: exceeded quota: team"}]),
            );
        },
        "2 ready replicas",
        "0 ready replicas (pods \"cart-new-\" is forbidden: exceeded quota: team)",
    );
    fails(
        |it| it.pods[0]["metadata"]["deletionTimestamp"] = json!("2026-03-01T10:00:20Z"),
        "2 ready replicas",
        "1 ready replica",
    );
    fails(
        |it| it.pods[0] = pod("cart-old-a", "ReplicaSet", "cart-old"),
        "2 ready replicas",
        "1 ready replica",
    );
    fails(
        |it| it.pods.push(pod("cart-old-a", "ReplicaSet", "cart-old")),
        "2 ready replicas",
        "1 Pod of an older template, such as Pod `cart-old-a`",
    );
    fails(
        |it| it.pods.push(pod("cart-new-c", "ReplicaSet", "cart-new")),
        "2 ready replicas",
        "3 ready replicas",
    );
    // A Ready condition that somebody wrote: the Pod runs nowhere.
    fails(
        |it| set(&mut it.pods[0], "/spec", json!({})),
        "2 ready replicas",
        "1 ready replica (Pod `cart-new-a` is not Ready)",
    );
}

#[test]
fn the_status_is_judged_and_not_only_the_pods() {
    fails(
        |it| set(&mut it.workload, "/status/replicas", json!(3)),
        "2 ready replicas",
        "its status has 3 in all, 2 updated, 2 ready, 2 available",
    );
    fails(
        |it| {
            it.workload["status"]
                .as_object_mut()
                .unwrap()
                .remove("availableReplicas");
        },
        "2 ready replicas",
        "its status has 2 in all, 2 updated, 2 ready, 0 available",
    );
    fails(
        |it| {
            set(
                &mut it.workload,
                "/status/conditions/0",
                json!({"type": "Available", "status": "False", "message": "Deployment does not have minimum availability."}),
            );
        },
        "2 ready replicas",
        "its condition Available is not True: Deployment does not have minimum availability.",
    );
}

#[test]
fn the_youngest_pod_says_how_long_it_holds() {
    let since = "/status/conditions/1/lastTransitionTime";
    fails(
        |it| set(&mut it.pods[1], since, json!("2026-03-01T10:00:11Z")),
        "held for 3 s",
        "held for 1 s so far",
    );
    fails(
        |it| set(&mut it.pods[1], since, json!("2026-03-01T10:05:00Z")),
        "held for 3 s",
        "held for 0 s so far",
    );
    fails(
        |it| set(&mut it.pods[1], since, Value::Null),
        "held for 3 s",
        "held for 0 s so far",
    );
    let mut without = deployment();
    set(&mut without.pods[1], since, Value::Null);
    passes(without, "Deployment", 0, "held for 0 s");
}

#[test]
fn what_was_not_seen_is_undecided() {
    let undecided = |evidence: &Evidence| {
        let verdicts = grade::verdicts(&[check("Deployment", Duration::ZERO)], evidence);
        match verdicts[0].verdict.clone() {
            Verdict::Undecided { why } => why,
            other => panic!("{other:?}"),
        }
    };
    for place in 0..3 {
        let mut evidence = deployment().evidence("Deployment");
        evidence.observed.answers[place].1 =
            Observation::Unreadable("no permission to get it".to_owned());
        assert_eq!(undecided(&evidence), "no permission to get it");
    }
    let mut evidence = deployment().evidence("Deployment");
    evidence.observed.answers.pop();
    assert_eq!(undecided(&evidence), "Pods in `shop`: not asked");
    let mut evidence = deployment().evidence("Deployment");
    evidence.observed.taken_at = String::new();
    assert_eq!(
        undecided(&evidence),
        "when it was observed is not recorded: `` is no time"
    );
}
