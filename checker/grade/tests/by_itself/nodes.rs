//! Hands on nodes while a Pod waits: those that let it in for the moment, and those that did not.

use grade::evidence::Write;
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{bound, judged_pod, to_node, to_status, told, write};

/// The nodes at the start: the Pod goes to `node-1`, whose taint keeps it away.
fn start() -> Value {
    let node = |name: &str, zone: &str, taints: Value| {
        json!({
            "metadata": {"name": name, "labels": {
                "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "disk": "slow", "noted": "no",
            }},
            "spec": {"taints": taints},
            "status": {"allocatable": {"cpu": "2"}, "conditions": [{"type": "Ready", "status": "True"}]},
        })
    };
    let taint = json!([{"key": "only", "value": "till", "effect": "NoSchedule"}]);
    json!([node("node-1", "a", taint), node("node-2", "b", json!([]))])
}

/// What is found of a Pod with this in its specification, on nodes that are as at the start again.
fn found(pod: &Value, writes: Vec<Write>) -> String {
    found_on(pod, &start(), writes)
}

fn found_on(pod: &Value, now: &Value, mut writes: Vec<Write>) -> String {
    writes.push(bound());
    writes.sort_by(|one, other| one.at.cmp(&other.at));
    match judged_pod(Some(told(writes)), &start(), now, pod, &json!({})) {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => format!("undecided: {why}"),
    }
}

fn changed(field: &str, node: &str) -> String {
    format!(
        "`learner` changed {field} of node `{node}` while Pod `cart-1-a` waited, and it was changed again after it was let in"
    )
}

fn tolerant() -> Value {
    json!({"tolerations": [{"key": "only", "operator": "Exists"}]})
}

fn to_fast_disks() -> Value {
    let mut pod = tolerant();
    pod["nodeSelector"] = json!({"disk": "fast"});
    pod
}

/// The taint away at 10:00:09 and back at 10:00:11, around the binding, each in a form that is not told.
fn taint_away_and_back(forms: [(&str, Value); 2]) -> Vec<Write> {
    let [(first, away), (second, back)] = forms;
    vec![
        to_node(9, "node-1", first, away),
        to_node(11, "node-1", second, back),
    ]
}

fn taint() -> Value {
    json!([{"key": "only", "value": "till", "effect": "NoSchedule"}])
}

#[test]
fn a_node_that_was_another_for_the_moment_let_the_pod_in() {
    let back = || json!({"spec": {"taints": taint()}});
    let whole = |taints: Value| {
        let mut node = start()[0].clone();
        node["spec"]["taints"] = taints;
        node
    };
    let none = json!({});
    for forms in [
        [
            ("patch", json!({"spec": {"taints": null}})),
            ("patch", back()),
        ],
        [
            (
                "patch",
                json!({"spec": {"taints": [{"$patch": "delete", "key": "only"}], "$setElementOrder/taints": []}}),
            ),
            ("patch", back()),
        ],
        [
            (
                "patch",
                json!([{"op": "test", "path": "/spec/taints/0/key", "value": "only"}, {"op": "remove", "path": "/spec/taints/0"}]),
            ),
            (
                "patch",
                json!([{"op": "add", "path": "/spec/taints", "value": taint()}]),
            ),
        ],
        [("update", whole(json!([]))), ("update", whole(taint()))],
        [
            ("update", whole(json!([]))),
            ("patch", json!({"metadata": {"annotations": {"a": "b"}}})),
        ],
        [("delete", Value::Null), ("patch", back())],
    ] {
        let told = format!("{forms:?}");
        let writes = taint_away_and_back(forms);
        assert_eq!(
            found(&none, writes),
            changed("spec.taints", "node-1"),
            "{told}"
        );
    }
    let label = |value: Value| json!({"metadata": {"labels": {"disk": value}}});
    assert_eq!(
        found(
            &to_fast_disks(),
            vec![
                to_node(9, "node-1", "patch", label(json!("fast"))),
                to_node(11, "node-1", "patch", label(json!("slow"))),
            ]
        ),
        changed("metadata.labels.disk", "node-1")
    );
    // The volume's place is told by the zone, and no field of the Pod names it.
    let zone = |value: &str| json!([{"op": "replace", "path": "/metadata/labels/topology.kubernetes.io~1zone", "value": value}]);
    let zones = |node: &str| {
        vec![
            to_node(9, node, "patch", zone("c")),
            to_node(11, node, "patch", zone("a")),
        ]
    };
    assert_eq!(
        found(&tolerant(), zones("node-1")),
        changed("metadata.labels.topology.kubernetes.io/zone", "node-1")
    );
    // Where Pods are spread over zones, those of other nodes matter, too.
    let mut spread = tolerant();
    spread["topologySpreadConstraints"] = json!([{"topologyKey": "topology.kubernetes.io/zone"}]);
    assert_eq!(
        found(&spread, zones("node-2")),
        changed("metadata.labels.topology.kubernetes.io/zone", "node-2")
    );
    // The kubelet puts back what it owns.
    let room = json!({"status": {"allocatable": {"cpu": "64"}}});
    assert_eq!(
        found(&tolerant(), vec![to_status(9, room)]),
        changed("status.allocatable.cpu", "node-1")
    );
}

