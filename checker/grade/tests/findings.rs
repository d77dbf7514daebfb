//! The review of a design, on the course's own lab without its cluster: how a place may be spelled, what is evidence, and what is no finding.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeMap;

use grade::evidence::FileSeen;
use grade::observation::{Observation, Observations, Question};
use grade::verdict::{CheckVerdict, Verdict};
use grade::{CourseFiles, Evidence, Scenario};
use serde_json::{Value, json};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;
/// One whose oddities these tests know: nine weaknesses.
const SEED: u64 = 2;

fn scenario(course: &CourseFiles, seed: u64) -> Scenario {
    grade::resolve(course, "design-review", "before-launch", seed).unwrap()
}

fn judged(scenario: &Scenario, written: &str, objects: &[Value]) -> CheckVerdict {
    let checks: Vec<_> = scenario
        .checks
        .iter()
        .filter(|it| it.id == "findings")
        .cloned()
        .collect();
    let everything = Observation::Everything {
        objects: objects.to_vec(),
        unlisted: Vec::new(),
    };
    let evidence = Evidence {
        baseline: Observations {
            answers: vec![(Question::Everything, everything)],
            ..Observations::default()
        },
        files: BTreeMap::from([(
            "findings.yaml".to_owned(),
            FileSeen::Text(written.to_owned()),
        )]),
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0)
}

/// Of a list of this one finding: the rules that it breaks and what was found, but for all that is missed.
fn of_one(scenario: &Scenario, place: &str, field: &str, others: &Value) -> Vec<(String, String)> {
    let mut finding = json!({"where": place, "field": field});
    finding
        .as_object_mut()
        .unwrap()
        .extend(others.as_object().unwrap().clone());
    let written = json!({"format_version": 1, "findings": [finding]}).to_string();
    let broken = judged(scenario, &written, &[]).broken.into_iter();
    broken
        .filter(|it| it.rule != "missed")
        .map(|it| (it.rule, it.found))
        .collect()
}

fn name<'a>(scenario: &'a Scenario, path: &str) -> &'a str {
    let path = format!("/{}", path.replace('.', "/"));
    let names = scenario.names.clone();
    let value = Value::Object(names)
        .pointer(&path)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned();
    value.leak()
}

#[test]
fn the_lists_of_the_fixes_are_right_for_every_seed_and_the_starter_is_not() {
    let course = support::course("../..");
    for seed in SEEDS {
        let scenario = scenario(&course, seed);
        let claims = grade::claims(&course, "design-review", "before-launch", seed).unwrap();
        for fix in &claims.fixes {
            let verdict = judged(&scenario, &fix.files["findings.yaml"], &[]);
            assert!(
                matches!(verdict.verdict, Verdict::Passed { .. }),
                "seed {seed}, {}: {:?}",
                fix.name,
                verdict.broken
            );
        }
        let starter = String::from_utf8(scenario.start["findings.yaml"].clone()).unwrap();
        let verdict = judged(&scenario, &starter, &[]);
        assert_eq!(verdict.broken.len(), 1, "{:?}", verdict.broken);
        assert_eq!(verdict.broken[0].rule, "missed");
    }
}

