//! How far somebody has come, told from the results that are kept; no cluster is needed for it.

use std::fs;

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::Home;

/// Keeps a result as a check would.
fn keep(home: &Home, name: &str, variant: &str, points: u32, outcome: &str, conduct: &Value) {
    let folder = home.path().join("state/results/pending-pod");
    fs::create_dir_all(&folder).unwrap();
    let record = json!({
        "lab": "pending-pod", "variant": variant, "seed": 7, "outcome": outcome,
        "ended_at": "2026-11-26T10:00:00Z", "conduct": conduct, "score": {"points": points, "of": 100},
    });
    fs::write(folder.join(format!("{name}.json")), record.to_string()).unwrap();
}

fn conduct(hints: u32, attempts: u32, resets: u32) -> Value {
    json!({"hints": hints, "attempts": attempts, "resets": resets, "revealed": false})
}

#[test]
fn a_lab_says_what_it_practises_and_needs_before_anything_is_solved() {
    let home = Home::new();
    home.expect(0, &["list"])
        .stdout(predicate::str::contains(
            "pending-pod  Pending Pods, 15 minutes, 7 variants\n",
        ))
        .stdout(predicate::str::contains(
            "  - reading a scheduler event node by node\n",
        ))
        .stdout(predicate::str::contains(
            "  needs about 400 MiB of memory on the sandbox\n  runs on the sandbox (all), kind (5 of 7 variants)\n  not solved yet\n",
        ));
    let listed = home.json(0, &["list"]);
    let labs = listed["labs"].as_array().unwrap();
    let lab = labs
        .iter()
        .find(|lab| lab["name"] == "pending-pod")
        .unwrap();
    assert_eq!(
        lab["needs"],
        json!({"provider": "sandbox", "memory_mib": 400})
    );
    let of = |variant: &str| {
        let mut variants = lab["variants"].as_array().unwrap().iter();
        variants.find(|it| it["variant"] == variant).unwrap()["on"].clone()
    };
    let on = |provider: &str, runs: &str, lacks: &[&str]| json!({"provider": provider, "runs": runs, "with_every_seed": true, "lacks": lacks});
    let subnet = "a subnet that runs out of addresses";
    let of_its_own = [
        "a look at the whole cluster",
        "namespaces of these names",
        "node groups of its own",
        "to know who wrote what",
    ];
    assert_eq!(
        of("quota"),
        json!([
            on("sandbox", "yes", &[]),
            on("kind", "yes", &[]),
            on("context", "never", &of_its_own)
        ])
    );
    assert_eq!(of("ip-exhaustion")[1], on("kind", "never", &[subnet]));
    let written = labs.iter().find(|lab| lab["name"] == "cluster-boundary");
    let none = json!({"provider": null, "memory_mib": 0});
    assert_eq!(written.unwrap()["needs"], none);
    home.expect(0, &["list"]).stdout(predicate::str::contains(
        "  needs no cluster: it is written\n",
    ));
}

#[test]
fn what_is_begun_comes_next_then_the_shortest() {
    let home = Home::new();
    let next = || home.json(0, &["progress"])["next"].clone();
    assert_eq!(next(), "labctl start pending-pod", "the shortest");
    let variants = [
        "ip-exhaustion",
        "missing-toleration",
        "oversized-request",
        "pvc-pending",
        "quota",
        "spread",
        "wrong-node-selector",
    ];
    for variant in variants {
        assert_eq!(next(), "labctl start pending-pod", "before {variant}");
        keep(&home, variant, variant, 80, "solved", &conduct(0, 1, 0));
    }
    assert_eq!(next(), "labctl start crash-loop");
}

#[test]
fn nothing_solved_is_said_and_what_to_take_first() {
    let home = Home::new();
    let (listed, progressed) = (home.json(0, &["list"]), home.json(0, &["progress"]));
    assert_eq!(progressed["n_solved"], 0);
    assert_eq!(progressed["points"], 0);
    assert_eq!(progressed["next"], listed["next"]);
    let counted = listed["labs"].as_array().unwrap().iter();
    let variants: u64 = counted.map(|lab| lab["n_variants"].as_u64().unwrap()).sum();
    assert_eq!(progressed["n_variants"], variants);
    let next = listed["next"].as_str().unwrap();
    home.expect(0, &["progress"])
        .stdout(predicate::str::starts_with(format!(
            "0 of {variants} variants in "
        )))
        .stdout(predicate::str::contains(
            "pending-pod             □□□□□□□  0 of 7\n",
        ))
        .stdout(predicate::str::ends_with(format!("next: {next}\n")));
}

#[test]
fn what_is_solved_is_summed_over_the_best_of_each_variant() {
    let home = Home::new();
    keep(&home, "a", "spread", 90, "solved", &conduct(2, 1, 1));
    keep(&home, "b", "spread", 70, "solved", &conduct(5, 4, 3));
    keep(&home, "c", "quota", 100, "solved", &conduct(1, 1, 0));
    keep(
        &home,
        "d",
        "pvc-pending",
        40,
        "not_solved",
        &conduct(3, 3, 3),
    );
    let shown = json!({"hints": 3, "attempts": 1, "resets": 0, "revealed": true});
    keep(&home, "e", "missing-toleration", 0, "solved", &shown);
    fs::write(
        home.path().join("state/results/pending-pod/f.json"),
        "no record",
    )
    .unwrap();

    let progressed = home.json(0, &["progress"]);
    for (name, expected) in [
        ("n_solved", 2),
        ("points", 190),
        ("of", 200),
        ("hints", 3),
        ("attempts", 2),
        ("resets", 1),
    ] {
        assert_eq!(progressed[name], expected, "{name}: {progressed}");
    }
    home.expect(0, &["progress"])
        .stdout(predicate::str::contains(
            "  with 190 of 200 points, 3 hints, 2 attempts to answer, 1 reset\n",
        ))
        .stdout(predicate::str::contains(
            "pending-pod             ■■□□□□□  2 of 7, best 100\n",
        ));
    home.expect(0, &["list"]).stdout(predicate::str::contains(
        "  2 of 7 solved, best 100\n    ✓ ",
    ));
}

#[test]
fn questions_answered_are_no_progress() {
    let home = Home::new();
    let before = home.json(0, &["progress"]);
    home.expect(0, &["quiz", "Cluster boundaries", "--answer", "1=12.5"]);
    assert_eq!(home.json(0, &["progress"]), before);
    assert!(!home.path().join("state").exists(), "nothing is kept");
}
