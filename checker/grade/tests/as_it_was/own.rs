//! What may be added to the subject's own namespace, and to what is there.

use serde_json::{Value, json};

use super::{added, changed, damage, object};

#[test]
fn what_a_careful_engineer_adds_to_their_own_namespace_is_no_damage() {
    let own =
        |api_version: &str, kind: &str, more: Value| object(api_version, kind, "shop", "new", more);
    let budget = |spec: Value| own("policy/v1", "PodDisruptionBudget", json!({"spec": spec}));
    let of_cart = json!({"matchLabels": {"app": "cart"}});
    let quota = |hard: Value| own("v1", "ResourceQuota", json!({"spec": {"hard": hard}}));
    let limits = |rule: Value| own("v1", "LimitRange", json!({"spec": {"limits": [rule]}}));
    let autoscaler = |name: &str, least: i64, most: i64| {
        own(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({"spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": least, "maxReplicas": most,
            }}),
        )
    };
    for kind in ["ConfigMap", "Secret", "Service", "ServiceAccount"] {
        added(own("v1", kind, json!({})), "");
    }
    for (object, expected) in [
        (budget(json!({"selector": of_cart, "minAvailable": 1})), ""),
        (
            budget(json!({"selector": of_cart, "minAvailable": "50%"})),
            "",
        ),
        (
            budget(json!({"selector": of_cart, "maxUnavailable": 1})),
            "",
        ),
        (
            budget(json!({"selector": of_cart, "minAvailable": 2})),
            "it lets none of its Pods go",
        ),
        (
            budget(json!({"selector": of_cart, "minAvailable": "51%"})),
            "it lets none of its Pods go",
        ),
        (
            budget(json!({"selector": {}, "maxUnavailable": 0})),
            "it lets none of its Pods go",
        ),
        (
            quota(
                json!({"pods": "6", "requests.cpu": "1200m", "limits.memory": "1Gi", "services": 5}),
            ),
            "",
        ),
        (
            quota(json!({"pods": "5"})),
            "it leaves no room in `pods` for one Pod more of each workload",
        ),
        (
            quota(json!({"requests.cpu": "1"})),
            "it leaves no room in `requests.cpu` for one Pod more of each workload",
        ),
        (
            quota(json!({"limits.cpu": "64"})),
            "it counts `limits.cpu`, of which `cart` states nothing: its next Pods are refused",
        ),
        (
            limits(json!({"type": "Container", "default": {"cpu": "1"}, "max": {"memory": "1Gi"}})),
            "",
        ),
        (
            limits(json!({"type": "Container", "max": {"memory": "32Mi"}})),
            "the next Pods of `cart` do not fit into it",
        ),
        (
            limits(json!({"type": "Container", "default": {"cpu": "100m"}})),
            "the next Pods of `cart` do not fit into it",
        ),
        (
            limits(json!({"type": "Pod", "max": {"cpu": "100m"}})),
            "the next Pods of `cart` do not fit into it",
        ),
        (autoscaler("cart", 2, 5), ""),
        (
            autoscaler("cart", 3, 5),
            "it wants 3 to 5 replicas, and `cart` has 2",
        ),
        (autoscaler("till", 2, 5), "it does not scale `cart`"),
    ] {
        refused_as(object, expected);
    }
}

#[test]
fn a_pod_to_debug_with_is_no_damage_and_what_makes_pods_is() {
    let own =
        |api_version: &str, kind: &str, more: Value| object(api_version, kind, "shop", "new", more);
    let pod = |more: Value| own("v1", "Pod", more);
    for (object, expected) in [
        (
            pod(json!({"spec": {"nodeName": "node-1", "containers": [{"name": "sh"}]}})),
            "",
        ),
        (
            pod(json!({"spec": {"priority": 1000}})),
            "its priority pushes others out",
        ),
        (
            pod(
                json!({"spec": {"nodeName": "node-1", "containers": [{"resources": {"requests": {"cpu": "1"}}}]}}),
            ),
            "it takes more of a node than 500m and 1Gi, as is enough to debug with",
        ),
        (
            own("apps/v1", "Deployment", json!({})),
            "nothing of the kind may be added",
        ),
        (
            own("networking.k8s.io/v1", "NetworkPolicy", json!({})),
            "nothing of the kind may be added",
        ),
        (
            own("batch/v1", "CronJob", json!({})),
            "nothing of the kind may be added",
        ),
    ] {
        refused_as(object, expected);
    }
    let mut twin = pod(json!({}));
    twin["metadata"]["labels"] = json!({"app": "cart", "more": "1"});
    added(
        twin,
        "Pod `shop/new` is new: it has the labels by which `cart` knows its Pods",
    );
}

