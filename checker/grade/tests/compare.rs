//! `unchanged`, the comparison of objects, and the comparison of two clusters.

#[path = "compare/snapshots.rs"]
mod snapshots;
#[path = "compare/unchanged.rs"]
mod unchanged;

use grade::differences;
use serde_json::{Value, json};

#[track_caller]
fn differ(before: &Value, after: &Value, except: &[&str], only: &[&str], expected: &[&str]) {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let found: Vec<String> = differences(before, after, &owned(except), &owned(only))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn same(before: &Value, after: &Value) {
    differ(before, after, &[], &[], &[]);
    differ(after, before, &[], &[], &[]);
}

#[test]
fn fields_are_named_with_what_they_were() {
    differ(
        &json!({"spec": {"replicas": 3, "paused": true, "a/b": 1}}),
        &json!({"spec": {"replicas": 1, "selector": {"app": "cart"}, "a/b": 2}}),
        &[],
        &[],
        &[
            "/spec/a~1b is 2, was 1",
            "/spec/paused is absent, was true",
            "/spec/replicas is 1, was 3",
            "/spec/selector is {\"app\":\"cart\"}, was absent",
        ],
    );
}

#[test]
fn identity_times_bookkeeping_and_status_are_left_out() {
    same(
        &json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "cart", "uid": "1", "resourceVersion": "5", "generation": 1, "creationTimestamp": "x", "managedFields": [1],
                "annotations": {"deployment.kubernetes.io/revision": "1"}, "ownerReferences": [{"name": "a", "uid": "1"}]},
            "status": {"replicas": 1},
        }),
        &json!({
            "metadata": {"name": "cart", "uid": "2", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
                "ownerReferences": [{"name": "a", "uid": "2"}]},
            "spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}},
        }),
    );
    let (before, after) = (
        json!({"status": {"a": 1, "b": 1}}),
        json!({"status": {"a": 2, "b": 2}}),
    );
    differ(
        &before,
        &after,
        &[],
        &["/status/a"],
        &["/status/a is 2, was 1"],
    );
}

#[test]
fn absent_is_empty_where_kubernetes_says_so() {
    let absent = json!({"spec": {}});
    for empty in [
        json!({"spec": {"a": null}}),
        json!({"spec": {"a": {}}}),
        json!({"spec": {"a": []}}),
        json!({"spec": {"unschedulable": false}}),
        json!({"spec": {"hostNetwork": false}}),
        json!({}),
    ] {
        same(&absent, &empty);
    }
    for (one, text) in [
        (
            json!({"spec": {"allowPrivilegeEscalation": false}}),
            "/spec/allowPrivilegeEscalation is false, was absent",
        ),
        (
            json!({"spec": {"podSelector": {}}}),
            "/spec/podSelector is {}, was absent",
        ),
        (
            json!({"spec": {"replicas": 0}}),
            "/spec/replicas is 0, was absent",
        ),
        (
            json!({"spec": {"ingress": [{}]}}),
            "/spec/ingress is [{}], was absent",
        ),
    ] {
        differ(
            &json!({"spec": {"z": 1}}),
            &{
                let mut after = one.clone();
                after["spec"]["z"] = json!(1);
                after
            },
            &[],
            &[],
            &[text],
        );
    }
}

#[test]
fn lists_are_compared_as_they_are_meant() {
    let taints = |order: [&str; 2]| json!({"spec": {"taints": order.map(|key| json!({"key": key, "effect": "NoSchedule"}))}});
    same(&taints(["a", "b"]), &taints(["b", "a"]));
    differ(
        &taints(["a", "b"]),
        &json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}),
        &[],
        &[],
        &[
            "/spec/taints is [{\"effect\":\"NoSchedule\",\"key\":\"a\"}], was [{\"effect\":\"NoSchedule\",\"key\":\"a\"},{\"effect\":\"NoSchedule\",\"key\":\"b\"}]",
        ],
    );
    let env = |values: &[(&str, &str)]| {
        let all: Vec<Value> = values
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        json!({"env": all})
    };
    same(
        &env(&[("A", "1"), ("B", "2")]),
        &env(&[("B", "2"), ("A", "1")]),
    );
    differ(
        &env(&[("A", "1"), ("B", "2")]),
        &env(&[("B", "3"), ("C", "4")]),
        &[],
        &[],
        &[
            "/env/0 is absent, was {\"name\":\"A\",\"value\":\"1\"}",
            "/env/1/value is \"3\", was \"2\"",
            "/env/1 is {\"name\":\"C\",\"value\":\"4\"}, was absent",
        ],
    );
    differ(
        &json!({"args": ["a", "b"]}),
        &json!({"args": ["b", "a"]}),
        &[],
        &[],
        &["/args/0 is \"b\", was \"a\"", "/args/1 is \"a\", was \"b\""],
    );
    differ(
        &json!({"args": ["a", "b"]}),
        &json!({"args": ["a"]}),
        &[],
        &[],
        &["/args is [\"a\"], was [\"a\",\"b\"]"],
    );
}

#[test]
fn pointers_choose_what_is_compared() {
    let before = json!({"spec": {"containers": [{"name": "a", "image": "x:1", "args": ["1"]}], "replicas": 1}, "metadata": {"labels": {"a": "1"}}});
    let after = json!({"spec": {"containers": [{"name": "a", "image": "x:2", "args": ["2"]}], "replicas": 2, "tolerations": [1]}});
    differ(&before, &after, &["/spec", "/metadata/labels"], &[], &[]);
    differ(
        &before,
        &after,
        &["/spec/containers/*/args", "/spec/tolerations"],
        &["/spec"],
        &[
            "/spec/containers/0/image is \"x:2\", was \"x:1\"",
            "/spec/replicas is 2, was 1",
        ],
    );
    differ(
        &before,
        &after,
        &[],
        &["/spec/containers/*/args", "/spec/nothing"],
        &["/spec/containers/0/args/0 is \"2\", was \"1\""],
    );
    // A pointer into something that has gone altogether.
    differ(
        &before,
        &json!({}),
        &[],
        &["/spec/replicas"],
        &["/spec/replicas is absent, was 1"],
    );
    differ(
        &before,
        &json!({}),
        &["/spec/containers"],
        &["/spec"],
        &["/spec/replicas is absent, was 1"],
    );
    differ(
        &before,
        &json!({}),
        &[],
        &["/metadata/labels"],
        &["/metadata/labels is absent, was {\"a\":\"1\"}"],
    );
}
