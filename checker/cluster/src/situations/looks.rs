//! One look: each question is asked once, all side by side, and what could not be read says why in the server's words.

use std::time::Duration;

use grade::observation::{Observation, Question};
use serde_json::json;
use tokio::time::Instant;

use super::{Answer, Expected, against, apps, apps_is_gone, core, deployment, pods, within};

/// What a look of 8 s comes to.
async fn look(questions: &[Question], expected: Vec<Expected>) -> Vec<Observation> {
    against(expected, async |cluster| {
        cluster.observe(questions, within(8)).await
    })
    .await
    .answers
    .into_iter()
    .map(|(_, observation)| observation)
    .collect()
}

fn unreadable(why: &str) -> Observation {
    Observation::Unreadable(why.to_owned())
}

fn no_pods() -> Expected {
    (
        "GET /api/v1/namespaces/shop/pods",
        Answer::Ok(json!({"items": []})),
    )
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_served_is_asked_once_and_keeps_no_other_from_its_answer() {
    let mut expected = apps_is_gone();
    expected.extend([("GET /api/v1", core()), no_pods()]);
    let seen = look(
        &[deployment("cart"), pods(), deployment("ledger")],
        expected,
    )
    .await;
    let why = "service unavailable; APIService `v1.apps` is not available: service/nothing in \"default\" is not present";
    assert_eq!(
        seen,
        [
            unreadable(&format!("failed to read Deployment `shop/cart`: {why}")),
            Observation::Objects(vec![]),
            unreadable(&format!("failed to read Deployment `shop/ledger`: {why}")),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_with_too_much_to_do_is_not_asked_again() {
    let seen = look(
        &[pods()],
        vec![
            ("GET /api/v1", core()),
            (
                "GET /api/v1/namespaces/shop/pods",
                Answer::Status(429, "the server has received too many requests"),
            ),
        ],
    )
    .await;
    assert_eq!(
        seen,
        [unreadable(
            "failed to list objects of kind Pod in `shop`: the server has received too many requests"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_denied_says_whose_right_it_was() {
    let denied = r#"pods is forbidden: User "lab:checker" cannot list resource "pods""#;
    let expected = vec![
        ("GET /api/v1", core()),
        (
            "GET /api/v1/namespaces/shop/pods",
            Answer::Status(403, denied),
        ),
    ];
    let (seen, was_denied) = against(expected, async |cluster| {
        let seen = cluster.observe(&[pods()], within(8)).await;
        (seen, cluster.was_denied())
    })
    .await;
    let expected = format!("failed to list objects of kind Pod in `shop`: {denied}");
    assert_eq!(seen.answers[0].1, unreadable(&expected));
    assert!(was_denied);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_waited_for_side_by_side_and_no_longer_than_the_look() {
    let begun = Instant::now();
    let seen = look(
        &[deployment("cart"), deployment("ledger"), pods()],
        vec![
            ("GET /apis/apps/v1", Answer::Hangs),
            ("GET /api/v1", core()),
            ("GET /api/v1/namespaces/shop/pods", Answer::Hangs),
        ],
    )
    .await;
    assert_eq!(
        seen,
        [
            unreadable("failed to read Deployment `shop/cart`: no answer within 8 s"),
            unreadable("failed to read Deployment `shop/ledger`: no answer within 8 s"),
            unreadable("failed to list objects of kind Pod in `shop`: no answer within 8 s"),
        ]
    );
    assert_eq!(begun.elapsed().as_secs(), 8);
}

#[tokio::test(start_paused = true)]
async fn one_request_is_given_ten_seconds_however_long_the_look() {
    let expected = vec![("GET /api/v1", Answer::Hangs)];
    let begun = Instant::now();
    let seen = against(expected, async |cluster| {
        cluster.observe(&[pods()], within(60)).await
    })
    .await;
    assert_eq!(
        seen.answers[0].1,
        unreadable("failed to list objects of kind Pod in `shop`: no answer within 10 s")
    );
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_served_later_is_found_by_the_next_look() {
    let expected = vec![
        ("GET /apis/apps/v1", Answer::Status(503, "etcd is starting")),
        (
            "GET /apis/apiregistration.k8s.io/v1/apiservices/v1.apps",
            Answer::Status(503, "etcd is starting"),
        ),
        ("GET /apis/apps/v1", apps()),
        (
            "GET /apis/apps/v1/namespaces/shop/deployments/cart",
            Answer::Status(404, "not found"),
        ),
    ];
    let (first, second) = against(expected, async |cluster| {
        let first = cluster.observe(&[deployment("cart")], within(8)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        (
            first,
            cluster.observe(&[deployment("cart")], within(8)).await,
        )
    })
    .await;
    assert_eq!(
        first.answers[0].1,
        unreadable("failed to read Deployment `shop/cart`: etcd is starting")
    );
    assert_eq!(second.answers[0].1, Observation::Absent);
}
