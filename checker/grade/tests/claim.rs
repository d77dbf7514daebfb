//! `claim` over a recorded claim and its volume: what it must be bound to, and each way in which it is not.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Claim};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

fn check(volume: Option<&str>) -> [Check; 1] {
    [Check {
        id: "its-volume".to_owned(),
        says: "it has its volume".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::Claim(Claim {
            claim: ObjectRef {
                api_version: "v1".to_owned(),
                kind: "PersistentVolumeClaim".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "data".to_owned(),
            },
            volume: volume.map(str::to_owned),
        }),
    }]
}

/// A claim of class `gp3`, bound to the volume that was made for it.
fn cluster() -> Value {
    json!({
        "claim": {
            "metadata": {"name": "data", "namespace": "shop", "uid": "1"},
            "spec": {"volumeName": "pvc-1", "storageClassName": "gp3"},
        },
        "volume": {
            "metadata": {"name": "pvc-1"},
            "spec": {
                "claimRef": {"namespace": "shop", "name": "data"},
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
            },
        },
        "class": {"metadata": {"name": "gp3"}},
    })
}

/// What is found with one part of the cluster changed; nothing when it passes.
fn found(volume: Option<&str>, pointer: &str, value: Value) -> String {
    let mut cluster = cluster();
    let (above, field) = pointer.rsplit_once('/').unwrap();
    cluster.pointer_mut(above).unwrap()[field] = value;
    let answers = grade::questions(&check(volume))
        .into_iter()
        .map(|question| {
            let part = |name: &str| cluster[name].clone();
            let all = |name: &str| {
                Some(part(name))
                    .filter(|it| !it.is_null())
                    .into_iter()
                    .collect()
            };
            let said = match &question {
                Question::Object(_) if part("claim").is_null() => Observation::Absent,
                Question::Object(_) => Observation::Object(part("claim")),
                Question::Objects(objects) if objects.kind == "StorageClass" => {
                    Observation::Objects(all("class"))
                }
                _ => Observation::Objects(all("volume")),
            };
            (question, said)
        });
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers: answers.collect(),
        },
        ..Evidence::default()
    };
    match grade::verdicts(&check(volume), &evidence).remove(0).verdict {
        Verdict::Passed { .. } => String::new(),
        Verdict::Failed { found, .. } => found,
        Verdict::Undecided { why } => panic!("undecided: {why}"),
    }
}

#[test]
fn a_claim_is_bound_to_the_volume_that_it_should_have() {
    let bound = "the claim is bound to PersistentVolume pvc-1";
    let going = json!("2026-03-01T10:00:00Z");
    for (pointer, value, expected) in [
        ("/more", json!(1), String::new()),
        ("/claim", Value::Null, "the claim is gone".to_owned()),
        (
            "/claim/metadata/deletionTimestamp",
            going.clone(),
            "the claim is gone".to_owned(),
        ),
        (
            "/claim/spec/volumeName",
            Value::Null,
            "the claim is bound to no volume".to_owned(),
        ),
        (
            "/volume",
            Value::Null,
            format!("{bound}, which is not there"),
        ),
        (
            "/volume/metadata/deletionTimestamp",
            going,
            format!("{bound}, which is not there"),
        ),
        (
            "/volume/spec/claimRef",
            Value::Null,
            format!("{bound}, which is another claim's"),
        ),
        (
            "/volume/spec/claimRef/name",
            json!("other"),
            format!("{bound}, which is another claim's"),
        ),
        (
            "/volume/spec/claimRef/namespace",
            json!("bank"),
            format!("{bound}, which is another claim's"),
        ),
        (
            "/volume/spec/csi",
            Value::Null,
            format!("{bound}, which is no EBS volume"),
        ),
        (
            "/volume/spec/csi/driver",
            json!("efs.csi.aws.com"),
            format!("{bound}, which is no EBS volume"),
        ),
    ] {
        for volume in [None, Some("vol-1")] {
            assert_eq!(
                found(volume, pointer, value.clone()),
                expected,
                "{volume:?} {pointer}"
            );
        }
    }
}

#[test]
fn a_volume_of_its_own_was_made_for_it_by_a_class_that_is_there() {
    assert_eq!(
        found(None, "/claim/metadata/uid", json!("2")),
        "the claim is bound to PersistentVolume pvc-1, volume vol-1, which was not made for it"
    );
    let class = "the claim's class `gp3` does not exist";
    assert_eq!(found(None, "/class", Value::Null), class);
    assert_eq!(found(None, "/class/metadata/name", json!("fast")), class);
    // A volume that is named may have been made for another claim, by a class that is gone.
    assert_eq!(found(Some("vol-1"), "/claim/metadata/uid", json!("2")), "");
    assert_eq!(found(Some("vol-1"), "/class", Value::Null), "");
    assert_eq!(
        found(Some("vol-2"), "/more", json!(1)),
        "the claim is bound to PersistentVolume pvc-1, volume vol-1"
    );
}
