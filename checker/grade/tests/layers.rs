//! One file over another, and what values refer to: the fixture's course with a line of the base or of a variant changed.
//! `SNAPSHOTS=overwrite cargo test -p grade --test layers` rewrites the texts.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a test may fail anywhere"
)]

mod support;

use grade::kinds::Ask;
use grade::{CourseFiles, Scenario};
use snapbox::{IntoData, assert_data_eq, data::Inline, str};

const BASE: &str = "scenarios/quiet-queue/base/scenario.yaml";
const OWN: &str = "scenarios/quiet-queue/missing-settings/scenario.yaml";
const CASES: &str = "scenarios/quiet-queue/missing-settings/cases.yaml";

fn with(changes: &[(&str, &str, &str)]) -> CourseFiles {
    let mut files = support::course("tests/fixtures/course");
    for (file, from, to) in changes {
        let text = files.text(file).unwrap().to_owned();
        assert!(text.contains(from), "`{from}` is not in `{file}`");
        files
            .0
            .insert((*file).to_owned(), text.replacen(from, to, 1).into_bytes());
    }
    files
}

fn scenario(files: &CourseFiles) -> Scenario {
    grade::resolve(files, "quiet-queue", "missing-settings", 7).unwrap()
}

#[track_caller]
fn fault(changes: &[(&str, &str, &str)], expected: Inline) {
    let files = with(changes);
    let fault = grade::resolve(&files, "quiet-queue", "missing-settings", 7).unwrap_err();
    assert_data_eq!(fault.to_string(), expected.raw());
}

#[test]
fn maps_merge_and_the_variants_values_count() {
    let base = "checks:\n  queue-runs: {see: Another page, says: from the base}\n  old:\n    says: It is old\n    role: safeguard\n    run: {namespaces: [kube-system]}\n";
    let scenario = scenario(&with(&[(BASE, "checks: {}\n", base)]));
    assert_eq!(scenario.checks[0].id, "queue-runs");
    assert_eq!(
        scenario.checks[0].see.as_deref(),
        Some("A page of the book")
    );
    assert_eq!(scenario.checks[1].id, "old");
}

#[test]
fn null_takes_away_what_the_base_has() {
    let base = "checks:\n  old:\n    says: It is old\n    role: safeguard\n    run: {namespaces: [kube-system]}\n";
    let files = with(&[
        (BASE, "checks: {}\n", base),
        (OWN, "checks:\n", "checks:\n  old: null\n"),
    ]);
    assert!(
        scenario(&files)
            .checks
            .iter()
            .all(|check| check.id != "old")
    );
}

#[test]
fn a_parameter_is_replaced_whole() {
    let base = "parameters:\n  replicas: {one_of: [9]}\nchecks: {}\n";
    let files = with(&[(BASE, "checks: {}\n", base)]);
    assert_eq!(
        scenario(&files).parameters["replicas"],
        scenario(&with(&[])).parameters["replicas"]
    );
}

#[test]
fn a_parameter_with_an_apostrophe_is_a_value_in_an_expression() {
    let files = with(&[
        (OWN, "workload: intake", "workload: it's"),
        (OWN, "workload: sorter", "workload: it's"),
        (
            OWN,
            "expression: settings != null",
            "expression: settings != null && given.team.workload == \"it's\"",
        ),
    ]);
    let check = scenario(&files)
        .checks
        .into_iter()
        .find(|check| check.id == "settings");
    let Some(Ask::Cel(cel)) = check.map(|check| check.ask) else {
        panic!("`settings` is an expression");
    };
    assert_eq!(cel.given.parameters["team"]["workload"], "it's");
}

#[test]
fn a_slip_in_a_wrong_fix_is_no_fault_of_the_scenario() {
    let files = with(&[(CASES, "fixes:\n", "fixes:\n  typo: {sais: x}\n")]);
    assert_eq!(scenario(&files).checks.len(), 7);
    let fault = grade::claims(&files, "quiet-queue", "missing-settings", 7).unwrap_err();
    assert!(
        fault.to_string().contains("unknown field `sais`"),
        "{fault}"
    );
}

