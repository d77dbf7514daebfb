//! `unchanged`: objects beside those of the baseline.

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Additions, Ask, CelObject, Unchanged};
use grade::observation::{ObjectRef, ObjectsRef, Observation, Observations};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn nodes(additions: Additions) -> [Check; 1] {
    [Check {
        id: "nodes".to_owned(),
        says: "the nodes are as they were".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::Unchanged(Unchanged {
            objects: vec![CelObject::Many(ObjectsRef {
                api_version: "v1".to_owned(),
                kind: "Node".to_owned(),
                namespace: None,
                selector: None,
            })],
            except: Vec::new(),
            only: vec!["/metadata/labels".to_owned(), "/spec/taints".to_owned()],
            additions,
        }),
    }]
}

fn node(name: &str, pool: &str, uid: &str) -> Value {
    json!({"metadata": {"name": name, "uid": uid, "labels": {"pool": pool}}, "spec": {"podCIDR": uid}})
}

fn unchanged(additions: Additions, before: Observation, after: Observation) -> Verdict {
    let checks = nodes(additions);
    let observations = |said: Observation| Observations {
        taken_at: String::new(),
        answers: grade::baseline_questions(&checks)
            .into_iter()
            .map(|question| (question, said.clone()))
            .collect(),
    };
    let evidence = Evidence {
        baseline: observations(before),
        observed: observations(after),
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

fn failed(found: &str) -> Verdict {
    Verdict::Failed {
        expected: "no difference from the start".to_owned(),
        found: found.to_owned(),
    }
}

#[test]
fn objects_are_compared_with_their_baseline() {
    let objects = |nodes: &[Value]| Observation::Objects(nodes.to_vec());
    let before = objects(&[node("a", "general", "1"), node("b", "media", "2")]);
    let passed = Verdict::Passed { evidence: None };
    let verdict = |after: &[Value]| unchanged(Additions::Refused, before.clone(), objects(after));
    // Made again with the same content.
    assert_eq!(
        verdict(&[node("b", "media", "9"), node("a", "general", "8")]),
        passed
    );
    assert_eq!(
        verdict(&[node("a", "general", "1")]),
        failed("Node `b` is gone")
    );
    assert_eq!(
        verdict(&[node("a", "media", "1"), node("b", "media", "2")]),
        failed("Node `a`: /metadata/labels/pool is \"media\", was \"general\"")
    );
    let more = [
        node("a", "general", "1"),
        node("b", "media", "2"),
        node("c", "media", "3"),
    ];
    assert_eq!(verdict(&more), failed("Node `c` is new"));
    assert_eq!(
        unchanged(Additions::Allowed, before.clone(), objects(&more)),
        passed
    );
    let many: Vec<Value> = ["c", "d", "e"]
        .iter()
        .map(|name| node(name, "x", "1"))
        .collect();
    assert_eq!(
        verdict(&many),
        failed("Node `a` is gone; Node `b` is gone; Node `c` is new; and 2 more")
    );
}

#[test]
fn a_comparison_with_nothing_is_undecided() {
    let some = Observation::Objects(vec![node("a", "general", "1")]);
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    assert_eq!(
        unchanged(
            Additions::Refused,
            Observation::Objects(Vec::new()),
            some.clone()
        ),
        undecided("the baseline has no Nodes: there is nothing to compare with")
    );
    let unread = Observation::Unreadable("no permission to list Nodes".to_owned());
    assert_eq!(
        unchanged(Additions::Refused, unread.clone(), some.clone()),
        undecided("baseline: no permission to list Nodes")
    );
    assert_eq!(
        unchanged(Additions::Refused, some, unread),
        undecided("no permission to list Nodes")
    );
}

#[test]
fn one_object_that_is_gone_fails() {
    let object = CelObject::One(ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "ledger".to_owned(),
    });
    let [check] = nodes(Additions::Allowed);
    let checks = [Check {
        ask: Ask::Unchanged(Unchanged {
            objects: vec![object],
            except: Vec::new(),
            only: vec!["/spec".to_owned()],
            additions: Additions::Allowed,
        }),
        ..check
    }];
    let question = grade::questions(&checks).remove(0);
    let said = |said: Observation| Observations {
        taken_at: String::new(),
        answers: vec![(question.clone(), said)],
    };
    let of = |replicas: u32| {
        Observation::Object(
            json!({"metadata": {"name": "ledger", "namespace": "shop"}, "spec": {"replicas": replicas}}),
        )
    };
    let verdict = |after| {
        let evidence = Evidence {
            baseline: said(of(3)),
            observed: said(after),
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    assert_eq!(
        verdict(Observation::Absent),
        failed("Deployment `ledger` is gone")
    );
    assert_eq!(
        verdict(of(1)),
        failed("Deployment `ledger`: /spec/replicas is 1, was 3")
    );
    assert_eq!(verdict(of(3)), Verdict::Passed { evidence: None });
}
