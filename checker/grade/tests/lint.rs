//! What lint says of the fixture's course with one file changed, word for word.
//! `SNAPSHOTS=overwrite cargo test -p grade --test lint` rewrites the texts.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a test may fail anywhere"
)]

#[path = "lint/files.rs"]
mod files;
#[path = "lint/leaks.rs"]
mod leaks;
mod support;

use grade::CourseFiles;
use snapbox::{IntoData, assert_data_eq, data::Inline, str};

const VARIANT: &str = "scenarios/quiet-queue/wrong-port";

fn compile(expression: &str) -> Result<(), String> {
    if expression.contains("((") {
        Err("a parenthesis is open".to_owned())
    } else {
        Ok(())
    }
}

fn faults(files: &CourseFiles, seeds: &[u64]) -> String {
    let faults: Vec<String> = grade::lint(files, seeds, compile)
        .iter()
        .map(ToString::to_string)
        .collect();
    faults.join("\n\n")
}

fn path(file: &str) -> String {
    if file.starts_with("labs/") || file.starts_with("scenarios/") {
        file.to_owned()
    } else {
        format!("{VARIANT}/{file}")
    }
}

/// With one text of a file replaced, everywhere.
#[track_caller]
fn changed(file: &str, from: &str, to: &str, expected: Inline) {
    let mut files = support::course("tests/fixtures/course");
    let text = files.text(&path(file)).unwrap().to_owned();
    assert!(text.contains(from), "`{from}` is not in `{file}`");
    files
        .0
        .insert(path(file), text.replace(from, to).into_bytes());
    assert_data_eq!(faults(&files, &[1]), expected.raw());
}

/// Without a file.
#[track_caller]
fn without(file: &str, expected: Inline) {
    let mut files = support::course("tests/fixtures/course");
    assert!(
        files.0.remove(&path(file)).is_some(),
        "`{file}` is not there"
    );
    assert_data_eq!(faults(&files, &[1]), expected.raw());
}

/// With a file more.
#[track_caller]
fn with(file: &str, text: &str, expected: Inline) {
    let mut files = support::course("tests/fixtures/course");
    files.0.insert(path(file), text.as_bytes().to_vec());
    assert_data_eq!(faults(&files, &[1]), expected.raw());
}

#[test]
fn the_fixture_has_no_fault() {
    let seeds: Vec<u64> = (0..20).collect();
    assert_eq!(
        faults(&support::course("tests/fixtures/course"), &seeds),
        ""
    );
}

#[test]
fn the_course_has_no_fault() {
    let course = support::course("../..");
    assert_eq!(
        grade::lint(&course, &[0, 1, 2, 3, 4], grade::compile_check),
        []
    );
}

#[test]
fn an_empty_course_has_no_labs() {
    assert_data_eq!(
        faults(&CourseFiles::default(), &[1]),
        str![[r#"
the course has no labs: no file `labs/<lab>/lab.yaml`
 --> labs
"#]]
        .raw()
    );
}

#[test]
fn an_expression_does_not_compile() {
    changed(
        "scenario.yaml",
        "expression: settings != null",
        "expression: ((settings",
        str![[r#"
the expression is wrong: a parenthesis is open
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:27:99
   |
27 |     cel: {objects: {settings: {kind: ConfigMap, namespace: parcels, name: settings}}, expression: ((settings}
   |                                                                                                   ^
"#]],
    );
    changed(
        "scenario.yaml",
        "expression: pods.size() == 1",
        "expression: pods.size((",
        str![[r#"
the expression is wrong: a parenthesis is open
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:14:73
   |
14 |     cel: {objects: {pods: {kind: Pod, namespace: parcels}}, expression: pods.size((}
   |                                                                         ^
"#]],
    );
}

#[test]
fn a_hint_is_wrong_in_a_branch_that_is_rarely_taken() {
    changed(
        "hints/2.md",
        "{{ found.settings }}",
        "{{ found.setings }}",
        str![[r#"
unknown check `setings`
 --> scenarios/quiet-queue/wrong-port/hints/2.md:4:11
  |
4 | Found: {{ found.setings }}.
  |           ^
  = known checks: comes-back, queue-runs, settings
  = did you mean `settings`?
"#]],
    );
    changed(
        "hints/2.md",
        "It runs.",
        "{{ checks.setings }}",
        str![[r#"
unknown check `setings`
 --> scenarios/quiet-queue/wrong-port/hints/2.md:2:4
  |
2 | {{ checks.setings }}
  |    ^
  = known checks: comes-back, queue-runs, settings
  = did you mean `settings`?
"#]],
    );
}

#[test]
fn a_fault_of_several_seeds_is_named_once() {
    let mut files = support::course("tests/fixtures/course");
    let scenario = "scenarios/quiet-queue/missing-settings/scenario.yaml";
    let text = files
        .text(scenario)
        .unwrap()
        .replace("says: The agents run", "says: \"\"");
    files.0.insert(scenario.to_owned(), text.into_bytes());
    assert_data_eq!(
        faults(&files, &[1, 2, 3]),
        str![[r#"
`says` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:11
   |
49 |     says: ""
   |           ^
"#]]
        .raw()
    );
}

#[test]
fn what_is_left_to_be_filled_in_is_a_fault_but_not_in_what_a_learner_fills_in() {
    with(
        "debrief.md",
        "It was this.\nTODO: why\n",
        str![[r#"
`TODO` is left to be filled in
 --> scenarios/quiet-queue/wrong-port/debrief.md:2:1
  |
2 | TODO: why
  | ^
"#]],
    );
    with(
        "labs/quiet-queue/start/review.yaml",
        "decision: TODO\n",
        str![""],
    );
}
