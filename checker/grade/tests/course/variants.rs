//! What is read of a variant: its checks, its files, its fixes and what its content hash follows.

use std::time::Duration;

use grade::Scenario;
use grade::check::Role;
use grade::kinds::{Additions, Ask};

use super::{fixture, support};

fn ask<'a>(scenario: &'a Scenario, id: &str) -> &'a Ask {
    &scenario
        .checks
        .iter()
        .find(|check| check.id == id)
        .unwrap()
        .ask
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
    let Ask::Diagnosis(diagnosis) = ask(&scenario, "diagnosis") else {
        panic!("no answer")
    };
    assert_eq!(diagnosis.must_change, ["configmap/settings"]);
    let Ask::WrittenWork(work) = ask(&scenario, "review") else {
        panic!("no written work")
    };
    assert_eq!(work.files, [("file".to_owned(), "review.yaml".to_owned())]);
    assert_eq!(
        (work.rules[0].id.as_str(), work.rules[0].expression.as_str()),
        ("decided", "file.decision != \"\"")
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
fn a_manifest_is_handed_out_as_it_is_applied() {
    let path = "scenarios/quiet-queue/missing-settings/scenario.yaml";
    let mut files = support::course("tests/fixtures/course");
    let text = files.text(path).unwrap().to_owned();
    let more = "hands_out: {design/queue.yaml: 20-workload.yaml}\n";
    files.0.insert(path.to_owned(), (text + more).into_bytes());
    let of_seed = |seed| grade::resolve(&files, "quiet-queue", "missing-settings", seed).unwrap();
    for seed in 1..=7 {
        let scenario = of_seed(seed);
        let names: Vec<&String> = scenario.start.keys().collect();
        assert_eq!(names, ["design/queue.yaml", "review.yaml"]);
        let applied = &scenario.broken[1];
        assert!(applied.file.ends_with("/20-workload.yaml"));
        assert_eq!(
            scenario.start["design/queue.yaml"],
            applied.text.as_bytes(),
            "seed {seed}"
        );
    }
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
    let claims = grade::claims(
        &support::course("tests/fixtures/course"),
        "quiet-queue",
        "missing-settings",
        7,
    )
    .unwrap();
    assert_eq!(
        claims
            .fixes
            .iter()
            .map(|fix| fix.name.as_str())
            .collect::<Vec<_>>(),
        ["apply", "create"]
    );
    assert!(
        claims.fixes[0].files["settings.yaml"].contains(&format!("namespace: {team}}}")),
        "{:?}",
        claims.fixes[0]
    );
    assert_eq!(
        claims
            .wrong
            .iter()
            .map(|wrong| wrong.name.as_str())
            .collect::<Vec<_>>(),
        ["delete", "nothing"]
    );
    assert_eq!(claims.wrong[0].caught_by, ["queue-runs", "comes-back"]);
    assert_eq!(
        (
            claims.wrong[1].run.len(),
            claims.wrong[1].because.as_deref()
        ),
        (0, None)
    );
    assert_eq!(scenario.leaks, ["configmap"]);
}

#[test]
fn the_content_hash_follows_what_makes_the_variant() {
    let hash = |change: &str| {
        let mut files = support::course("tests/fixtures/course");
        if !change.is_empty() {
            files.0.insert(
                change.to_owned(),
                b"format_version: 1\nimage: registry.example.internal/queue\n".to_vec(),
            );
        }
        grade::resolve(&files, "quiet-queue", "missing-settings", 7)
            .unwrap()
            .content_hash
    };
    assert_eq!(hash("").len(), 64);
    assert_eq!(hash("labs/other/start/x"), hash(""));
    for other in [
        "scenarios/quiet-queue/wrong-port/start/x",
        "scenarios/quiet-queue/missing-settings/cases.yaml",
    ] {
        assert_eq!(hash(other), hash(""), "{other}");
    }
    for change in [
        "scenarios/quiet-queue/base/broken/x.yml",
        "scenarios/quiet-queue/missing-settings/start/x",
        "scenarios/images/x.yaml",
        "labs/quiet-queue/start/x",
    ] {
        assert_ne!(hash(change), hash(""), "{change}");
    }
    assert_eq!(fixture(1).content_hash, fixture(2).content_hash);
}
