//! `reads`: where a container's settings come from, in every form in which a template can say it.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Reads};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn object(kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: if kind == "Deployment" {
            "apps/v1"
        } else {
            "v1"
        }
        .to_owned(),
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

/// The template asks for `queue`, and the `ConfigMap` calls it `queue-address`; the same with a file and a Secret.
fn check() -> [Check; 1] {
    let kept = [
        ("QUEUE", ("ConfigMap", "settings", "queue-address")),
        (
            "/etc/app/routes.yaml",
            ("ConfigMap", "settings", "routes.yml"),
        ),
        ("/etc/app/key.pem", ("Secret", "access", "key.pem")),
    ];
    [Check {
        id: "reads".to_owned(),
        says: "it reads its settings from where they are kept".to_owned(),
        role: Role::Safeguard,
        weight: 1,
        see: None,
        ask: Ask::Reads(Reads {
            workload: object("Deployment", "cart"),
            kept: kept
                .map(|(name, (kind, from, key))| {
                    (name.to_owned(), (object(kind, from), key.to_owned()))
                })
                .into(),
            one_of: [
                ("WORKERS".to_owned(), vec!["4".to_owned(), "8".to_owned()]),
                ("QUEUE".to_owned(), vec!["q:2".to_owned()]),
            ]
            .into(),
            arguments: vec![vec!["-wait=5s".to_owned(), "-batch=100".to_owned()]],
            writes: vec!["CACHE".to_owned()],
        }),
    }]
}

/// The cluster at the start: the workload, the `ConfigMap`, the Secret.
fn start() -> Value {
    json!({
        "cart": {"spec": {"template": {"spec": {
            "volumes": [
                {"name": "settings", "configMap": {"name": "settings"}},
                {"name": "access", "secret": {"secretName": "access"}},
                {"name": "scratch", "emptyDir": {}},
            ],
            "containers": [{
                "name": "cart",
                "args": ["-wait=5", "-batch=100"],
                "env": [
                    {"name": "QUEUE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "queue"}}},
                    {"name": "WORKERS", "value": "8x"},
                    {"name": "ZONE", "value": "a"},
                ],
                "volumeMounts": [
                    {"name": "settings", "mountPath": "/etc/app"},
                    {"name": "access", "mountPath": "/etc/app/key.pem", "subPath": "key.pem"},
                    {"name": "scratch", "mountPath": "/tmp"},
                ],
            }],
        }}}},
        "settings": {"data": {"queue-address": "q:1", "routes.yml": "a: b\n", "other": "x"}},
        "access": {"data": {"key.pem": "a2V5Cg==", "other": "eA=="}},
    })
}

/// What is found after these values took the place of those at these pointers; `null` takes one away.
#[track_caller]
fn found(changes: &[(&str, Value)]) -> String {
    let mut after = start();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        match after.pointer_mut(parent).unwrap() {
            Value::Array(all) if field == "-" => all.push(value.clone()),
            Value::Array(all) => all[field.parse::<usize>().unwrap()] = value.clone(),
            Value::Object(all) if value.is_null() => drop(all.remove(field)),
            parent => parent[field] = value.clone(),
        }
    }
    let observations = |all: &Value| Observations {
        taken_at: String::new(),
        answers: grade::questions(&check())
            .into_iter()
            .map(|question| {
                let Question::Object(object) = &question else {
                    panic!("{question:?}")
                };
                let found = all.get(&object.name).cloned();
                let said = found.map_or(Observation::Absent, Observation::Object);
                (question, said)
            })
            .collect(),
    };
    let evidence = Evidence {
        baseline: observations(&start()),
        observed: observations(&after),
        ..Evidence::default()
    };
    match grade::verdicts(&check(), &evidence).remove(0).verdict {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

const ENV: &str = "/cart/spec/template/spec/containers/0/env";
const CONTAINER: &str = "/cart/spec/template/spec/containers/0";
const POD: &str = "/cart/spec/template/spec";

#[track_caller]
fn at(parent: &str, field: &str, value: Value) -> String {
    found(&[(&format!("{parent}/{field}"), value)])
}

#[test]
fn it_passes_at_the_start_and_for_each_way_to_read_what_is_kept() {
    assert_eq!(found(&[]), "");
    let of_key = |key: &str| json!({"name": "QUEUE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": key}}});
    assert_eq!(at(ENV, "0", of_key("queue-address")), "");
    // The object is given the key that is asked for, an editor's line break and all.
    assert_eq!(at("/settings/data", "queue", json!("q:1")), "");
    assert_eq!(at("/settings/data", "routes.yaml", json!("a: b")), "");
    let items =
        json!({"name": "settings", "items": [{"key": "routes.yml", "path": "routes.yaml"}]});
    assert_eq!(
        at(&format!("{POD}/volumes/0"), "configMap", items.clone()),
        ""
    );
    let projected = json!({"name": "settings", "projected": {"sources": [{"configMap": items}, {"secret": {"name": "access"}}]}});
    assert_eq!(at(&format!("{POD}/volumes"), "0", projected), "");
    let another =
        json!({"name": "settings", "mountPath": "/etc/app/routes.yaml", "subPath": "routes.yml"});
    assert_eq!(at(&format!("{CONTAINER}/volumeMounts"), "-", another), "");
    // Another value that it may have, where it is kept.
    let moved = [
        (&*format!("{ENV}/0"), of_key("queue-address")),
        ("/settings/data/queue-address", json!("q:2")),
    ];
    assert_eq!(found(&moved), "");
    assert_ne!(at(ENV, "0", json!({"name": "QUEUE", "value": "q:2"})), "");
    // All of the object, by names that are variables' too.
    let all = [
        (
            ENV,
            json!([{"name": "WORKERS", "value": "4"}, {"name": "ZONE", "value": "a"}]),
        ),
        (
            &*format!("{CONTAINER}/envFrom"),
            json!([{"configMapRef": {"name": "settings"}}]),
        ),
        ("/settings/data/QUEUE", json!("q:1")),
    ];
    assert_eq!(found(&all), "");
}