#[test]
fn what_let_nobody_in_is_no_hand() {
    let noted =
        || json!({"metadata": {"annotations": {"seen-by": "me"}, "labels": {"noted": "yes"}}});
    let none = json!({});
    let away = || json!({"spec": {"taints": null}});
    let back = || json!({"spec": {"taints": taint()}});
    let both =
        |first: Value, second: Value| taint_away_and_back([("patch", first), ("patch", second)]);
    for (why, pod, writes) in [
        (
            "annotations, and a label that nobody asks for",
            none.clone(),
            both(noted(), noted()),
        ),
        (
            "a taint that is tolerated",
            tolerant(),
            both(away(), back()),
        ),
        (
            "another node",
            none.clone(),
            vec![
                to_node(9, "node-2", "patch", away()),
                to_node(11, "node-2", "patch", back()),
            ],
        ),
        (
            "undone before the Pod was let in",
            none.clone(),
            vec![
                to_node(7, "node-1", "patch", away()),
                to_node(9, "node-1", "update", start()[0].clone()),
            ],
        ),
        (
            "another part before than after",
            none.clone(),
            both(noted(), back()),
        ),
        (
            "before the Pod was made",
            none.clone(),
            vec![
                to_node(2, "node-1", "patch", away()),
                to_node(11, "node-1", "patch", back()),
            ],
        ),
        (
            "cordoned for the moment",
            tolerant(),
            both(
                json!({"spec": {"unschedulable": true}}),
                json!({"spec": {"unschedulable": null}}),
            ),
        ),
        (
            "what a volume is not placed by",
            tolerant(),
            vec![
                to_node(
                    9,
                    "node-2",
                    "patch",
                    json!({"metadata": {"labels": {"topology.kubernetes.io/zone": "c"}}}),
                ),
                to_node(
                    11,
                    "node-2",
                    "patch",
                    json!({"metadata": {"labels": {"topology.kubernetes.io/zone": "b"}}}),
                ),
            ],
        ),
        (
            "an amount in another spelling",
            tolerant(),
            vec![to_status(
                9,
                json!({"status": {"allocatable": {"cpu": "2000m"}}}),
            )],
        ),
        (
            "conditions of the status",
            tolerant(),
            vec![to_status(9, json!({"status": {"conditions": []}}))],
        ),
    ] {
        assert_eq!(found(&pod, writes), "", "{why}");
    }
}

#[test]
fn what_is_so_now_is_for_others_to_say() {
    let none = json!({});
    let away = || json!({"spec": {"taints": null}});
    // Whether a node may stay as it was made is not this check's to say.
    let mut now = start();
    now[0]["spec"]["taints"] = json!([]);
    let stays = vec![to_node(9, "node-1", "patch", away())];
    assert_eq!(found_on(&none, &now, stays), "");
    // A node that its Pod was let into, and that was cordoned later.
    let mut now = start();
    now[0]["spec"] = json!({"unschedulable": true});
    let later = vec![to_node(
        20,
        "node-1",
        "patch",
        json!({"spec": {"unschedulable": true}}),
    )];
    assert_eq!(found_on(&tolerant(), &now, later), "");
}

#[test]
fn what_the_log_does_not_tell_is_undecided() {
    let untold = write(9, "learner", "nodes", "node-1");
    assert_eq!(
        found(&tolerant(), vec![untold]),
        "undecided: the audit log does not tell what `learner` wrote to node `node-1` while Pod `cart-1-a` waited"
    );
    // Nothing was asked of that time.
    let early = write(2, "learner", "nodes", "node-1");
    assert_eq!(found(&tolerant(), vec![early]), "");
}
