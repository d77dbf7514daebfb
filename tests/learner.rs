//! What a learner does in the lab whose Pods lack a toleration: looks which workload is broken, says why, repairs it.
//!
//! Knows `kubectl` and `labctl` as a learner does, and not where the cluster comes from.

use std::fs;

use serde_json::{Value, json};

use crate::support::Home;

/// Gives a diagnosis.
pub(crate) fn answer(home: &Home, refused_by: &str, workload: &str, evidence: &str) {
    let file = home.path().join("answer.yaml");
    let answer = json!({
        "format_version": 1, "refused_by": refused_by, "constraint": "untolerated-taint",
        "must_change": format!("deployment/{workload}"), "evidence": evidence,
    });
    fs::write(&file, answer.to_string()).unwrap();
    home.expect(0, &["answer", "--file", &file.to_string_lossy()]);
}

/// Lets the workload's Pods onto the nodes of its group.
pub(crate) fn tolerate(home: &Home, namespace: &str, workload: &str) {
    let taint = home.kubectl(
        "pending-pod",
        "get nodes -o jsonpath={.items[*].spec.taints[0]}",
    );
    let taint: Value = serde_json::Deserializer::from_str(&taint)
        .into_iter()
        .next()
        .unwrap()
        .unwrap();
    let patch = json!({"spec": {"template": {"spec": {"tolerations": [{"key": taint["key"], "operator": "Exists"}]}}}});
    home.kubectl(
        "pending-pod",
        &format!("-n {namespace} patch deployment {workload} -p '{patch}'"),
    );
}

/// The broken workload of the session that is named like its lab.
pub(crate) fn broken_workload(home: &Home) -> (String, String) {
    broken_workload_of(home, "pending-pod")
}

/// Namespace and Deployment of the first Pending Pod.
pub(crate) fn broken_workload_of(home: &Home, session: &str) -> (String, String) {
    let line = "get pods -A --field-selector status.phase=Pending -o jsonpath='{.items[0].metadata.namespace} {.items[0].metadata.labels.app}'";
    let found = home.kubectl(session, line);
    let (namespace, workload) = found.split_once(' ').unwrap();
    (namespace.to_owned(), workload.to_owned())
}
