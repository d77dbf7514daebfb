//! Expressions: what they mean over objects, what a missing field comes to, and those of the project's own course.

#[path = "expressions/files.rs"]
mod files;
#[path = "expressions/own_course.rs"]
mod own_course;
#[path = "expressions/placement.rs"]
mod placement;
mod support;

use std::collections::BTreeMap;

use grade::check::{Check, Role};
use grade::kinds::{Ask, Cel, CelObject, Given};
use grade::observation::{ObjectRef, ObjectsRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use grade::{Evidence, compile_check};
use serde_json::json;

fn check(ask: Ask) -> [Check; 1] {
    [Check {
        id: "it".to_owned(),
        says: "it is so".to_owned(),
        role: Role::Objective,
        weight: 1,
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
        given: Given::default(),
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
        // A name inside hides the object of that name.
        "pods.exists(d, d.metadata.name == 'b')",
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
