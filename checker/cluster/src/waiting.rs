//! What does not run, in the cluster's own words: for a person who wonders why something did not come. It judges nothing.

use grade::observation::ObjectsRef;
use serde_json::Value;
use tokio::time::Instant;

use crate::{Cluster, text};

impl Cluster {
    /// A line for each Pod that is not ready and not at its end: its node, what it waits for, and its last event.
    ///
    /// Does *not* fail: when Pods cannot be listed before `end`, the only line says why.
    pub async fn waiting_pods(&self, end: Instant) -> Vec<String> {
        let (pods, events) = (ObjectsRef::all("v1", "Pod"), ObjectsRef::all("v1", "Event"));
        let (pods, events) = tokio::join!(
            self.read_objects(&pods, end),
            self.read_objects(&events, end)
        );
        match pods {
            Ok(pods) => lines(&pods, &events.unwrap_or_default()),
            Err(refusal) => vec![format!("failed to list Pods: {}", refusal.text())],
        }
    }
}

fn lines(pods: &[Value], events: &[Value]) -> Vec<String> {
    let waits = pods.iter().filter(|pod| !is_ready(pod) && !is_over(pod));
    waits.map(|pod| line(pod, events)).collect()
}

fn is_over(pod: &Value) -> bool {
    matches!(text::at(pod, "/status/phase"), "Succeeded" | "Failed")
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Such as "Pod `shop/cart-1` on node-1, `ErrImagePull`: Failed to pull".
fn line(pod: &Value, events: &[Value]) -> String {
    let mut line = format!(
        "Pod `{}/{}`",
        text::at(pod, "/metadata/namespace"),
        text::at(pod, "/metadata/name")
    );
    match text::at(pod, "/spec/nodeName") {
        "" => line.push_str(" on no node"),
        node => line.push_str(&format!(" on {node}")),
    }
    line.push_str(&format!(", {}", waits_for(pod)));
    let uid = text::at(pod, "/metadata/uid");
    let about = events
        .iter()
        .filter(|event| text::at(event, "/involvedObject/uid") == uid);
    // The order of RFC 3339 times is that of their texts.
    let last = about.max_by_key(|event| time(event));
    if let Some(event) = last {
        line.push_str(&format!(": {}", text::at(event, "/message")));
    }
    line
}

fn time(event: &Value) -> &str {
    let times = [
        "/lastTimestamp",
        "/eventTime",
        "/metadata/creationTimestamp",
    ];
    let mut times = times.into_iter().map(|place| text::at(event, place));
    times.find(|time| !time.is_empty()).unwrap_or_default()
}

/// The reason of the first container that waits or has ended, or the Pod's phase.
fn waits_for(pod: &Value) -> &str {
    let containers = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let containers = containers
        .into_iter()
        .filter_map(|place| pod.pointer(place)?.as_array())
        .flatten()
        .filter(|container| container["ready"] == false);
    let mut reasons = containers.flat_map(|container| {
        ["/state/waiting/reason", "/state/terminated/reason"]
            .map(|place| text::at(container, place))
    });
    let reason = reasons.find(|reason| !reason.is_empty());
    reason.unwrap_or_else(|| match text::at(pod, "/status/phase") {
        "" => "without a status",
        phase => phase,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;

    #[test]
    fn pods_that_wait_are_told_with_their_last_event() {
        let ready = json!([{"type": "Ready", "status": "True"}]);
        let pod = |name: &str, spec, status| json!({"metadata": {"namespace": "shop", "name": name, "uid": name}, "spec": spec, "status": status});
        let pods = [
            pod(
                "runs",
                json!({"nodeName": "a"}),
                json!({"phase": "Running", "conditions": ready}),
            ),
            pod(
                "done",
                json!({"nodeName": "a"}),
                json!({"phase": "Succeeded"}),
            ),
            pod("refused", json!({}), json!({"phase": "Pending"})),
            pod(
                "pulls",
                json!({"nodeName": "b"}),
                json!({"phase": "Pending", "containerStatuses": [{"ready": false, "state": {"waiting": {"reason": "ErrImagePull"}}}]}),
            ),
            pod("new", json!({"nodeName": "b"}), json!({})),
        ];
        let event = |of: &str, at: &str, message: &str| json!({"involvedObject": {"uid": of}, "lastTimestamp": at, "message": message});
        let events = [
            event("pulls", "2026-01-01T00:00:02Z", "Failed to pull"),
            event("pulls", "2026-01-01T00:00:01Z", "Pulling"),
            event("refused", "2026-01-01T00:00:01Z", "0/2 nodes are available"),
        ];
        assert_eq!(
            lines(&pods, &events),
            [
                "Pod `shop/refused` on no node, Pending: 0/2 nodes are available",
                "Pod `shop/pulls` on b, ErrImagePull: Failed to pull",
                "Pod `shop/new` on b, without a status",
            ]
        );
    }
}
