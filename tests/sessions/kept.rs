//! What is kept of a lab when another takes its place, and what is not handed on.

use std::fs;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, ends_with};

use crate::learner::{answer, broken_workload, tolerate};
use crate::support::{Home, START};

#[test]
fn a_new_seed_keeps_the_old_paper_aside_and_brings_its_own() {
    let home = Home::new();
    let start = |seed: &'static str| {
        home.expect(
            0,
            &[
                "start",
                "pending-pod",
                "--variant",
                "ip-exhaustion",
                "--seed",
                seed,
            ],
        )
    };
    start("7");
    let folder = home.session("pending-pod");
    let review = folder.join("work/review.yaml");
    let old = fs::read_to_string(&review).unwrap() + "# mine\n";
    fs::write(&review, &old).unwrap();
    // A course may rename the file of a workload model.
    let models: Vec<_> = fs::read_dir(folder.join("images"))
        .unwrap()
        .flatten()
        .collect();
    fs::copy(models[0].path(), folder.join("images/renamed.yaml")).unwrap();
    home.expect(1, &["check"]);
    home.expect(0, &["reveal", "--yes"]);

    let aside = folder.join("work.before-pending-pod-seed-7");
    start("6")
        .stderr(contains(aside.display().to_string()))
        .stderr(contains("exhaustion").not());
    assert_eq!(fs::read_to_string(aside.join("review.yaml")).unwrap(), old);
    let new = fs::read_to_string(&review).unwrap();
    assert!(
        !new.contains("# mine") && new != old.replace("# mine\n", ""),
        "{new}"
    );
    assert!(
        !folder.join("record/result.json").exists(),
        "seed 6 was not checked yet"
    );
    home.expect(1, &["check"]);
    assert_eq!(results(&home).len(), 2, "each seed has its own");
}

#[test]
fn the_best_result_outlives_its_session_and_what_is_next_is_not_solved_yet() {
    let home = Home::new();
    let listed = home.json(0, &["list"]);
    assert_eq!(listed["next"], "labctl start pending-pod", "{listed}");
    home.expect(0, &START);
    home.expect(1, &["check"]);
    home.expect(0, &["hint"]);
    let (namespace, workload) = broken_workload(&home);
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    answer(&home, "scheduler", &workload, &refused);
    tolerate(&home, &namespace, &workload);
    let solved = home.json(0, &["check", "--wait", "60s"]);
    assert_eq!(solved["score"]["points"], 100, "{solved}");

    // What is read and said after the solution costs nothing.
    for _ in 0..3 {
        home.expect(0, &["hint"])
            .stderr(contains("the lab is solved").and(contains("reveal").not()));
    }
    answer(&home, "kubelet", &workload, &refused);
    let again = home.json(0, &["check"]);
    assert_eq!(again["score"], solved["score"]);
    home.expect(0, &["status"])
        .stdout(contains("1 hint, 1 attempt").and(contains("100 points")))
        .stdout(contains("1 of 7 solved, best 100").and(contains("labctl debrief")));

    home.expect(0, &["reset"]);
    home.expect(0, &["status"])
        .stdout(contains("broken again").and(ends_with("labctl check\n")))
        .stdout(contains("1 reset").not());
    let worse = home.json(1, &["check"]);
    let next = again["next_seed"].as_u64().unwrap();
    assert_eq!(worse["next_seed"], next);
    let record =
        fs::read_to_string(home.session("pending-pod").join("record/result.json")).unwrap();
    assert!(
        record.contains("not_solved"),
        "the record is of the last check"
    );
    home.expect(0, &["stop", "--purge"]);

    let kept = results(&home);
    let [(name, best)] = kept.as_slice() else {
        panic!("{kept:?}");
    };
    assert!(
        name.starts_with("seed-1-") && !name.contains("toleration"),
        "{name}"
    );
    assert_eq!(best["score"]["points"], 100);
    home.expect(0, &["list"])
        .stdout(contains("1 of 7 solved, best 100").and(contains("✓ missing-toleration")));
    home.expect(0, &["start", "pending-pod", "--seed", &next.to_string()]);
    let revealed = home.json(0, &["reveal", "--yes"]);
    assert_ne!(revealed["variant"], "missing-toleration", "{revealed}");
}

/// The kept results of the lab, by the names of their files.
fn results(home: &Home) -> Vec<(String, serde_json::Value)> {
    let folder = home.path().join("state/results/pending-pod");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            let record = serde_json::from_str(&text).unwrap();
            (entry.file_name().to_string_lossy().into_owned(), record)
        })
        .collect();
    all.sort_by(|one: &(String, _), other| one.0.cmp(&other.0));
    all
}
