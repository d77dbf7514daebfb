//! What makes the author's gate sound and cheap: what it must catch, clusters that serve several cases, and results that are remembered.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::{Home, copy_course};
use crate::verify::{LEDGER, problem, replace, two_variants};

/// A course with the variants `soft` and `hard` that no run has seen before: what is remembered of others says nothing of it.
fn new_course(home: &Home) -> PathBuf {
    let course = copy_course(home);
    two_variants(&course);
    for variant in ["soft", "hard"] {
        let debrief = course
            .join("scenarios/pending-pod")
            .join(variant)
            .join("debrief.md");
        let text = fs::read_to_string(&debrief).unwrap();
        fs::write(
            &debrief,
            format!("{text}\nPlayed in {}.\n", home.path().display()),
        )
        .unwrap();
    }
    course
}

/// `verify` of this course with more arguments; what it says.
#[track_caller]
fn verify(home: &Home, course: &Path, code: i32, more: &[&str]) -> Value {
    let course = course.to_string_lossy();
    home.json(code, &[&["verify", "--course", &course], more].concat())
}

#[test]
fn a_right_fix_filed_as_a_wrong_one_is_told_although_its_pods_are_young() {
    let home = Home::new();
    let course = new_course(&home);
    let soft = course.join("scenarios/pending-pod/soft");
    let filed = "\
wrong:
  waits: {says: It is right, caught_by: [workload-runs], patch: $values.repair}
  at-once: {says: It is right, caught_by: [workload-runs], wait: nothing, patch: $values.repair}
";
    replace(&soft.join("cases.yaml"), "wrong:\n", filed);
    let verified = verify(&home, &course, 1, &["pending-pod/soft", "--jobs", "2"]);
    for name in ["waits", "at-once"] {
        let told = problem(&verified, "soft", "wrong fix", name);
        let expected = "expected the wrong fix to be refused, found solved";
        assert!(told.contains(expected), "{name}: {told}");
    }
    assert_eq!(problem(&verified, "soft", "wrong fix", "nothing"), "");
}

#[test]
fn a_lab_that_heals_itself_after_a_few_seconds_is_a_fault() {
    let home = Home::new();
    let course = home.path().join("course");
    fs::create_dir(&course).unwrap();
    healing(&home, &course);
    let verified = verify(&home, &course, 1, &["shop/busy", "--jobs", "1"]);
    let told = problem(&verified, "busy", "untouched", "");
    assert!(
        told.contains("objective `workload-runs` passes on the untouched cluster"),
        "{told}"
    );
}

/// A skeleton filled in, whose only node is full until a batch of a few seconds is over.
fn healing(home: &Home, course: &Path) {
    let folder = course.to_string_lossy().into_owned();
    home.expect(0, &["new", "shop/busy", "--course", &folder]);
    crate::verify::for_each_file(course, &|path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replace("TODO", "done")).unwrap();
    });
    let base = course.join("scenarios/shop/base/scenario.yaml");
    let orders = "      - {team: orders, workload: cart, tag: \"1.0.0\", complaint: \"done: what the orders team reports of `cart`.\"}\n";
    replace(&base, orders, "");
    replace(&base, "{from: 2, to: 3}", "{from: 2, to: 2}");
    replace(&base, "nodes: 3", "nodes: 1");
    replace(&base, "requests: {cpu: 100m", "requests: {cpu: 600m");
    let broken = course.join("scenarios/shop/busy/broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("05-batch.yaml"), BATCH).unwrap();
    let images = course.join("scenarios/images");
    fs::create_dir(&images).unwrap();
    fs::write(images.join("ledger.yaml"), LEDGER).unwrap();
}

/// It comes before the workload, in whichever order their Pods are made.
const BATCH: &str = "\
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: first}
value: 1000
---
apiVersion: v1
kind: Namespace
metadata: {name: \"{{ story.team }}\"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: batch, namespace: \"{{ story.team }}\"}
spec:
  activeDeadlineSeconds: 9
  backoffLimit: 0
  template:
    spec:
      priorityClassName: first
      restartPolicy: Never
      containers:
        - name: batch
          image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments/ledger:1.0.0
          resources: {requests: {cpu: 1200m}}
";

#[test]
fn cases_share_a_cluster_with_the_verdicts_of_new_ones_and_are_remembered() {
    let home = Home::new();
    let course = new_course(&home);
    let soft = ["pending-pod/soft", "--jobs", "1"];
    let shared = verify(&home, &course, 0, &soft);
    let restored = cases(&shared)
        .iter()
        .filter(|case| case["began"] == "restored")
        .count();
    assert!(restored >= 2, "{shared:#}");

    let remembered = verify(&home, &course, 0, &soft);
    assert!(
        cases(&remembered)
            .iter()
            .all(|case| case["remembered"] == true),
        "{remembered:#}"
    );
    assert_eq!(remembered["starts"]["made"], 0);
    assert_eq!(verdicts(&remembered), verdicts(&shared));

    let fresh = verify(&home, &course, 0, &[&soft[..], &["--fresh"]].concat());
    for case in cases(&fresh) {
        assert_eq!(case["remembered"], false, "{case:#}");
        assert_ne!(case["began"], "restored", "{case:#}");
    }
    assert_eq!(verdicts(&fresh), verdicts(&shared));
}

#[test]
fn only_what_changed_failed_or_has_time_is_played_and_the_rest_is_told() {
    let home = Home::new();
    let course = new_course(&home);
    git(&course, "init --quiet");
    git(&course, "add --all");
    git(
        &course,
        "-c user.name=a -c user.email=a@example.com commit --quiet --message start",
    );
    replace(
        &course.join("scenarios/pending-pod/hard/cases.yaml"),
        "fixes:\n",
        "fixes:\n  idle: {says: Nothing, run: [kubectl get nodes]}\n",
    );
    let soft = json!({"lab": "pending-pod", "variant": "soft", "seed": 1, "cases": 5});

    let changed = verify(&home, &course, 1, &["--since", "HEAD", "--jobs", "2"]);
    assert!(
        cases(&changed).iter().all(|case| case["variant"] == "hard"),
        "{changed:#}"
    );
    assert_eq!(changed["left_out"], json!([soft]));

    let failed = verify(&home, &course, 1, &["--failed", "--jobs", "1"]);
    let names: Vec<&Value> = cases(&failed).iter().map(|case| &case["name"]).collect();
    assert_eq!(names, ["idle"]);

    let course = course.to_string_lossy();
    let none = ["verify", "--course", &course, "--budget", "0s"];
    let left_out = "left out: 6 cases (1 of pending-pod/hard, 5 of pending-pod/soft)";
    home.expect(0, &none).stdout(contains(left_out));
    let unknown = ["verify", "--course", &course, "--since", "no-such-revision"];
    home.expect(2, &unknown)
        .stderr(contains("`--since` takes a revision"));
}

fn git(folder: &Path, arguments: &str) {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(arguments.split(' '))
        .assert()
        .success();
}

fn cases(verified: &Value) -> &[Value] {
    verified["cases"].as_array().unwrap()
}

/// What every check came to in each case.
fn verdicts(verified: &Value) -> BTreeMap<String, Vec<String>> {
    let of_case = |case: &Value| {
        let verdicts = case["verdicts"].as_array().unwrap().iter();
        let words = verdicts.map(|verdict| format!("{} {}", verdict["check"], verdict["verdict"]));
        (
            format!("{} {}", case["kind"], case["name"]),
            words.collect(),
        )
    };
    cases(verified).iter().map(of_case).collect()
}
