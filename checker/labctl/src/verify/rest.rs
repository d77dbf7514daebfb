//! Whether what was seen of a cluster has come to rest, so that a check that fails goes on failing.
//!
//! Knows Pods and who tries again by itself; no check and no case.

use std::time::Duration;

use grade::observation::{Observation, Observations};
use serde_json::Value;
use tokio::time::Instant;

/// How long nothing may have changed: the scheduler looks again at once when something does, and what its queue holds back comes within this time.
const QUIET: Duration = Duration::from_secs(3);

/// The same where a kubelet is at work: it tries a Pod sandbox that failed again after 10 to 15 s.
const QUIET_ON_NODES: Duration = Duration::from_secs(16);

/// When what was seen changed last.
pub(super) struct Rest {
    last: Observations,
    since: Instant,
}

impl Rest {
    /// Nothing was seen yet.
    pub(super) fn new() -> Self {
        Self {
            last: Observations::default(),
            since: Instant::now(),
        }
    }

    /// Whether nothing has changed for long enough, this look included.
    pub(super) fn has_come(&mut self, observed: &Observations) -> bool {
        if self.last.answers != observed.answers {
            self.last = observed.clone();
            self.since = Instant::now();
        }
        self.since.elapsed() >= needed(observed)
    }
}

fn needed(observed: &Observations) -> Duration {
    let objects = observed.answers.iter().flat_map(|(_, said)| match said {
        Observation::Objects(objects) => objects.as_slice(),
        Observation::Object(object) => std::slice::from_ref(object),
        _ => &[],
    });
    let mut objects = objects;
    if objects.any(is_tried_again) {
        QUIET_ON_NODES
    } else {
        QUIET
    }
}

/// A Pod that is on a node and not ready.
fn is_tried_again(object: &Value) -> bool {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let is_ready =
        |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    text("/kind") == Some("Pod")
        && text("/spec/nodeName").is_some()
        && !matches!(text("/status/phase"), Some("Succeeded" | "Failed"))
        && !conditions.into_iter().flatten().any(is_ready)
}

#[cfg(test)]
mod tests {
    use grade::observation::{ObjectsRef, Question};
    use serde_json::json;

    use super::*;

    fn observed(pod: &Value) -> Observations {
        let pods = Question::Objects(ObjectsRef::all("v1", "Pod"));
        Observations {
            taken_at: String::new(),
            answers: vec![(pods, Observation::Objects(vec![pod.clone()]))],
        }
    }

    #[track_caller]
    fn needs(pod: &Value, expected: Duration) {
        assert_eq!(needed(&observed(pod)), expected, "{pod}");
    }

    #[test]
    fn a_pod_that_a_kubelet_tries_again_takes_longer_to_come_to_rest() {
        let ready = json!([{"type": "Ready", "status": "True"}]);
        needs(
            &json!({"kind": "Pod", "status": {"phase": "Pending"}}),
            QUIET,
        );
        let on_a_node = json!({"nodeName": "a"});
        needs(
            &json!({"kind": "Pod", "spec": on_a_node, "status": {"phase": "Running", "conditions": ready}}),
            QUIET,
        );
        needs(
            &json!({"kind": "Pod", "spec": on_a_node, "status": {"phase": "Pending"}}),
            QUIET_ON_NODES,
        );
    }
}