#[test]
fn a_fault_of_the_base_has_its_place_there() {
    fault(
        &[(
            BASE,
            "checks: {}\n",
            "checks:\n  more: {says: Mor, role: objektive}\n",
        )],
        str![[r#"
unknown value `objektive`
 --> scenarios/quiet-queue/base/scenario.yaml:3:27
  |
3 |   more: {says: Mor, role: objektive}
  |                           ^
  = known values: objective, safeguard
  = did you mean `objective`?
"#]],
    );
}

#[test]
fn an_unknown_field_of_the_variant_is_named_before_what_the_base_lacks_without_it() {
    fault(
        &[
            (
                BASE,
                "checks: {}\n",
                "symptom: {pods-wait: {says: x}}\nchecks: {}\n",
            ),
            (OWN, "symptom:\n", "symptoms:\n"),
        ],
        str![[r#"
unknown field `symptoms`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:31:1
   |
31 | symptoms:
   | ^
   = known fields: cluster, symptom, checks, hands_out, leaks
   = did you mean `symptom`?
"#]],
    );
}

#[test]
fn what_refers_to_nothing_is_a_fault_at_its_place() {
    let says = "says: The agents run";
    fault(
        &[(OWN, says, "says: Of ${team.nam} they run")],
        str![[r#"
unknown parameter `team.nam`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:14
   |
49 |     says: Of ${team.nam} they run
   |              ^
   = known parameters: team.name, team.workload
   = did you mean `team.name`?
"#]],
    );
    fault(
        &[(OWN, says, "says: Of ${team} they run")],
        str![[r#"
`team` is a map: only a text or a number has a place inside a text
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:14
   |
49 |     says: Of ${team} they run
   |              ^
"#]],
    );
    fault(
        &[(OWN, says, "says: Of ${team.name they run")],
        str![[r#"
`${team.name they run` refers to nothing: write `${name}`, or `$${` where `${` is meant
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:14
   |
49 |     says: Of ${team.name they run
   |              ^
"#]],
    );
    fault(
        &[(OWN, says, "says: $zones.first")],
        str![[r#"
`zones.first`: `zones` is a list, which has no fields
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:11
   |
49 |     says: $zones.first
   |           ^
"#]],
    );
}

#[test]
fn what_cannot_be_worked_out_is_a_fault_at_its_place() {
    fault(
        &[(OWN, "nodes: 3", "nodes: {when: given.replicas, then: 3}")],
        str![[r#"
the expression of `when` is neither true nor false
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:21
   |
26 |       nodes: {when: given.replicas, then: 3}
   |                     ^
"#]],
    );
    fault(
        &[(OWN, "nodes: 3", "nodes: {when: \"false\", then: 3}")],
        str![[r#"
no `nodes`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:24:7
   |
24 |       instance_type: m5.large
   |       ^
"#]],
    );
    fault(
        &[(OWN, "nodes: 3", "nodes: {when: \"true\", then: 3, els: 4}")],
        str![[r#"
unknown field `els`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:38
   |
26 |       nodes: {when: "true", then: 3, els: 4}
   |                                      ^
   = known fields: when, then, else
   = did you mean `else`?
"#]],
    );
    fault(
        &[(OWN, "first: given.zones[0]", "first: given.zone[0]")],
        str![[r#"
unknown parameter `zone`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:11:10
   |
11 |   first: given.zone[0]
   |          ^
   = known parameters: here, replicas, team, zones
   = did you mean `zones`?
"#]],
    );
    fault(
        &[(OWN, "first: given.zones[0]", "team: given.zones[0]")],
        str![[r#"
there is a parameter `team` already
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:11:3
   |
11 |   team: given.zones[0]
   |   ^
   = in this file or in the base's; `null` among the `parameters` of scenario.yaml takes the base's away
"#]],
    );
    fault(
        &[(OWN, "== given.replicas", "== given.replica")],
        str![[r#"
unknown parameter `replica`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:37:34
   |
37 |       expression: pods.size() == given.replica
   |                                  ^
   = known parameters: first, here, replicas, second, subject, team, zones
   = did you mean `replicas`?
"#]],
    );
    fault(
        &[(OWN, "labels: {team: $team.name}", "labels: {$team: x}")],
        str![[r#"
`$team` is a map: the name of a field is a text
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:28:16
   |
28 |       labels: {$team: x}
   |                ^
"#]],
    );
}

#[test]
fn a_name_may_follow_from_one_that_stands_after_it() {
    let written = "first: given.later\n  later: given.zones[0]";
    let files = with(&[(OWN, "first: given.zones[0]", written)]);
    let names = scenario(&files).names;
    assert_eq!(names["first"], names["zones"][0]);
}

#[test]
fn two_dollars_are_one() {
    let files = with(&[(OWN, "says: The agents run", "says: $$team and $${team}")]);
    assert_eq!(scenario(&files).checks[1].says, "$$team and ${team}");
}

#[test]
fn a_patch_has_lines_around_it_and_a_container_of_the_subjects_name() {
    let run = "    run:\n      - kubectl -n ${team.name} create configmap settings\n";
    let patch = "    before: [make room]\n    after: [look]\n    patch: {hostNetwork: false}\n    container: {stdin: true}\n";
    let files = with(&[(CASES, run, patch)]);
    let claims = grade::claims(&files, "quiet-queue", "missing-settings", 7).unwrap();
    let fix = &claims.fixes[1];
    let name = scenario(&files).names["subject"]["name"].clone();
    assert_eq!(
        serde_yaml::from_str::<serde_json::Value>(&fix.files["patch.yaml"]).unwrap(),
        serde_json::json!({"spec": {"template": {"spec": {
            "hostNetwork": false, "containers": [{"name": name, "stdin": true}],
        }}}})
    );
    let ends = [fix.run.first(), fix.run.last()].map(Option::unwrap);
    assert_eq!(ends, ["make room", "look"]);
    assert_eq!(fix.run.len(), 4, "{:?}", fix.run);
    // Lines that a person types have their order anyway.
    let files = with(&[(CASES, run, &format!("    before: [make room]\n{run}"))]);
    let fault = grade::claims(&files, "quiet-queue", "missing-settings", 7).unwrap_err();
    assert!(fault.to_string().starts_with("case `create` has either"));
}

#[test]
fn a_hint_begins_with_what_the_base_has_of_it() {
    let mut files = with(&[]);
    let base = "scenarios/quiet-queue/base/hints/2.md".to_owned();
    let text =
        "{% if checks[\"queue-runs\"] == \"undecided\" -%}\nAsk {{ team.name }}.\n\n{% endif -%}\n";
    files.0.insert(base, text.into());
    let scenario = scenario(&files);
    let hint = |number| grade::hint(&scenario, number, &[]).unwrap();
    let team = scenario.names["team"]["name"].as_str().unwrap();
    assert_eq!(scenario.hints.len(), 3);
    assert_eq!(hint(2), format!("Ask {team}.\n\nRead the events.\n"));
    assert!(!hint(1).contains("Ask"));
}
