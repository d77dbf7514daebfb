//! The lab `design-review` for many seeds, without its cluster: design and cluster say the same, every oddity is weak for some seed and meant for
//! another, and what its fixes write is right.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use grade::evidence::FileSeen;
use grade::kinds::{Ask, Findings, Is};
use grade::{CourseFiles, Evidence, Scenario};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

fn scenario(course: &CourseFiles, seed: u64) -> Scenario {
    grade::resolve(course, "design-review", "before-launch", seed).unwrap()
}

fn findings(scenario: &Scenario) -> &Findings {
    let kinds = scenario.checks.iter();
    let mut kinds = kinds.filter_map(|check| match &check.ask {
        Ask::Findings(findings) => Some(findings),
        _ => None,
    });
    kinds.next().unwrap()
}

#[test]
fn the_design_is_that_of_the_cluster() {
    let course = support::course("../..");
    for seed in SEEDS {
        let scenario = scenario(&course, seed);
        let spec = scenario.cluster.as_ref().unwrap();
        let design = |page: &str| {
            String::from_utf8(scenario.start[&format!("design/{page}.yaml")].clone()).unwrap()
        };
        for subnet in &spec.subnets {
            assert!(
                design("network").contains(&format!(
                    "{}:\n    zone: {}\n    cidr: {}\n",
                    subnet.name, subnet.zone, subnet.cidr
                )),
                "seed {seed}"
            );
        }
        for node in &spec.nodes {
            let group = design("nodes")
                .split(&format!("  {}:\n", node.node_group))
                .nth(1)
                .unwrap()
                .to_owned();
            let group = group.split("taints:").next().unwrap().to_owned();
            assert!(
                group.contains(&format!("capacity: {}\n", node.capacity_type.name())),
                "seed {seed}"
            );
            assert!(
                group.contains(&format!("instanceType: {}\n", node.instance_type)),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn each_oddity_is_weak_for_one_seed_and_meant_for_another() {
    let course = support::course("../..");
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        let scenario = scenario(&course, seed);
        let oddities = &findings(&scenario).review.oddities;
        let n_weak = oddities.iter().filter(|it| it.is == Is::Weak).count();
        assert!(
            (7..=9).contains(&n_weak) && oddities.len() - n_weak >= 7,
            "seed {seed}"
        );
        seen.extend(oddities.iter().map(|it| (it.id.clone(), it.is == Is::Weak)));
        let touchable = scenario.names["touched"].as_array().unwrap();
        assert!(
            touchable.len() >= 3 && n_weak - touchable.len() <= 4,
            "seed {seed}"
        );
    }
    assert_eq!(seen.len(), 32, "{seen:?}");
}

/// A page that is no YAML would have no entries, and evidence could be anywhere in it.
#[test]
fn every_page_of_the_design_can_be_read() {
    let course = support::course("../..");
    for seed in SEEDS {
        let start = scenario(&course, seed).start.into_iter();
        for (path, bytes) in start.filter(|(path, _)| path.strip_suffix(".yaml").is_some()) {
            let text = String::from_utf8(bytes).unwrap();
            let read: Result<Vec<serde_json::Value>, _> = serde_yaml::from_multiple(&text);
            assert!(read.is_ok(), "seed {seed}, {path}: {read:?}");
        }
    }
}

/// What the gate claims of lists, without a cluster: so for more seeds than it has time for.
#[test]
fn each_wrong_list_is_caught_by_the_rule_that_it_names() {
    let course = support::course("../..");
    for seed in SEEDS {
        let scenario = scenario(&course, seed);
        let claims = grade::claims(&course, "design-review", "before-launch", seed).unwrap();
        let lists = claims
            .wrong
            .iter()
            .filter(|it| it.caught_by.iter().any(|id| id.starts_with("findings/")));
        let mut count = 0;
        for wrong in lists {
            let starter = String::from_utf8(scenario.start["findings.yaml"].clone()).unwrap();
            let written = wrong.files.get("findings.yaml").cloned().unwrap_or(starter);
            let evidence = Evidence {
                files: BTreeMap::from([("findings.yaml".to_owned(), FileSeen::Text(written))]),
                ..Evidence::default()
            };
            let verdicts = grade::verdicts(&scenario.checks, &evidence);
            for claimed in wrong
                .caught_by
                .iter()
                .filter_map(|id| id.strip_prefix("findings/"))
            {
                let verdict = verdicts.iter().find(|it| it.id == "findings").unwrap();
                let is_told = verdict.broken.iter().any(|it| it.rule == claimed);
                assert!(is_told, "seed {seed}, {}: {:?}", wrong.name, verdict.broken);
            }
            count += 1;
        }
        assert!(count >= 14, "{count} wrong lists");
    }
}
