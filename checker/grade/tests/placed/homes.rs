//! `placed`: which templates keep to their home. One table: what one home refuses, all refuse.

use grade::kinds::{Ask, Home, Placed};
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{Seen, found, ledger};

fn placed(home: Home) -> Ask {
    Ask::Placed(Placed {
        workload: ledger(),
        home,
    })
}

fn groups(names: &[&str]) -> Home {
    Home::NodeGroups(names.iter().map(|&name| name.to_owned()).collect())
}

fn requires(key: &str, operator: &str, values: &[&str]) -> Value {
    json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": key, "operator": operator, "values": values}]},
    ]}}})
}

const TOLERATED: &str = "platform.lab/kept-for";

fn tolerations() -> Value {
    json!([{"key": TOLERATED, "operator": "Exists"}])
}

#[test]
fn a_group_is_named_by_any_label_that_all_its_nodes_have_and_will_have() {
    for spec in [
        json!({"nodeSelector": {"platform.lab/pool": "memory"}, "tolerations": tolerations()}),
        json!({"nodeSelector": {"eks.amazonaws.com/nodegroup": "memory"}, "tolerations": tolerations()}),
        json!({"affinity": requires("platform.lab/pool", "In", &["memory"]), "tolerations": tolerations()}),
        json!({"nodeSelector": {"platform.lab/pool": "memory"}, "tolerations": [{"key": TOLERATED, "value": "memory"}]}),
    ] {
        let seen = Seen::on(Some("memory-1"), spec.clone());
        let verdict = seen.verdict(placed(groups(&["memory"])));
        assert_eq!(verdict, Verdict::Passed { evidence: None }, "{spec}");
    }
}

