//! `selects`: where a Pod may run, as the scheduler reads it.

use super::{cel, fails, holds};

#[test]
fn a_pod_selects_nodes_as_the_scheduler_reads_it() {
    let affinity = |term: &str| {
        format!(
            "{{'affinity': {{'nodeAffinity': {{'requiredDuringSchedulingIgnoredDuringExecution': {{'nodeSelectorTerms': [{term}]}}}}}}}}"
        )
    };
    let requires =
        |requirement: &str| affinity(&format!("{{'matchExpressions': [{{{requirement}}}]}}"));
    let labels = "{'pool': 'memory', 'cores': '8', 'kubernetes.io/hostname': 'node-1'}";
    for (spec, selects) in [
        ("{}".to_owned(), true),
        ("{'nodeSelector': {}}".to_owned(), true),
        ("{'nodeName': 'node-1'}".to_owned(), true),
        ("{'nodeName': 'node-2'}".to_owned(), false),
        ("{'nodeSelector': {'pool': 'memory'}}".to_owned(), true),
        ("{'nodeSelector': {'pool': 'general'}}".to_owned(), false),
        ("{'nodeSelector': {'zone': 'memory'}}".to_owned(), false),
        (
            requires("'key': 'pool', 'operator': 'In', 'values': ['general', 'memory']"),
            true,
        ),
        (
            requires("'key': 'pool', 'operator': 'In', 'values': ['general']"),
            false,
        ),
        (
            requires("'key': 'zone', 'operator': 'In', 'values': ['a']"),
            false,
        ),
        (
            requires("'key': 'pool', 'operator': 'NotIn', 'values': ['memory']"),
            false,
        ),
        // A node without the label has no such value.
        (
            requires("'key': 'zone', 'operator': 'NotIn', 'values': ['a']"),
            true,
        ),
        (requires("'key': 'pool', 'operator': 'Exists'"), true),
        (requires("'key': 'zone', 'operator': 'Exists'"), false),
        (requires("'key': 'zone', 'operator': 'DoesNotExist'"), true),
        (
            requires("'key': 'cores', 'operator': 'Gt', 'values': ['7']"),
            true,
        ),
        (
            requires("'key': 'cores', 'operator': 'Lt', 'values': ['8']"),
            false,
        ),
        (
            requires("'key': 'pool', 'operator': 'Gt', 'values': ['7']"),
            false,
        ),
        (
            affinity(
                "{'matchFields': [{'key': 'metadata.name', 'operator': 'In', 'values': ['node-1']}]}",
            ),
            true,
        ),
        (
            affinity(
                "{'matchFields': [{'key': 'metadata.name', 'operator': 'In', 'values': ['node-2']}]}",
            ),
            false,
        ),
        // No term, and a term without requirements, ask for no node; of several terms one suffices.
        (affinity(""), false),
        (affinity("{}"), false),
        (
            affinity("{}, {'matchExpressions': [{'key': 'pool', 'operator': 'Exists'}]}"),
            true,
        ),
        (
            "{'affinity': {'nodeAffinity': {'preferredDuringSchedulingIgnoredDuringExecution': [{'weight': 1}]}}}".to_owned(),
            true,
        ),
    ] {
        holds(&format!("{spec}.selects({labels}) == {selects}"));
    }
    holds(&format!(
        "!{{'nodeSelector': {{'pool': 'memory'}}}}.selects({labels}.with({{'pool': 'general'}}))"
    ));
    holds("{'a': '1', 'b': '2'}.with({'b': '3', 'c': '4'}) == {'a': '1', 'b': '3', 'c': '4'}");
    fails(
        &cel("d.spec.selects(pods)", None, None),
        "it is so",
        "wrong type: list where map is expected (Deployment `cart`, 2 Pods in `shop`)",
    );
}
