//! `rollout` and `comes_back` over recorded objects: one that holds, and each way in which it does not.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::time::Duration;

use grade::Evidence;
use grade::check::{Ask, Check, ComesBack, Role, Rollout};
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
        let mut verdicts = grade::verdicts(&[check(kind, hold)], &evidence);
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

fn pending(pod: &mut Value, message: &str) {
    set(pod, "/spec", json!({}));
    set(
        pod,
        "/status",
        json!({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message},
        ]}),
    );
}

fn waiting(pod: &mut Value, state: &Value) {
    set(pod, "/status/phase", json!("Running"));
    set(pod, "/status/conditions/1/status", json!("False"));
    set(pod, "/status/containerStatuses", json!([state]));
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
fn the_most_telling_pod_is_shown_in_the_clusters_own_words() {
    let message = "0/5 nodes are available: 5 node(s) had untolerated taint {team: media}";
    fails(
        |it| {
            for pod in &mut it.pods[..2] {
                pending(pod, message);
            }
        },
        "2 ready replicas",
        &format!("0 ready replicas (Pod `cart-new-a` is Pending: {message})"),
    );
    fails(
        |it| {
            pending(&mut it.pods[0], message);
            waiting(
                &mut it.pods[1],
                &json!({
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no LEDGER_URL\n"}},
                }),
            );
        },
        "2 ready replicas",
        "0 ready replicas (Pod `cart-new-b` is CrashLoopBackOff: back-off 10s restarting failed container; it ended with exit code 1 (Error: no LEDGER_URL))",
    );
    fails(
        |it| {
            waiting(
                &mut it.pods[1],
                &json!({"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}),
            );
        },
        "2 ready replicas",
        "1 ready replica (Pod `cart-new-b` ended with exit code 137 (OOMKilled))",
    );
    fails(
        |it| {
            set(
                &mut it.pods[0],
                "/status/conditions/1",
                json!({"type": "Ready", "status": "False", "message": "containers with unready status: [cart]"}),
            );
        },
        "2 ready replicas",
        "1 ready replica (Pod `cart-new-a` is not Ready: containers with unready status: [cart])",
    );
    fails(
        |it| {
            waiting(
                &mut it.pods[0],
                &json!({"state": {"waiting": {"reason": "ContainerCreating"}}}),
            );
            set(&mut it.pods[0], "/status/phase", json!("Pending"));
        },
        "2 ready replicas",
        "1 ready replica (Pod `cart-new-a` is ContainerCreating)",
    );
}

/// A template and a Pod as the API server makes it of this template, with all that a cluster adds.
fn of_a_template() -> Recorded {
    let mut recorded = deployment();
    let template = json!({
        "nodeSelector": {"pool": "memory"},
        "tolerations": [{"key": "team", "operator": "Equal", "value": "media", "effect": "NoSchedule"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "cart"}}],
        "containers": [{
            "name": "cart", "image": "cart:2", "args": ["serve"], "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        }],
    });
    set(
        &mut recorded.workload,
        "/spec/template",
        json!({"spec": template}),
    );
    let mut spec = template;
    let added = json!([
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    spec["nodeName"] = json!("node-1");
    spec["hostNetwork"] = json!(false);
    let extend = |list: &mut Value, more: &Value| {
        list.as_array_mut()
            .unwrap()
            .extend(more.as_array().unwrap().iter().cloned());
    };
    extend(&mut spec["tolerations"], &added);
    extend(
        &mut spec["volumes"],
        &json!([{"name": "kube-api-access-x", "projected": {}}]),
    );
    extend(
        &mut spec["containers"][0]["volumeMounts"],
        &json!([{"name": "kube-api-access-x", "mountPath": "/var/run/secrets"}]),
    );
    spec["containers"][0]["resources"]["requests"]["memory"] = json!("1Gi");
    extend(
        &mut spec["containers"],
        &json!([{"name": "mesh", "image": "mesh:1"}]),
    );
    for pod in &mut recorded.pods {
        pod["spec"] = spec.clone();
    }
    recorded
}

#[test]
fn what_a_cluster_adds_to_a_pod_is_no_difference() {
    passes(of_a_template(), "Deployment", 3, "held for 12 s");
}

#[test]
fn a_pod_that_is_not_what_its_template_says_is_named() {
    for (pointer, value, field) in [
        ("/nodeSelector", json!({"pool": "general"}), "nodeSelector"),
        ("/nodeSelector", json!({}), "nodeSelector"),
        ("/tolerations/0/key", json!("other"), "tolerations"),
        (
            "/tolerations/2",
            json!({"operator": "Exists"}),
            "tolerations",
        ),
        // Without an end it would stay bound to a node that died.
        (
            "/tolerations/2",
            json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}),
            "tolerations",
        ),
        ("/hostNetwork", json!(true), "hostNetwork"),
        ("/affinity", json!({"podAffinity": {}}), "affinity"),
        (
            "/volumes/0",
            json!({"name": "data", "emptyDir": {}}),
            "volumes[data].persistentVolumeClaim",
        ),
        (
            "/volumes/0/persistentVolumeClaim/claimName",
            json!("empty"),
            "volumes[data].persistentVolumeClaim.claimName",
        ),
        (
            "/containers/0/image",
            json!("cart:1"),
            "containers[cart].image",
        ),
        (
            "/containers/0/args",
            json!(["serve", "--slow"]),
            "containers[cart].args",
        ),
        (
            "/containers/0/ports/0/containerPort",
            json!(80),
            "containers[cart].ports",
        ),
        (
            "/containers/0/resources/requests/cpu",
            json!("1m"),
            "containers[cart].resources.requests.cpu",
        ),
        (
            "/containers/0/volumeMounts/0/mountPath",
            json!("/elsewhere"),
            "containers[cart].volumeMounts[data].mountPath",
        ),
        ("/containers/0/name", json!("other"), "containers[cart]"),
    ] {
        let mut recorded = of_a_template();
        set(&mut recorded.pods[1], &format!("/spec{pointer}"), value);
        assert_eq!(
            recorded.verdict("Deployment", Duration::from_secs(3)),
            Verdict::Failed {
                expected: "Pods that are what the template says".to_owned(),
                found: format!("Pod `cart-new-b` differs from it in {field}"),
            }
        );
    }
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
fn a_stateful_set_is_judged_by_its_update_revision() {
    let recorded = || Recorded {
        workload: json!({
            "metadata": {"name": "cart", "uid": "uid-cart", "generation": 1},
            "spec": {"replicas": 2},
            "status": {
                "observedGeneration": 1, "updateRevision": "cart-2",
                "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
            },
        }),
        replica_sets: Vec::new(),
        pods: vec![
            pod("cart-0", "StatefulSet", "cart"),
            pod("cart-1", "StatefulSet", "cart"),
        ],
    };
    passes(recorded(), "StatefulSet", 3, "held for 12 s");
    let mut older = recorded();
    set(
        &mut older.pods[1],
        "/metadata/labels/controller-revision-hash",
        json!("cart-1"),
    );
    assert_eq!(
        older.verdict("StatefulSet", Duration::ZERO),
        Verdict::Failed {
            expected: "2 ready replicas".to_owned(),
            found: "1 ready replica".to_owned(),
        }
    );
}

#[test]
fn a_daemon_set_is_judged_by_its_nodes() {
    let recorded = |nodes: usize| Recorded {
        workload: json!({
            "metadata": {"name": "cart", "uid": "uid-cart", "generation": 1},
            "status": {
                "observedGeneration": 1, "desiredNumberScheduled": nodes, "currentNumberScheduled": nodes,
                "updatedNumberScheduled": nodes, "numberReady": nodes, "numberAvailable": nodes,
            },
        }),
        replica_sets: Vec::new(),
        pods: (0..nodes)
            .map(|number| pod(&format!("cart-{number}"), "DaemonSet", "cart"))
            .collect(),
    };
    passes(recorded(3), "DaemonSet", 3, "held for 12 s");
    assert_eq!(
        recorded(0).verdict("DaemonSet", Duration::ZERO),
        Verdict::Failed {
            expected: "a ready Pod on each of its nodes".to_owned(),
            found: "DaemonSet `cart` has no node to run on".to_owned(),
        }
    );
    // Its controller binds each Pod by affinity and lets it stay on a node that is in trouble.
    let mut bound = recorded(3);
    let pressure = json!({"key": "node.kubernetes.io/memory-pressure", "operator": "Exists"});
    set(
        &mut bound.workload,
        "/spec",
        json!({"template": {"spec": {"tolerations": [pressure]}}}),
    );
    for pod in &mut bound.pods {
        let disk = json!({"key": "node.kubernetes.io/disk-pressure", "operator": "Exists"});
        pod["spec"]["tolerations"] = json!([pressure, disk]);
        pod["spec"]["affinity"] = json!({"nodeAffinity": {}});
    }
    passes(bound, "DaemonSet", 3, "held for 12 s");
    let mut behind = recorded(3);
    set(
        &mut behind.workload,
        "/status/updatedNumberScheduled",
        json!(1),
    );
    assert_eq!(
        behind.verdict("DaemonSet", Duration::ZERO),
        Verdict::Failed {
            expected: "3 ready replicas".to_owned(),
            found: "its status has 3 scheduled, 1 updated, 3 ready, 3 available".to_owned(),
        }
    );
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

#[test]
fn comes_back_is_judged_by_the_eviction() {
    let check = Check {
        ask: Ask::ComesBack(ComesBack {
            workload: workload("Deployment"),
            hold: Duration::from_secs(2),
            deadline: Duration::from_secs(45),
        }),
        ..check("Deployment", Duration::ZERO)
    };
    let checks = [check];
    assert_eq!(grade::questions(&checks), []);
    let question = grade::last_questions(&checks).remove(0);
    let verdict = |said: Option<Observation>| {
        let answers = said.map(|said| (question.clone(), said));
        let evidence = Evidence {
            observed: Observations {
                taken_at: String::new(),
                answers: answers.into_iter().collect(),
            },
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    let text = str::to_owned;
    assert_eq!(
        verdict(Some(Observation::CameBack {
            evicted: text("cart-a"),
            replacement: text("cart-c"),
            node: text("node-1"),
        })),
        Verdict::Passed {
            evidence: Some(text("on node `node-1`"))
        }
    );
    assert_eq!(
        verdict(Some(Observation::DidNotComeBack {
            evicted: text("cart-a"),
            found: text("Pod `cart-c` is Pending: 0/5 nodes are available"),
        })),
        Verdict::Failed {
            expected: text("a replacement of Pod `cart-a` becomes Ready"),
            found: text("Pod `cart-c` is Pending: 0/5 nodes are available"),
        }
    );
    let undecided = |why: &str| Verdict::Undecided { why: text(why) };
    assert_eq!(
        verdict(Some(Observation::Unreadable(text("timeout")))),
        undecided("timeout")
    );
    assert_eq!(verdict(None), undecided("asked when everything else holds"));
}
