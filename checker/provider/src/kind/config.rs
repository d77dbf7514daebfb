//! What kind is told to make: one control plane, and a worker for each node of the scenario.
//!
//! Pure. Written as JSON, which kind reads as YAML. Patches name no version of kubeadm's configuration and write arguments as a map: every kind
//! since 0.20 takes that.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::instance::{self, Size};
use crate::sandbox::config::Node;
use crate::site::Wanted;

/// Where the API server writes its audit log, in the control plane's node.
pub(super) const AUDIT_LOG: &str = "/var/log/kubernetes/audit.log";

/// Where the session's audit policy is mounted there.
pub(super) const AUDIT_POLICY: &str = "/etc/kubernetes/audit/policy.yaml";

/// Where cluster addresses come from on EKS.
const SERVICE_CIDR: &str = "172.20.0.0/16";

/// kind's configuration. `base` is the person's own, to which it is added; `policy` the file of the audit policy; a node has at most
/// `capacity`: thousandths of a processor, bytes.
pub(super) fn config(
    wanted: &Wanted,
    base: &Map<String, Value>,
    policy: &Path,
    capacity: (u64, u64),
) -> Value {
    let mut config = base.clone();
    config.insert("kind".to_owned(), json!("Cluster"));
    config.insert("apiVersion".to_owned(), json!("kind.x-k8s.io/v1alpha4"));
    let networking = config.entry("networking").or_insert_with(|| json!({}));
    if let Value::Object(networking) = networking {
        networking
            .entry("serviceSubnet")
            .or_insert_with(|| json!(SERVICE_CIDR));
    }
    let patches = config
        .entry("kubeadmConfigPatches")
        .or_insert_with(|| json!([]));
    if let Value::Array(patches) = patches {
        patches.push(json!(audited().to_string()));
    }
    let mount = json!({"hostPath": policy, "containerPath": AUDIT_POLICY, "readOnly": true});
    let mut nodes = vec![json!({"role": "control-plane", "extraMounts": [mount]})];
    nodes.extend(
        wanted
            .nodes
            .iter()
            .map(|node| worker(wanted, node, capacity)),
    );
    config.insert("nodes".to_owned(), Value::Array(nodes));
    Value::Object(config)
}

fn audited() -> Value {
    json!({
        "kind": "ClusterConfiguration",
        "apiServer": {
            "extraArgs": {
                "audit-policy-file": AUDIT_POLICY,
                "audit-log-path": AUDIT_LOG,
                // A rotated log would lose the history of the events.
                "audit-log-maxsize": "100000",
            },
            "extraVolumes": [
                {"name": "audit-policy", "hostPath": AUDIT_POLICY, "mountPath": AUDIT_POLICY, "readOnly": true, "pathType": "File"},
                {"name": "audit-log", "hostPath": "/var/log/kubernetes", "mountPath": "/var/log/kubernetes", "pathType": "DirectoryOrCreate"},
            ],
        },
    })
}

fn worker(wanted: &Wanted, node: &Node, capacity: (u64, u64)) -> Value {
    let mut arguments = json!({"provider-id": super::node::provider_id(wanted, node)});
    if let Some(size) = instance::allocatable(&node.instance_type) {
        arguments["max-pods"] = json!(size.pods.to_string());
        arguments["system-reserved"] = json!(reserved(size, capacity));
    }
    let taints = node.taints.iter();
    let taints: Vec<Value> = taints
        .map(|it| json!({"key": it.key, "value": it.value, "effect": it.effect}))
        .collect();
    let patch = json!({
        "kind": "JoinConfiguration",
        "nodeRegistration": {"name": node.name, "taints": taints, "kubeletExtraArgs": arguments},
    });
    json!({
        "role": "worker",
        "labels": super::node::labels(wanted, node),
        "kubeadmConfigPatches": [patch.to_string()],
    })
}

/// What is kept from Pods, so that as much is left as on a node of that type; nothing where the machine has less than such a node.
fn reserved(size: Size, (processors, memory): (u64, u64)) -> String {
    let processors = processors.saturating_sub(size.processor_millis);
    let memory = memory.saturating_sub(size.memory) / 1024;
    format!("cpu={processors}m,memory={memory}Ki")
}
