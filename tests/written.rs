//! A lab that is written work: no cluster is started, every command says so where it matters, and what is written is judged by rules that
//! name the line.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Home, course_files, signal, stdout};

const SESSION: &str = "cluster-boundary";

fn start(seed: &str) -> Home {
    let home = Home::new();
    home.expect(0, &["start", SESSION, "--seed", seed])
        .stderr(contains("this lab has no cluster: nothing is started"));
    home
}

fn work(home: &Home) -> PathBuf {
    home.session(SESSION).join("work")
}

/// What a fix of the lab writes, for a seed.
fn answer(fix: &str, seed: u64) -> Vec<(String, String)> {
    let claims = grade::claims(&course_files(), SESSION, "growing-company", seed).unwrap();
    let fix = claims.fixes.iter().find(|it| it.name == fix).unwrap();
    fix.files.clone().into_iter().collect()
}

fn write(home: &Home, files: &[(String, String)]) {
    for (name, text) in files {
        std::fs::write(work(home).join(name), text).unwrap();
    }
}

fn check<'a>(checked: &'a Value, id: &str) -> &'a Value {
    let checks = checked["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap()
}

/// The rules of a check that are broken, each with its place.
fn broken(checked: &Value, id: &str) -> Vec<(String, String)> {
    let rules = check(checked, id)["broken"].as_array();
    let text = |rule: &Value, field: &str| rule[field].as_str().unwrap().to_owned();
    let rules = rules.into_iter().flatten();
    rules
        .map(|rule| (text(rule, "rule"), text(rule, "at")))
        .collect()
}

#[test]
fn nothing_is_started_and_every_command_knows() {
    let home = start("1");
    let session = home.session(SESSION);
    assert!(!session.join("cluster").exists());
    for file in ["company.yaml", "company.md", "decision.yaml", "adr.md"] {
        assert!(work(&home).join(file).is_file(), "{file}");
    }
    let status = home.json(0, &["status"]);
    assert_eq!(status["cluster"], "none");
    assert_eq!(status["kubeconfig"], Value::Null);
    home.expect(0, &["status"]).stdout(contains("labctl check"));
    home.expect(2, &["kubectl", "get", "pods"]).stderr(contains(
        "has no cluster: lab `cluster-boundary` is written work",
    ));
    home.expect(2, &["answer"])
        .stderr(contains("asks for no diagnosis"));
    home.expect(0, &["log"])
        .stderr(contains("there are no changes to tell"));
    home.expect(1, &["check", "--wait", "30s"])
        .stderr(contains("nothing in it comes true by waiting"));
    home.expect(0, &["hint"]).stdout(contains("hint 1 of 3"));
    home.expect(2, &["debrief"])
        .stderr(contains("is not solved yet"));
    home.expect(0, &["brief"])
        .stdout(contains("labctl answer").not());
    // In a terminal of the lab no kubectl reaches another cluster.
    home.shell(
        SESSION,
        home.path(),
        "kubectl get pods; echo \"$KUBECONFIG\"",
    )
    .stdout(contains("/dev/null"))
    .stderr(contains("this lab has no cluster"));
    home.expect(0, &["stop"])
        .stdout(contains("has no cluster, so nothing runs"));
    home.expect(0, &["start", SESSION])
        .stderr(contains("your files are as you left them"));
    home.expect(0, &["list"])
        .stdout(contains(SESSION).and(contains("needs no cluster")));
}

#[test]
fn several_decisions_pass_and_the_score_is_whole() {
    for (fix, seed) in [
        ("one-for-all", 1),
        ("by-domain", 1),
        ("cells", 2),
        ("one-each", 2),
    ] {
        let home = start(&seed.to_string());
        write(&home, &answer(fix, seed));
        let checked = home.json(0, &["check"]);
        assert_eq!(checked["outcome"], "solved", "{fix}: {checked:#}");
        assert_eq!(checked["score"]["points"], 100);
        home.expect(0, &["debrief"])
            .stdout(contains("There was no one right answer"));
    }
}

#[test]
fn what_is_wrong_has_its_rule_and_its_line() {
    let home = start("1");
    let untouched = home.json(1, &["check"]);
    let objectives = untouched["checks"].as_array().unwrap().iter();
    let mut objectives = objectives.filter(|check| check["role"] == "objective");
    assert!(objectives.all(|check| check["verdict"] == "failed"));

    // Somebody else's numbers.
    write(&home, &answer("one-for-all", 3));
    let other = home.json(1, &["check"]);
    let rules: Vec<String> = broken(&other, "numbers")
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert!(rules.contains(&"blast-radius".to_owned()), "{rules:?}");

    write(&home, &answer("one-for-all", 1));
    let path = work(&home).join("decision.yaml");
    let right = std::fs::read_to_string(&path).unwrap();
    let (before, after) = right.split_once("usd_a_month: ").unwrap();
    let line = before.lines().count();
    std::fs::write(&path, format!("{before}usd_a_month: 1{after}")).unwrap();
    let wrong = home.json(1, &["check"]);
    assert_eq!(
        broken(&wrong, "numbers"),
        [("cost".to_owned(), format!("decision.yaml:{line}"))]
    );
    let numbers = check(&wrong, "numbers");
    let page = numbers["broken"][0]["page"].as_str().unwrap();
    assert!(page.contains("control plane at 73"), "{page}");
    home.expect(1, &["check"]).stdout(contains(format!(
        "decision.yaml:{line}: What the clusters cost: found"
    )));
}

