//! Restoring: what is written, in which order, and what is not tried.

use serde_json::{Value, json};

use super::{Answer, Expected, against, served, within};
use crate::Restored;

fn settings(version: &str, value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value},
        "metadata": {"namespace": "shop", "name": "settings", "uid": "1", "resourceVersion": version},
    })
}

/// What a look at everything asks, of a cluster that has these objects.
fn snapshot(kinds: &[(&str, &str)], lists: Vec<(&'static str, Vec<Value>)>) -> Vec<Expected> {
    let resources: Vec<Value> = kinds
        .iter()
        .map(|(name, kind)| json!({"resource": name, "responseKind": {"kind": kind}, "verbs": ["list"]}))
        .collect();
    let core = json!({"metadata": {}, "versions": [{"version": "v1", "resources": resources}]});
    let mut expected = vec![
        ("GET /api", Answer::Ok(json!({"items": [core]}))),
        ("GET /apis", Answer::Ok(json!({"items": []}))),
    ];
    let lists = lists.into_iter();
    expected.extend(lists.map(|(path, items)| (path, Answer::Ok(json!({"items": items})))));
    expected
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_again_is_made_anew() {
    let mut expected = snapshot(
        &[("configmaps", "ConfigMap")],
        vec![("GET /api/v1/configmaps", vec![settings("2", "changed")])],
    );
    expected.extend([
        ("GET /api/v1", served(&[("configmaps", "ConfigMap")])),
        (
            "PUT /api/v1/namespaces/shop/configmaps/settings",
            Answer::Status(422, "field is immutable"),
        ),
        (
            "DELETE /api/v1/namespaces/shop/configmaps/settings",
            Answer::Ok(json!({})),
        ),
        ("GET /api/v1/configmaps", Answer::Ok(json!({"items": []}))),
        (
            "DELETE /api/v1/namespaces/shop/events",
            Answer::Ok(json!({})),
        ),
        (
            "POST /api/v1/namespaces/shop/configmaps",
            Answer::Ok(json!({})),
        ),
    ]);
    let start = [settings("1", "as it was")];
    let restored = against(expected, async |cluster| {
        cluster.restore("", &start, within(30)).await
    })
    .await;
    assert!(
        matches!(restored, Ok(Restored::Done { .. })),
        "{restored:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_when_something_is_lost() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": "shop", "name": "data", "uid": "2", "resourceVersion": "1"},
        "spec": {"volumeName": "pv-1"},
    });
    let kinds = [
        ("configmaps", "ConfigMap"),
        ("persistentvolumeclaims", "PersistentVolumeClaim"),
    ];
    let lists = vec![
        ("GET /api/v1/configmaps", vec![settings("2", "changed")]),
        ("GET /api/v1/persistentvolumeclaims", Vec::new()),
    ];
    let start = [settings("1", "as it was"), claim];
    let restored = against(snapshot(&kinds, lists), async |cluster| {
        cluster.restore("", &start, within(30)).await
    })
    .await;
    let lost = "PersistentVolumeClaim `shop/data` is gone".to_owned();
    assert_eq!(restored, Ok(Restored::Lost(lost)));
}

#[tokio::test(start_paused = true)]
async fn another_cluster_is_not_touched() {
    let restored = against(Vec::new(), async |cluster| {
        cluster.restore("mine", &[], within(30)).await
    })
    .await;
    assert!(restored.is_err(), "{restored:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_quota_counts_too_late_is_made_when_it_has_counted() {
    let settings = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "shop", "name": "settings", "uid": "1", "resourceVersion": "1"},
    });
    let refusal = "configmaps \"settings\" is forbidden: exceeded quota: team-quota";
    let mut expected = snapshot(
        &[("configmaps", "ConfigMap")],
        vec![("GET /api/v1/configmaps", Vec::new())],
    );
    expected.extend([
        ("GET /api/v1", served(&[("configmaps", "ConfigMap")])),
        (
            "POST /api/v1/namespaces/shop/configmaps",
            Answer::Status(403, refusal),
        ),
        (
            "POST /api/v1/namespaces/shop/configmaps",
            Answer::Ok(json!({})),
        ),
    ]);
    let restored = against(expected, async |cluster| {
        cluster.restore("", &[settings], within(30)).await
    })
    .await;
    assert!(
        matches!(restored, Ok(Restored::Done { .. })),
        "{restored:?}"
    );
}