#[track_caller]
fn refused_as(object: Value, expected: &str) {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let expected = match expected {
        "" => String::new(),
        why => format!("{kind} `shop/new` is new: {why}"),
    };
    added(object, &expected);
}

#[test]
fn what_is_added_to_ones_own_objects_is_no_damage_and_what_is_taken_is() {
    let container = "/spec/template/spec/containers/0";
    for (pointer, value, expected) in [
        ("/metadata/labels".to_owned(), json!({"a": "b"}), ""),
        ("/spec/revisionHistoryLimit".to_owned(), json!(3), ""),
        (
            "/spec/template/metadata/annotations".to_owned(),
            json!({"a": "b"}),
            "",
        ),
        (
            "/spec/template/metadata/labels/tier".to_owned(),
            json!("front"),
            "",
        ),
        (
            "/spec/template/spec/terminationGracePeriodSeconds".to_owned(),
            json!(60),
            "",
        ),
        (format!("{container}/resources/limits/cpu"), json!("1"), ""),
        (
            format!("{container}/startupProbe"),
            json!({"httpGet": {"port": 80}}),
            "",
        ),
        (
            format!("{container}/lifecycle"),
            json!({"preStop": {"sleep": {"seconds": 5}}}),
            "",
        ),
        (
            "/spec/template/spec/affinity".to_owned(),
            json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}),
            "",
        ),
        (
            "/spec/template/spec/affinity".to_owned(),
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}),
            "/spec/template/spec/affinity is {\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"zone\"}]}}, was absent",
        ),
        (
            "/spec/template/spec/terminationGracePeriodSeconds".to_owned(),
            json!(86400),
            "/spec/template/spec/terminationGracePeriodSeconds is 86400, was absent",
        ),
        (
            "/spec/template/metadata/labels/app".to_owned(),
            json!("other"),
            "/spec/template/metadata/labels/app is \"other\", was \"till\"",
        ),
        (
            format!("{container}/image"),
            json!("other:1"),
            "/spec/template/spec/containers/0/image is \"other:1\", was \"till:1\"",
        ),
        (
            format!("{container}/resources/limits/memory"),
            json!("1Gi"),
            "/spec/template/spec/containers/0/resources/limits/memory is \"1Gi\", was \"64Mi\"",
        ),
    ] {
        let expected = match expected {
            "" => String::new(),
            difference => format!("Deployment `shop/till`: {difference}"),
        };
        changed("till", &pointer, value, &expected);
    }
}

#[test]
fn a_pod_has_one_budget_or_is_never_evicted() {
    let budget = |name: &str, app: &str| {
        let spec = json!({"selector": {"matchLabels": {"app": app}}, "maxUnavailable": 1});
        object(
            "policy/v1",
            "PodDisruptionBudget",
            "shop",
            name,
            json!({"spec": spec}),
        )
    };
    let two = |first: Value, second: Value| {
        damage(|all| {
            all.push(first);
            all.push(second);
        })
    };
    let found = two(budget("one", "cart"), budget("other", "cart"));
    assert!(
        found.contains(
            "PodDisruptionBudget `shop/one` is new: `other` picks the same Pods, and what two budgets pick is never evicted"
        ),
        "{found}"
    );
    assert_eq!(two(budget("one", "cart"), budget("other", "till")), "");
}
