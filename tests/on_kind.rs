//! The README's session on a real kind: started, looked at, repaired, reset, removed. Where kind and its engine do not answer it is skipped, and
//! says so: Rust's own harness would count that as passed, so this file is its own.
//!
//! It takes one or two minutes, and the nodes' image has to be there or to be had; `LABCTL_KIND_IMAGE` names another.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and a harness says what it ran"
)]

mod learner;
#[expect(dead_code, reason = "the tests on the sandbox use the rest of it")]
mod support;

use std::process::Command;

use predicates::str::contains;

use learner::{answer, broken_workload, tolerate};
use support::{Home, START};

const NAME: &str = "a_learner_solves_the_lab_on_kind";

/// As Rust's harness takes it: words choose tests by a part of their name.
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--list") {
        println!("{NAME}: test");
        return;
    }
    let mut names = words
        .iter()
        .filter(|word| !word.starts_with('-'))
        .peekable();
    if names.peek().is_some() && !names.any(|part| NAME.contains(part.as_str())) {
        println!("\ntest result: ok. 0 passed; 0 failed; 0 skipped; 1 filtered out\n");
        return;
    }
    println!("\nrunning 1 test");
    let home = Home::new();
    if let Some(why) = what_is_missing(&home) {
        println!("test {NAME} ... skipped: {why}");
        println!("\ntest result: ok. 0 passed; 0 failed; 1 skipped; 0 filtered out\n");
        return;
    }
    a_learner_solves_the_lab_on_kind(&home);
    println!("test {NAME} ... ok");
    println!("\ntest result: ok. 1 passed; 0 failed; 0 skipped; 0 filtered out\n");
}

/// What `labctl doctor` finds no kind for.
fn what_is_missing(home: &Home) -> Option<String> {
    let doctor = home
        .labctl(&["doctor", "--output", "json"])
        .output()
        .unwrap();
    let found: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let findings = found["findings"].as_array().unwrap().iter();
    let mut of_kind = findings.filter(|it| it["what"].as_str().unwrap().contains("kind"));
    let missing = of_kind.find(|it| it["good"] == false)?;
    Some(missing["found"].as_str().unwrap().to_owned())
}

fn a_learner_solves_the_lab_on_kind(home: &Home) {
    let before = clusters();
    let purge = Purge(home);
    let start = [&START[..], &["--provider", "kind"]].concat();
    home.expect(0, &start).stdout(contains("Pending Pods"));
    home.expect(1, &["check"]).stdout(contains("not solved"));
    let (namespace, workload) = broken_workload(home);
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    answer(home, "scheduler", &workload, &refused);
    tolerate(home, &namespace, &workload);
    home.expect(0, &["check", "--wait", "60s"])
        .stdout(contains("solved in"));
    home.expect(0, &["reset"]);
    home.expect(1, &["check"])
        .stdout(contains(format!("✗ Deployment `{workload}` has")));
    drop(purge);
    assert!(!home.session("pending-pod").exists());
    assert_eq!(clusters(), before, "a cluster is left behind");
}

/// No cluster outlives its test.
struct Purge<'a>(&'a Home);

impl Drop for Purge<'_> {
    fn drop(&mut self) {
        let purged = self.0.labctl(&["stop", "--purge"]).assert();
        if !std::thread::panicking() {
            purged.success();
        }
    }
}

/// The clusters that kind knows of.
fn clusters() -> String {
    let said = Command::new("kind")
        .args(["get", "clusters"])
        .output()
        .unwrap();
    assert!(said.status.success(), "`kind get clusters` failed");
    String::from_utf8(said.stdout).unwrap()
}
