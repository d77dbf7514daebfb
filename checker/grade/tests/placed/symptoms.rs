//! `run` and `refused`.

use grade::Evidence;
use grade::kinds::{Ask, Refused, Refuser, Run};
use grade::observation::{Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{Seen, check, found, ledger};

#[test]
fn a_workload_is_refused_when_all_its_pods_are() {
    let refused = |replicas| {
        Ask::Refused(Refused {
            workload: ledger(),
            replicas,
            beside: 0,
            by: Refuser::Scheduler,
            message: "untolerated taint".to_owned(),
        })
    };
    let seen = Seen::on(None, json!({}));
    let found = found(seen.verdict(refused(1)));
    assert_eq!(found, "0 of 1 Pod; Pod `ledger-1-a`: not refused");
}

/// The verdict of `refused` by admission over these Pods of the only `ReplicaSet` and these events.
fn kept_out(pods: &[Value], events: &[Value]) -> Verdict {
    let owner = |kind: &str, uid: &str| json!([{"kind": kind, "uid": uid, "controller": true}]);
    let checks = check(Ask::Refused(Refused {
        workload: ledger(),
        replicas: 2,
        beside: 0,
        by: Refuser::Admission,
        message: "exceeded quota".to_owned(),
    }));
    let said = |question: Question| {
        let answer = match &question {
            Question::Objects(objects) => Observation::Objects(match objects.kind.as_str() {
                "ReplicaSet" => vec![
                    json!({"metadata": {"name": "ledger-1", "uid": "s", "ownerReferences": owner("Deployment", "d")}}),
                ],
                "Pod" => pods.to_vec(),
                _ => events.to_vec(),
            }),
            _ => Observation::Object(json!({"metadata": {"name": "ledger", "uid": "d"}})),
        };
        (question, answer)
    };
    let answers = grade::questions(&checks).into_iter().map(said).collect();
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers,
        },
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

#[test]
fn what_admission_refuses_is_not_there_and_its_controller_says_why() {
    let event = |name: &str, message: &str| json!({"reason": "FailedCreate", "message": message, "involvedObject": {"kind": "ReplicaSet", "name": name}});
    let forbidden = "pods \"ledger-1-a\" is forbidden: exceeded quota: team-quota";
    let ours = [
        event("ledger-1", "status unknown for quota"),
        event("ledger-1", forbidden),
    ];
    assert_eq!(kept_out(&[], &ours), Verdict::Passed { evidence: None });
    assert_eq!(
        found(kept_out(&[], &ours[..1])),
        "no Pod; status unknown for quota"
    );
    let others = [event("ledger-archive-1", forbidden)];
    assert_eq!(found(kept_out(&[], &others)), "no Pod, and nobody says why");
    let owners = json!([{"kind": "ReplicaSet", "uid": "s", "controller": true}]);
    let pod = json!({"metadata": {"name": "ledger-1-a", "ownerReferences": owners}});
    assert_eq!(found(kept_out(&[pod], &ours)), "1 Pod");
}

/// The verdict of `run` over one Deployment and one `DaemonSet` of namespace `shop`, without the Deployment that is excepted.
fn runs(deployments: &[Value], daemon_sets: &[Value]) -> Verdict {
    let mut excepted = ledger();
    excepted.namespace = Some("shop".to_owned());
    let checks = check(Ask::Run(Run {
        namespaces: vec!["shop".to_owned()],
        except: vec![excepted],
    }));
    let said = |question: Question| {
        let answer = match &question {
            Question::Objects(objects) if objects.kind == "Deployment" => deployments.to_vec(),
            Question::Objects(objects) if objects.kind == "DaemonSet" => daemon_sets.to_vec(),
            _ => Vec::new(),
        };
        (question, Observation::Objects(answer))
    };
    let answers = grade::questions(&checks).into_iter().map(said).collect();
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers,
        },
        ..Evidence::default()
    };
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

#[test]
fn what_is_beside_the_broken_workload_runs_with_all_its_pods_of_the_latest_template() {
    let deployment = |name: &str, ready: u32, updated: u32| {
        json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"replicas": 2},
            "status": {"readyReplicas": ready, "updatedReplicas": updated}})
    };
    let agents = |wanted: u32, ready: u32| {
        json!({"metadata": {"name": "agent", "namespace": "shop"},
            "status": {"desiredNumberScheduled": wanted, "numberReady": ready, "updatedNumberScheduled": ready}})
    };
    let broken = deployment("ledger", 0, 0);
    let passed = Verdict::Passed { evidence: None };
    assert_eq!(
        runs(&[deployment("cart", 2, 2), broken.clone()], &[agents(3, 3)]),
        passed
    );
    for (deployments, daemon_sets, words) in [
        (
            vec![deployment("cart", 1, 2)],
            vec![],
            "Deployment `cart` has 1 of 2 Pods ready",
        ),
        (
            vec![deployment("cart", 2, 0)],
            vec![],
            "Deployment `cart` has 0 of 2 Pods ready",
        ),
        (
            vec![deployment("cart", 2, 2)],
            vec![agents(3, 2)],
            "DaemonSet `agent` has 2 of 3 Pods ready",
        ),
        (
            vec![deployment("cart", 2, 2)],
            vec![agents(0, 0)],
            "DaemonSet `agent` has no node to run on",
        ),
        (vec![], vec![], "namespace `shop` has no workload"),
    ] {
        assert_eq!(found(runs(&deployments, &daemon_sets)), words);
    }
}
