//! The kinds that judge promises of a Pod template, over recorded objects: `placed`, `tolerates`, `sized`; and the symptoms `run` and `refused`.

#[path = "placed/homes.rs"]
mod homes;
#[path = "placed/symptoms.rs"]
mod symptoms;
#[path = "placed/templates.rs"]
mod templates;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::Ask;
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn ledger() -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("payments".to_owned()),
        name: "ledger".to_owned(),
    }
}

fn check(ask: Ask) -> [Check; 1] {
    [Check {
        id: "it".to_owned(),
        says: "it is so".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask,
    }]
}

/// A node of group `general` or, with a taint, of group `memory`, in zone a or b.
fn node(name: &str, group: &str, zone: &str) -> Value {
    let mut labels = json!({
        "kubernetes.io/hostname": name,
        "eks.amazonaws.com/nodegroup": group,
        "eks.amazonaws.com/nodegroup-image": "ami-01",
        "node.kubernetes.io/instance-type": "m5.large",
        "topology.kubernetes.io/zone": zone,
        "topology.ebs.csi.aws.com/zone": zone,
    });
    let mut spec = json!({});
    if group != "general" {
        labels["platform.lab/pool"] = json!(group);
        spec["taints"] = json!([
            {"key": "platform.lab/kept-for", "value": group, "effect": "NoExecute"},
            {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"},
        ]);
    }
    json!({"metadata": {"name": name, "labels": labels}, "spec": spec})
}

fn nodes() -> Vec<Value> {
    vec![
        node("general-1", "general", "a"),
        node("general-2", "general", "b"),
        node("memory-1", "memory", "a"),
        node("memory-2", "memory", "b"),
    ]
}

/// The Deployment `ledger` with this Pod specification, and a Pod of it on this node; no node: it is Pending.
struct Seen {
    template: Value,
    pod: Value,
    node: Option<&'static str>,
    phase: &'static str,
}

impl Seen {
    fn on(node: Option<&'static str>, template: Value) -> Self {
        Self {
            pod: template.clone(),
            template,
            node,
            phase: "Running",
        }
    }

    /// The same when its kubelet has evicted the Pod.
    fn evicted(self) -> Self {
        Self {
            phase: "Failed",
            ..self
        }
    }

    fn verdict(&self, ask: Ask) -> Verdict {
        let owner = |kind: &str, uid: &str| json!([{"kind": kind, "uid": uid, "controller": true}]);
        let deployment = json!({
            "metadata": {"name": "ledger", "namespace": "payments", "uid": "d"},
            "spec": {"replicas": 1, "template": {"spec": self.template}},
        });
        let set = json!({"metadata": {"name": "ledger-1", "uid": "s", "ownerReferences": owner("Deployment", "d")}});
        let mut pod = json!({
            "metadata": {"name": "ledger-1-a", "uid": "p", "ownerReferences": owner("ReplicaSet", "s")},
            "spec": self.pod,
            "status": {"phase": self.phase},
        });
        if let Some(node) = self.node {
            pod["spec"]["nodeName"] = json!(node);
        }
        let checks = check(ask);
        let said = |question: Question| {
            let answer = match &question {
                Question::Object(_) => Observation::Object(deployment.clone()),
                Question::Objects(objects) => Observation::Objects(match objects.kind.as_str() {
                    "ReplicaSet" => vec![set.clone()],
                    "Pod" => vec![pod.clone()],
                    _ => nodes(),
                }),
                _ => unreachable!("none of them is asked here"),
            };
            (question, answer)
        };
        let observed = |questions: Vec<Question>| Observations {
            taken_at: "2026-03-01T10:00:00Z".to_owned(),
            answers: questions.into_iter().map(said).collect(),
        };
        let evidence = Evidence {
            baseline: observed(grade::baseline_questions(&checks)),
            observed: observed(grade::questions(&checks)),
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    }
}

/// What was found instead; panics when the check did not fail.
#[track_caller]
fn found(verdict: Verdict) -> String {
    let Verdict::Failed { found, .. } = verdict else {
        panic!("it did not fail: {verdict:?}")
    };
    found
}
