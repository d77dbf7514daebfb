//! `as_deployed`: a security context may be another, as long as no container may do more than it might.

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{AsDeployed, Ask};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check() -> [Check; 1] {
    [Check {
        id: "as-deployed".to_owned(),
        says: "it is as its team deployed it".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::AsDeployed(AsDeployed {
            workload: ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "cart".to_owned(),
            },
            except: Vec::new(),
            except_own: Vec::new(),
        }),
    }]
}

fn deployment(pod: &Value, own: &Value) -> Value {
    json!({"spec": {"template": {"spec": {
        "securityContext": pod,
        "containers": [{"name": "cart", "image": "cart:1", "securityContext": own}],
    }}}})
}

fn hardened() -> (Value, Value) {
    (
        json!({"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}),
        json!({"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}),
    )
}

/// What is said of a deployment that was hardened.
fn said(after: &Value) -> String {
    let (pod, own) = hardened();
    of(&deployment(&pod, &own), after)
}

fn of(before: &Value, after: &Value) -> String {
    let observations = |object: &Value| {
        let questions = grade::questions(&check()).into_iter();
        let answer = |question: Question| (question, Observation::Object(object.clone()));
        Observations {
            taken_at: String::new(),
            answers: questions.map(answer).collect(),
        }
    };
    let evidence = Evidence {
        baseline: observations(before),
        observed: observations(after),
        ..Evidence::default()
    };
    match grade::verdicts(&check(), &evidence).remove(0).verdict {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

/// A context with some fields of another value; `null` takes one away.
fn with(mut context: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("fields are expected");
    };
    for (field, value) in changes {
        context[field] = value;
    }
    context
}

#[test]
fn whatever_confines_as_much_passes_on_either_level() {
    let (pod, own) = hardened();
    for (pod, own) in [
        (pod.clone(), own.clone()),
        (with(pod.clone(), json!({"fsGroup": 10001})), own.clone()),
        (
            with(pod.clone(), json!({"runAsUser": 1000, "runAsGroup": 1000})),
            own.clone(),
        ),
        // All of it, written on the container, which counts before its Pod.
        (json!({}), with(own.clone(), pod.clone())),
        (json!({"runAsUser": 0}), with(own.clone(), pod.clone())),
        (
            pod.clone(),
            with(
                own.clone(),
                json!({"privileged": false, "capabilities": {"drop": ["ALL", "NET_RAW"]}}),
            ),
        ),
    ] {
        assert_eq!(said(&deployment(&pod, &own)), "", "{pod} {own}");
    }
    let before = deployment(&json!({"runAsUser": 10001}), &json!({}));
    assert_eq!(of(&before, &deployment(&pod, &own)), "", "more of it");
}

#[test]
fn whatever_confines_less_is_named() {
    let (pod, own) = hardened();
    let at = "Deployment `cart`: /spec/template/spec";
    let on = format!("{at}/containers/0/securityContext");
    for (pod, own, says) in [
        (
            pod.clone(),
            with(own.clone(), json!({"readOnlyRootFilesystem": false})),
            format!("{on}/readOnlyRootFilesystem is false, was true"),
        ),
        (
            pod.clone(),
            with(own.clone(), json!({"runAsUser": 0, "runAsNonRoot": false})),
            format!("{on}/runAsNonRoot is false, was absent; {on}/runAsUser is 0, was absent"),
        ),
        (
            with(pod.clone(), json!({"runAsUser": null})),
            own.clone(),
            format!("{at}/securityContext/runAsUser is absent, was 10001"),
        ),
        (
            pod.clone(),
            with(own.clone(), json!({"privileged": true})),
            format!("{on}/privileged is true, was absent"),
        ),
        (
            pod.clone(),
            with(own.clone(), json!({"allowPrivilegeEscalation": null})),
            format!("{on}/allowPrivilegeEscalation is absent, was false"),
        ),
        (
            pod.clone(),
            with(
                own.clone(),
                json!({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}),
            ),
            format!("{on}/capabilities/add is [\"CHOWN\"], was absent"),
        ),
        (
            with(
                pod.clone(),
                json!({"seccompProfile": {"type": "Unconfined"}}),
            ),
            own.clone(),
            format!(
                "{at}/securityContext/seccompProfile/type is \"Unconfined\", was \"RuntimeDefault\""
            ),
        ),
        (
            with(
                pod.clone(),
                json!({"sysctls": [{"name": "a", "value": "1"}]}),
            ),
            own.clone(),
            format!(
                "{at}/securityContext/sysctls is [{{\"name\":\"a\",\"value\":\"1\"}}], was absent"
            ),
        ),
    ] {
        assert_eq!(said(&deployment(&pod, &own)), says, "{pod} {own}");
    }
}

#[test]
fn a_container_that_is_new_is_no_matter_of_contexts() {
    let (pod, own) = hardened();
    let mut after = deployment(&pod, &own);
    after["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "own", "image": "busybox", "securityContext": {"runAsUser": 0}}]);
    let found = said(&after);
    assert!(found.contains("/initContainers is "), "{found}");
}

/// The image's own user may be another, and nobody here knows.
#[test]
fn where_the_image_says_who_runs_it_root_is_less_confined() {
    let before = deployment(&json!({}), &json!({}));
    let after = |own: Value| of(&before, &deployment(&json!({}), &own));
    assert_eq!(after(json!({"runAsUser": 1000})), "");
    for field in ["runAsUser", "runAsGroup"] {
        let found = after(json!({field: 0}));
        assert!(found.contains("/securityContext"), "{field}: {found}");
    }
}
