//! Expressions: what they mean over objects, what a missing field comes to, and those of the project's own course.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeMap;

use grade::check::{Ask, Cel, CelObject, Check, Files, Role};
use grade::evidence::FileSeen;
use grade::observation::{ObjectRef, ObjectsRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use grade::{Evidence, compile_check};
use serde_json::{Value, json};

fn check(ask: Ask) -> [Check; 1] {
    [Check {
        id: "it".to_owned(),
        says: "it is so".to_owned(),
        role: Role::Objective,
        see: None,
        ask,
    }]
}

/// A Deployment `d`, which may be absent, and the Pods `pods`.
fn cel(expression: &str, expected: Option<&str>, found: Option<&str>) -> [Check; 1] {
    let d = CelObject::One(ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "cart".to_owned(),
    });
    let pods = CelObject::Many(ObjectsRef {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: Some("shop".to_owned()),
        selector: None,
    });
    check(Ask::Cel(Cel {
        objects: BTreeMap::from([("d".to_owned(), d), ("pods".to_owned(), pods)]),
        expression: expression.to_owned(),
        expected: expected.map(str::to_owned),
        found: found.map(str::to_owned),
    }))
}

fn evidence(checks: &[Check], mut say: impl FnMut(&Question) -> Observation) -> Evidence {
    let questions = grade::questions(checks);
    Evidence {
        observed: Observations {
            taken_at: "2026-03-01T10:00:00Z".to_owned(),
            answers: questions
                .into_iter()
                .map(|question| (question.clone(), say(&question)))
                .collect(),
        },
        ..Evidence::default()
    }
}

fn seen(question: &Question) -> Observation {
    match question {
        Question::Object(_) => Observation::Object(json!({
            "metadata": {"name": "cart", "labels": {"app.kubernetes.io/name": "cart"}},
            "spec": {"replicas": 3, "ratio": 0.5, "template": {"spec": {"containers": [{"name": "cart", "image": "shop/cart:1"}]}}},
            "status": {"readyReplicas": 3},
        })),
        _ => Observation::Objects(vec![
            json!({"metadata": {"name": "a"}}),
            json!({"metadata": {"name": "b"}}),
        ]),
    }
}

fn verdict(checks: &[Check]) -> Verdict {
    grade::verdicts(checks, &evidence(checks, seen))
        .remove(0)
        .verdict
}

#[track_caller]
fn holds(expression: &str) {
    assert_eq!(
        verdict(&cel(expression, None, None)),
        Verdict::Passed { evidence: None },
        "{expression}"
    );
}

