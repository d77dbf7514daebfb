//! Courses that are right: the fixture's, value by value, and the project's own for many seeds.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use grade::check::{Additions, Ask, Check, Role};
use grade::cluster_spec::{CapacityType, TaintEffect};
use grade::course::{Course, CourseError};
use grade::scenario::ScenarioError;
use grade::verdict::{CheckVerdict, Verdict};
use grade::{CourseFiles, Scenario};
use serde_json::json;

fn fixture(seed: u64) -> Scenario {
    grade::resolve(
        &support::course("tests/fixtures/course"),
        "quiet-queue",
        "missing-settings",
        seed,
    )
    .unwrap()
}

fn ask<'a>(scenario: &'a Scenario, id: &str) -> &'a Ask {
    &scenario
        .checks
        .iter()
        .find(|check| check.id == id)
        .unwrap()
        .ask
}

/// Never change these: seeds are written down in classrooms and in results.
#[test]
fn what_a_seed_picks_never_changes() {
    let picked = |seed| {
        let scenario = fixture(seed);
        let nodes: Vec<String> = scenario
            .cluster
            .nodes
            .iter()
            .map(|node| node.name.clone())
            .collect();
        json!([scenario.parameters, scenario.cluster.subnets[0].id, nodes])
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
    let path = "scenarios/quiet-queue/missing-settings/parameters.yaml";
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

#[test]
fn a_course_knows_its_labs() {
    let course = Course::load(&support::course("tests/fixtures/course")).unwrap();
    let lab = &course.labs()[0];
    assert_eq!(
        (lab.name.as_str(), lab.title.as_str(), lab.minutes),
        ("quiet-queue", "A quiet queue", 10)
    );
    assert_eq!(lab.practises, ["reading what a Pod waits for"]);
    assert_eq!(lab.variants, ["missing-settings", "wrong-port"]);
    assert_eq!(
        Course::load(&CourseFiles::default()),
        Err(CourseError::NoLabs)
    );
}

#[test]
fn unknown_labs_and_variants_come_with_the_nearest() {
    let files = support::course("tests/fixtures/course");
    let course = Course::load(&files).unwrap();
    let unknown = course.lab("quite-queue").unwrap_err();
    assert_eq!(unknown.to_string(), "no lab named `quite-queue`");
    assert_eq!(unknown.nearest.as_deref(), Some("quiet-queue"));
    assert_eq!(course.lab("other").unwrap_err().nearest, None);
    assert_eq!(
        grade::resolve(&files, "quite-queue", "x", 1),
        Err(ScenarioError::UnknownLab(unknown))
    );
    let unknown = course
        .lab("quiet-queue")
        .unwrap()
        .variant("wrong-prot")
        .unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "lab `quiet-queue` has no variant `wrong-prot`"
    );
    assert_eq!(unknown.nearest.as_deref(), Some("wrong-port"));
    assert_eq!(
        grade::resolve(&files, "quiet-queue", "wrong-prot", 1),
        Err(ScenarioError::UnknownVariant(unknown))
    );
}

#[test]
fn every_question_is_read() {
    let scenario = fixture(7);
    let Ask::Rollout(rollout) = ask(&scenario, "queue-runs") else {
        panic!("no rollout")
    };
    assert_eq!(
        (rollout.workload.api_version.as_str(), rollout.hold),
        ("apps/v1", Duration::from_secs(90))
    );
    assert_eq!(
        rollout.replicas.map(u64::from),
        scenario.parameters["replicas"].as_u64()
    );
    let Ask::Rollout(agents) = ask(&scenario, "agents-run") else {
        panic!("no rollout")
    };
    assert_eq!((agents.replicas, agents.hold), (None, Duration::ZERO));
    let Ask::Cel(cel) = ask(&scenario, "settings") else {
        panic!("no cel")
    };
    assert_eq!(
        cel.objects.keys().collect::<Vec<_>>(),
        ["settings", "widget"]
    );
    assert_eq!(
        (cel.expected.as_deref(), cel.found.as_deref()),
        (Some("a ConfigMap"), Some("\"nothing\""))
    );
    let Ask::Unchanged(unchanged) = ask(&scenario, "others") else {
        panic!("no unchanged")
    };
    assert_eq!(
        (unchanged.objects.len(), unchanged.additions),
        (2, Additions::Refused)
    );
    assert_eq!(
        (&unchanged.except[..], &unchanged.only[..]),
        (&["/spec/x".to_owned()][..], &["/spec".to_owned()][..])
    );
    let Ask::ComesBack(back) = ask(&scenario, "comes-back") else {
        panic!("no comes_back")
    };
    assert_eq!(
        (back.hold, back.deadline),
        (Duration::from_secs(90), Duration::from_mins(3))
    );
    let Ask::Answer(diagnosis) = ask(&scenario, "diagnosis") else {
        panic!("no answer")
    };
    assert_eq!(diagnosis.must_change, ["configmap/settings"]);
    let Ask::Files(files) = ask(&scenario, "review") else {
        panic!("no files")
    };
    assert_eq!(
        (files.path.as_str(), files.expression.as_str()),
        ("review.yaml", "file.decision != \"\"")
    );
    assert_eq!(scenario.symptom.len(), 1);
    assert_eq!(scenario.checks[1].role, Role::Safeguard);
    assert_eq!(
        scenario.checks[0].see.as_deref(),
        Some("A page of the book")
    );
}

#[test]
fn a_variant_hands_out_files_of_its_own_over_those_of_the_lab() {
    let start = |path: &str, text: &str| {
        let mut files = support::course("tests/fixtures/course");
        let path = format!("scenarios/quiet-queue/missing-settings/start/{path}");
        files.0.insert(path, text.as_bytes().to_vec());
        grade::resolve(&files, "quiet-queue", "missing-settings", 7).map(|scenario| scenario.start)
    };
    let more = start("notes/plan.md", "{{ replicas }} workers\n").unwrap();
    assert_eq!(more.len(), 2);
    assert_eq!(more["notes/plan.md"], b"4 workers\n");
    assert_eq!(more["review.yaml"], fixture(7).start["review.yaml"]);
    let over = start("review.yaml", "team: {{ team.name }}\n").unwrap();
    assert_eq!(over.len(), 1);
    assert_eq!(over["review.yaml"], b"team: parcels\n");
    let wrong = start("review.yaml", "{{ replica }}\n").unwrap_err();
    assert!(
        wrong.to_string().contains("unknown parameter `replica`"),
        "{wrong}"
    );
}

#[test]
fn all_else_of_a_variant_is_read() {
    let scenario = fixture(7);
    let team = scenario.parameters["team"]["name"].as_str().unwrap();
    assert_eq!(
        scenario.brief,
        format!(
            "The queue of team {team} is quiet. Get `{}` running again.\n",
            scenario.parameters["team"]["workload"].as_str().unwrap()
        )
    );
    assert_eq!(scenario.start.keys().collect::<Vec<_>>(), ["review.yaml"]);
    assert_eq!(scenario.images.keys().collect::<Vec<_>>(), ["queue.yaml"]);
    let files: Vec<&str> = scenario
        .broken
        .iter()
        .map(|broken| broken.file.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(files, ["10-namespace.yaml", "20-workload.yaml"]);
    assert_eq!(
        scenario.broken[0].text,
        format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {team}\n")
    );
    assert_eq!(
        scenario
            .fixes
            .iter()
            .map(|fix| fix.name.as_str())
            .collect::<Vec<_>>(),
        ["apply", "create"]
    );
    assert!(
        scenario.fixes[0].files["settings.yaml"].contains(&format!("namespace: {team}}}")),
        "{:?}",
        scenario.fixes[0]
    );
    assert_eq!(
        scenario
            .wrong
            .iter()
            .map(|wrong| wrong.name.as_str())
            .collect::<Vec<_>>(),
        ["delete", "nothing"]
    );
    assert_eq!(scenario.wrong[0].caught_by, ["queue-runs", "comes-back"]);
    assert_eq!(
        (
            scenario.wrong[1].run.len(),
            scenario.wrong[1].because.as_deref()
        ),
        (0, None)
    );
    assert_eq!(scenario.leaks, ["configmap"]);
}

#[test]
fn the_cluster_has_the_nodes_of_its_groups() {
    let scenario = fixture(7);
    let cluster = &scenario.cluster;
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
    assert_eq!(other.cluster.nodes[0].capacity_type, CapacityType::Spot);
    assert!(
        other.cluster.nodes[0].name.ends_with(".ec2.internal"),
        "{}",
        other.cluster.nodes[0].name
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
        let addresses: BTreeSet<u8> = scenario
            .cluster
            .nodes
            .iter()
            .map(|node| node.address.octets()[3])
            .collect();
        assert_eq!(addresses, (4..=14).collect());
        for node in &scenario.cluster.nodes {
            let dashes = node.address.to_string().replace('.', "-");
            assert_eq!(node.name, format!("ip-{dashes}.ec2.internal"));
        }
        let id = &scenario.cluster.subnets[0].id;
        let digits = id.strip_prefix("subnet-").unwrap();
        assert!(
            digits.len() == 17 && digits.chars().all(|digit| digit.is_ascii_hexdigit()),
            "{id}"
        );
    }
}

#[test]
fn the_content_hash_follows_what_makes_the_variant() {
    let hash = |change: &str| {
        let mut files = support::course("tests/fixtures/course");
        if !change.is_empty() {
            files.0.insert(
                change.to_owned(),
                b"format_version: 1\nsays: x\nrun: [x]\n".to_vec(),
            );
        }
        grade::resolve(&files, "quiet-queue", "missing-settings", 7)
            .unwrap()
            .content_hash
    };
    assert_eq!(hash("").len(), 64);
    assert_eq!(hash("labs/other/start/x"), hash(""));
    assert_eq!(
        hash("scenarios/quiet-queue/wrong-port/fixes/x.yaml"),
        hash("")
    );
    for change in [
        "scenarios/quiet-queue/missing-settings/fixes/x.yaml",
        "scenarios/images/x.yaml",
        "labs/quiet-queue/start/x",
    ] {
        assert_ne!(hash(change), hash(""), "{change}");
    }
    assert_eq!(fixture(1).content_hash, fixture(2).content_hash);
}

fn verdict(check: &Check, verdict: Verdict) -> CheckVerdict {
    CheckVerdict {
        id: check.id.clone(),
        says: check.says.clone(),
        role: check.role,
        verdict,
        see: None,
    }
}

#[test]
fn hints_follow_the_verdicts() {
    let scenario = fixture(7);
    let settings = scenario
        .checks
        .iter()
        .find(|check| check.id == "settings")
        .unwrap();
    let failed = verdict(
        settings,
        Verdict::Failed {
            expected: "a ConfigMap".to_owned(),
            found: "none".to_owned(),
        },
    );
    let passed = verdict(&scenario.checks[0], Verdict::Passed { evidence: None });
    let hint =
        |number, verdicts: &[CheckVerdict]| grade::hint(&scenario, number, verdicts).unwrap();
    assert_eq!(hint(2, &[]), "Read the events.\n");
    assert_eq!(hint(2, std::slice::from_ref(&failed)), "Found: none.\n");
    assert_eq!(hint(2, &[failed.clone(), passed]), "It runs.\n");
    assert_eq!(hint(3, &[failed]), "ConfigMap `settings` is failed.\n");
    assert_eq!(hint(3, &[]), "ConfigMap `settings` is undecided.\n");
    for number in [0, 4] {
        assert_eq!(
            grade::hint(&scenario, number, &[]).unwrap_err().to_string(),
            format!("no hint {number}: there are 3")
        );
    }
}

/// Whatever is cut off or garbled, the answer is a scenario or a fault, and the fault has a file.
#[test]
fn no_damage_ends_in_a_panic() {
    let whole = support::course("tests/fixtures/course");
    let mut n_faults = 0;
    for (path, bytes) in &whole.0 {
        for cut in (0..bytes.len()).step_by(23) {
            let garbled: Vec<u8> = bytes
                .iter()
                .enumerate()
                .map(|(place, byte)| if place == cut { byte ^ 0x91 } else { *byte })
                .collect();
            for damaged in [bytes[..cut].to_vec(), garbled] {
                let mut files = whole.clone();
                files.0.insert(path.clone(), damaged);
                match grade::resolve(&files, "quiet-queue", "missing-settings", 7) {
                    Err(ScenarioError::File(fault)) => {
                        assert!(files.0.contains_key(&fault.file), "{fault}");
                        n_faults += 1;
                    }
                    Err(other) => panic!("{path}, {cut}: {other}"),
                    Ok(scenario) => assert_eq!(scenario.seed, 7),
                }
            }
        }
    }
    assert!(n_faults > 100, "{n_faults} faults");
}

#[test]
fn the_course_resolves_for_fifty_seeds() {
    let files = support::course("../..");
    let course = Course::load(&files).unwrap();
    for lab in course.labs() {
        for variant in &lab.variants {
            for seed in 0..50 {
                let scenario = grade::resolve(&files, &lab.name, variant, seed)
                    .unwrap_or_else(|fault| panic!("{}/{variant}, seed {seed}: {fault}", lab.name));
                let words = scenario
                    .leaks
                    .iter()
                    .filter(|word| scenario.brief.to_lowercase().contains(word.as_str()));
                assert_eq!(words.collect::<Vec<_>>(), Vec::<&String>::new());
                for number in 1..=3 {
                    assert!(
                        !grade::hint(&scenario, number, &[]).unwrap().contains("{{"),
                        "hint {number}"
                    );
                }
            }
        }
    }
}