#[test]
fn a_place_may_be_spelled_in_many_ways() {
    let course = support::course("../..");
    let scenario = scenario(&course, SEED);
    let [team, service] = ["team", "name"].map(|it| name(&scenario, &format!("of_unsized.{it}")));
    let unsized_ = json!({"risk": "no-capacity-plan", "remedy": "set-requests-and-limits", "severity": "high", "evidence": "resources: {}"});
    for (place, field) in [
        (
            format!("Deployment {team}/{service}"),
            "spec.template.spec.containers[0].resources",
        ),
        (format!("deployment/{service}"), ""),
        (format!("deploy {service} -n {team}"), "resources"),
        (format!("{team}/{service}"), "spec.template.spec.containers"),
        (
            format!("deployments.apps {service}"),
            "/spec/template/spec/containers/0/resources/requests",
        ),
        (
            format!("`design/services.yaml` Deployment {service}"),
            "containers.resources.limits.memory",
        ),
        (
            format!("services.yaml#Deployment.{service}"),
            "spec.template.spec.containers.0.resources",
        ),
        (
            format!("pod/{service}-5d8f9b7c64-x2x9z"),
            "spec.containers[0].resources",
        ),
        (
            format!("replicaset {team}/{service}-5d8f9b7c64"),
            "spec.template.spec.containers.resources",
        ),
    ] {
        assert_eq!(
            of_one(&scenario, &place, field, &unsized_),
            [],
            "{place} {field}"
        );
    }
    let general = name(&scenario, "general_group");
    let spot = json!({"risk": "interruption", "remedy": "on-demand-capacity", "severity": "critical", "evidence": "'capacity: SPOT'"});
    for (place, field) in [
        (
            "design/nodes.yaml".to_owned(),
            format!("groups.{general}.capacity"),
        ),
        (
            "./nodes.yaml:14".to_owned(),
            format!("groups[\"{general}\"]"),
        ),
        (format!("nodes.yaml {general}"), "capacity".to_owned()),
    ] {
        assert_eq!(
            of_one(&scenario, &place, &field, &spot),
            [],
            "{place} {field}"
        );
    }
}

#[test]
fn what_is_no_finding_is_told_without_the_answer() {
    let course = support::course("../..");
    let scenario = scenario(&course, SEED);
    let [team, service] = ["team", "name"].map(|it| name(&scenario, &format!("of_unsized.{it}")));
    let place = format!("Deployment {team}/{service}");
    let right = |changed: &str, to: &str| {
        let mut right = json!({"risk": "no-capacity-plan", "remedy": "set-requests-and-limits", "severity": "high", "evidence": "resources: {}"});
        right[changed] = to.into();
        right
    };
    let misspelled = format!("Deployment {team}/{service}s");
    for (place, field, finding, expected) in [
        (
            place.as_str(),
            "",
            right("risk", "data-loss"),
            ("risk", "`data-loss`".to_owned()),
        ),
        (
            &place,
            "",
            right("remedy", "add-replicas"),
            ("remedy", "`add-replicas`".to_owned()),
        ),
        (
            &place,
            "",
            right("severity", "low"),
            ("severity", "`low`".to_owned()),
        ),
        (
            &place,
            "",
            right("evidence", "resources: none"),
            ("evidence", "`resources: none`".to_owned()),
        ),
        (
            &place,
            "",
            right("evidence", "capacity: SPOT"),
            ("evidence", "`capacity: SPOT`".to_owned()),
        ),
        (
            &misspelled,
            "",
            right("risk", "no-capacity-plan"),
            (
                "where",
                format!("there is no file and no object `{misspelled}`; did you mean `{service}`?"),
            ),
        ),
        (
            "services.yaml",
            "spec.template.spec",
            right("risk", "no-capacity-plan"),
            (
                "where",
                "`services.yaml` has many objects: name one, such as `Deployment NAMESPACE/NAME`"
                    .to_owned(),
            ),
        ),
        (
            "nodes.yaml",
            "groups",
            right("risk", "data-loss"),
            (
                "where",
                "`nodes.yaml` with `groups` is above more than one thing: name the field"
                    .to_owned(),
            ),
        ),
    ] {
        let expected = (expected.0.to_owned(), expected.1);
        assert_eq!(
            of_one(&scenario, place, field, &finding),
            [expected],
            "{place} {field}"
        );
    }
    // One report of what is no weakness is borne, a second is not.
    let false_ = |places: &[&str]| {
        let items: Vec<Value> = places
            .iter()
            .map(|place| {
                let mut finding = right("severity", "high");
                finding["where"] = (*place).into();
                finding["field"] = "spec.template.spec.containers.image".into();
                finding
            })
            .collect();
        let written = json!({"format_version": 1, "findings": items}).to_string();
        let broken = judged(&scenario, &written, &[]).broken;
        broken.into_iter().filter(|it| it.rule == "false").count()
    };
    assert_eq!(false_(&[&place]), 0);
    assert_eq!(
        false_(&[
            &place,
            &format!("deploy/{}", name(&scenario, "of_budget.name"))
        ]),
        2
    );
}