#[test]
fn what_is_copied_or_comes_from_elsewhere_is_named() {
    for (variable, words) in [
        (
            json!({"name": "QUEUE", "value": "q:1"}),
            "`QUEUE` is written into the Pod template, and kept in ConfigMap `settings`",
        ),
        (
            json!({"name": "QUEUE", "valueFrom": {"configMapKeyRef": {"name": "mine", "key": "queue"}}}),
            "`QUEUE` comes from ConfigMap `mine`, not from ConfigMap `settings`",
        ),
        (
            json!({"name": "QUEUE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
            "`QUEUE` comes from a field of the Pod, not from ConfigMap `settings`",
        ),
        (
            json!({"name": "QUEUE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "other"}}}),
            "`QUEUE` is what ConfigMap `settings` has as `other`: another value",
        ),
        (
            json!({"name": "QUEUES", "value": ""}),
            "`QUEUE` is not set; `QUEUES` is new",
        ),
    ] {
        assert_eq!(at(ENV, "0", variable), words);
    }
    assert_eq!(
        at("/settings/data", "queue", json!("q:1 ")),
        "`QUEUE` is what ConfigMap `settings` has as `queue`: another value"
    );
    assert_eq!(
        at("/access/data", "key.pem", json!("eA==")),
        "`/etc/app/key.pem` is what Secret `access` has as `key.pem`: another value"
    );
    assert_eq!(
        at(
            &format!("{POD}/volumes"),
            "0",
            json!({"name": "settings", "emptyDir": {}})
        ),
        "`/etc/app/routes.yaml` comes from a volume that is made of no ConfigMap and no Secret, not from ConfigMap `settings`"
    );
    assert_eq!(
        at(
            CONTAINER,
            "volumeMounts",
            json!([{"name": "access", "mountPath": "/etc/app/key.pem", "subPath": "key.pem"}])
        ),
        "nothing is mounted at `/etc/app/routes.yaml`"
    );
}

#[test]
fn whatever_else_it_reads_is_as_it_was_or_one_of_those_that_may_be() {
    let set = |name: &str, value: &str| json!({"name": name, "value": value});
    assert_eq!(at(ENV, "1", set("WORKERS", "4")), "");
    assert_eq!(at(ENV, "1", set("WORKERS", "3")), "`WORKERS` is `3`");
    assert_eq!(at(ENV, "2", set("ZONE", "b")), "`ZONE` is `b`");
    assert_eq!(at(ENV, "-", set("DEBUG", "1")), "`DEBUG` is new");
    assert_eq!(
        at(CONTAINER, "args", json!(["--batch", "100", "-wait", "5s"])),
        ""
    );
    for (wait, says) in [
        ("5000ms", ""),
        ("0m5s", ""),
        ("50s", "its arguments are `-wait=50s -batch=100`"),
        ("5001ms", "its arguments are `-wait=5001ms -batch=100`"),
    ] {
        let arguments = json!([format!("-wait={wait}"), "-batch=100"]);
        assert_eq!(at(CONTAINER, "args", arguments), says, "{wait}");
    }
    assert_eq!(
        at(CONTAINER, "args", json!(["-batch=100"])),
        "its arguments are `-batch=100`"
    );
    assert_eq!(
        at(CONTAINER, "args", Value::Null),
        "it has no arguments any more"
    );
    assert_eq!(
        at(
            CONTAINER,
            "envFrom",
            json!([{"secretRef": {"name": "root"}}])
        ),
        "`envFrom` reads an object in which none of its settings is kept"
    );
    let host = [
        (
            &*format!("{POD}/volumes/-"),
            json!({"name": "host", "hostPath": {"path": "/"}}),
        ),
        (
            &*format!("{CONTAINER}/volumeMounts/-"),
            json!({"name": "host", "mountPath": "/host"}),
        ),
    ];
    assert_eq!(
        found(&host),
        "volume `host` is another or new; `/host` is mounted otherwise than it was"
    );
    assert_eq!(
        found(&[("/cart", Value::Null)]),
        "Deployment `cart` is gone"
    );
}

#[test]
fn a_volume_that_is_made_with_the_pod_holds_nothing_to_read_and_may_be_written_to() {
    let work = json!({"name": "work", "emptyDir": {"sizeLimit": "64Mi"}});
    let mounted = json!({"name": "work", "mountPath": "/var/cache/app"});
    let with = |folder: Value| {
        found(&[
            (&format!("{POD}/volumes/-"), work.clone()),
            (&format!("{CONTAINER}/volumeMounts/-"), mounted.clone()),
            (
                &format!("{ENV}/-"),
                json!({"name": "CACHE", "value": folder}),
            ),
        ])
    };
    for folder in ["/var/cache/app", "/var/cache/app/deep/", "/tmp"] {
        assert_eq!(with(json!(folder)), "", "{folder}");
    }
    for folder in [
        "/var/cache",
        "/etc/app",
        "/dev/shm",
        "tmp",
        "/tmp/../dev/shm",
    ] {
        let says = format!("`CACHE` is `{folder}`, in no volume that is made with the Pod");
        assert_eq!(with(json!(folder)), says);
    }
    // Whatever was to be read there is hidden by it.
    let over = json!({"name": "scratch", "mountPath": "/etc/app/routes.yaml"});
    assert_eq!(
        at(&format!("{CONTAINER}/volumeMounts"), "-", over),
        "`/etc/app/routes.yaml` comes from a volume that is made of no ConfigMap and no Secret, not from ConfigMap `settings`"
    );
}
