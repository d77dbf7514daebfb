//! `unchanged`, the comparison of objects, and the comparison of two clusters.

use grade::check::{Additions, Ask, CelObject, Check, Role, Unchanged};
use grade::observation::{ObjectRef, ObjectsRef, Observation, Observations};
use grade::verdict::Verdict;
use grade::{Evidence, differences, snapshots};
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

fn nodes(additions: Additions) -> [Check; 1] {
    [Check {
        id: "nodes".to_owned(),
        says: "the nodes are as they were".to_owned(),
        role: Role::Safeguard,
        see: None,
        ask: Ask::Unchanged(Unchanged {
            objects: vec![CelObject::Many(ObjectsRef {
                api_version: "v1".to_owned(),
                kind: "Node".to_owned(),
                namespace: None,
                selector: None,
            })],
            except: Vec::new(),
            only: vec!["/metadata/labels".to_owned(), "/spec/taints".to_owned()],
            additions,
        }),
    }]
}

fn node(name: &str, pool: &str, uid: &str) -> Value {
    json!({"metadata": {"name": name, "uid": uid, "labels": {"pool": pool}}, "spec": {"podCIDR": uid}})
}

fn unchanged(additions: Additions, before: Observation, after: Observation) -> Verdict {
    let checks = nodes(additions);
    let observations = |said: Observation| Observations {
        taken_at: String::new(),
        answers: grade::baseline_questions(&checks)
            .into_iter()
            .map(|question| (question, said.clone()))
            .collect(),
    };
    let evidence = Evidence {
        baseline: observations(before),
        observed: observations(after),
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

fn failed(found: &str) -> Verdict {
    Verdict::Failed {
        expected: "no difference from the start".to_owned(),
        found: found.to_owned(),
    }
}

#[test]
fn objects_are_compared_with_their_baseline() {
    let objects = |nodes: &[Value]| Observation::Objects(nodes.to_vec());
    let before = objects(&[node("a", "general", "1"), node("b", "media", "2")]);
    let passed = Verdict::Passed { evidence: None };
    let verdict = |after: &[Value]| unchanged(Additions::Refused, before.clone(), objects(after));
    // Made again with the same content.
    assert_eq!(
        verdict(&[node("b", "media", "9"), node("a", "general", "8")]),
        passed
    );
    assert_eq!(
        verdict(&[node("a", "general", "1")]),
        failed("Node `b` is gone")
    );
    assert_eq!(
        verdict(&[node("a", "media", "1"), node("b", "media", "2")]),
        failed("Node `a`: /metadata/labels/pool is \"media\", was \"general\"")
    );
    let more = [
        node("a", "general", "1"),
        node("b", "media", "2"),
        node("c", "media", "3"),
    ];
    assert_eq!(verdict(&more), failed("Node `c` is new"));
    assert_eq!(
        unchanged(Additions::Allowed, before.clone(), objects(&more)),
        passed
    );
    let many: Vec<Value> = ["c", "d", "e"]
        .iter()
        .map(|name| node(name, "x", "1"))
        .collect();
    assert_eq!(
        verdict(&many),
        failed("Node `a` is gone; Node `b` is gone; Node `c` is new; and 2 more")
    );
}

#[test]
fn a_comparison_with_nothing_is_undecided() {
    let some = Observation::Objects(vec![node("a", "general", "1")]);
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    assert_eq!(
        unchanged(
            Additions::Refused,
            Observation::Objects(Vec::new()),
            some.clone()
        ),
        undecided("the baseline has no Nodes: there is nothing to compare with")
    );
    let unread = Observation::Unreadable("no permission to list Nodes".to_owned());
    assert_eq!(
        unchanged(Additions::Refused, unread.clone(), some.clone()),
        undecided("baseline: no permission to list Nodes")
    );
    assert_eq!(
        unchanged(Additions::Refused, some, unread),
        undecided("no permission to list Nodes")
    );
}

#[test]
fn one_object_that_is_gone_fails() {
    let object = CelObject::One(ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "ledger".to_owned(),
    });
    let [check] = nodes(Additions::Allowed);
    let checks = [Check {
        ask: Ask::Unchanged(Unchanged {
            objects: vec![object],
            except: Vec::new(),
            only: vec!["/spec".to_owned()],
            additions: Additions::Allowed,
        }),
        ..check
    }];
    let question = grade::questions(&checks).remove(0);
    let said = |said: Observation| Observations {
        taken_at: String::new(),
        answers: vec![(question.clone(), said)],
    };
    let of = |replicas: u32| {
        Observation::Object(
            json!({"metadata": {"name": "ledger", "namespace": "shop"}, "spec": {"replicas": replicas}}),
        )
    };
    let verdict = |after| {
        let evidence = Evidence {
            baseline: said(of(3)),
            observed: said(after),
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    assert_eq!(
        verdict(Observation::Absent),
        failed("Deployment `ledger` is gone")
    );
    assert_eq!(
        verdict(of(1)),
        failed("Deployment `ledger`: /spec/replicas is 1, was 3")
    );
    assert_eq!(verdict(of(3)), Verdict::Passed { evidence: None });
}

fn pod(name: &str, volume: &str, node: &str, phase: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "generateName": "cart-5d9-",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-5d9", "uid": volume}]},
        "spec": {"nodeName": node, "volumes": [{"name": format!("kube-api-access-{volume}")}], "containers": [{"name": "c", "image": "x:1"}]},
        "status": {"phase": phase, "podIP": name, "conditions": [{"type": "Ready", "status": "False", "message": name, "lastTransitionTime": "2026-03-01T10:00:00Z"}]},
    })
}

#[test]
fn a_cluster_that_was_made_again_is_the_same() {
    let cluster = |n: &str| {
        vec![
            pod(
                &format!("cart-5d9-a{n}"),
                &format!("abcd{n}"),
                &format!("node-{n}"),
                "Pending",
            ),
            pod(
                &format!("cart-5d9-b{n}"),
                &format!("efgh{n}"),
                "node-1",
                "Pending",
            ),
            json!({"kind": "Service", "metadata": {"name": "cart", "namespace": "shop", "resourceVersion": n},
                "spec": {"clusterIP": n, "clusterIPs": [n], "ports": [{"port": 80, "nodePort": n}]}}),
            json!({"kind": "Service", "metadata": {"name": "peers", "namespace": "shop"}, "spec": {"clusterIP": "None"}}),
            json!({"kind": "Event", "metadata": {"name": format!("cart.{n}"), "namespace": "shop"}}),
            json!({"kind": "Lease", "metadata": {"name": "node-1", "namespace": "kube-node-lease"}, "spec": {"renewTime": n}}),
            json!({"kind": "Node", "metadata": {"name": "node-1", "creationTimestamp": n}, "status": {"nodeInfo": {"bootID": n},
                "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": format!("2026-03-01T10:00:0{n}Z")}]}}),
            json!({"kind": "EndpointSlice", "metadata": {"name": format!("cart-{n}"), "namespace": "shop", "generateName": "cart-",
                "ownerReferences": [{"kind": "Service", "name": "cart"}]}, "endpoints": [{"addresses": [n]}]}),
        ]
    };
    let mut again = cluster("2");
    again.reverse();
    assert_eq!(snapshots(&cluster("1"), &again), [""; 0]);
}

