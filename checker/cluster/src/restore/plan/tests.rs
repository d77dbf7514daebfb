//! What is planned to bring a small cluster back to its start, one kind of change at a time.

use serde_json::{Value, json};

use super::{plan, title};

/// The start of all these: a workload with one ready Pod, one whose Pod is refused, a setting, a machine and data.
fn start() -> Vec<Value> {
    vec![
        object("Deployment", "cart", &json!({"spec": {"replicas": 1}})),
        owned("Deployment/cart", "cart-1", &json!({})),
        owned("ReplicaSet/cart-1", "cart-1-a", &ready("True")),
        object("Deployment", "till", &json!({"spec": {"replicas": 1}})),
        owned("Deployment/till", "till-1", &json!({})),
        owned("ReplicaSet/till-1", "till-1-a", &ready("False")),
        object("ConfigMap", "settings", &json!({"data": {"a": "b"}})),
        object(
            "Node",
            "node",
            &json!({"metadata": {"namespace": null}, "spec": {"taints": [{"key": "a"}]}}),
        ),
        object(
            "PersistentVolumeClaim",
            "data",
            &json!({"spec": {"size": 1, "volumeName": "pv-1"}}),
        ),
        object(
            "PersistentVolumeClaim",
            "waiting",
            &json!({"spec": {"size": 1}}),
        ),
    ]
}

const REFUSED: &str = "Pod `shop/till-1-a`";

/// What is to be done after this was done to the start; what is not named is nothing, and the refused Pod is made anew each time.
#[track_caller]
fn check(change: impl FnOnce(&mut Vec<Value>), expected: &Value) {
    let start = start();
    let mut now = start.clone();
    change(&mut now);
    let plan = plan(&start, &now);
    let titles = |objects: &[&Value]| {
        objects
            .iter()
            .map(|object| title(object))
            .collect::<Vec<_>>()
    };
    let changed: Vec<&Value> = plan.changed.iter().map(|(was, _)| *was).collect();
    let found = json!({
        "deleted": titles(&plan.deleted), "changed": titles(&changed), "made": titles(&plan.made),
        "orphans": titles(&plan.orphans), "pods": titles(&plan.pods), "volumes": titles(&plan.volumes), "lost": plan.lost,
    });
    let mut wanted = json!({"deleted": [], "changed": [], "made": [], "orphans": [], "pods": [REFUSED], "volumes": [], "lost": []});
    merge(&mut wanted, expected);
    assert_eq!(found, wanted, "{found:#}");
}

#[test]
fn only_pods_that_are_not_ready_are_made_anew_when_nothing_was_done() {
    check(|_| {}, &json!({}));
}

#[test]
fn a_changed_workload_is_made_anew_with_its_pods() {
    let change = |now: &mut Vec<Value>| {
        let changed = json!({"metadata": {"generation": 2}, "spec": {"replicas": 2}});
        touch(now, "Deployment", "cart", &changed);
    };
    let cart = ["Deployment `shop/cart`"];
    let orphans = ["Pod `shop/cart-1-a`"];
    check(
        change,
        &json!({"deleted": cart, "made": cart, "orphans": orphans}),
    );
}

#[test]
fn a_workload_that_was_changed_and_put_back_is_made_anew() {
    let change = |now: &mut Vec<Value>| {
        touch(
            now,
            "Deployment",
            "till",
            &json!({"metadata": {"generation": 3}}),
        );
    };
    let till = ["Deployment `shop/till`"];
    check(
        change,
        &json!({"deleted": till, "made": till, "orphans": [REFUSED], "pods": []}),
    );
}

#[test]
fn what_is_new_goes_what_is_gone_comes_and_what_changed_is_written_as_it_was() {
    let of_no_namespace =
        |kind, name| object(kind, name, &json!({"metadata": {"namespace": null}}));
    let change = |now: &mut Vec<Value>| {
        now.retain(|it| it["metadata"]["name"] != "settings");
        touch(now, "Node", "node", &json!({"spec": {"taints": []}}));
        now.push(of_no_namespace("Namespace", "more"));
        now.push(object(
            "ConfigMap",
            "in-it",
            &json!({"metadata": {"namespace": "more"}}),
        ));
        now.push(of_no_namespace("ValidatingWebhookConfiguration", "no"));
        now.push(object("Pod", "mine", &ready("True")));
    };
    let deleted = [
        "ValidatingWebhookConfiguration `no`",
        "Pod `shop/mine`",
        "Namespace `more`",
    ];
    check(
        change,
        &json!({"deleted": deleted, "changed": ["Node `node`"], "made": ["ConfigMap `shop/settings`"]}),
    );
}

#[test]
fn a_workload_whose_pods_are_refused_before_they_are_there_is_made_anew() {
    let failed = json!({"status": {"conditions": [{"type": "ReplicaFailure", "status": "True"}]}});
    let start = [object("Deployment", "cart", &failed)];
    let plan = plan(&start, &start);
    assert_eq!(
        (&plan.deleted, &plan.made),
        (&vec![&start[0]], &vec![&start[0]])
    );
}

