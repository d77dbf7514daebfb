//! Which Pod is shown when a rollout is not complete, and what is said of it.

use serde_json::{Value, json};

use super::{fails, set};

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

/// Changes a Pod so that its one container runs, but for this.
fn but(pod: &mut Value, pointer: &str, value: Value) {
    set(
        pod,
        "/spec",
        json!({"nodeName": "node-1", "containers": [{"name": "cart"}]}),
    );
    let runs = json!({"name": "cart", "ready": true, "state": {"running": {"startedAt": "2026-03-01T10:00:00Z"}}});
    set(pod, "/status/containerStatuses", json!([runs]));
    set(pod, pointer, value);
}

#[test]
fn a_condition_that_was_written_by_hand_makes_no_pod_ready() {
    for (pointer, value) in [
        ("/status/podIP", json!("")),
        ("/status/containerStatuses", json!([])),
        ("/status/containerStatuses/0/ready", json!(false)),
        ("/status/containerStatuses/0/state", json!({"waiting": {}})),
    ] {
        fails(
            |it| but(&mut it.pods[0], pointer, value),
            "2 ready replicas",
            "1 ready replica (Pod `cart-new-a` is not Ready)",
        );
    }
    // It cannot have been Ready for longer than it is there, or its container runs.
    for pointer in [
        "/metadata/creationTimestamp",
        "/status/containerStatuses/0/state/running/startedAt",
    ] {
        fails(
            |it| but(&mut it.pods[0], pointer, json!("2026-03-01T10:00:11Z")),
            "held for 3 s",
            "held for 1 s so far",
        );
    }
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