#[track_caller]
fn fails(checks: &[Check], expected: &str, found: &str) {
    assert_eq!(
        verdict(checks),
        Verdict::Failed {
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    );
}

#[test]
fn true_expressions_pass() {
    for expression in [
        "d.spec.replicas == 3",
        "d.spec.replicas > 2 && d.spec.replicas + 1 == 4",
        "d.spec.replicas == d.status.readyReplicas",
        "d.spec.ratio == 0.5",
        "d != null && !(d == null)",
        "pods.size() == 2 && size(pods) == 2",
        "!has(d.spec.paused)",
        "!has(d.spec.paused) || d.spec.paused == false",
        "d.metadata.labels['app.kubernetes.io/name'] == 'cart'",
        "pods.map(p, p.metadata.name).join('; ') == 'a; b'",
        "(pods + [d]).all(o, o.metadata.name != '')",
        "(pods + [null]).exists(o, o == null)",
        "pods.filter(p, p.metadata.name == 'a').size() == 1",
        "pods.exists_one(p, p.metadata.name == 'b')",
        "d.spec.template.spec.containers.all(c, c.image.startsWith('shop/') && c.image.contains(':'))",
        "(d.spec.replicas == 3 ? 'three' : 'other') == 'three'",
        "'cart' in ['cart', 'ledger']",
        "'replicas' in d.spec",
        "d.spec.template.spec.containers[0].image.matches('^shop/cart:[0-9]+$')",
        "quantity('1Gi').isGreaterThan(quantity('900Mi'))",
    ] {
        holds(expression);
        assert_eq!(compile_check(expression), Ok(()), "{expression}");
    }
}

#[test]
fn a_pod_selects_nodes_as_the_scheduler_reads_it() {
    let affinity = |term: &str| {
        format!(
            "{{'affinity': {{'nodeAffinity': {{'requiredDuringSchedulingIgnoredDuringExecution': {{'nodeSelectorTerms': [{term}]}}}}}}}}"
        )
    };
    let requires =
        |requirement: &str| affinity(&format!("{{'matchExpressions': [{{{requirement}}}]}}"));
    let labels = "{'pool': 'memory', 'cores': '8', 'kubernetes.io/hostname': 'node-1'}";
    for (spec, selects) in [
        ("{}".to_owned(), true),
        ("{'nodeSelector': {}}".to_owned(), true),
        ("{'nodeSelector': {'pool': 'memory'}}".to_owned(), true),
        ("{'nodeSelector': {'pool': 'general'}}".to_owned(), false),
        ("{'nodeSelector': {'zone': 'memory'}}".to_owned(), false),
        (
            requires("'key': 'pool', 'operator': 'In', 'values': ['general', 'memory']"),
            true,
        ),
        (
            requires("'key': 'pool', 'operator': 'In', 'values': ['general']"),
            false,
        ),
        (
            requires("'key': 'zone', 'operator': 'In', 'values': ['a']"),
            false,
        ),
        (
            requires("'key': 'pool', 'operator': 'NotIn', 'values': ['memory']"),
            false,
        ),
        // A node without the label has no such value.
        (
            requires("'key': 'zone', 'operator': 'NotIn', 'values': ['a']"),
            true,
        ),
        (requires("'key': 'pool', 'operator': 'Exists'"), true),
        (requires("'key': 'zone', 'operator': 'Exists'"), false),
        (requires("'key': 'zone', 'operator': 'DoesNotExist'"), true),
        (
            requires("'key': 'cores', 'operator': 'Gt', 'values': ['7']"),
            true,
        ),
        (
            requires("'key': 'cores', 'operator': 'Lt', 'values': ['8']"),
            false,
        ),
        (
            requires("'key': 'pool', 'operator': 'Gt', 'values': ['7']"),
            false,
        ),
        (
            affinity(
                "{'matchFields': [{'key': 'metadata.name', 'operator': 'In', 'values': ['node-1']}]}",
            ),
            true,
        ),
        (
            affinity(
                "{'matchFields': [{'key': 'metadata.name', 'operator': 'In', 'values': ['node-2']}]}",
            ),
            false,
        ),
        // No term, and a term without requirements, ask for no node; of several terms one suffices.
        (affinity(""), false),
        (affinity("{}"), false),
        (
            affinity("{}, {'matchExpressions': [{'key': 'pool', 'operator': 'Exists'}]}"),
            true,
        ),
        (
            "{'affinity': {'nodeAffinity': {'preferredDuringSchedulingIgnoredDuringExecution': [{'weight': 1}]}}}".to_owned(),
            true,
        ),
    ] {
        holds(&format!("{spec}.selects({labels}) == {selects}"));
    }
    holds(&format!(
        "!{{'nodeSelector': {{'pool': 'memory'}}}}.selects({labels}.with({{'pool': 'general'}}))"
    ));
    holds("{'a': '1', 'b': '2'}.with({'b': '3', 'c': '4'}) == {'a': '1', 'b': '3', 'c': '4'}");
    fails(
        &cel("d.spec.selects(pods)", None, None),
        "it is so",
        "wrong type: list where map is expected (Deployment `cart`, 2 Pods in `shop`)",
    );
}

#[test]
fn a_pod_tolerates_taints_as_the_scheduler_reads_it() {
    let taint = "{'key': 'team', 'value': 'media', 'effect': 'NoSchedule'}";
    for (toleration, tolerates) in [
        ("'operator': 'Exists'", true),
        ("'key': 'team', 'operator': 'Exists'", true),
        ("'key': 'other', 'operator': 'Exists'", false),
        ("'key': 'team', 'value': 'media'", true),
        ("'key': 'team', 'operator': 'Equal', 'value': 'media'", true),
        (
            "'key': 'team', 'operator': 'Equal', 'value': 'other'",
            false,
        ),
        ("'key': 'team', 'operator': 'Equal'", false),
        (
            "'key': 'team', 'operator': 'Exists', 'effect': 'NoSchedule'",
            true,
        ),
        (
            "'key': 'team', 'operator': 'Exists', 'effect': 'NoExecute'",
            false,
        ),
        ("'key': 'team', 'operator': 'Unheard'", false),
    ] {
        holds(&format!(
            "{{'tolerations': [{{{toleration}}}]}}.tolerates([{taint}]) == {tolerates}"
        ));
    }
    holds(&format!("!{{}}.tolerates([{taint}]) && {{}}.tolerates([])"));
    holds("{}.tolerates([{'key': 'team', 'effect': 'PreferNoSchedule'}])");
    holds(&format!(
        "!{{'tolerations': [{{'key': 'team', 'operator': 'Exists'}}]}}.tolerates([{taint}, {{'key': 'other', 'effect': 'NoExecute'}}])"
    ));
}

#[test]
fn false_expressions_fail_with_what_was_found() {
    fails(
        &cel(
            "d.spec.replicas == 4",
            Some("4 replicas"),
            Some("string(d.spec.replicas) + ' replicas'"),
        ),
        "4 replicas",
        "3 replicas",
    );
    fails(
        &cel("d.spec.replicas == 4", None, Some("d.spec.replicas")),
        "it is so",
        "3",
    );
    fails(
        &cel("d.spec.replicas == 4", None, None),
        "it is so",
        "Deployment `cart`, 2 Pods in `shop`; `d.spec.replicas == 4` is false",
    );
    fails(
        &cel("d == null", None, Some("d.spec.nothing")),
        "it is so",
        "Deployment `cart`, 2 Pods in `shop`",
    );
}

#[test]
fn a_missing_field_fails_and_is_named() {
    fails(
        &cel("d.status.updatedReplicas == 3", None, None),
        "it is so",
        "no such key: `updatedReplicas` (Deployment `cart`, 2 Pods in `shop`)",
    );
}

#[test]
fn nothing_is_true_of_the_fields_of_an_absent_object() {
    for expression in [
        "d.spec.replicas == 3",
        "d.spec.replicas != 0",
        "!d.spec.hostNetwork",
        "!has(d.spec)",
        "!has(d.spec.template.spec.tolerations)",
        "d.spec == false",
        "d['spec'] != 1",
        "!('spec' in d)",
        "d.size() == 0",
        "d.all(field, false)",
        "!d",
        "d < 1",
        "pods.all(p, p != null) && !d.spec.paused",
    ] {
        let checks = cel(expression, None, None);
        let absent = evidence(&checks, |question| match question {
            Question::Object(_) => Observation::Absent,
            _ => Observation::Objects(Vec::new()),
        });
        let verdict = grade::verdicts(&checks, &absent).remove(0).verdict;
        let Verdict::Failed { found, .. } = verdict else {
            panic!("{expression}: {verdict:?}")
        };
        assert!(
            found.contains("(no Deployment `cart`, 0 Pods in `shop`)"),
            "{expression}: {found}"
        );
    }
}

#[test]
fn an_error_of_the_authors_or_an_unread_object_is_undecided() {
    for (expression, why) in [
        (
            "d.spec.replicas",
            "the expression of this check is no boolean: int",
        ),
        (
            "e.spec == 1",
            "the expression of this check is wrong: there is no name `e`",
        ),
    ] {
        assert_eq!(
            verdict(&cel(expression, None, None)),
            Verdict::Undecided {
                why: why.to_owned()
            }
        );
    }
    let checks = cel("true", None, None);
    let unread = evidence(&checks, |question| match question {
        Question::Object(_) => seen(question),
        _ => Observation::Unreadable("no permission to list Pods in `shop`".to_owned()),
    });
    assert_eq!(
        grade::verdicts(&checks, &unread)[0].verdict,
        Verdict::Undecided {
            why: "no permission to list Pods in `shop`".to_owned()
        }
    );
    assert_eq!(
        grade::verdicts(&checks, &Evidence::default())[0].verdict,
        Verdict::Undecided {
            why: "Deployment `cart`: not asked".to_owned()
        }
    );
}

#[test]
fn an_expression_that_cannot_be_read_says_where() {
    let why = compile_check("pods.size((").unwrap_err();
    assert!(why.starts_with("column "), "{why}");
    assert_eq!(
        compile_check("pods.siez() == 1"),
        Err("there is no function `siez`".to_owned())
    );
}

#[test]
fn files_are_read_as_values() {
    let checks = check(Ask::Files(Files {
        path: "review.yaml".to_owned(),
        expression: "file.decision == 'reject' && file.findings.size() == 2".to_owned(),
        expected: Some("a decision".to_owned()),
        found: Some("file.decision == 'undecided' ? 'no decision' : ''".to_owned()),
    }));
    let verdict = |seen: Option<FileSeen>| {
        let evidence = Evidence {
            files: seen
                .map(|seen| ("review.yaml".to_owned(), seen))
                .into_iter()
                .collect(),
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    let text = |text: &str| verdict(Some(FileSeen::Text(text.to_owned())));
    let failed = |found: &str| Verdict::Failed {
        expected: "a decision".to_owned(),
        found: found.to_owned(),
    };
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    let passed = Verdict::Passed { evidence: None };
    assert_eq!(text("decision: reject\nfindings: [a, b]\n"), passed);
    assert_eq!(
        text(r#"{"decision": "reject", "findings": ["a", "b"]}"#),
        passed
    );
    assert_eq!(
        text("decision: accept\n"),
        failed("`review.yaml` says otherwise")
    );
    assert_eq!(
        text("decision: undecided\n"),
        failed("`review.yaml`: no decision")
    );
    assert_eq!(
        text("decision: reject\n"),
        failed("`review.yaml`: no such key: `findings`")
    );
    assert_eq!(
        text("a: 1\n---\nb: 2\n"),
        failed("`review.yaml` has 2 documents")
    );
    let Verdict::Failed { found, .. } = text("decision: reject\n- no\n") else {
        panic!("it passed")
    };
    assert!(
        found.starts_with("`review.yaml` is no YAML: line 2: "),
        "{found}"
    );
    assert_eq!(
        verdict(Some(FileSeen::Absent)),
        failed("no file `review.yaml`")
    );
    assert_eq!(
        verdict(Some(FileSeen::Unreadable("it is 20 MiB".to_owned()))),
        undecided("it is 20 MiB")
    );
    assert_eq!(verdict(None), undecided("file `review.yaml`: not read"));
}

#[test]
fn the_courses_own_expressions_compile() {
    let faults = grade::lint(&support::course("../.."), &[0, 1, 2], compile_check);
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n\n"));
}

fn workload(name: &str, ready: Option<u64>) -> Value {
    let mut status = json!({});
    if let Some(ready) = ready {
        status["readyReplicas"] = json!(ready);
    }
    json!({"metadata": {"name": name}, "spec": {"replicas": 2, "template": {"spec": {}}}, "status": status})
}

/// The verdict of a `cel` check of the variant `missing-toleration` when every Deployment is this one and every list has it twice.
fn of_missing_toleration(id: &str, object: &Value) -> Verdict {
    let course = support::course("../..");
    let scenario = grade::resolve(&course, "pending-pod", "missing-toleration", 3).unwrap();
    let all = scenario.checks.iter().chain(&scenario.symptom);
    let checks: Vec<Check> = all
        .filter(|check| check.id == id)
        .take(1)
        .cloned()
        .collect();
    let evidence = evidence(&checks, |question| match question {
        Question::Object(_) if object.is_null() => Observation::Absent,
        Question::Object(_) => Observation::Object(object.clone()),
        _ => Observation::Objects(vec![object.clone()]),
    });
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

#[test]
fn missing_toleration_judges_plausible_objects() {
    let passed = Verdict::Passed { evidence: None };
    assert_eq!(
        of_missing_toleration("neighbours-run", &workload("web", Some(2))),
        passed
    );
    let Verdict::Failed { found, .. } =
        of_missing_toleration("neighbours-run", &workload("web", None))
    else {
        panic!("it passed")
    };
    assert!(
        found.starts_with("Deployment web lacks ready replicas; "),
        "{found}"
    );
    assert_eq!(
        of_missing_toleration("placed-with-care", &workload("web", None)),
        passed
    );
    let mut open = workload("web", None);
    open["spec"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    assert_eq!(
        of_missing_toleration("placed-with-care", &open),
        Verdict::Failed {
            expected: "tolerations that each name the key of a taint".to_owned(),
            found: "a toleration without a key, which tolerates every taint there is or will be"
                .to_owned(),
        }
    );
    let refused = json!({"metadata": {"name": "a"}, "status": {"conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/4 nodes are available: 2 node(s) had untolerated taint {a: b}"},
    ]}});
    let Verdict::Failed { found, .. } = of_missing_toleration("pods-refused", &refused) else {
        panic!("one Pod is not all of them")
    };
    assert!(found.starts_with("1 Pod in `"), "{found}");
}
