//! Logs: of each Pod that runs, and why one could not be read.

use std::time::Duration;

use grade::observation::{LogSeen, Observation, Question};
use serde_json::{Value, json};

use super::{Answer, Expected, against, apps, core, deployment_ref, within};

const LOG: &str = "GET /api/v1/namespaces/shop/pods/one/log";

/// A Pod of Deployment `shop/cart`, whose first container is in this state.
fn pod(name: &str, state: &str) -> Value {
    json!({
        "metadata": {"namespace": "shop", "name": name, "uid": name, "ownerReferences": [{"uid": "set", "controller": true}]},
        "spec": {"containers": [{"name": "cart"}]},
        "status": {"containerStatuses": [{"name": "cart", "state": {state: {}}}]},
    })
}

/// What is seen of the logs, where the last request has this answer.
async fn seen(log: Answer) -> Observation {
    let set = json!({"metadata": {"uid": "set", "ownerReferences": [{"uid": "cart", "controller": true}]}});
    let pods = [pod("one", "running"), pod("two", "waiting")];
    let expected: Vec<Expected> = vec![
        ("GET /apis/apps/v1", apps()),
        ("GET /api/v1", core()),
        (
            "GET /apis/apps/v1/namespaces/shop/deployments/cart",
            Answer::Ok(json!({"metadata": {"uid": "cart"}})),
        ),
        (
            "GET /apis/apps/v1/namespaces/shop/replicasets",
            Answer::Ok(json!({"items": [set]})),
        ),
        (
            "GET /api/v1/namespaces/shop/pods",
            Answer::Ok(json!({"items": pods})),
        ),
        (LOG, log),
    ];
    let question = Question::Log {
        workload: deployment_ref("cart"),
        since: Some(Duration::from_secs(10)),
    };
    let observed = against(expected, async |cluster| {
        cluster.observe(&[question], within(8)).await
    });
    observed.await.answers.remove(0).1
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_runs_is_asked_for_its_log_and_one_that_waits_is_not() {
    assert_eq!(
        seen(Answer::Plain(200, "begun\nstock: 200\n")).await,
        Observation::Logs(vec![LogSeen {
            pod: "one".to_owned(),
            lines: vec!["begun".to_owned(), "stock: 200".to_owned()],
        }])
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_says_why() {
    assert_eq!(
        seen(Answer::Status(500, "the kubelet does not answer")).await,
        Observation::Unreadable(
            "failed to read the log of Pod `shop/one`: the kubelet does not answer".to_owned()
        )
    );
}
