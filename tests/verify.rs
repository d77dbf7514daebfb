//! The author's gate: the course is right, and courses with one thing wrong are caught by the right message.

mod files;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Home, copy_course, signal};

/// A workload model that is no row of a table.
pub(crate) const LEDGER: &str = "format_version: 1
image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments/ledger
tags: [\"1.0.0\"]
entrypoint: /app/ledger
steps:
  - listen: {port: 8080, paths: {/healthz: {status: 200, body: ok}}}
";

const VARIANT: &str = "scenarios/pending-pod/missing-toleration";

#[track_caller]
pub(crate) fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "`{from}` is not in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_unknown_variant_suggests_the_nearest() {
    let home = Home::new();
    home.expect(2, &["verify", "pending-pod/missing-tolerations"])
        .stderr(contains("did you mean `missing-toleration`?"));
}

/// Each defect is alone in its case; cases share a cluster, because clusters take time.
#[test]
fn what_does_not_come_out_as_claimed_is_caught_by_the_right_message() {
    let home = Home::new();
    let course = copy_course(&home);
    two_variants(&course);
    let scenario = |variant: &str| course.join("scenarios/pending-pod").join(variant);

    // A check that always passes, a wrong fix that is right, and something that each start gives anew.
    let soft = scenario("soft");
    add_objective(&soft, "always", "d == null || d != null");
    replace(
        &soft.join("cases.yaml"),
        "\nwrong:\n",
        "\nwrong:\n  accepted: {says: It is right, caught_by: [as-deployed], patch: $values.repair}\n",
    );
    fs::create_dir(soft.join("broken")).unwrap();
    fs::write(soft.join("broken/40-anew.yaml"), ANEW).unwrap();

    // A check that never passes, and a fix that fixes nothing.
    let hard = scenario("hard");
    add_objective(&hard, "never", "d != null && d.spec.replicas == 99");
    let line = "kubectl get nodes";
    replace(
        &hard.join("cases.yaml"),
        "    as: replace\n    patch: {tolerations: [{key: $kind.taint, operator: Exists, effect: $effect}]}\n",
        &format!("    run: [{line}]\n"),
    );

    let junit = home.path().join("junit.xml");
    let verified = home.json(
        1,
        &[
            "verify",
            "pending-pod",
            "--jobs",
            "2",
            "--course",
            &course.to_string_lossy(),
            "--junit",
            &junit.to_string_lossy(),
        ],
    );
    let problem = |variant: &str, kind: &str, name: &str| problem(&verified, variant, kind, name);
    let always = problem("soft", "untouched", "");
    assert!(
        always.contains("objective `always` passes on the untouched cluster"),
        "{always}"
    );
    let accepted = problem("soft", "wrong fix", "accepted");
    assert!(
        accepted.contains("expected the wrong fix to be refused, found solved"),
        "{accepted}"
    );
    let anew = problem("soft", "reset", "");
    assert!(
        anew.contains("not as it was at the start") && anew.contains("Secret"),
        "{anew}"
    );
    let never = problem("hard", "fix", "exact-toleration");
    assert!(
        never.contains("expected solved within 60 s") && never.contains("✗ objective never"),
        "{never}"
    );
    let idle = problem("hard", "fix", "replaced-deployment");
    assert!(
        idle.contains("expected solved within 60 s") && idle.contains("0 ready replicas"),
        "{idle}"
    );
    for (variant, kind, name) in [
        ("soft", "fix", "exact-toleration"),
        ("soft", "wrong fix", "nothing"),
        ("hard", "untouched", ""),
        ("hard", "wrong fix", "nothing"),
        ("hard", "reset", ""),
    ] {
        assert_eq!(problem(variant, kind, name), "", "{variant} {kind} {name}");
    }
    let junit = fs::read_to_string(junit).unwrap();
    assert_eq!(junit.matches("<failure ").count(), 5, "{junit}");
}

/// What a token is made of is different in each cluster.
const ANEW: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: reports, namespace: \"{{ story.team }}\"}
---
apiVersion: v1
kind: Secret
metadata:
  name: reports
  namespace: \"{{ story.team }}\"
  annotations: {kubernetes.io/service-account.name: reports}
type: kubernetes.io/service-account-token
";

/// Two fixes, and of the base's wrong fixes the one that does nothing.
const TWO_FIXES: &str = "\
format_version: 2
values:
  repair: {tolerations: [{key: $kind.taint, operator: Equal, value: $second, effect: $effect}]}
fixes:
  exact-toleration: {says: Tolerate exactly this taint, patch: $values.repair}
  replaced-deployment:
    says: Write the Deployment anew
    as: replace
    patch: {tolerations: [{key: $kind.taint, operator: Exists, effect: $effect}]}
wrong:
  another-image: null
  delete: null
  patch-the-status: null
  recreate-smaller: null
  restart-and-hope: null
  rewrite-at-admission: null
  scale-to-zero: null
";

