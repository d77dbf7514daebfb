//! `rollout` and `comes_back` over recorded objects: one that holds, and each way in which it does not.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

#[path = "rollout/comes_back.rs"]
mod comes_back;
#[path = "rollout/deployments.rs"]
mod deployments;
#[path = "rollout/most_telling_pod.rs"]
mod most_telling_pod;
#[path = "rollout/stateful_and_daemon_sets.rs"]
mod stateful_and_daemon_sets;
#[path = "rollout/templates.rs"]
mod templates;

use std::time::Duration;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Rollout};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn workload(kind: &str) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: "cart".to_owned(),
    }
}

fn check(kind: &str, hold: Duration) -> Check {
    Check {
        id: "runs".to_owned(),
        says: "it runs".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::Rollout(Rollout {
            workload: workload(kind),
            replicas: (kind != "DaemonSet").then_some(2),
            hold,
        }),
    }
}

/// What a cluster says to the questions of a rollout.
struct Recorded {
    workload: Value,
    replica_sets: Vec<Value>,
    pods: Vec<Value>,
}

impl Recorded {
    fn evidence(self, kind: &str) -> Evidence {
        let said = |question| match &question {
            Question::Object(_) if self.workload.is_null() => (question, Observation::Absent),
            Question::Object(_) => (question, Observation::Object(self.workload.clone())),
            Question::Objects(objects) if objects.kind == "Pod" => {
                (question, Observation::Objects(self.pods.clone()))
            }
            _ => (question, Observation::Objects(self.replica_sets.clone())),
        };
        let questions = grade::questions(&[check(kind, Duration::ZERO)]);
        Evidence {
            observed: Observations {
                taken_at: "2026-03-01T10:00:12.5Z".to_owned(),
                answers: questions.into_iter().map(said).collect(),
            },
            ..Evidence::default()
        }
    }

    fn verdict(self, kind: &str, hold: Duration) -> Verdict {
        let evidence = self.evidence(kind);
        let checks = [check(kind, hold)];
        let mut verdicts = grade::verdicts(&checks, &evidence);
        let an_hour = Duration::from_hours(1);
        let later = Evidence {
            observed: evidence.observed.later(an_hour),
            ..Evidence::default()
        };
        assert_eq!(
            grade::verdicts_later(&checks, &evidence, &verdicts, an_hour),
            grade::verdicts(&checks, &later)
        );
        verdicts.remove(0).verdict
    }
}

fn owner(kind: &str, name: &str) -> Value {
    json!([{"kind": kind, "name": name, "uid": format!("uid-{name}"), "controller": true}])
}

fn pod(name: &str, owner_kind: &str, owner_name: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "ownerReferences": owner(owner_kind, owner_name),
            "labels": {"controller-revision-hash": "cart-2"},
        },
        "spec": {"nodeName": "node-1"},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.7",
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T10:00:00Z"},
            ],
        },
    })
}

fn replica_set(name: &str, revision: &str) -> Value {
    json!({"metadata": {
        "name": name, "uid": format!("uid-{name}"), "ownerReferences": owner("Deployment", "cart"),
        "annotations": {"deployment.kubernetes.io/revision": revision},
    }})
}

/// A Deployment whose second revision runs, beside what belongs to others.
fn deployment() -> Recorded {
    let mut namesake = pod("other-1", "ReplicaSet", "cart-new");
    namesake["metadata"]["ownerReferences"][0]["uid"] = json!("uid-of-an-earlier-one");
    Recorded {
        workload: json!({
            "metadata": {
                "name": "cart", "uid": "uid-cart", "generation": 4,
                "annotations": {"deployment.kubernetes.io/revision": "2"},
            },
            "spec": {"replicas": 2},
            "status": {
                "observedGeneration": 4,
                "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
                "conditions": [{"type": "Available", "status": "True"}],
            },
        }),
        replica_sets: vec![replica_set("cart-old", "1"), replica_set("cart-new", "2")],
        pods: vec![
            pod("cart-new-a", "ReplicaSet", "cart-new"),
            pod("cart-new-b", "ReplicaSet", "cart-new"),
            namesake,
        ],
    }
}

fn set(object: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value;
        return;
    }
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[field] = value;
}

#[track_caller]
fn passes(recorded: Recorded, kind: &str, hold: u64, evidence: &str) {
    assert_eq!(
        recorded.verdict(kind, Duration::from_secs(hold)),
        Verdict::Passed {
            evidence: Some(evidence.to_owned())
        }
    );
}

#[track_caller]
fn fails(change: impl FnOnce(&mut Recorded), expected: &str, found: &str) {
    let mut recorded = deployment();
    change(&mut recorded);
    assert_eq!(
        recorded.verdict("Deployment", Duration::from_secs(3)),
        Verdict::Failed {
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    );
}
