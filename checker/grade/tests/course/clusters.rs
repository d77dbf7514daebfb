//! The cluster of a variant: the nodes of its groups and their addresses.

use std::collections::BTreeSet;

use grade::cluster_spec::{CapacityType, TaintEffect};

use super::{fixture, support};

#[test]
fn the_cluster_has_the_nodes_of_its_groups() {
    let scenario = fixture(7);
    let cluster = scenario.cluster.unwrap();
    assert_eq!(
        (
            cluster.kubernetes.as_str(),
            cluster.region.as_str(),
            cluster.nodes.len()
        ),
        ("1.36", "eu-west-1", 3)
    );
    let subnets: Vec<&str> = cluster
        .nodes
        .iter()
        .map(|node| node.subnet.as_str())
        .collect();
    let names: Vec<&str> = cluster
        .subnets
        .iter()
        .map(|subnet| subnet.name.as_str())
        .collect();
    assert_eq!(subnets, [names[0], names[1], names[0]]);
    assert_eq!(
        cluster.nodes[0].labels["team"],
        scenario.parameters["team"]["name"].as_str().unwrap()
    );
    assert_eq!(
        (
            cluster.nodes[0].taints[0].value.as_str(),
            cluster.nodes[0].taints[0].effect
        ),
        ("", TaintEffect::PreferNoSchedule)
    );
    let other = grade::resolve(
        &support::course("tests/fixtures/course"),
        "quiet-queue",
        "wrong-port",
        7,
    )
    .unwrap();
    let nodes = other.cluster.unwrap().nodes;
    assert_eq!(nodes[0].capacity_type, CapacityType::Spot);
    assert!(
        nodes[0].name.ends_with(".ec2.internal"),
        "{}",
        nodes[0].name
    );
}

/// Eleven nodes in a /28: every address that AWS leaves is taken.
#[test]
fn addresses_are_unique_and_what_aws_leaves() {
    for seed in 0..50 {
        let scenario = grade::resolve(
            &support::course("tests/fixtures/course"),
            "quiet-queue",
            "wrong-port",
            seed,
        )
        .unwrap();
        let cluster = scenario.cluster.unwrap();
        let addresses: BTreeSet<u8> = cluster
            .nodes
            .iter()
            .map(|node| node.address.octets()[3])
            .collect();
        assert_eq!(addresses, (4..=14).collect());
        for node in &cluster.nodes {
            let dashes = node.address.to_string().replace('.', "-");
            assert_eq!(node.name, format!("ip-{dashes}.ec2.internal"));
        }
        let id = &cluster.subnets[0].id;
        let digits = id.strip_prefix("subnet-").unwrap();
        assert!(
            digits.len() == 17 && digits.chars().all(|digit| digit.is_ascii_hexdigit()),
            "{id}"
        );
    }
}
