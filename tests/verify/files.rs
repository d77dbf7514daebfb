//! Faults of a course's files as `labctl verify` tells them, before anything is played.

use std::fs;
use std::path::Path;

use predicates::str::contains;
use serde_json::Value;

use super::{VARIANT, replace};
use crate::support::{Home, copy_course};

/// A course with one text of one file changed is refused before anything is played.
#[track_caller]
fn refused(change: impl FnOnce(&Path), expected: &[&str]) {
    let home = Home::new();
    let course = copy_course(&home);
    change(&course);
    let mut run = home
        .expect(2, &["verify", "--course", &course.to_string_lossy()])
        .stdout(contains("nothing was played"));
    for text in expected {
        run = run.stdout(contains(*text));
    }
}

#[test]
fn a_missing_hint_is_a_fault() {
    let remove = |course: &Path| fs::remove_file(course.join(VARIANT).join("hints/3.md")).unwrap();
    refused(
        remove,
        &[
            "a variant has 3 hints",
            "missing-toleration/hints",
            "1 fault ",
        ],
    );
}

#[test]
fn a_leak_of_the_cause_is_a_fault() {
    let leak = |course: &Path| {
        let brief = course.join("labs/pending-pod/brief.md");
        replace(
            &brief,
            "They did not change",
            "It lost a toleration. They did not change",
        );
    };
    refused(
        leak,
        &["`tolerat` gives the cause away", "brief.md", "1 fault "],
    );
}

#[test]
fn a_comparison_of_numbers_that_is_never_true_is_a_fault() {
    let trap = |course: &Path| {
        let scenario = course.join(VARIANT).join("scenario.yaml");
        replace(
            &scenario,
            "checks:\n",
            "checks:\n  trap:\n    says: A trap\n    role: safeguard\n    cel: {objects: {pods: {kind: Pod}}, expression: pods.size() == 2u}\n",
        );
    };
    refused(
        trap,
        &[
            "compares an int with a uint, and they are never equal",
            "scenario.yaml",
            "1 fault ",
        ],
    );
}

#[test]
fn a_skeleton_is_refused_until_it_is_filled_in() {
    let home = Home::new();
    let course = home.path().join("course");
    fs::create_dir(&course).unwrap();
    let folder = course.to_string_lossy().into_owned();
    for what in ["shop/empty-cart", "shop/full-cart"] {
        home.expect(0, &["new", what, "--course", &folder]);
    }
    home.expect(2, &["new", "shop/full-cart", "--course", &folder])
        .stderr(contains("is there already"));
    let refused = home.json(2, &["verify", "--course", &folder]);
    let faults = refused["faults"].as_array().unwrap();
    assert!(faults.len() > 20, "only {} faults", faults.len());
    for fault in faults {
        assert_eq!(
            fault["message"], "`TODO` is left to be filled in",
            "{fault}"
        );
        assert!(fault["line"].is_u64(), "{fault}");
    }
    assert_eq!(refused["cases"], Value::Array(Vec::new()));
}
