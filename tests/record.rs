//! The record of a session: a line for everything that was done, from which every count comes, and which a kill, a reset and an older
//! `labctl` leave readable.

use std::fs;
use std::path::PathBuf;

use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::{Home, START, stdout};

const LAB: &str = "cluster-boundary";

fn record(home: &Home) -> PathBuf {
    home.session(LAB).join("record/events.jsonl")
}

/// A written lab, which is there at once, with two hints taken.
fn with_two_hints() -> Home {
    let home = Home::new();
    home.expect(0, &["start", LAB, "--seed", "1"]);
    home.expect(0, &["hint"]);
    home.expect(0, &["hint"]);
    home
}

/// The names of the events, in their order.
fn events(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(record(home)).unwrap();
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let at = event["at"].as_str().unwrap();
        assert!(at.ends_with('Z') && at.len() == 20, "{event}");
        event["event"].as_str().unwrap().to_owned()
    };
    text.lines().map(event).collect()
}

#[track_caller]
fn counts(home: &Home, expected: &Value) {
    let status = home.json(0, &["status"]);
    for (what, count) in expected.as_object().unwrap() {
        assert_eq!(status[what], *count, "{what} in {status}");
    }
}

#[test]
fn every_deed_is_a_line_and_every_count_comes_from_them() {
    let home = with_two_hints();
    home.expect(0, &["hint", "1"]);
    home.expect(1, &["check"]);
    home.expect(0, &["reset"]);
    home.expect(1, &["check"]);
    home.expect(0, &["start", LAB]);
    home.expect(0, &["reveal", "--yes"]);
    home.expect(0, &["reveal", "--yes"]);
    assert_eq!(
        events(&home),
        [
            "started", "hint", "hint", "hint", "check", "reset", "check", "revealed"
        ]
    );
    let all = json!({"hints": 2, "attempts": 0, "resets": 1, "checks": 2, "revealed": true, "lost": null});
    counts(&home, &all);
    let session = fs::read_to_string(home.session(LAB).join("session.json")).unwrap();
    for counted in ["hints", "resets", "attempts", "conduct", "_at\""] {
        assert!(!session.contains(counted), "{counted} is kept in {session}");
    }
    // They are computed: without the last line nobody gave up.
    let text = fs::read_to_string(record(&home)).unwrap();
    let without = text.lines().filter(|line| !line.contains("revealed"));
    let without: Vec<String> = without.map(|line| format!("{line}\n")).collect();
    fs::write(record(&home), without.concat()).unwrap();
    counts(&home, &json!({"hints": 2, "revealed": false}));
}

#[test]
fn a_line_that_was_cut_off_is_told_and_costs_only_itself() {
    let home = with_two_hints();
    let text = fs::read_to_string(record(&home)).unwrap();
    fs::write(record(&home), &text[..text.len() - 9]).unwrap();
    let said = "line 3 of `";
    let status = stdout(&home.expect(0, &["status"]));
    assert!(status.contains(said), "{status}");
    assert!(
        status.contains("` was cut off and does not count"),
        "{status}"
    );
    counts(&home, &json!({"hints": 1}));
    home.expect(0, &["hint"]).stdout(contains("hint 2 of 3"));
    counts(&home, &json!({"hints": 2, "checks": 0}));
    home.expect(1, &["check"]).stderr(contains(said));
    counts(&home, &json!({"hints": 2, "checks": 1}));
    let lines = fs::read_to_string(record(&home)).unwrap();
    assert!(lines.starts_with(&text[..text.len() - 9]), "{lines}");
    assert_eq!(lines.lines().count(), 5, "{lines}");
}

#[test]
fn a_record_that_is_gone_is_told_and_the_session_can_be_ended() {
    let home = with_two_hints();
    fs::remove_file(record(&home)).unwrap();
    home.expect(0, &["status"])
        .stdout(contains("` is gone, and with it what was done so far"));
    home.expect(0, &["stop", "--purge"]);
}

#[test]
fn a_session_of_an_earlier_labctl_goes_on_where_it_was() {
    let home = with_two_hints();
    let file = home.session(LAB).join("session.json");
    let mut session: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    session["format_version"] = json!(1);
    session["started_at"] = json!("2026-01-01T10:00:00Z");
    session["solved_at"] = Value::Null;
    session["given"] = Value::Null;
    session["conduct"] = json!({"hints": 1, "attempts": 2, "resets": 3, "revealed": false});
    fs::write(&file, session.to_string()).unwrap();
    fs::remove_file(record(&home)).unwrap();
    let before =
        json!({"hints": 1, "attempts": 2, "resets": 3, "started_at": "2026-01-01T10:00:00Z"});
    counts(&home, &before);
    home.expect(0, &["hint"]).stdout(contains("hint 2 of 3"));
    counts(&home, &json!({"hints": 2, "attempts": 2, "resets": 3}));
    assert_eq!(events(&home), ["carried_over", "hint"]);
    home.expect(0, &["reset"]);
    counts(
        &home,
        &json!({"resets": 4, "started_at": "2026-01-01T10:00:00Z"}),
    );
}

#[test]
fn what_was_done_before_a_reset_stays_in_the_record() {
    let home = Home::new();
    home.expect(0, &START);
    let names = |all: &[&str]| -> Vec<(String, bool)> {
        let logged = home.json(0, &[&["log"], all].concat());
        let changes = logged["changes"].as_array().unwrap().iter();
        let named = changes.map(|change| {
            let name = change["name"].as_str().unwrap().to_owned();
            (name, change["before_reset"].as_bool().unwrap())
        });
        named.collect()
    };
    let before = |name: &str| (name.to_owned(), true);
    let now = |name: &str| (name.to_owned(), false);
    home.kubectl("pending-pod", "create configmap first -n default");
    home.expect(0, &["reset"]);
    assert_eq!(names(&[]), []);
    assert_eq!(names(&["--all"]), [before("first")]);
    home.kubectl("pending-pod", "create configmap second -n default");
    home.expect(0, &["reset"]);
    home.kubectl("pending-pod", "create configmap third -n default");
    assert_eq!(names(&[]), [now("third")]);
    assert_eq!(
        names(&["--all"]),
        [before("first"), before("second"), now("third")]
    );
    home.expect(0, &["log", "--all"])
        .stdout(contains("configmaps/first in default, before a reset\n"));
    // A start that brings a cut-off reset to its end keeps it, too; another lab begins with nothing.
    home.expect(0, &["reveal", "--yes"]);
    home.expect(0, &["start", "pending-pod", "--seed", "2"]);
    assert_eq!(names(&["--all"]), []);
}
