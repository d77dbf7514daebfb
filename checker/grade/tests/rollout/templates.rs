//! Pods beside the template that they are made of: what a cluster adds to them, and what makes them different.

use std::time::Duration;

use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{Recorded, deployment, passes, set};

/// A template and a Pod as the API server makes it of this template, with all that a cluster adds.
fn of_a_template() -> Recorded {
    let mut recorded = deployment();
    let template = json!({
        "nodeSelector": {"pool": "memory"},
        "tolerations": [{"key": "team", "operator": "Equal", "value": "media", "effect": "NoSchedule"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "cart"}}],
        "containers": [{
            "name": "cart", "image": "cart:2", "args": ["serve"], "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "data", "mountPath": "/log", "subPath": "log"}],
        }],
    });
    set(
        &mut recorded.workload,
        "/spec/template",
        json!({"spec": template}),
    );
    let mut spec = template;
    let added = json!([
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    spec["nodeName"] = json!("node-1");
    spec["hostNetwork"] = json!(false);
    let extend = |list: &mut Value, more: &Value| {
        list.as_array_mut()
            .unwrap()
            .extend(more.as_array().unwrap().iter().cloned());
    };
    extend(&mut spec["tolerations"], &added);
    extend(
        &mut spec["volumes"],
        &json!([{"name": "kube-api-access-x", "projected": {}}]),
    );
    extend(
        &mut spec["containers"][0]["volumeMounts"],
        &json!([{"name": "kube-api-access-x", "mountPath": "/var/run/secrets"}]),
    );
    spec["containers"][0]["resources"]["requests"]["memory"] = json!("1Gi");
    extend(
        &mut spec["containers"],
        &json!([{"name": "mesh", "image": "mesh:1"}]),
    );
    for pod in &mut recorded.pods {
        pod["spec"] = spec.clone();
        let runs = |name: &str| json!({"name": name, "ready": true, "state": {"running": {}}});
        pod["status"]["containerStatuses"] = json!([runs("cart"), runs("mesh"), runs("other")]);
    }
    recorded
}

#[test]
fn what_a_cluster_adds_to_a_pod_is_no_difference() {
    passes(of_a_template(), "Deployment", 3, "held for 12 s");
}

#[test]
fn a_pod_that_is_not_what_its_template_says_is_named() {
    for (pointer, value, field) in [
        ("/nodeSelector", json!({"pool": "general"}), "nodeSelector"),
        ("/nodeSelector", json!({}), "nodeSelector"),
        ("/tolerations/0/key", json!("other"), "tolerations"),
        (
            "/tolerations/2",
            json!({"operator": "Exists"}),
            "tolerations",
        ),
        // Without an end it would stay bound to a node that died.
        (
            "/tolerations/2",
            json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}),
            "tolerations",
        ),
        ("/hostNetwork", json!(true), "hostNetwork"),
        ("/affinity", json!({"podAffinity": {}}), "affinity"),
        (
            "/volumes/0",
            json!({"name": "data", "emptyDir": {}}),
            "volumes[data].persistentVolumeClaim",
        ),
        (
            "/volumes/0/persistentVolumeClaim/claimName",
            json!("empty"),
            "volumes[data].persistentVolumeClaim.claimName",
        ),
        (
            "/containers/0/image",
            json!("cart:1"),
            "containers[cart].image",
        ),
        (
            "/containers/0/args",
            json!(["serve", "--slow"]),
            "containers[cart].args",
        ),
        (
            "/containers/0/ports/0/containerPort",
            json!(80),
            "containers[cart].ports",
        ),
        (
            "/containers/0/resources/requests/cpu",
            json!("1m"),
            "containers[cart].resources.requests.cpu",
        ),
        (
            "/containers/0/volumeMounts/0/mountPath",
            json!("/elsewhere"),
            "containers[cart].volumeMounts[data].mountPath",
        ),
        ("/containers/0/name", json!("other"), "containers[cart]"),
    ] {
        let mut recorded = of_a_template();
        set(&mut recorded.pods[1], &format!("/spec{pointer}"), value);
        assert_eq!(
            recorded.verdict("Deployment", Duration::from_secs(3)),
            Verdict::Failed {
                expected: "Pods that are what the template says".to_owned(),
                found: format!("Pod `cart-new-b` differs from it in {field}"),
            }
        );
    }
}

#[test]
fn selectors_that_the_api_server_writes_for_matched_label_keys_are_the_templates() {
    let rule = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "cart"}}, "matchLabelKeys": ["pod-template-hash"]});
    let mut written = rule.clone();
    written["labelSelector"]["matchExpressions"] =
        json!([{"key": "pod-template-hash", "operator": "In", "values": ["5d8f"]}]);
    let apart = |term: &Value| json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
    let mut recorded = of_a_template();
    let template = "/spec/template/spec";
    for (field, of_template, of_pod) in [
        ("affinity", apart(&rule), apart(&written)),
        ("topologySpreadConstraints", json!([rule]), json!([written])),
    ] {
        recorded.workload.pointer_mut(template).unwrap()[field] = of_template;
        for pod in &mut recorded.pods {
            pod["spec"][field] = of_pod.clone();
        }
    }
    passes(recorded, "Deployment", 3, "held for 12 s");
}