#[test]
fn what_a_workload_took_on_is_made_anew_with_it() {
    let applied =
        json!({"metadata": {"managedFields": [{"manager": "deployer"}]}, "spec": {"replicas": 1}});
    let mut start = start();
    start.push(owned("Deployment/cart", "cart-0", &applied));
    let both = ["ReplicaSet `shop/cart-0`", "Deployment `shop/cart`"];
    for touched in [("Deployment", "cart"), ("ReplicaSet", "cart-0")] {
        let mut now = start.clone();
        let changed = json!({"metadata": {"generation": 2}, "spec": {"replicas": 2}});
        touch(&mut now, touched.0, touched.1, &changed);
        let plan = plan(&start, &now);
        let titles: Vec<String> = plan.made.iter().map(|object| title(object)).collect();
        assert_eq!(titles, both, "{touched:?}");
        assert_eq!(plan.deleted.len(), 2, "{touched:?}");
    }
}

#[test]
fn a_pod_that_is_like_none_of_the_start_is_made_anew() {
    let change = |now: &mut Vec<Value>| {
        touch(
            now,
            "Pod",
            "cart-1-a",
            &json!({"metadata": {"labels": {"mine": "yes"}}}),
        );
    };
    check(change, &json!({"pods": ["Pod `shop/cart-1-a`", REFUSED]}));
}

#[test]
fn a_pod_whose_settings_are_written_as_they_were_is_made_anew() {
    let start = |of: &str| {
        let mut all = start();
        let volumes = json!([{"name": "of", "configMap": {"name": of}}]);
        touch(
            &mut all,
            "Pod",
            "cart-1-a",
            &json!({"spec": {"volumes": volumes}}),
        );
        all
    };
    for (of, is_read) in [("settings", true), ("others", false)] {
        let start = start(of);
        let mut now = start.clone();
        touch(
            &mut now,
            "ConfigMap",
            "settings",
            &json!({"data": {"a": "c"}}),
        );
        let plan = plan(&start, &now);
        let pods: Vec<String> = plan.pods.iter().map(|pod| title(pod)).collect();
        assert_eq!(pods.contains(&"Pod `shop/cart-1-a`".to_owned()), is_read);
    }
}

#[test]
fn machines_and_data_do_not_come_back() {
    let change = |now: &mut Vec<Value>| {
        now.retain(|it| it["kind"] != "Node");
        touch(
            now,
            "PersistentVolumeClaim",
            "data",
            &json!({"spec": {"size": 2}}),
        );
    };
    let lost = [
        "PersistentVolumeClaim `shop/data` was changed",
        "Node `node` is gone",
    ];
    check(change, &json!({"lost": lost}));
}

#[test]
fn a_claim_that_had_no_volume_is_made_anew_and_its_volume_goes_by_itself() {
    let change = |now: &mut Vec<Value>| {
        touch(
            now,
            "PersistentVolumeClaim",
            "waiting",
            &json!({"spec": {"volumeName": "pv-2"}}),
        );
        let of = |uid: &str| json!({"metadata": {"namespace": null}, "spec": {"claimRef": {"uid": uid}, "persistentVolumeReclaimPolicy": "Delete"}});
        now.push(object(
            "PersistentVolume",
            "pv-2",
            &of("PersistentVolumeClaim/waiting"),
        ));
        now.push(object(
            "PersistentVolume",
            "pv-3",
            &of("PersistentVolumeClaim/of-before"),
        ));
    };
    let claim = "PersistentVolumeClaim `shop/waiting`";
    let expected = json!({
        "deleted": ["PersistentVolume `pv-3`", claim], "made": [claim], "volumes": ["PersistentVolume `pv-2`"],
    });
    check(change, &expected);
}

fn object(kind: &str, name: &str, more: &Value) -> Value {
    let api_version = match kind {
        "Deployment" | "ReplicaSet" => "apps/v1",
        _ => "v1",
    };
    let uid = format!("{kind}/{name}");
    let metadata = json!({"namespace": "shop", "name": name, "uid": uid, "resourceVersion": "1", "generation": 1});
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    merge(&mut object, more);
    object
}

/// A `ReplicaSet` of a Deployment, or a Pod.
fn owned(by: &str, name: &str, more: &Value) -> Value {
    let (owner, owner_name) = by.split_once('/').unwrap();
    let kind = if owner == "Deployment" {
        "ReplicaSet"
    } else {
        "Pod"
    };
    let owner = json!({"kind": owner, "name": owner_name, "uid": by, "controller": true});
    let mut object = object(
        kind,
        name,
        &json!({"metadata": {"ownerReferences": [owner]}}),
    );
    merge(&mut object, more);
    object
}

fn ready(is: &str) -> Value {
    json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": is}]}})
}

fn touch(objects: &mut [Value], kind: &str, name: &str, more: &Value) {
    let mut objects = objects.iter_mut();
    let it = objects
        .find(|it| it["kind"] == kind && it["metadata"]["name"] == name)
        .unwrap();
    it["metadata"]["resourceVersion"] = "2".into();
    merge(it, more);
}

fn merge(object: &mut Value, more: &Value) {
    match (object, more) {
        (Value::Object(fields), Value::Object(more)) => {
            for (name, value) in more {
                merge(fields.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (object, more) => *object = more.clone(),
    }
}
