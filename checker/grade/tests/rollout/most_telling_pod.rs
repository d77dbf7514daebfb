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