#[test]
fn evidence_is_a_line_of_what_was_handed_out_or_of_the_cluster_at_the_start() {
    let course = support::course("../..");
    let scenario = scenario(&course, SEED);
    let [team, service] = ["team", "name"].map(|it| name(&scenario, &format!("of_unsized.{it}")));
    let live = json!({"kind": "Deployment", "metadata": {"namespace": team, "name": service, "uid": "8d1f-77"}, "spec": {"progressDeadlineSeconds": 600}});
    let with = |evidence: &str| {
        let written = json!({"findings": [{"where": format!("deploy/{service}"), "risk": "no-capacity-plan", "remedy": "set-requests-and-limits",
            "severity": "high", "evidence": evidence}], "format_version": 1}).to_string();
        let broken = judged(&scenario, &written, std::slice::from_ref(&live)).broken;
        !broken.iter().any(|it| it.rule == "evidence")
    };
    for there in [
        "resources: {}",
        "  resources:   {}",
        "\"progressDeadlineSeconds\": 600,",
        "progressDeadlineSeconds: 600",
        "resources: {}\nreplicas: 2",
    ] {
        assert!(with(there), "{there}");
    }
    for elsewhere in [
        "resources",
        "{}",
        "# resources: {}",
        "",
        "---",
        "privileged: true",
        "resources: {}\nprivileged: true",
    ] {
        assert!(!with(elsewhere), "{elsewhere}");
    }
}

#[test]
fn a_file_that_is_no_list_is_the_learners_to_mend() {
    let course = support::course("../..");
    let scenario = scenario(&course, SEED);
    for (written, rule, at, found) in [
        (
            "format_version: 1\nfindings: none\n",
            "form",
            "findings.yaml:2",
            "a text",
        ),
        (
            "format_version: 1\nfindings:\n  - wher: nodes.yaml\n",
            "form",
            "findings.yaml:3",
            "`wher`; did you mean `where`?",
        ),
        (
            "format_version: 1\nfindings:\n  - where: nodes.yaml\n    risk: interuption\n    remedy: add-replicas\n    severity: high\n    evidence: x\n",
            "form",
            "findings.yaml:4",
            "`interuption`; did you mean `interruption`?",
        ),
        (
            "format_version: 1\nfindings:\n  - evidence: a: b\n",
            "form",
            "findings.yaml:3:16",
            "",
        ),
        (
            "",
            "missed",
            "findings.yaml",
            "0 of them; 9 weaknesses have no finding at all",
        ),
    ] {
        let broken = judged(&scenario, written, &[]).broken;
        assert!(
            broken
                .iter()
                .any(|it| it.rule == rule && it.at == at && it.found.contains(found)),
            "{written}: {broken:?}"
        );
    }
    let many = json!({"format_version": 1, "findings": vec![json!({"where": "nodes.yaml"}); 13]})
        .to_string();
    let broken = judged(&scenario, &many, &[]).broken;
    assert_eq!(
        broken.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(),
        ["many"]
    );
}

#[test]
fn the_list_stays_below_the_learners_folder() {
    let path = "scenarios/design-review/before-launch/scenario.yaml";
    let mut course = support::course("../..");
    let text = course.text(path).unwrap().to_owned();
    let elsewhere = text.replace("file: findings.yaml", "file: ../findings.yaml");
    assert_ne!(elsewhere, text);
    course.0.insert(path.to_owned(), elsewhere.into_bytes());
    let fault = grade::resolve(&course, "design-review", "before-launch", 1).unwrap_err();
    let said = fault.to_string();
    assert!(
        said.starts_with("`../findings.yaml` is no path below the work folder\n"),
        "{said}"
    );
}
