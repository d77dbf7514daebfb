//! What takes more than one request: a start that is patient, changes that a watch tells of, a Pod that is evicted.

use std::time::Duration;

use grade::eviction::{Eviction, Stopped};
use grade::observation::{Observation, Question};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Answer, Expected, against, apps, apps_is_gone, core, deployment, deployment_ref, within,
};
use crate::{ClusterError, Manifest};

const CART: &str = "GET /apis/apps/v1/namespaces/shop/deployments/cart";

fn manifest() -> [Manifest; 1] {
    manifest_of("{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: cart}}")
}

fn manifest_of(text: &str) -> [Manifest; 1] {
    [Manifest {
        file: "cart.yaml".to_owned(),
        text: text.to_owned(),
    }]
}

async fn apply(expected: Vec<Expected>, seconds: u64) -> Result<(), ClusterError> {
    against(expected, async |cluster| {
        cluster.apply("", &manifest(), within(seconds)).await
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_manifest_is_applied_as_soon_as_the_server_can() {
    let patch = "PATCH /apis/apps/v1/namespaces/shop/deployments/cart";
    let applied = apply(
        vec![
            (
                "GET /apis/apps/v1",
                Answer::Status(429, "too many requests"),
            ),
            ("GET /apis/apps/v1", apps()),
            (patch, Answer::Status(429, "storage is (re)initializing")),
            (patch, Answer::Ok(json!({}))),
        ],
        8,
    )
    .await;
    assert_eq!(applied, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_set_without_replicas_is_seen_before_its_deployment_is_made() {
    let set = "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {namespace: shop, name: cart-1}, spec: {replicas: 0}}";
    let deployment =
        "{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: cart}}";
    let look = "GET /apis/apps/v1/namespaces/shop/replicasets/cart-1";
    let unseen =
        json!({"metadata": {"generation": 1}, "spec": {"replicas": 0}, "status": {"replicas": 0}});
    let mut seen = unseen.clone();
    seen["status"]["observedGeneration"] = json!(1);
    let expected = vec![
        ("GET /apis/apps/v1", apps()),
        (
            "PATCH /apis/apps/v1/namespaces/shop/replicasets/cart-1",
            Answer::Ok(json!({})),
        ),
        (look, Answer::Ok(unseen)),
        (look, Answer::Ok(seen)),
        (
            "PATCH /apis/apps/v1/namespaces/shop/deployments/cart",
            Answer::Ok(json!({})),
        ),
    ];
    let applied = against(expected, async |cluster| {
        let manifests = manifest_of(&format!("{set}\n---\n{deployment}"));
        cluster.apply("", &manifests, within(8)).await
    })
    .await;
    assert_eq!(applied, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_is_refused_is_not_applied_again() {
    let refused = apply(
        vec![
            ("GET /apis/apps/v1", apps()),
            (
                "PATCH /apis/apps/v1/namespaces/shop/deployments/cart",
                Answer::Status(422, "spec.selector: Required value"),
            ),
        ],
        8,
    )
    .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "failed to apply Deployment `shop/cart`: spec.selector: Required value"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_can_is_told_with_its_last_words() {
    // Twenty looks in a second: the last one must have ended before it.
    let looks = (0..20).flat_map(|_| apps_is_gone());
    let expected: Vec<Expected> = looks.collect();
    let refused = apply(expected, 1).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "failed to apply Deployment `shop/cart`: service unavailable; APIService `v1.apps` is not available: service/nothing in \"default\" is not present"
    );
}

#[tokio::test(start_paused = true)]
async fn changes_go_on_after_a_watch_was_cut() {
    let list = "GET /apis/apps/v1/namespaces/shop/deployments";
    let watch = "WATCH /apis/apps/v1/namespaces/shop/deployments";
    let listed = json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "items": []});
    let event = |version: &str| {
        json!({"type": "MODIFIED", "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"name": "cart", "namespace": "shop", "resourceVersion": version}}})
    };
    let expected = vec![
        ("GET /apis/apps/v1", apps()),
        (list, Answer::Ok(listed)),
        (watch, Answer::Cut(vec![event("2")])),
        (watch, Answer::Cut(vec![event("3")])),
        (watch, Answer::Hangs),
    ];
    against(expected, async |cluster| {
        let mut changes = cluster.changes(&[deployment("cart")], within(8)).await;
        // What is there, and an event of each watch; then nothing more changes.
        for _ in 0..3 {
            changes.next().await;
        }
        let more = tokio::time::timeout(Duration::from_secs(30), changes.next()).await;
        assert!(more.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_served_does_not_hold_up_the_watches() {
    let expected = vec![("GET /apis/apps/v1", Answer::Hangs)];
    let begun = Instant::now();
    against(expected, async |cluster| {
        cluster.changes(&[deployment("cart")], within(3)).await;
    })
    .await;
    assert_eq!(begun.elapsed().as_secs(), 3);
}

/// A Pod of Deployment `shop/cart`.
fn pod(name: &str, is_ready: bool) -> Value {
    let ready = if is_ready { "True" } else { "False" };
    json!({
        "metadata": {"namespace": "shop", "name": name, "uid": name,
            "ownerReferences": [{"uid": "set", "controller": true}]},
        "spec": {"nodeName": "a"},
        "status": {"phase": "Running", "podIP": "10.0.0.7", "conditions": [{"type": "Ready", "status": ready}]},
    })
}

/// A look at the Pods of the Deployment.
fn looked(pods: &[Value]) -> Vec<Expected> {
    let set = json!({"metadata": {"uid": "set", "ownerReferences": [{"uid": "cart", "controller": true}]}});
    vec![
        (CART, Answer::Ok(json!({"metadata": {"uid": "cart"}}))),
        (
            "GET /apis/apps/v1/namespaces/shop/replicasets",
            Answer::Ok(json!({"items": [set]})),
        ),
        (
            "GET /api/v1/namespaces/shop/pods",
            Answer::Ok(json!({"items": pods})),
        ),
    ]
}

fn first_look() -> Vec<Expected> {
    let mut expected = vec![("GET /apis/apps/v1", apps()), ("GET /api/v1", core())];
    expected.extend(looked(&[pod("old", true)]));
    expected
}

/// Evicts a Pod of the Deployment, for a caller who has so many seconds.
async fn come_back(expected: Vec<Expected>, seconds: u64) -> Observation {
    let question = Question::ComesBack {
        workload: deployment_ref("cart"),
        hold: Duration::from_secs(3),
        deadline: Duration::from_secs(45),
    };
    let observed = against(expected, async |cluster| {
        cluster.observe(&[question], within(seconds)).await
    });
    observed.await.answers.remove(0).1
}

fn evicted(observed: Observation) -> Eviction {
    match observed {
        Observation::Evicted(eviction) => {
            assert_eq!(eviction.evicted.as_deref(), Some("old"));
            eviction
        }
        other => panic!("{other:?}"),
    }
}

/// What each look showed, and for how long.
fn seen(eviction: &Eviction) -> Vec<String> {
    let looks = eviction.looks.iter().map(|look| {
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let lasted = time(&look.until).duration_since(time(&look.since));
        let pod = &look.pods[0];
        let ready = if grade::is_ready(pod) {
            "Ready"
        } else {
            "not Ready"
        };
        let name = pod["metadata"]["name"].as_str().unwrap();
        format!("{name}, {ready}, for {} ms", lasted.as_millis())
    });
    looks.collect()
}

const EVICT: &str = "POST /api/v1/namespaces/shop/pods/old/eviction";

#[tokio::test(start_paused = true)]
async fn an_eviction_that_the_callers_time_cuts_short_is_not_told_to_have_failed() {
    let mut expected = first_look();
    expected.push((EVICT, Answer::Ok(json!({}))));
    expected.extend(looked(&[pod("new", false)]));
    expected.push((CART, Answer::Hangs));
    let eviction = evicted(come_back(expected, 2).await);
    assert_eq!(eviction.stopped, Stopped::Cancelled);
    assert_eq!(seen(&eviction), ["new, not Ready, for 0 ms"]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_stays_ready_came_back() {
    let mut expected = first_look();
    expected.push((EVICT, Answer::Ok(json!({}))));
    for _ in 0..=60 {
        expected.extend(looked(&[pod("new", true)]));
    }
    let eviction = evicted(come_back(expected, 60).await);
    assert_eq!(eviction.stopped, Stopped::Clear);
    assert_eq!(seen(&eviction), ["new, Ready, for 3000 ms"]);
}

#[tokio::test(start_paused = true)]
async fn a_look_is_written_down_when_something_changed_until_the_deadline_comes() {
    let mut expected = first_look();
    expected.push((EVICT, Answer::Ok(json!({}))));
    // A look each 50 ms for 45 s: the replacement is refused, and then ready in turns.
    for look in 0..=900 {
        expected.extend(looked(&[pod("new", look / 30 % 2 == 1)]));
    }
    let eviction = evicted(come_back(expected, 60).await);
    assert_eq!(eviction.stopped, Stopped::Deadline);
    let seen = seen(&eviction);
    assert_eq!(seen.len(), 31);
    assert_eq!(
        seen[..2],
        ["new, not Ready, for 1450 ms", "new, Ready, for 1450 ms"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_cannot_be_asked_at_the_deadline_is_told() {
    let mut expected = first_look();
    expected.push((EVICT, Answer::Ok(json!({}))));
    expected.extend(looked(&[pod("new", false)]));
    expected.extend((0..900).map(|_| (CART, Answer::Status(500, "etcd is gone"))));
    let eviction = evicted(come_back(expected, 60).await);
    assert_eq!(
        eviction.stopped,
        Stopped::Refused(
            "failed to list the Pods of Deployment `shop/cart`: etcd is gone".to_owned()
        )
    );
    assert_eq!(seen(&eviction), ["new, not Ready, for 0 ms"]);
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_lets_no_pod_go_is_asked_for_five_seconds() {
    let mut expected = first_look();
    for _ in 0..=10 {
        expected.push((
            EVICT,
            Answer::Status(
                429,
                "Cannot evict pod as it would violate the pod's disruption budget.",
            ),
        ));
    }
    let observed = come_back(expected, 60).await;
    assert_eq!(
        observed,
        Observation::Unreadable(
            "failed to evict Pod `shop/old`: Cannot evict pod as it would violate the pod's disruption budget."
                .to_owned()
        )
    );
}