#[test]
fn a_reset_hands_out_anew_and_keeps_what_was_written() {
    let home = start("1");
    let path = work(&home).join("decision.yaml");
    let starter = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "mine: 1\n").unwrap();
    let folder = || std::fs::metadata(work(&home)).unwrap().ino();
    let before = folder();
    home.expect(0, &["reset"])
        .stdout(contains("work.before-reset"));
    // A shell that is open in it sees the new files.
    assert_eq!(folder(), before);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), starter);
    let kept = home
        .session(SESSION)
        .join("work.before-reset/decision.yaml");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "mine: 1\n");
    assert_eq!(home.json(0, &["status"])["resets"], 1);
}

#[test]
fn a_watch_follows_what_is_saved() {
    let home = start("1");
    let mut watch = home
        .command(&["--output", "json", "check", "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let n_checks = home.json(1, &["check"])["checks"].as_array().unwrap().len();
    for _ in 0..n_checks {
        next();
    }
    std::fs::write(work(&home).join("decision.yaml"), "a: [\n").unwrap();
    let broken = next();
    assert_eq!(broken["id"], "form");
    assert!(broken["found"].as_str().unwrap().contains("no YAML"));
    write(&home, &answer("one-for-all", 1));
    assert!(watch.wait().unwrap().success());
}

#[test]
fn a_watch_that_is_ended_records_what_was_seen_last() {
    let home = start("1");
    let mut watch = home
        .command(&["check", "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    signal(&watch, "INT");
    assert_eq!(watch.wait().unwrap().code(), Some(1));
}

#[test]
fn a_file_that_cannot_be_read_is_the_learners_to_mend() {
    let home = start("1");
    let path = work(&home).join("decision.yaml");
    let starter = std::fs::read_to_string(&path).unwrap();
    let filled = |field: &str, value: &str| {
        let empty = format!("{field}:");
        let line = starter.lines().find(|line| line.trim().starts_with(&empty));
        let line = line.unwrap();
        let indent = &line[..line.len() - line.trim_start().len()];
        let new = format!("{indent}{field}: {value}");
        starter.replacen(line, &new, 1).into_bytes()
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "latin 1",
            b"a: gr\xfcn".to_vec(),
            "is not UTF-8 in line 1, column 6",
        ),
        ("10 MB", vec![b'a'; 10 << 20], "has more than 1 MiB"),
        (
            "prose",
            b"so: it: is".to_vec(),
            "decision.yaml:1:7: it is no YAML",
        ),
        (
            "a tab",
            b"a:\n\tb: 1".to_vec(),
            "decision.yaml:2:2: it is no YAML",
        ),
        (
            "no anchor",
            b"a: *nobody".to_vec(),
            "decision.yaml:1:4: it is no YAML",
        ),
        (
            "two",
            b"a: 1\n---\nb: 1".to_vec(),
            "decision.yaml:3:1: it has 2 documents",
        ),
        ("nested", "[".repeat(300).into_bytes(), "it is no YAML"),
        (
            "another name",
            starter.replace("  cells:", "  cell:").into_bytes(),
            "did you mean `cells`?",
        ),
        (
            "a comma",
            filled("usd_a_month", "1,250"),
            "could be 1.250 or 1250",
        ),
        (
            "a word",
            filled("usd_a_month", "many"),
            "`many` is no number",
        ),
        ("a list", filled("usd_a_month", "[1]"), "a list"),
        ("in braces", filled("weight", "{a: 12,5}"), "a map"),
        (
            "no choice",
            filled("choice", "shred"),
            "did you mean `shared`?",
        ),
        ("no date", filled("\"on\"", "soon"), "`soon`"),
    ];
    for (name, bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        let checked = home.json(1, &["check"]);
        let checks = checked["checks"].as_array().unwrap();
        let undecided = checks.iter().find(|check| check["verdict"] == "undecided");
        assert_eq!(undecided, None, "{name}");
        let form = serde_json::to_string(&check(&checked, "form")["broken"]).unwrap();
        let told = check(&checked, "form")["found"].as_str().unwrap();
        let is_told = form.contains(expected) || told.contains(expected);
        assert!(is_told, "{name}: {form}");
    }
    std::fs::remove_file(&path).unwrap();
    home.expect(1, &["check"])
        .stdout(contains("found no file").and(contains("as above")));
}

#[test]
fn what_editors_write_besides_is_no_fault() {
    let home = start("1");
    let mut files = answer("one-for-all", 1);
    for (_, text) in &mut files {
        *text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    }
    write(&home, &files);
    home.expect(0, &["check"]).stdout(contains("solved"));
}

#[test]
fn another_seed_takes_the_place_of_one_that_is_solved() {
    let home = start("1");
    write(&home, &answer("one-for-all", 1));
    home.expect(0, &["check"]);
    let again = home.expect(0, &["start", SESSION, "--seed", "2"]);
    assert!(stdout(&again).contains("Cluster boundaries"));
    let kept = home
        .session(SESSION)
        .join("work.before-cluster-boundary-seed-1/adr.md");
    assert!(kept.is_file());
    home.expect(1, &["check"]);
}
