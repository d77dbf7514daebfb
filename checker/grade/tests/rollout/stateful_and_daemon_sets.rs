//! The rollouts of a `StatefulSet` and of a `DaemonSet`, where they are not judged as that of a Deployment.

use std::time::Duration;

use grade::verdict::Verdict;
use serde_json::json;

use super::{Recorded, passes, pod, set};

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
