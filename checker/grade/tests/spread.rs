//! `spread`: which rules keep Pods apart and still let them run and be rolled out, told by one table over a small cluster.

#![expect(
    clippy::needless_pass_by_value,
    reason = "objects are written where they are handed on"
)]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Over, Spread};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

/// Nodes of group `pool` in these zones, and one in zone b that is being emptied: it has the group's label and a taint of its own.
fn nodes(zones: &[&str]) -> Vec<Value> {
    let node = |name: String, zone: &str, taints: Value| {
        json!({"metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "eks.amazonaws.com/nodegroup": "pool",
            "platform.lab/class": "pool",
            "topology.kubernetes.io/zone": zone,
            "topology.k8s.aws/zone-id": format!("id-{zone}"),
        }}, "spec": {"taints": taints}})
    };
    let mut all: Vec<Value> = zones
        .iter()
        .enumerate()
        .map(|(place, zone)| node(format!("pool-{place}"), zone, json!([])))
        .collect();
    let emptied = json!([{"key": "platform.lab/emptied", "effect": "NoSchedule"}]);
    all.push(node("old".to_owned(), "b", emptied));
    all
}

/// The verdict for a Deployment of three Pods with these rules and this strategy.
fn verdict(over: Over, zones: &[&str], rules: Value, strategy: Value, pending: bool) -> Verdict {
    let owner = |kind: &str, uid: &str| json!([{"kind": kind, "uid": uid, "controller": true}]);
    let mut spec = json!({"nodeSelector": {"platform.lab/class": "pool"}});
    for (field, value) in rules.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    let workload = ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "cart".to_owned(),
    };
    let deployment = json!({
        "metadata": {"name": "cart", "namespace": "shop", "uid": "d"},
        "spec": {"replicas": 3, "strategy": strategy, "template": {"metadata": {"labels": {"app": "cart"}}, "spec": spec}},
    });
    let set = json!({"metadata": {"name": "cart-1", "uid": "s", "ownerReferences": owner("Deployment", "d")}});
    let mut pod = json!({"metadata": {"name": "cart-1-a", "ownerReferences": owner("ReplicaSet", "s")}, "spec": {}, "status": {}});
    if !pending {
        pod["spec"]["nodeName"] = json!("pool-0");
    }
    let checks = [Check {
        id: "it".to_owned(),
        says: "it is so".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::Spread(Spread { workload, over }),
    }];
    let said = |question: Question| {
        let answer = match &question {
            Question::Objects(objects) => Observation::Objects(match objects.kind.as_str() {
                "ReplicaSet" => vec![set.clone()],
                "Pod" => vec![pod.clone()],
                _ => nodes(zones),
            }),
            _ => Observation::Object(deployment.clone()),
        };
        (question, answer)
    };
    let observed = |questions: Vec<Question>| Observations {
        taken_at: String::new(),
        answers: questions.into_iter().map(said).collect(),
    };
    let evidence = Evidence {
        baseline: observed(grade::baseline_questions(&checks)),
        observed: observed(grade::questions(&checks)),
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

/// What was found instead; empty when the check passes.
fn found(over: Over, zones: &[&str], rules: Value, strategy: Value) -> String {
    match verdict(over, zones, rules, strategy, false) {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

/// A spread rule over this label, with more fields.
fn rule(key: &str, more: Value) -> Value {
    let mut rule = json!({"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "cart"}}});
    for (field, value) in more.as_object().into_iter().flatten() {
        rule[field] = value.clone();
    }
    json!({"topologySpreadConstraints": [rule]})
}

fn apart(more: Value) -> Value {
    let mut term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "cart"}}});
    for (field, value) in more.as_object().into_iter().flatten() {
        term[field] = value.clone();
    }
    json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
}

fn rolling(surge: Value, missing: Value) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}})
}

const ZONE: &str = "topology.kubernetes.io/zone";

