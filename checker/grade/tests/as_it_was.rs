//! `as_it_was`: what may be added beside a repair, and what is damage, told by a small cluster before and after.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot change its objects fails; objects are written where they are handed on"
)]

#[path = "as_it_was/cluster.rs"]
mod cluster;
#[path = "as_it_was/own.rs"]
mod own;

use cluster::{cluster, made, object, uid};

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{AsItWas, Ask, CelObject, MayChange};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check() -> Check {
    let claim = ObjectRef {
        api_version: "v1".to_owned(),
        kind: "PersistentVolumeClaim".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "data".to_owned(),
    };
    Check {
        id: "as-it-was".to_owned(),
        says: "everything else is as it was".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::AsItWas(AsItWas {
            subject: ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "cart".to_owned(),
            },
            namespaces: Vec::new(),
            may_change: vec![MayChange {
                objects: CelObject::One(claim),
                fields: Vec::new(),
            }],
            may_go: vec![CelObject::One(ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: Some("bank".to_owned()),
                name: "trial".to_owned(),
            })],
        }),
    }
}

fn judged(after: Vec<Value>, unlisted: Vec<String>) -> Verdict {
    let observations = |objects: Vec<Value>, unlisted: Vec<String>| Observations {
        taken_at: String::new(),
        answers: vec![(
            Question::Everything,
            Observation::Everything { objects, unlisted },
        )],
    };
    let evidence = Evidence {
        baseline: observations(cluster(), Vec::new()),
        observed: observations(after, unlisted),
        ..Evidence::default()
    };
    grade::verdicts(&[check()], &evidence).remove(0).verdict
}

/// The damage that is told when the cluster is changed so; empty when there is none.
fn damage(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut after = cluster();
    change(&mut after);
    match judged(after, Vec::new()) {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

fn named<'a>(all: &'a mut [Value], name: &str) -> &'a mut Value {
    all.iter_mut()
        .find(|it| it["metadata"]["name"] == name)
        .unwrap()
}

#[track_caller]
fn added(object: Value, expected: &str) {
    assert_eq!(damage(|all| all.push(object)), expected);
}

#[track_caller]
fn changed(name: &str, pointer: &str, value: Value, expected: &str) {
    let found = damage(|all| {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let field = field.replace("~1", "/");
        named(all, name).pointer_mut(parent).unwrap()[field] = value;
    });
    assert_eq!(found, expected, "{name} {pointer}");
}

#[test]
fn what_nobody_needs_may_go_and_not_be_changed() {
    assert_eq!(
        damage(|all| all.retain(|it| it["metadata"]["name"] != "trial")),
        ""
    );
    let ending = json!("2026-01-01T00:00:00Z");
    changed("trial", "/metadata/deletionTimestamp", ending, "");
    changed(
        "trial",
        "/spec/replicas",
        json!(1),
        "Deployment `bank/trial`: /spec/replicas is 1, was 2",
    );
    changed(
        "trial",
        "/spec/template/spec/containers",
        json!([{"name": "trial", "image": "miner:1"}]),
        "Deployment `bank/trial`: /spec/template/spec/containers/0/image is \"miner:1\", was \"trial:1\"; \
         Deployment `bank/trial`: /spec/template/spec/containers/0/resources is absent, was {\"limits\":{\"memory\":\"64Mi\"},\"requests\":{\"cpu\":\"200m\",\"memory\":\"64Mi\"}}",
    );
}

#[test]
fn what_others_have_is_compared_field_by_field() {
    assert_eq!(damage(|_| {}), "");
    changed(
        "coredns",
        "/data/Corefile",
        json!(""),
        "ConfigMap `kube-system/coredns`: /data/Corefile is \"\", was \".:53\"",
    );
    changed(
        "key",
        "/data/key",
        json!("eA=="),
        "Secret `bank/key`: /data/key is another",
    );
    changed(
        "ledger",
        "/spec/replicas",
        json!(0),
        "Deployment `bank/ledger`: /spec/replicas is 0, was 2",
    );
    changed(
        "ledger",
        "/metadata/labels",
        json!({"a": "b"}),
        "Deployment `bank/ledger`: /metadata/labels is {\"a\":\"b\"}, was absent",
    );
    changed(
        "node-1",
        "/spec/taints",
        json!([]),
        "Node `node-1`: /spec/taints is absent, was [{\"effect\":\"NoSchedule\",\"key\":\"only\",\"value\":\"cart\"}]",
    );
    changed(
        "node-1",
        "/status/capacity/cpu",
        json!("64"),
        "Node `node-1`: /status/capacity/cpu is \"64\", was \"2\"",
    );
    changed(
        "gp3",
        "/metadata/annotations",
        json!({"d": "1"}),
        "StorageClass `gp3`: /metadata/annotations/d is \"1\", was absent",
    );
    changed(
        "till",
        "/spec/replicas",
        json!(1),
        "Deployment `shop/till`: /spec/replicas is 1, was 2",
    );
    changed(
        "bank",
        "/metadata/deletionTimestamp",
        json!("2026-01-01T00:00:00Z"),
        "Namespace `bank` is being deleted",
    );
    changed("shop", "/metadata/labels", json!({"a": "b"}), "");
    // What a node says of itself from moment to moment, and what it is not asked to be like.
    changed("node-1", "/status/conditions", json!([]), "");
    changed("ledger", "/metadata/resourceVersion", json!("9"), "");
    changed(
        "cart",
        "/spec/template/spec/tolerations",
        json!([{"operator": "Exists"}]),
        "",
    );
    changed("data", "/spec/storageClassName", json!("fast"), "");
    changed(
        "cart",
        "/metadata/finalizers",
        json!(["a/b"]),
        "Deployment `shop/cart`: /metadata/finalizers is [\"a/b\"], was absent",
    );
}

