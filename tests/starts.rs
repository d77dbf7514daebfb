//! Starts that fail under the author's gate: one is told and its case played once more, two are a problem of the case.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, ends_with};
use serde_json::Value;

use crate::support::{Home, copy_course};
use crate::verify::{problem, replace, two_variants};

/// A sandbox that says this and ends, where it should bring up the first cluster.
const LAST_WORDS: &str = "no memory left for another cluster";

#[test]
fn a_start_that_failed_is_told_and_its_case_is_played_once_more() {
    let home = Home::new();
    let course = copy_course(&home);
    two_variants(&course);
    let course = course.to_string_lossy().into_owned();
    let junit = home.path().join("junit.xml");
    let arguments = [
        "verify",
        "pending-pod/soft",
        "--jobs",
        "1",
        "--course",
        &course,
        "--junit",
        &junit.to_string_lossy(),
    ];
    let evidence = || contains("it ended without a word").and(contains(LAST_WORDS));
    let noted = "↻ pending-pod/soft, seed 1: untouched: the start failed, it is played once more: ";
    // How many starts there were depends on which clusters could be restored.
    let tally = "5 cases, all as claimed\n1 of ";
    let told = " starts failed; what did not start was played once more\n";
    home.labctl(&arguments)
        .env("LABCTL_SANDBOX", fails_at_its_first_cluster(&home))
        .assert()
        .code(0)
        .stderr(contains(noted).and(evidence()))
        .stdout(contains("✓ started twice").count(1))
        .stdout(evidence())
        .stdout(contains(tally).and(ends_with(told)));
    let junit = fs::read_to_string(junit).unwrap();
    assert_eq!(junit.matches("<failure ").count(), 0, "{junit}");
    assert_eq!(
        junit.matches("<system-out>start 1 failed: ").count(),
        1,
        "{junit}"
    );
    assert!(junit.contains(LAST_WORDS), "{junit}");
}

#[test]
fn a_symptom_that_never_shows_is_a_problem_after_the_second_start() {
    let home = Home::new();
    let course = copy_course(&home);
    two_variants(&course);
    let scenario = course.join("scenarios/pending-pod/hard/scenario.yaml");
    replace(
        &scenario,
        "message: untolerated taint",
        "message: tainted by nobody",
    );
    let verified = home.json(
        1,
        &[
            "verify",
            "pending-pod/hard",
            "--jobs",
            "1",
            "--course",
            &course.to_string_lossy(),
        ],
    );
    let untouched = problem(&verified, "hard", "untouched", "");
    assert_eq!(
        untouched,
        "expected the lab to start, found that it did not, twice"
    );
    let cases = verified["cases"].as_array().unwrap();
    let failed_starts = cases[0]["failed_starts"].as_array().unwrap();
    assert_eq!(failed_starts.len(), 2, "{verified:#}");
    for failed in failed_starts.iter().filter_map(Value::as_str) {
        for text in [
            "symptom did not show",
            "not ready: ",
            "the cluster's last words:",
        ] {
            assert!(failed.contains(text), "no `{text}`\n{failed}");
        }
    }
    // Nobody waits for the same again.
    for case in &cases[1..] {
        assert_eq!(case["failed_starts"], Value::Array(Vec::new()), "{case:#}");
        let problems = case["problems"].to_string();
        assert!(
            problems.contains("not played: the lab never started"),
            "{problems}"
        );
    }
    let starts = serde_json::json!({"made": 2, "failed": 2, "may_fail": 1});
    assert_eq!(verified["starts"], starts);
}

/// A sandbox program that has a bad day once: as when the machine is short of memory.
fn fails_at_its_first_cluster(home: &Home) -> PathBuf {
    let real = sandbox_program(home);
    // What is prepared for this program is of no use to another test.
    let cache = home.path().join("cache");
    fs::remove_file(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    let program = home.path().join("sandbox");
    let script = format!(
        "#!/bin/sh
case $0 in */kubectl) exec {real} kubectl \"$@\" ;; esac
if [ \"$1\" = up ] && mkdir {failed} 2>&-; then
  echo '{LAST_WORDS}' >&2
  exit 1
fi
exec {real} \"$@\"
",
        failed = home.path().join("has-failed").display(),
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// The program that a session of this home runs: its `kubectl` is the same file.
fn sandbox_program(home: &Home) -> String {
    let lab = ["pending-pod", "--variant", "missing-toleration"];
    home.expect(0, &[&["start"], &lab[..]].concat());
    let program = fs::canonicalize(home.session("pending-pod").join("bin/kubectl")).unwrap();
    home.expect(0, &["stop", "--purge"]);
    program.to_str().unwrap().to_owned()
}