#[test]
fn a_zone_without_nodes_is_left_out_and_no_other_is_given_more() {
    let honor = || json!({"nodeTaintsPolicy": "Honor"});
    let one_then_none =
        "with today's nodes its template can come to an end with 1 of 3 Pods let in";
    let two_to_none =
        "with nodes in two zones its template lets 2 Pods into one zone when another has 0";
    for (rules, expected) in [
        (rule(ZONE, honor()), ""),
        (rule("topology.k8s.aws/zone-id", honor()), ""),
        (
            rule(ZONE, json!({"nodeTaintsPolicy": "Honor", "minDomains": 1})),
            "",
        ),
        (
            rule(
                ZONE,
                json!({"nodeTaintsPolicy": "Honor", "matchLabelKeys": ["pod-template-hash"]}),
            ),
            "",
        ),
        (rule(ZONE, json!({})), one_then_none),
        (
            rule(ZONE, json!({"nodeTaintsPolicy": "Honor", "minDomains": 2})),
            one_then_none,
        ),
        (
            rule(
                ZONE,
                json!({"nodeTaintsPolicy": "Honor", "nodeAffinityPolicy": "Ignore"}),
            ),
            "",
        ),
        (json!({}), two_to_none),
        (
            rule(ZONE, json!({"whenUnsatisfiable": "ScheduleAnyway"})),
            two_to_none,
        ),
        (
            rule(ZONE, json!({"nodeTaintsPolicy": "Honor", "maxSkew": 2})),
            two_to_none,
        ),
        (
            rule(
                ZONE,
                json!({"nodeTaintsPolicy": "Honor", "labelSelector": {"matchLabels": {"app": "till"}}}),
            ),
            two_to_none,
        ),
        (rule("kubernetes.io/hostname", honor()), two_to_none),
        // No rule, and never more than one zone.
        (
            json!({"nodeSelector": {"platform.lab/class": "pool", ZONE: "a"}}),
            "with nodes in two zones its template may not run on all that are like those of today",
        ),
    ] {
        let found = found(
            Over::Zones,
            &["a", "a"],
            rules.clone(),
            rolling(json!("25%"), json!("25%")),
        );
        assert_eq!(found, expected, "{rules}");
    }
}

#[test]
fn pods_on_nodes_of_their_own_need_room_to_be_rolled_out() {
    let no_end = "the next roll-out comes to no end: while 3 Pods of today's run, the rules let none that takes over onto a node";
    let two_on_one = "with today's nodes its template lets 2 Pods into one node when another has 0";
    for (rules, surge, missing, expected) in [
        (apart(json!({})), json!(1), json!(0), no_end),
        (apart(json!({})), json!("25%"), json!("25%"), no_end),
        (apart(json!({})), json!(0), json!(1), ""),
        (apart(json!({})), json!(1), json!(1), ""),
        (apart(json!({})), json!(1), json!("34%"), ""),
        (apart(json!({})), json!(0), json!("25%"), ""),
        (
            apart(json!({})),
            json!(0),
            json!(2),
            "a roll-out ends 2 Pods before others take over",
        ),
        (
            apart(json!({"matchLabelKeys": ["pod-template-hash"]})),
            json!(1),
            json!(0),
            "",
        ),
        (
            rule(
                "kubernetes.io/hostname",
                json!({"nodeTaintsPolicy": "Honor"}),
            ),
            json!(1),
            json!(0),
            "",
        ),
        (
            rule(ZONE, json!({"nodeTaintsPolicy": "Honor"})),
            json!(1),
            json!(0),
            two_on_one,
        ),
        // About the Pods of others.
        (
            apart(json!({"namespaces": ["bank"]})),
            json!(1),
            json!(1),
            two_on_one,
        ),
        (
            apart(
                json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}),
            ),
            json!(1),
            json!(1),
            two_on_one,
        ),
        (
            apart(json!({"namespaces": ["bank", "shop"]})),
            json!(1),
            json!(1),
            "",
        ),
        (
            apart(json!({"namespaceSelector": {}})),
            json!(1),
            json!(1),
            "",
        ),
        (
            apart(
                json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}),
            ),
            json!(1),
            json!(1),
            "",
        ),
        (json!({}), json!(1), json!(0), two_on_one),
    ] {
        let found = found(
            Over::Nodes,
            &["a", "b", "a"],
            rules.clone(),
            rolling(surge, missing),
        );
        assert_eq!(found, expected, "{rules}");
    }
    assert_eq!(
        found(
            Over::Nodes,
            &["a", "b", "a"],
            apart(json!({})),
            json!({"type": "Recreate"})
        ),
        "a roll-out ends all its Pods at once"
    );
}

#[test]
fn it_is_asked_when_every_pod_has_a_node() {
    let verdict = verdict(Over::Nodes, &["a"], json!({}), json!({}), true);
    let why = "asked when every Pod of `cart` has a node".to_owned();
    assert_eq!(verdict, Verdict::Undecided { why });
}