#[test]
fn what_is_gone_is_told() {
    for (name, expected) in [
        ("coredns", "ConfigMap `kube-system/coredns` is gone"),
        ("gp3", "StorageClass `gp3` is gone"),
        ("till", "Deployment `shop/till` is gone"),
        // Its contents went with it.
        ("bank", "Namespace `bank` is gone"),
        // A Pod of one's own that had ended; the subject and a claim of which anything may change are others' to ask for.
        ("restore", ""),
        ("cart", ""),
        ("data", ""),
        // Controllers make and remove these.
        ("ledger-1-x", ""),
    ] {
        let found = damage(|all| all.retain(|it| it["metadata"]["name"] != name));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn whatever_is_added_outside_the_subjects_namespace_is_damage() {
    for (api_version, kind, namespace) in [
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            "",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            "",
        ),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", ""),
        ("apiregistration.k8s.io/v1", "APIService", ""),
        ("networking.k8s.io/v1", "IngressClass", ""),
        ("node.k8s.io/v1", "RuntimeClass", ""),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", ""),
        ("scheduling.k8s.io/v1", "PriorityClass", ""),
        ("v1", "Namespace", ""),
        ("v1", "Node", ""),
        ("v1", "PersistentVolume", ""),
        ("v1", "ResourceQuota", "bank"),
        ("v1", "LimitRange", "bank"),
        ("v1", "Pod", "bank"),
        ("v1", "ConfigMap", "kube-system"),
    ] {
        let name = if namespace.is_empty() {
            "`new`".to_owned()
        } else {
            format!("`{namespace}/new`")
        };
        added(
            object(api_version, kind, namespace, "new", json!({})),
            &format!("{kind} {name} is new"),
        );
    }
    let of_claim = json!({"spec": {"claimRef": {"namespace": "shop", "name": "data"}}});
    added(object("v1", "PersistentVolume", "", "new", of_claim), "");
}

#[test]
fn an_owner_that_is_not_there_makes_nothing_come_by_itself() {
    let mut pod = object("v1", "Pod", "bank", "new", json!({}));
    pod["metadata"]["ownerReferences"] =
        json!([{"kind": "ReplicaSet", "name": "ledger-1", "uid": "none", "controller": true}]);
    added(pod.clone(), "Pod `bank/new` is new");
    // A Deployment makes no Pods, and an owner stands in the same namespace.
    for uid in [
        uid("Deployment", "bank", "ledger"),
        uid("ReplicaSet", "shop", "cart-1"),
    ] {
        pod["metadata"]["ownerReferences"][0]["uid"] = uid.into();
        added(pod.clone(), "Pod `bank/new` is new");
    }
    pod["metadata"]["ownerReferences"][0]["uid"] = uid("ReplicaSet", "bank", "ledger-1").into();
    added(pod, "");
}

#[test]
fn a_pod_of_others_is_what_its_workload_says() {
    let found = damage(|all| {
        all.retain(|it| it["metadata"]["name"] != "ledger-1-x");
        all.extend(made("bank", "ledger", "other:2").into_iter().skip(1));
    });
    assert_eq!(
        found,
        "Pod `bank/ledger-1-x` is not what its Deployment says: containers[ledger].image"
    );
}

#[test]
fn what_could_not_be_listed_is_undecided_unless_damage_is_seen() {
    let unlisted = || vec!["failed to list objects of kind Node: forbidden".to_owned()];
    assert_eq!(
        judged(cluster(), unlisted()),
        Verdict::Undecided {
            why: unlisted().remove(0)
        }
    );
    // Its kind was not listed: what is not seen there is not told to be gone.
    let without_nodes = cluster()
        .into_iter()
        .filter(|it| it["kind"] != "Node")
        .collect();
    assert_eq!(
        judged(without_nodes, unlisted()),
        Verdict::Undecided {
            why: unlisted().remove(0)
        }
    );
    let mut after = cluster();
    after.push(object("v1", "Namespace", "", "new", json!({})));
    assert_eq!(
        judged(after, unlisted()),
        Verdict::Failed {
            expected: "nothing else changed since the start".to_owned(),
            found: "Namespace `new` is new".to_owned(),
        }
    );
}
