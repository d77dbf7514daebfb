//! What a seed picks: always the same, whatever else a variant draws.

use grade::course::Course;
use serde_json::json;

use super::{fixture, support};

/// Never change these: seeds are written down in classrooms and in results.
#[test]
fn what_a_seed_picks_never_changes() {
    let picked = |seed| {
        let scenario = fixture(seed);
        let cluster = scenario.cluster.unwrap();
        let nodes: Vec<String> = cluster.nodes.iter().map(|node| node.name.clone()).collect();
        json!([scenario.parameters, cluster.subnets[0].id, nodes])
    };
    assert_eq!(
        picked(7),
        json!([
            {"replicas": 4, "team": {"name": "parcels", "workload": "intake"}, "zones": ["b", "c"]},
            "subnet-051d062bdf31fca5e",
            [
                "ip-10-0-1-31.eu-west-1.compute.internal",
                "ip-10-0-2-9.eu-west-1.compute.internal",
                "ip-10-0-1-145.eu-west-1.compute.internal"
            ]
        ])
    );
    assert_eq!(
        picked(8),
        json!([
            {"replicas": 2, "team": {"name": "parcels", "workload": "intake"}, "zones": ["c", "a"]},
            "subnet-0064ca51cf5822c73",
            [
                "ip-10-0-1-178.eu-west-1.compute.internal",
                "ip-10-0-2-253.eu-west-1.compute.internal",
                "ip-10-0-1-200.eu-west-1.compute.internal"
            ]
        ])
    );
    let course = Course::load(&support::course("tests/fixtures/course")).unwrap();
    let lab = course.lab("quiet-queue").unwrap();
    let variants: Vec<&str> = (0..8).map(|seed| grade::pick_variant(lab, seed)).collect();
    let (first, second) = ("missing-settings", "wrong-port");
    assert_eq!(
        variants,
        [first, second, second, first, second, first, second, second]
    );
}

#[test]
fn a_parameter_more_changes_no_other() {
    let mut files = support::course("tests/fixtures/course");
    let path = "scenarios/quiet-queue/missing-settings/scenario.yaml";
    let text = files.text(path).unwrap().replace(
        "parameters:\n",
        "parameters:\n  another: {one_of: [a, b]}\n",
    );
    files.0.insert(path.to_owned(), text.into_bytes());
    for seed in 0..20 {
        let more = grade::resolve(&files, "quiet-queue", "missing-settings", seed).unwrap();
        let mut parameters = more.parameters.clone();
        assert!(parameters.remove("another").is_some());
        assert_eq!(parameters, fixture(seed).parameters);
    }
}
