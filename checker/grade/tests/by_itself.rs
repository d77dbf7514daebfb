//! `by_itself` over a recorded Pod and what was written: the scheduler alone, and each way of helping it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot change its objects fails"
)]

#[path = "by_itself/nodes.rs"]
mod nodes_changed;
#[path = "by_itself/unbound.rs"]
mod unbound;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::evidence::{History, Write};
use grade::kinds::{Ask, ByItself};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check() -> [Check; 1] {
    let workload = ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "cart".to_owned(),
    };
    [Check {
        id: "by-itself".to_owned(),
        says: "by itself".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::ByItself(ByItself { workload }),
    }]
}

/// A write to an object of namespace `shop`, or to a node, at this second of the minute.
fn write(second: u32, by: &str, resource: &str, name: &str) -> Write {
    Write {
        at: format!("2026-03-01T10:00:{second:02}.500000Z"),
        by: by.to_owned(),
        is_component: by.starts_with("system:"),
        resource: resource.to_owned(),
        namespace: (!resource.starts_with("nodes")).then(|| "shop".to_owned()),
        name: Some(name.to_owned()),
        verb: "patch".to_owned(),
        sent: Value::Null,
    }
}

/// What `learner` did to a node at this second.
fn to_node(second: u32, name: &str, verb: &str, sent: Value) -> Write {
    Write {
        verb: verb.to_owned(),
        sent,
        ..write(second, "learner", "nodes", name)
    }
}

fn to_status(second: u32, sent: Value) -> Write {
    Write {
        resource: "nodes/status".to_owned(),
        ..to_node(second, "node-1", "patch", sent)
    }
}

/// What the scheduler did: at 10:00:10 it bound the Pod that was made at 10:00:05.
fn bound() -> Write {
    write(10, "system:kube-scheduler", "pods/binding", "cart-1-a")
}

fn told(writes: Vec<Write>) -> History {
    History::Told {
        until: "2026-03-01T10:00:30.500000Z".to_owned(),
        writes,
    }
}

fn judged(history: Option<History>, nodes: &Value) -> Verdict {
    judged_pod(history, nodes, nodes, &json!({}), &json!({}))
}

/// The same for these nodes at the start and now, a Pod with this in its specification, and a template with this.
fn judged_pod(
    history: Option<History>,
    start: &Value,
    nodes: &Value,
    pod: &Value,
    template: &Value,
) -> Verdict {
    let phases = [("Running", history.clone()), ("Failed", history)];
    let [running, evicted] = phases.map(|(phase, history)| {
        let status = json!({ "phase": phase });
        judged_pod_with(history, start, nodes, pod, template, &status)
    });
    // Whoever helped a Pod in did so even if it did not stay.
    assert_eq!(running, evicted);
    running
}

/// The same for a Pod with this status.
fn judged_pod_with(
    history: Option<History>,
    start: &Value,
    nodes: &Value,
    pod: &Value,
    template: &Value,
    status: &Value,
) -> Verdict {
    let owned = |kind: &str, name: &str, uid: &str| {
        json!({"metadata": {
            "name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-03-01T10:00:05Z",
            "ownerReferences": [{"kind": kind, "uid": uid, "controller": true}],
        }})
    };
    let replica_set = || {
        let mut set = owned("Deployment", "cart-1", "cart");
        set["spec"] = json!({"template": {"spec": template}});
        set
    };
    let its_pod = || {
        let mut its = owned("ReplicaSet", "cart-1-a", "cart-1");
        its["spec"] = pod.clone();
        its["spec"]["nodeName"] = "node-1".into();
        its["status"] = status.clone();
        its
    };
    let said = |question: Question| {
        let said = match &question {
            Question::Object(_) => {
                Observation::Object(json!({"metadata": {"name": "cart", "uid": "cart"}}))
            }
            Question::Objects(objects) => Observation::Objects(match objects.kind.as_str() {
                "ReplicaSet" => vec![replica_set()],
                // Another one was there before.
                "Pod" if objects.namespace.is_none() => vec![
                    json!({"metadata": {"name": "trial", "namespace": "bank", "uid": "trial", "creationTimestamp": "2026-03-01T10:00:01Z"}}),
                    its_pod(),
                ],
                "Pod" => vec![its_pod()],
                _ => nodes.as_array().unwrap().clone(),
            }),
            _ => unreachable!("not asked here"),
        };
        (question, said)
    };
    let at_start = |question: Question| {
        let nodes = start.as_array().unwrap().clone();
        (question, Observation::Objects(nodes))
    };
    let evidence = Evidence {
        baseline: Observations {
            taken_at: "2026-03-01T10:00:00Z".to_owned(),
            answers: grade::baseline_questions(&check())
                .into_iter()
                .map(at_start)
                .collect(),
        },
        observed: Observations {
            taken_at: "2026-03-01T10:01:00Z".to_owned(),
            answers: grade::questions(&check()).into_iter().map(said).collect(),
        },
        history,
        ..Evidence::default()
    };
    grade::verdicts(&check(), &evidence).remove(0).verdict
}

