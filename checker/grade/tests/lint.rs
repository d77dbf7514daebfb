//! What lint says of the fixture's course with one file changed, word for word.
//! `SNAPSHOTS=overwrite cargo test -p grade --test lint` rewrites the texts.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a test may fail anywhere"
)]

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
fn something_is_missing() {
    without(
        "labs/quiet-queue/brief.md",
        str![[r#"
the file is missing
 --> labs/quiet-queue/brief.md
"#]],
    );
    without(
        "parameters.yaml",
        str![[r#"
the file is missing
 --> scenarios/quiet-queue/wrong-port/parameters.yaml
"#]],
    );
    without(
        "scenario.yaml",
        str![[r#"
the file is missing
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
    without(
        "debrief.md",
        str![[r#"
the file is missing
 --> scenarios/quiet-queue/wrong-port/debrief.md
"#]],
    );
    without(
        "hints/2.md",
        str![[r#"
a variant has 3 hints, 1.md to 3.md; found 1
 --> scenarios/quiet-queue/wrong-port/hints
"#]],
    );
    without(
        "fixes/apply.yaml",
        str![[r#"
a variant has at least 2 fixes; found 1
 --> scenarios/quiet-queue/wrong-port/fixes
"#]],
    );
    without(
        "wrong/nothing.yaml",
        str![[r#"
no wrong fix does nothing: one has `run: []`
 --> scenarios/quiet-queue/wrong-port/wrong
"#]],
    );
    changed(
        "scenario.yaml",
        "symptom:\n  - id: pods-wait\n    says: No Pod is ready\n    cel: {objects: {pods: {kind: Pod, namespace: parcels}}, expression: pods.size() == 1}\n",
        "",
        str![[r#"
no `symptom`: what must be true before the learner is let in?
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
    changed(
        "scenario.yaml",
        "role: objective",
        "role: safeguard",
        str![[r#"
no check has `role: objective`: there is nothing to solve
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
}

#[test]
fn something_is_not_read() {
    with(
        "hint/1.md",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/hint/1.md
  = a variant has parameters.yaml, scenario.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md, fixes/<name>.yaml, wrong/<name>.yaml and start/<any>
"#]],
    );
    with(
        "hints/4.md",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/hints/4.md
  = a variant has parameters.yaml, scenario.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md, fixes/<name>.yaml, wrong/<name>.yaml and start/<any>

a variant has 3 hints, 1.md to 3.md; found 4
 --> scenarios/quiet-queue/wrong-port/hints
"#]],
    );
    with(
        "fixes/more.yml",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/fixes/more.yml
  = a variant has parameters.yaml, scenario.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md, fixes/<name>.yaml, wrong/<name>.yaml and start/<any>
"#]],
    );
    with(
        "labs/quiet-queue/breif.md",
        "",
        str![[r#"
nothing reads this file
 --> labs/quiet-queue/breif.md
  = a lab has lab.yaml, brief.md and start/
"#]],
    );
    with(
        "scenarios/quiet-queu/wrong-port/scenario.yaml",
        "",
        str![[r#"
there is no lab `quiet-queu`
 --> scenarios/quiet-queu/wrong-port/scenario.yaml
  = known labs: quiet-queue
  = did you mean `quiet-queue`?
"#]],
    );
    with(
        "scenarios/images/queue.json",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/images/queue.json
  = images/ has <any>.yaml
"#]],
    );
    changed(
        "labs/quiet-queue/lab.yaml",
        "[missing-settings, wrong-port]",
        "[missing-settings]",
        str![[r#"
`labs/quiet-queue/lab.yaml` does not list this variant
 --> scenarios/quiet-queue/wrong-port
"#]],
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
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:23:99
   |
23 |     cel: {objects: {settings: {kind: ConfigMap, namespace: parcels, name: settings}}, expression: ((settings}
   |                                                                                                   ^
"#]],
    );
    changed(
        "scenario.yaml",
        "expression: pods.size() == 1",
        "expression: pods.size((",
        str![[r#"
the expression is wrong: a parenthesis is open
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:10:73
   |
10 |     cel: {objects: {pods: {kind: Pod, namespace: parcels}}, expression: pods.size((}
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
fn the_cause_is_given_away() {
    let leaks = "checks:\n  - id: queue-runs";
    let with = |word: &str| format!("leaks: [{word}]\n{leaks}");
    changed(
        "scenario.yaml",
        leaks,
        &with("quiet"),
        str![[r#"
`quiet` gives the cause away
 --> labs/quiet-queue/brief.md:1:30
  |
1 | The queue of team {{ team.name }} is quiet. Get `{{ team.workload }}` running again.
  | with its parameters:
  | The queue of team parcels is quiet. Get `intake` running again.
  |                              ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("POD"),
        str![[r#"
`POD` gives the cause away
 --> scenarios/quiet-queue/wrong-port/hints/1.md:1:13
  |
1 | Look at the Pods of `{{ team.workload }}`.
  | with its parameters:
  | Look at the Pods of `intake`.
  |             ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("general"),
        str![[r#"
`general` gives the cause away
 --> scenarios/quiet-queue/wrong-port/scenario.yaml:6:24
  |
6 |   node_groups: [{name: general, instance_type: m5.large, capacity_type: SPOT, nodes: 11, subnets: [private-a]}]
  |                        ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("intake"),
        str![[r#"
`intake` gives the cause away
 --> labs/quiet-queue/brief.md:1:42
  |
1 | The queue of team {{ team.name }} is quiet. Get `{{ team.workload }}` running again.
  | with its parameters:
  | The queue of team parcels is quiet. Get `intake` running again.
  |                                          ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution

`intake` gives the cause away
 --> scenarios/quiet-queue/wrong-port/hints/1.md:1:22
  |
1 | Look at the Pods of `{{ team.workload }}`.
  | with its parameters:
  | Look at the Pods of `intake`.
  |                      ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution

`intake` gives the cause away
 --> scenarios/quiet-queue/wrong-port/broken/20-workload.yaml:4:9
  |
4 |   name: {{ team.workload }}
  | with its parameters:
  |   name: intake
  |         ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed("scenario.yaml", leaks, &with("envFrom"), str![]);
    changed(
        "scenario.yaml",
        leaks,
        &with("\"\""),
        str![[r#"
`leaks` is empty
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:11:9
   |
11 | leaks: [""]
   |         ^
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
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:36:11
   |
36 |     says: ""
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
