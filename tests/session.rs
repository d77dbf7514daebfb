//! One session as a learner lives it: start, look, wrong turns, hints, a diagnosis, the repair, the debrief, the end.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use crate::learner::{answer, broken_workload, broken_workload_of, tolerate};
use crate::support::{Home, START, signal};

#[test]
fn a_learner_solves_the_lab() {
    let home = Home::new();
    let mut started = home
        .expect(0, &START)
        .stdout(contains("Pending Pods").and(contains("Your task")));
    for word in ["toleration", "taint"] {
        started = started
            .stdout(contains(word).not())
            .stderr(contains(word).not());
    }

    let before = home.json(1, &["check"]);
    assert_eq!(verdict(&before, "workload-runs"), "failed");
    assert_eq!(verdict(&before, "comes-back"), "undecided");
    assert_eq!(verdict(&before, "diagnosis"), "undecided");
    assert_eq!(verdict(&before, "as-deployed"), "passed");
    let again = home.json(1, &["check"]);
    assert_eq!(
        before["checks"], again["checks"],
        "an untouched cluster gives the same verdicts"
    );

    home.expect(0, &["hint"]).stdout(contains("describe pod"));
    home.expect(0, &["hint"]);
    home.expect(0, &["hint"])
        .stdout(contains("spec.template.spec.tolerations"));
    home.expect(2, &["debrief"]);

    let (namespace, workload) = broken_workload(&home);
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    assert!(refused.contains("untolerated taint"), "{refused}");
    answer(&home, "kubelet", &workload, &refused);
    assert_eq!(verdict(&home.json(1, &["check"]), "diagnosis"), "failed");
    answer(
        &home,
        "scheduler",
        &workload,
        "this line was never seen in any event of the session: untolerated taint",
    );
    assert_eq!(verdict(&home.json(1, &["check"]), "diagnosis"), "failed");
    answer(&home, "scheduler", &workload, &refused);
    assert_eq!(verdict(&home.json(1, &["check"]), "diagnosis"), "passed");

    tolerate(&home, &namespace, &workload);
    home.expect(0, &["check", "--wait", "60s"])
        .stdout(contains("solved in"));

    home.expect(0, &["log"]).stdout(contains(&workload));
    home.expect(0, &["debrief"]).stdout(contains("What it was"));
    let record =
        fs::read_to_string(home.session("pending-pod").join("record/result.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["seed"], 1);
    home.expect(0, &["stop"]);
    home.expect(3, &["check"]);
    home.expect(0, &["stop", "--purge"]);
    assert!(!home.session("pending-pod").exists());
}

#[test]
fn reset_brings_the_start_back_and_keeps_the_learners_files() {
    let home = Home::new();
    home.expect(0, &START);
    let (namespace, _) = broken_workload(&home);
    let notes = home.session("pending-pod").join("work/notes.txt");
    fs::write(&notes, "what I saw\n").unwrap();
    home.kubectl(
        "pending-pod",
        &format!("delete namespace {namespace} --wait=false"),
    );
    home.kubectl(
        "pending-pod",
        "create clusterrole left-over --verb=get --resource=pods",
    );
    home.kubectl("pending-pod", "label nodes --all left=over");
    let server = home.kubectl(
        "pending-pod",
        "config view --minify -o jsonpath={.clusters[0].cluster.server}",
    );
    home.expect(0, &["reset"]);
    assert_eq!(fs::read_to_string(&notes).unwrap(), "what I saw\n");
    assert_eq!(
        server,
        home.kubectl(
            "pending-pod",
            "config view --minify -o jsonpath={.clusters[0].cluster.server}"
        )
    );
    assert_eq!(broken_workload(&home).0, namespace);
    let roles = home.kubectl("pending-pod", "get clusterroles -o name");
    assert!(!roles.contains("left-over"), "{roles}");
}

#[test]
fn killed_with_minus_nine_it_starts_again_with_the_learners_changes() {
    let home = Home::new();
    home.expect(0, &START);
    let (namespace, workload) = broken_workload(&home);
    home.kubectl(
        "pending-pod",
        &format!("-n {namespace} annotate deployment {workload} seen=by-me"),
    );
    // A Pod that ends is not told to have ended before its kubelet has looked.
    let pods = "get pods -A -o jsonpath='{range .items[?(@.spec.restartPolicy==\"Always\")]}{.metadata.name} {.status.podIP} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}'";
    let before = home.kubectl("pending-pod", pods);
    let ready = fs::read_to_string(home.session("pending-pod").join("cluster/ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    Command::new("kill")
        .args(["-9", &ready["pid"].to_string()])
        .assert()
        .success();
    home.expect(3, &["check"])
        .stderr(contains("labctl start pending-pod"));

    home.expect(0, &["start", "pending-pod"]);
    let annotation = home.kubectl(
        "pending-pod",
        &format!(
            "-n {namespace} get deployment {workload} -o jsonpath={{.metadata.annotations.seen}}"
        ),
    );
    assert_eq!(annotation, "by-me");
    assert_eq!(
        before,
        home.kubectl("pending-pod", pods),
        "addresses and restart counts are as after a kubelet restart"
    );
    home.expect(1, &["check"]);
}

#[test]
fn two_sessions_live_side_by_side() {
    let home = Home::new();
    let start = |name: &str, seed: &str| {
        home.expect(
            0,
            &[
                "start",
                "pending-pod",
                "--variant",
                "missing-toleration",
                "--seed",
                seed,
                "--session",
                name,
            ],
        )
    };
    start("one", "1");
    start("two", "2");
    let (namespace, _) = broken_workload_of(&home, "one");
    home.kubectl("one", &format!("delete namespace {namespace} --wait=false"));
    home.expect(1, &["check", "--session", "one"]);
    let two = home.json(1, &["check", "--session", "two"]);
    assert_eq!(verdict(&two, "as-it-was"), "passed");
    let status = home.json(0, &["status", "--session", "two"]);
    assert_eq!(status["session"], "two", "{status}");
}

#[test]
fn a_watch_shows_each_change_and_ends_with_ctrl_c_or_when_solved() {
    let home = Home::new();
    home.expect(0, &START);
    let watch = || {
        let mut watch = home.command(&["check", "--watch"]);
        watch.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut watch = watch.spawn().unwrap();
        let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        (watch, lines.map_while(Result::ok))
    };
    let (mut watched, mut lines) = watch();
    assert!(lines.any(|line| line.contains("✓ Everything else")));
    home.kubectl("pending-pod", "label nodes --all seen=by-me");
    assert!(lines.any(|line| line.contains("✗ Everything else")));
    home.kubectl("pending-pod", "label nodes --all seen-");
    assert!(lines.any(|line| line.contains("✓ Everything else")));
    signal(&watched, "INT");
    assert!(lines.any(|line| line.starts_with("not solved: ")));
    assert_eq!(watched.wait().unwrap().code(), Some(1));

    let (mut watched, mut lines) = watch();
    let (namespace, workload) = broken_workload(&home);
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    let short = [
        ["--refused-by", "scheduler"],
        ["--constraint", "untolerated-taint"],
        ["--must-change", "deployment/any"],
        ["--evidence", "untolerated taint"],
    ];
    let short: Vec<&str> = ["answer"].into_iter().chain(short.concat()).collect();
    home.expect(2, &short).stderr(contains("not counted"));
    answer(&home, "scheduler", &workload, &refused);
    assert!(lines.any(|line| line.contains("✓ Your diagnosis") && line.contains("first attempt")));
    tolerate(&home, &namespace, &workload);
    assert!(lines.any(|line| line.starts_with("solved in ")));
    assert_eq!(watched.wait().unwrap().code(), Some(0));
    // What the last check evicted is old enough by now.
    home.expect(0, &["check"]);
}

#[track_caller]
fn verdict(checked: &serde_json::Value, id: &str) -> String {
    let checks = checked["checks"].as_array().unwrap();
    let check = checks
        .iter()
        .find(|check| check["id"] == id)
        .unwrap_or_else(|| panic!("no check `{id}`: {checked}"));
    check["verdict"].as_str().unwrap().to_owned()
}
