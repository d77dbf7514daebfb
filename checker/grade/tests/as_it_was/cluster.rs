//! A small cluster before the learner came.

use serde_json::{Value, json};

/// The learner's namespace is `shop`, where Deployment `cart` is broken beside `till`; `bank` is another team's.
pub(crate) fn cluster() -> Vec<Value> {
    let deployment = |namespace: &str, name: &str| {
        object(
            "apps/v1",
            "Deployment",
            namespace,
            name,
            json!({"spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{
                        "name": name,
                        "image": format!("{name}:1"),
                        "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                    }]},
                },
            }}),
        )
    };
    let mut all = vec![
        object("v1", "Namespace", "", "shop", json!({})),
        object("v1", "Namespace", "", "bank", json!({})),
        object("v1", "Namespace", "", "kube-system", json!({})),
        deployment("shop", "cart"),
        deployment("shop", "till"),
        deployment("bank", "ledger"),
        deployment("bank", "trial"),
        object(
            "v1",
            "ConfigMap",
            "kube-system",
            "coredns",
            json!({"data": {"Corefile": ".:53"}}),
        ),
        object(
            "v1",
            "Secret",
            "bank",
            "key",
            json!({"data": {"key": "c2VjcmV0"}}),
        ),
        object(
            "storage.k8s.io/v1",
            "StorageClass",
            "",
            "gp3",
            json!({"provisioner": "ebs.csi.aws.com"}),
        ),
        object(
            "v1",
            "PersistentVolumeClaim",
            "shop",
            "data",
            json!({"spec": {"storageClassName": "gp3"}}),
        ),
        object(
            "v1",
            "Pod",
            "shop",
            "restore",
            json!({"status": {"phase": "Succeeded"}}),
        ),
        object(
            "v1",
            "Node",
            "",
            "node-1",
            json!({
                "spec": {"taints": [{"key": "only", "value": "cart", "effect": "NoSchedule"}]},
                "status": {"capacity": {"cpu": "2"}, "conditions": [{"type": "Ready", "status": "True"}]},
            }),
        ),
    ];
    all.extend(made("bank", "ledger", "ledger:1"));
    all
}

/// What the controllers make of a Deployment: a `ReplicaSet` and one Pod.
pub(crate) fn made(namespace: &str, name: &str, image: &str) -> [Value; 2] {
    let owner = |kind: &str, uid: String| json!([{"kind": kind, "name": name, "uid": uid, "controller": true}]);
    let spec = json!({"containers": [{"name": name, "image": image}]});
    let mut set = object(
        "apps/v1",
        "ReplicaSet",
        namespace,
        &format!("{name}-1"),
        json!({
            "spec": {"template": {"spec": {"containers": [{"name": name, "image": format!("{name}:1")}]}}},
        }),
    );
    set["metadata"]["ownerReferences"] = owner("Deployment", uid("Deployment", namespace, name));
    let mut pod = object(
        "v1",
        "Pod",
        namespace,
        &format!("{name}-1-x"),
        json!({"spec": spec}),
    );
    pod["metadata"]["ownerReferences"] = owner(
        "ReplicaSet",
        uid("ReplicaSet", namespace, &format!("{name}-1")),
    );
    [set, pod]
}

pub(crate) fn uid(kind: &str, namespace: &str, name: &str) -> String {
    format!("{kind}-{namespace}-{name}")
}

pub(crate) fn object(
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
    more: Value,
) -> Value {
    let mut object = json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "uid": uid(kind, namespace, name)},
    });
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    for (field, value) in more.as_object().unwrap() {
        object[field] = value.clone();
    }
    object
}
