//! Two labctl at one session wait for each other and say so.

use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use super::Beside;
use crate::learner::{answer, broken_workload, tolerate};
use crate::support::{Home, START, signal, types};

#[test]
fn a_second_start_waits_for_the_first_and_finds_it_running() {
    let home = Home::new();
    let mut first = Beside::start(&home, &START);
    first.says("starting the control plane");
    let waits = "another labctl is starting session `pending-pod`: waiting";
    home.expect(0, &["start", "pending-pod"])
        .stderr(contains(waits).and(contains("session `pending-pod` is running")));
    first.ends_with(0);
    home.expect(1, &["check"]);
}

#[test]
fn a_stop_waits_for_a_start_and_a_start_for_a_stop_and_a_reset() {
    let home = Home::new();
    let mut start = Beside::start(&home, &START);
    start.says("starting the control plane");
    let waits = "another labctl is starting session `pending-pod`: waiting";
    home.expect(0, &["stop"]).stderr(contains(waits));
    start.ends_with(0);
    assert_eq!(home.json(0, &["status"])["cluster"], "stopped");
    home.expect(0, &["start", "pending-pod"]);

    let mut stop = Beside::start(&home, &["stop"]);
    stop.says("stopping session");
    signal(&stop.child, "STOP");
    let mut start = Beside::start(&home, &["start", "pending-pod"]);
    start.says("another labctl is stopping session `pending-pod`: waiting");
    signal(&stop.child, "CONT");
    stop.ends_with(0);
    start.ends_with(0);
    assert_eq!(home.json(0, &["status"])["cluster"], "running");

    let mut reset = Beside::start(&home, &["reset"]);
    reset.says("starting the control plane");
    let waits = "another labctl is resetting session `pending-pod`: waiting";
    home.expect(0, &["start", "pending-pod"])
        .stderr(contains(waits));
    reset.ends_with(0);
    home.expect(1, &["check"]);
}

#[test]
fn ctrl_c_ends_a_wait_and_a_killed_labctl_keeps_nobody_waiting() {
    let home = Home::new();
    let mut first = Beside::start(&home, &START);
    first.says("starting the control plane");
    signal(&first.child, "STOP");
    let mut second = Beside::start(&home, &["start", "pending-pod"]);
    second.says("waiting");
    signal(&second.child, "INT");
    second.ends_with(130);
    home.expect(3, &["check"])
        .stderr(contains("is just being set up"));
    signal(&first.child, "KILL");
    first.end();
    home.expect(3, &["check"])
        .stderr(contains("`labctl start pending-pod`"));
    home.expect(0, &["start", "pending-pod"]);
    home.expect(1, &["check"]);
}

/// A file that is a pipe holds `answer` where a person sits at its menu.
#[test]
fn what_happens_while_an_answer_is_given_is_not_undone() {
    let home = Home::new();
    home.expect(0, &START);
    let mut terminal = home.at_a_terminal("answer");
    terminal.exp_string("What kept the Pods").unwrap();
    home.expect(0, &["hint"]);
    home.expect(0, &["hint"]);
    home.expect(0, &["reset"]);
    types(&mut terminal, "kubelet\r");
    for (question, answer) in [
        ("Which constraint", "no such image\r"),
        ("Which object", "deployment/cart\r"),
        ("One line of evidence", "had untolerated taint\r"),
    ] {
        terminal.exp_string(question).unwrap();
        types(&mut terminal, answer);
    }
    terminal.exp_string("recorded (first attempt)").unwrap();
    terminal.exp_eof().unwrap();
    let status = home.json(0, &["status"]);
    let counts = ["hints", "attempts", "resets"].map(|count| status[count].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 1], "{status}");
}

#[test]
fn a_check_beside_another_that_evicts_waits_and_says_the_same() {
    let home = Home::new();
    home.expect(0, &START);
    let (namespace, workload) = broken_workload(&home);
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    answer(&home, "scheduler", &workload, &refused);
    tolerate(&home, &namespace, &workload);
    home.kubectl(
        "pending-pod",
        &format!("-n {namespace} rollout status deployment/{workload} --timeout=60s"),
    );
    let pods = || {
        home.kubectl(
            "pending-pod",
            &format!("-n {namespace} get pods -l app={workload} -o name --sort-by=.metadata.name"),
        )
    };
    let before = pods();
    let watch = Beside::start(&home, &["check", "--watch"]);
    let end = Instant::now() + Duration::from_mins(1);
    while pods() == before {
        assert!(Instant::now() < end, "nothing was evicted");
    }
    let waits = "another check of session `pending-pod` is evicting a Pod: waiting";
    home.expect(0, &["check"]).stderr(contains(waits));
    watch.ends_with(0);
}