#[test]
fn what_suits_only_some_nodes_of_the_group_or_others_too_is_refused() {
    let with = |spec: Value| {
        let mut spec = spec;
        spec["tolerations"] = tolerations();
        spec
    };
    for (spec, words) in [
        // One node, in each way to say so.
        (
            with(json!({"nodeSelector": {"kubernetes.io/hostname": "memory-1"}})),
            "may not run on",
        ),
        (with(json!({"nodeName": "memory-1"})), "may not run on"),
        (
            with(
                json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["memory-1", "memory-2"]}]}]}}}}),
            ),
            "takes the place of one of group `memory`",
        ),
        // One image, one size, one zone.
        (
            with(
                json!({"nodeSelector": {"platform.lab/pool": "memory", "eks.amazonaws.com/nodegroup-image": "ami-01"}}),
            ),
            "takes the place of one of group `memory`",
        ),
        (
            with(
                json!({"nodeSelector": {"platform.lab/pool": "memory", "node.kubernetes.io/instance-type": "m5.large"}}),
            ),
            "of another size in group `memory`",
        ),
        (
            with(
                json!({"nodeSelector": {"platform.lab/pool": "memory", "topology.kubernetes.io/zone": "a"}}),
            ),
            "node `memory-2`",
        ),
        // Others, today's or tomorrow's.
        (
            with(json!({})),
            "may run on node `general-1` of group `general`",
        ),
        (
            with(json!({"affinity": requires("platform.lab/pool", "Exists", &[])})),
            "may run on a node of a group that is added",
        ),
        (
            with(
                json!({"affinity": requires("eks.amazonaws.com/nodegroup", "NotIn", &["general"])}),
            ),
            "may run on a node of a group that is added",
        ),
        (
            with(
                json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}}),
            ),
            "may run on node `general-1`",
        ),
        // No toleration, or one that ends.
        (
            json!({"nodeSelector": {"platform.lab/pool": "memory"}}),
            "may not run on node `memory-1`",
        ),
        (
            json!({"nodeSelector": {"platform.lab/pool": "memory"}, "tolerations": [{"key": TOLERATED, "operator": "Exists", "tolerationSeconds": 60}]}),
            "or not for good",
        ),
        // One node in other words.
        (
            with(
                json!({"nodeSelector": {"platform.lab/pool": "memory"}, "affinity": {"podAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}}}),
            ),
            "where certain other Pods are",
        ),
    ] {
        let seen = Seen::on(Some("memory-1"), spec.clone());
        let found = found(seen.verdict(placed(groups(&["memory"]))));
        assert!(found.contains(words), "{spec}\n{found}");
    }
}

#[test]
fn what_has_no_other_home_need_not_name_its_group() {
    let seen = Seen::on(Some("general-1"), json!({}));
    assert_eq!(
        seen.verdict(placed(groups(&["general"]))),
        Verdict::Passed { evidence: None }
    );
    let named = json!({"nodeSelector": {"eks.amazonaws.com/nodegroup": "general"}});
    let seen = Seen::on(Some("general-1"), named);
    assert_eq!(
        seen.verdict(placed(groups(&["general"]))),
        Verdict::Passed { evidence: None }
    );
    let everywhere = json!({"tolerations": [{"operator": "Exists"}]});
    let seen = Seen::on(Some("general-1"), everywhere);
    assert!(
        found(seen.verdict(placed(groups(&["general"])))).contains("may run on node `memory-1`")
    );
}

#[test]
fn of_two_homes_one_suffices_and_a_part_of_each_does_not() {
    let either = || placed(groups(&["memory", "general"]));
    for (spec, passes) in [
        (
            json!({"nodeSelector": {"eks.amazonaws.com/nodegroup": "general"}}),
            true,
        ),
        (json!({"tolerations": tolerations()}), false),
        (
            json!({"affinity": requires("eks.amazonaws.com/nodegroup", "In", &["memory", "general"]), "tolerations": tolerations()}),
            true,
        ),
        (
            json!({"nodeSelector": {"topology.kubernetes.io/zone": "a"}, "tolerations": tolerations()}),
            false,
        ),
    ] {
        let verdict = Seen::on(Some("general-1"), spec.clone()).verdict(either());
        assert_eq!(
            matches!(verdict, Verdict::Passed { .. }),
            passes,
            "{spec}\n{verdict:?}"
        );
    }
}

#[test]
fn in_a_zone_every_node_counts_that_no_taint_keeps_for_others_and_no_node_elsewhere() {
    let zone = || placed(Home::Zone("a".to_owned()));
    for (spec, passes) in [
        (json!({"tolerations": tolerations()}), true),
        (json!({}), true),
        (
            json!({"nodeSelector": {"topology.kubernetes.io/zone": "a"}}),
            true,
        ),
        (
            json!({"nodeSelector": {"topology.kubernetes.io/zone": "a"}, "tolerations": tolerations()}),
            true,
        ),
        (
            json!({"nodeSelector": {"topology.kubernetes.io/zone": "b"}, "tolerations": tolerations()}),
            false,
        ),
        (
            json!({"nodeSelector": {"kubernetes.io/hostname": "general-1"}, "tolerations": tolerations()}),
            false,
        ),
    ] {
        let verdict = Seen::on(Some("general-1"), spec.clone()).verdict(zone());
        assert_eq!(
            matches!(verdict, Verdict::Passed { .. }),
            passes,
            "{spec}\n{verdict:?}"
        );
    }
}

#[test]
fn a_pod_that_runs_elsewhere_is_named() {
    let right =
        json!({"nodeSelector": {"platform.lab/pool": "memory"}, "tolerations": tolerations()});
    for node in ["general-1", "of-no-name"] {
        let seen = Seen::on(Some(node), right.clone());
        let found = found(seen.verdict(placed(groups(&["memory"]))));
        assert_eq!(
            found,
            format!("Pod `ledger-1-a` runs outside of its group, on `{node}`")
        );
    }
}

#[test]
fn before_a_pod_has_a_node_nothing_is_told() {
    let seen = Seen::on(
        None,
        json!({"nodeSelector": {"kubernetes.io/hostname": "memory-1"}}),
    );
    let why = "asked when a Pod of `ledger` has a node".to_owned();
    assert_eq!(
        seen.verdict(placed(groups(&["memory"]))),
        Verdict::Undecided { why }
    );
}

#[test]
fn a_pod_that_its_node_evicted_was_let_in_so_the_template_is_judged_and_not_the_pod() {
    let memory =
        json!({"nodeSelector": {"platform.lab/pool": "memory"}, "tolerations": tolerations()});
    let verdict = |template| {
        let seen = Seen::on(Some("general-1"), template).evicted();
        seen.verdict(placed(groups(&["memory"])))
    };
    assert!(matches!(verdict(memory), Verdict::Passed { .. }));
    assert!(matches!(verdict(json!({})), Verdict::Failed { .. }));
}