/// The course is the variant twice, each with two fixes and one wrong fix.
pub(crate) fn two_variants(course: &Path) {
    for lab in fs::read_dir(course.join("labs")).unwrap() {
        let lab = lab.unwrap();
        if lab.file_name() != "pending-pod" {
            fs::remove_dir_all(lab.path()).unwrap();
            fs::remove_dir_all(course.join("scenarios").join(lab.file_name())).unwrap();
        }
    }
    let original = course.join(VARIANT);
    fs::write(original.join("cases.yaml"), TWO_FIXES).unwrap();
    let scenarios = course.join("scenarios/pending-pod");
    for entry in fs::read_dir(&scenarios).unwrap() {
        let path = entry.unwrap().path();
        if path != original && !path.ends_with("base") {
            fs::remove_dir_all(path).unwrap();
        }
    }
    Command::new("cp")
        .arg("-r")
        .args([&original, &scenarios.join("soft")])
        .assert()
        .success();
    fs::rename(&original, scenarios.join("hard")).unwrap();
    let lab = course.join("labs/pending-pod/lab.yaml");
    let text = fs::read_to_string(&lab).unwrap();
    let kept = text.split("variants:").next().unwrap();
    fs::write(lab, format!("{kept}variants: [soft, hard]\n")).unwrap();
}

fn add_objective(variant: &Path, id: &str, expression: &str) {
    let scenario: PathBuf = variant.join("scenario.yaml");
    let objective = format!(
        "checks:
  {id}:
    says: objective {id}
    role: objective
    cel:
      objects: {{d: $subject}}
      expression: {expression}
"
    );
    replace(&scenario, "checks:\n", &objective);
}

/// The problems of a case, on lines of their own; empty when it came out as claimed.
#[track_caller]
pub(crate) fn problem(verified: &Value, variant: &str, kind: &str, name: &str) -> String {
    let cases = verified["cases"].as_array().unwrap();
    let case = cases
        .iter()
        .find(|case| case["variant"] == variant && case["kind"] == kind && case["name"] == name);
    let problems = case.unwrap_or_else(|| panic!("no {kind} `{name}` of {variant}\n{verified:#}"));
    let problems = problems["problems"].as_array().unwrap();
    let texts: Vec<&str> = problems.iter().filter_map(Value::as_str).collect();
    texts.join("\n")
}

#[test]
fn ctrl_c_stops_all_clusters_and_shows_what_was_played() {
    let home = Home::new();
    let temporary = home.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut child = home
        .command(&[
            "verify",
            "pending-pod/missing-toleration",
            "--jobs",
            "2",
            "--fresh",
        ])
        .env("TMPDIR", &temporary)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let playing = |line: std::io::Result<String>| line.is_ok_and(|line| line.contains("/2"));
    assert!(lines.any(playing), "it never played a case");
    signal(&child, "INT");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{}", rest.join("\n"));
    let table = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    assert!(table.contains("untouched"), "{table}");
    assert!(
        table.ends_with("cut off before the end: interrupted\n"),
        "{table}"
    );
    let left: Vec<PathBuf> = fs::read_dir(&temporary)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    assert!(left.is_empty(), "{left:?} are left");
}

/// A skeleton filled in, whose author forgot that a node's labels must stay as they are.
#[test]
fn the_robot_finds_what_solves_a_lab_and_no_author_listed() {
    let home = Home::new();
    let course = home.path().join("course");
    fs::create_dir(&course).unwrap();
    let folder = course.to_string_lossy().into_owned();
    home.expect(0, &["new", "shop/no-node", "--course", &folder]);
    let variant = course.join("scenarios/shop/no-node");
    for_each_file(&course, &|path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replace("TODO", "done")).unwrap();
    });
    let base = course.join("scenarios/shop/base/scenario.yaml");
    let orders = "      - {team: orders, workload: cart, tag: \"1.0.0\", complaint: \"done: what the orders team reports of `cart`.\"}\n";
    replace(&base, orders, "");
    replace(&base, "nodes: 3", "nodes: 1");
    replace(
        &base,
        "as_it_was: {subject: $subject}",
        "as_it_was: {subject: $subject, may_change: [{objects: {kind: Node}, fields: [/metadata/labels]}]}",
    );
    let scenario = variant.join("scenario.yaml");
    replace(&scenario, "except: []", "except: [/nodeSelector]");
    replace(
        &scenario,
        "values: {}",
        "values: {subject: {pod: {nodeSelector: {disk: fast}}}}",
    );
    let cases = variant.join("cases.yaml");
    replace(&cases, "repair: {}", "repair: {nodeSelector: null}");
    let text = fs::read_to_string(&cases).unwrap();
    let kept = text.split("# Beside the base's.").next().unwrap();
    fs::write(&cases, kept).unwrap();
    replace(
        &cases,
        "run: [\"kubectl -n ${subject.namespace} set env deployment ${subject.name} EXAMPLE=1\"]",
        "as: replace\n    patch: $values.repair",
    );
    let images = course.join("scenarios/images");
    fs::create_dir(&images).unwrap();
    fs::write(images.join("ledger.yaml"), LEDGER).unwrap();

    let arguments = [
        "verify",
        "shop/no-node",
        "--jobs",
        "2",
        "--cheats",
        "--course",
        &folder,
    ];
    let verified = home.json(1, &arguments);
    let cases = verified["cases"].as_array().unwrap();
    let failed: Vec<&Value> = cases
        .iter()
        .filter(|case| case["passed"] == false)
        .collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0]["name"], "label every node disk=fast");
    let found = problem(&verified, "no-node", "cheat", "label every node disk=fast");
    assert!(
        found.contains("expected it not to be solved") && found.contains("found solved"),
        "{found}"
    );
    assert!(
        cases.iter().filter(|case| case["kind"] == "cheat").count() >= 6,
        "{verified:#}"
    );
}

pub(crate) fn for_each_file(folder: &Path, change: &dyn Fn(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            for_each_file(&path, change);
        } else {
            change(&path);
        }
    }
}
