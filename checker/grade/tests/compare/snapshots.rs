//! The comparison of two clusters: what a reset may change, and what it left.

use grade::snapshots;
use serde_json::{Value, json};

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

#[test]
fn the_words_of_a_condition_name_a_pod_of_the_moment() {
    let set = |reason: &str, pod: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "shop", "name": "cart"}, "status": {"conditions": [
            {"type": "ReplicaFailure", "status": "True", "reason": reason, "message": format!("pods {pod:?} is forbidden")},
        ]}})
    };
    let before = [set("FailedCreate", "cart-1")];
    assert_eq!(
        snapshots(&before, &[set("FailedCreate", "cart-2")]),
        [""; 0]
    );
    let other = snapshots(&before, &[set("FailedDelete", "cart-2")]);
    assert!(
        matches!(other.as_slice(), [told] if told.starts_with("Deployment `shop/cart`: /status/conditions")),
        "{other:?}"
    );
}

#[test]
fn the_address_of_a_service_is_another_one_at_each_start() {
    let address = |name: &str, service: &str| {
        json!({"kind": "IPAddress", "metadata": {"name": name},
            "spec": {"parentRef": {"resource": "services", "namespace": "shop", "name": service}}})
    };
    let none: Vec<String> = Vec::new();
    let before = [address("172.20.1.1", "cart")];
    assert_eq!(snapshots(&before, &[address("172.20.9.9", "cart")]), none);
    assert_eq!(
        snapshots(&before, &[address("172.20.1.1", "till")]),
        [
            "IPAddress of Service `shop/cart` was there and is not",
            "IPAddress of Service `shop/till` is there and was not",
        ]
    );
}

#[test]
fn a_pod_that_has_ended_is_the_same_before_its_phase_says_so() {
    let drill = |phase: &str, code: u32, ready: &str, policy: &str| {
        json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": "drill", "namespace": "shop", "uid": phase},
            "spec": {"restartPolicy": policy, "containers": [{"name": "c", "image": "x:1"}]},
            "status": {"phase": phase, "conditions": [{"type": "PodReadyToStartContainers", "status": ready}],
                "containerStatuses": [{"name": "c", "state": {"terminated": {"exitCode": code}}}]},
        })
    };
    let differs = |one: Value, other: Value| !snapshots(&[one], &[other]).is_empty();
    let ended = || drill("Succeeded", 0, "False", "Never");
    assert!(!differs(drill("Running", 0, "True", "Never"), ended()));
    assert!(differs(drill("Running", 1, "True", "Never"), ended()));
    // This one is begun again.
    assert!(differs(drill("Running", 0, "True", "Always"), ended()));
}