fn nodes(ready: &str) -> Value {
    json!([{"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}])
}

#[track_caller]
fn found(writes: Vec<Write>, expected: &str) {
    let verdict = judged(Some(told(writes)), &nodes("True"));
    match verdict {
        Verdict::Passed { .. } => assert_eq!("", expected),
        Verdict::Failed { found, .. } => assert_eq!(found, expected),
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

#[test]
fn what_the_scheduler_did_alone_holds_by_itself() {
    found(vec![bound()], "");
    // What is about other Pods, or a Pod that was there before.
    found(
        vec![bound(), write(20, "learner", "pods/status", "till-1-a")],
        "",
    );
    found(
        vec![write(2, "learner", "deployments/status", "cart"), bound()],
        "",
    );
    found(vec![bound(), write(20, "learner", "pods", "cart-1-a")], "");
}

#[test]
fn a_hand_that_helped_is_named() {
    found(
        vec![write(10, "learner", "pods/binding", "cart-1-a")],
        "Pod `cart-1-a` was put on its node by `learner`, not by the scheduler",
    );
    found(
        vec![bound(), write(20, "learner", "pods/status", "cart-1-a")],
        "the status of Pod `cart-1-a` was written by `learner`",
    );
    found(
        vec![bound(), write(20, "learner", "deployments/status", "cart")],
        "the status of Deployment `cart` was written by `learner`",
    );
    found(
        vec![
            bound(),
            write(20, "learner", "replicasets/status", "cart-1"),
        ],
        "the status of Deployment `cart` was written by `learner`",
    );
}

#[test]
fn room_that_a_hand_wrote_into_a_status_is_named() {
    let to_pod = |second, name| Write {
        namespace: Some("bank".to_owned()),
        ..write(second, "learner", "pods/status", name)
    };
    found(
        vec![to_pod(7, "trial"), bound()],
        "the status of Pod `trial` was written by `learner`, and Pod `cart-1-a` was let in after that",
    );
    found(
        vec![
            write(3, "learner", "resourcequotas/status", "team"),
            bound(),
        ],
        "the status of ResourceQuota `team` was written by `learner`, and Pod `cart-1-a` was let in after that",
    );
    // After it was let in; to an earlier Pod of the name, or one that is gone; of another namespace; by Kubernetes.
    found(vec![bound(), to_pod(20, "trial")], "");
    found(vec![to_pod(0, "trial"), to_pod(7, "gone"), bound()], "");
    let elsewhere = Write {
        namespace: Some("bank".to_owned()),
        ..write(7, "learner", "resourcequotas/status", "team")
    };
    found(vec![elsewhere, bound()], "");
    let counted = write(7, "system:controller", "resourcequotas/status", "team");
    found(vec![counted, bound()], "");
}

#[test]
fn a_node_has_to_be_there_and_ready() {
    for (nodes, what) in [
        (json!([]), "does not exist"),
        (nodes("Unknown"), "is not Ready"),
    ] {
        let verdict = judged(Some(told(vec![bound()])), &nodes);
        let Verdict::Failed { found, .. } = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(
            found,
            format!("Pod `cart-1-a` is on node `node-1`, which {what}")
        );
    }
}

#[test]
fn a_lost_history_is_undecided() {
    for (history, why) in [
        (
            Some(History::Lost("the audit log is gone".to_owned())),
            "the audit log is gone",
        ),
        (None, "who wrote what to the cluster: not asked"),
        (
            Some(History::Told {
                until: "2026-03-01T10:00:04.500000Z".to_owned(),
                writes: Vec::new(),
            }),
            "the audit log ends at 2026-03-01T10:00:04.500000Z, before Pod `cart-1-a` was made, so nobody can say who helped",
        ),
    ] {
        assert_eq!(
            judged(history, &nodes("True")),
            Verdict::Undecided {
                why: why.to_owned()
            }
        );
    }
}