#[test]
fn pods_may_run_on_other_nodes_after_a_reset() {
    let agent = |node: &str, zone: &str| {
        json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": format!("agent-{node}"), "namespace": "kube-system", "generateName": "agent-",
                "labels": {"app": "agent", "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-west-1"},
                "ownerReferences": [{"kind": "DaemonSet", "name": "agent"}]},
            "spec": {"nodeName": node, "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}}}},
        })
    };
    let endpoints = |time: &str| {
        json!({"kind": "Endpoints", "metadata": {"name": "dns", "namespace": "kube-system",
            "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": time}}})
    };
    assert_eq!(
        snapshots(
            &[agent("node-1", "a"), endpoints("2026-03-01T10:00:00Z")],
            &[agent("node-2", "b"), endpoints("2026-03-01T10:01:00Z")]
        ),
        [""; 0]
    );
}

#[test]
fn what_a_reset_left_is_told() {
    let before = vec![
        pod("cart-5d9-a", "a", "node-1", "Pending"),
        json!({"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": {"startTime": "2026-03-01T10:00:00Z"}}),
        json!({"kind": "Deployment", "metadata": {"name": "cart", "namespace": "shop"}, "spec": {"replicas": 3}}),
        json!({"kind": "Namespace", "metadata": {"name": "shop"}}),
    ];
    let after = vec![
        pod("cart-5d9-x", "b", "node-2", "Running"),
        json!({"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": {"startTime": "2026-03-01T11:00:00Z"}}),
        json!({"kind": "Deployment", "metadata": {"name": "cart", "namespace": "shop"}, "spec": {"replicas": 1}}),
        json!({"kind": "ClusterRole", "metadata": {"name": "left-over"}}),
    ];
    assert_eq!(
        snapshots(&before, &after),
        [
            "ClusterRole `left-over` is there and was not",
            "ConfigMap `shop/settings`: /data/startTime is \"2026-03-01T11:00:00Z\", was \"2026-03-01T10:00:00Z\"",
            "Deployment `shop/cart`: /spec/replicas is 1, was 3",
            "Namespace `shop` was there and is not",
            "Pod of ReplicaSet `shop/cart-5d9`: /status/phase is \"Running\", was \"Pending\"",
        ]
    );
    let two = [pod("a", "a", "n", "Pending"), pod("b", "b", "n", "Pending")];
    assert_eq!(
        snapshots(
            &two,
            &[
                two[0].clone(),
                two[1].clone(),
                pod("c", "c", "n", "Pending")
            ]
        ),
        ["Pod of ReplicaSet `shop/cart-5d9`: there are 3, there were 2"]
    );
}
