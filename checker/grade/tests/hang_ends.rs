//! `hang_ends`: how long a program may hang, by its probes.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::time::Duration;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, HangEnds};
use grade::observation::{ObjectRef, Observation, Observations};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check() -> [Check; 1] {
    [Check {
        id: "hang-ends".to_owned(),
        says: "one that hangs is gone in time".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::HangEnds(HangEnds {
            workload: ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: Some("payments".to_owned()),
                name: "ledger".to_owned(),
            },
            path: "/healthz".to_owned(),
            port: 8080,
            within: Duration::from_mins(2),
            after_start: Duration::from_mins(10),
        }),
    }]
}

/// What is found where the container has this beside its name and its port, and the Pod's specification that; empty: it passes.
fn found_in(pod: &Value, container: &Value) -> String {
    let mut whole = json!({"name": "ledger", "ports": [{"name": "http", "containerPort": 8080}]});
    let fields = container.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(fields);
    let mut spec = json!({"containers": [whole]});
    let fields = pod.as_object().unwrap().clone();
    spec.as_object_mut().unwrap().extend(fields);
    told(&Observation::Object(
        json!({"spec": {"template": {"spec": spec}}}),
    ))
}

fn told(said: &Observation) -> String {
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers: grade::questions(&check())
                .into_iter()
                .map(|question| (question, said.clone()))
                .collect(),
        },
        ..Evidence::default()
    };
    match grade::verdicts(&check(), &evidence).remove(0).verdict {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

/// A probe that asks the program, with these numbers.
fn probe(numbers: &Value) -> Value {
    let mut probe = json!({"httpGet": {"path": "/healthz", "port": 8080}});
    let fields = numbers.as_object().unwrap().clone();
    probe.as_object_mut().unwrap().extend(fields);
    probe
}

#[track_caller]
fn liveness(numbers: &Value, expected: &str) {
    let container = json!({"livenessProbe": probe(numbers)});
    assert_eq!(found_in(&json!({}), &container), expected, "{numbers}");
}

#[test]
fn what_a_kubelet_takes_is_added_up() {
    // 3 × 10 s, the last time-out, and 30 s of grace.
    liveness(&json!({}), "");
    liveness(&json!({"periodSeconds": 20, "failureThreshold": 4}), "");
    liveness(
        &json!({"periodSeconds": 30}),
        "one that hangs may be there for 2m1s",
    );
    liveness(
        &json!({"failureThreshold": 1000}),
        "one that hangs may be there for 2h47m11s",
    );
    // A time-out that is longer than the period sets the pace.
    liveness(
        &json!({"periodSeconds": 10, "timeoutSeconds": 30}),
        "one that hangs may be there for 2m10s",
    );
    liveness(
        &json!({"initialDelaySeconds": 60}),
        "one that hangs may be there for 2m1s",
    );
    liveness(&json!({"initialDelaySeconds": 59}), "");
}

#[test]
fn the_time_to_end_counts() {
    let container = json!({"livenessProbe": probe(&json!({}))});
    let grace = json!({"terminationGracePeriodSeconds": 300});
    assert_eq!(
        found_in(&grace, &container),
        "one that hangs may be there for 5m31s"
    );
    let own = json!({"livenessProbe": probe(&json!({"terminationGracePeriodSeconds": 5}))});
    assert_eq!(found_in(&grace, &own), "");
}

#[test]
fn a_start_has_a_time_of_its_own() {
    let with = |startup: Value| {
        let container = json!({"livenessProbe": probe(&json!({})), "startupProbe": startup});
        found_in(&json!({}), &container)
    };
    assert_eq!(with(probe(&json!({"failureThreshold": 30}))), "");
    assert_eq!(
        with(probe(&json!({"failureThreshold": 60}))),
        "one that does not answer after its start may be there for 10m31s"
    );
    // What asks something else may pass at its last try; 531 s of it, and 61 s of the liveness probe.
    let other =
        |threshold: u64| json!({"exec": {"command": ["true"]}, "failureThreshold": threshold});
    assert_eq!(with(other(50)), "");
    assert_eq!(
        with(other(51)),
        "one that does not answer after its start may be there for 10m2s"
    );
}

#[test]
fn the_program_itself_is_asked() {
    let with = |probe: Value| found_in(&json!({}), &json!({"livenessProbe": probe}));
    let asks = |http: Value| with(json!({"httpGet": http}));
    assert_eq!(asks(json!({"path": "/healthz", "port": "http"})), "");
    assert_eq!(
        asks(json!({"path": "/healthz?deep=1", "port": 8080, "scheme": "HTTP"})),
        ""
    );
    let refused = [
        (
            json!({"path": "/healthz", "port": 8080, "host": "10.0.16.9"}),
            "`/healthz` on port 8080 of `10.0.16.9`",
        ),
        (json!({"path": "/", "port": 8080}), "`/` on port 8080"),
        (
            json!({"path": "/healthz", "port": "metrics"}),
            "`/healthz` on port metrics",
        ),
    ];
    for (http, what) in refused {
        assert_eq!(asks(http), format!("its liveness probe asks {what}"));
    }
    assert_eq!(
        with(json!({"tcpSocket": {"port": 8080}})),
        "its liveness probe asks for a connection alone"
    );
    assert_eq!(
        with(json!({"exec": {"command": ["true"]}})),
        "its liveness probe asks a command, and not its program by `httpGet`"
    );
    assert_eq!(found_in(&json!({}), &json!({})), "no liveness probe");
}

#[test]
fn a_workload_that_is_gone_is_for_others_to_say() {
    assert_eq!(told(&Observation::Absent), "");
}
