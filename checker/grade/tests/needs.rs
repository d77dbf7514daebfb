//! What the course's variants need of a cluster, derived from what they are.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use grade::needs::Needs;
use grade::scenario::TextFile;
use grade::{needs, resolve};

fn of(lab: &str, variant: &str, seed: u64) -> Option<Needs> {
    let files = support::course("../..");
    needs(&resolve(&files, lab, variant, seed).unwrap())
}

#[test]
fn written_work_needs_no_cluster() {
    assert_eq!(of("cluster-boundary", "growing-company", 1), None);
}

#[test]
fn a_need_shows_where_a_fault_is_made_of_it_and_nowhere_else() {
    for variant in [
        "missing-toleration",
        "wrong-node-selector",
        "oversized-request",
        "quota",
        "spread",
        "ip-exhaustion",
        "pvc-pending",
    ] {
        let all = (1..=8).map(|seed| of("pending-pod", variant, seed).unwrap());
        let all: Vec<Needs> = all.collect();
        assert!(all.iter().all(|needs| needs.node_groups.len() == 3));
        let of_each = |is_so: fn(&Needs) -> bool| all.iter().filter(|needs| is_so(needs)).count();
        let tight = of_each(|needs| !needs.tight_subnets.is_empty());
        let volumes = of_each(|needs| !needs.volumes.is_empty());
        let expected = match variant {
            "ip-exhaustion" => (8, 0),
            "pvc-pending" => (0, 8),
            _ => (0, 0),
        };
        assert_eq!((tight, volumes), expected, "{variant}");
    }
}

#[test]
fn capacity_is_told_by_node_group() {
    let needs = of("pending-pod", "oversized-request", 1).unwrap();
    let groups = needs.node_groups.iter();
    let sizes: Vec<&str> = groups.map(|group| group.instance_type.as_str()).collect();
    assert!(
        sizes.contains(&"m5.large") && sizes.contains(&"m5.4xlarge"),
        "{sizes:?}"
    );
    let nodes: usize = needs.node_groups.iter().map(|group| group.nodes).sum();
    let files = support::course("../..");
    let scenario = resolve(&files, "pending-pod", "oversized-request", 1).unwrap();
    assert_eq!(nodes, scenario.cluster.unwrap().nodes.len());
}

#[test]
fn an_object_of_no_namespace_is_told_and_a_claim_that_nobody_mounts_is_not() {
    let files = support::course("../..");
    let mut scenario = resolve(&files, "pending-pod", "quota", 1).unwrap();
    assert_eq!(needs(&scenario).unwrap().cluster_wide, [""; 0]);
    scenario.broken.push(TextFile {
        file: "more.yaml".to_owned(),
        text: "\
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: first}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: own, namespace: shop}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec: {volumeClaimTemplates: [{metadata: {name: data}}]}
"
        .to_owned(),
    });
    let needs = needs(&scenario).unwrap();
    assert_eq!(needs.cluster_wide, ["PriorityClass `first`"]);
    assert_eq!(needs.volumes, ["the claims of StatefulSet `store`"]);
}

/// Each of them may ask for twice what was measured, and three on two nodes are two on one of them.
#[test]
fn of_a_workload_whose_size_is_the_question_all_pods_of_one_node_are_to_have_room() {
    let needs = of("pending-pod", "oversized-request", 2).unwrap();
    let of_subject = |it: &&grade::needs::Container| it.of == "Deployment `scoring`";
    let subject = needs.containers.iter().find(of_subject).unwrap();
    let asked = (subject.pods, subject.cpu.as_str(), subject.memory.as_str());
    assert_eq!(asked, (2, "800m", "36504Mi"));
}

/// A name of the cluster is none of the outside, and nor is one that is not to be found.
#[test]
fn whoever_asks_beyond_the_cluster_needs_somebody_there() {
    for (variant, is_abroad) in [
        ("forwarding", true),
        ("policy", false),
        ("servers-die", false),
        ("short-name", false),
    ] {
        for needs in (1..=6).map(|seed| of("dns-failure", variant, seed).unwrap()) {
            let outside = match variant {
                "forwarding" => 2,
                "servers-die" => 1, // a domain that is silent
                _ => 0,
            };
            assert_eq!(needs.outside.len(), outside, "{:?}", needs.outside);
            assert_eq!(needs.corefile, is_abroad, "{variant}");
        }
    }
}
