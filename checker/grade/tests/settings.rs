//! `settings`: what may be set on a workload's containers, and what may not.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Settings, ValueType};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check() -> [Check; 1] {
    let may_change = [("WARM", ValueType::Number), ("NOTE", ValueType::Text)];
    [Check {
        id: "settings".to_owned(),
        says: "it is set as its owners allow".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::Settings(Settings {
            workload: ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "DaemonSet".to_owned(),
                namespace: Some("kube-system".to_owned()),
                name: "agent".to_owned(),
            },
            may_change: may_change
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
        }),
    }]
}

/// Containers `agent` and `init`, the first with a variable of each form.
fn workload() -> Value {
    json!({"spec": {"template": {"spec": {
        "initContainers": [{"name": "init", "env": [{"name": "IPV6", "value": "false"}]}],
        "containers": [{"name": "agent", "env": [
            {"name": "MTU", "value": "9001"},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        ]}],
    }}}})
}

fn judged(before: Value, after: Option<Value>) -> Verdict {
    let observations = |said: Observation| Observations {
        taken_at: String::new(),
        answers: grade::questions(&check())
            .into_iter()
            .map(|question: Question| (question, said.clone()))
            .collect(),
    };
    let evidence = Evidence {
        baseline: observations(Observation::Object(before)),
        observed: observations(after.map_or(Observation::Absent, Observation::Object)),
        ..Evidence::default()
    };
    grade::verdicts(&check(), &evidence).remove(0).verdict
}

/// What is found when the environment of container `agent` is this, beside what it was.
fn found(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut after = workload();
    let env = after.pointer_mut("/spec/template/spec/containers/0/env");
    change(env.unwrap().as_array_mut().unwrap());
    told(judged(workload(), Some(after)))
}

fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { expected, found } => {
            assert_eq!(expected, "its settings as they were, but for NOTE and WARM");
            found
        }
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

#[test]
fn what_may_change_may_be_set_changed_and_taken_away() {
    assert_eq!(found(|_| {}), "");
    assert_eq!(found(|env| env.push(variable("WARM", "2"))), "");
    assert_eq!(
        found(|env| env.extend([variable("NOTE", ""), variable("WARM", "0")])),
        ""
    );
    // The order of variables is nothing that a program sees.
    assert_eq!(found(|env| env.reverse()), "");
    let mut with = workload();
    let env = with.pointer_mut("/spec/template/spec/initContainers/0/env");
    env.unwrap()
        .as_array_mut()
        .unwrap()
        .push(variable("WARM", "2"));
    assert_eq!(told(judged(workload(), Some(with.clone()))), "");
    assert_eq!(told(judged(with, Some(workload()))), "");
}

#[test]
fn all_else_is_as_it_was() {
    let node = json!({"name": "NODE", "value": "node-1"});
    for (env, expected) in [
        (
            json!([variable("MTU", "1500")]),
            "MTU=1500, was MTU=9001, in container `agent`; NODE from elsewhere is gone, in container `agent`",
        ),
        (
            json!([variable("MTU", "9001"), node]),
            "NODE=node-1, was NODE from elsewhere, in container `agent`",
        ),
        (
            json!(null),
            "MTU=9001 is gone, in container `agent`; NODE from elsewhere is gone, in container `agent`",
        ),
    ] {
        let mut after = workload();
        after["spec"]["template"]["spec"]["containers"][0]["env"] = env;
        assert_eq!(told(judged(workload(), Some(after))), expected);
    }
    assert_eq!(
        found(|env| env.push(variable("MORE", "1"))),
        "MORE=1, was not set, in container `agent`"
    );
    assert_eq!(
        found(|env| env.push(variable("MTU", "9001"))),
        "MTU is set twice, in container `agent`"
    );
    assert_eq!(
        found(|env| env.push(variable("WARM", "-1"))),
        "WARM=-1 is no whole number, in container `agent`"
    );
    assert_eq!(
        found(|env| env.push(json!({"name": "NOTE", "valueFrom": {}}))),
        "NOTE from elsewhere is no text, in container `agent`"
    );
    let mut after = workload();
    after["spec"]["template"]["spec"]["containers"][0]["envFrom"] =
        json!([{"configMapRef": {"name": "a"}}]);
    assert_eq!(
        told(judged(workload(), Some(after))),
        "`envFrom` is another, in container `agent`"
    );
    let mut after = workload();
    after["spec"]["template"]["spec"]["initContainers"] = json!([]);
    assert_eq!(
        told(judged(workload(), Some(after))),
        "container `init` is gone"
    );
    assert_eq!(told(judged(workload(), None)), "DaemonSet `agent` is gone");
}
