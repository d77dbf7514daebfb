//! How containers ended, as `kubectl describe` shows it: that one was killed for its memory stands in no event and in no log.
//!
//! Read from what kubelets wrote into the status of Pods. Knows no line of evidence.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Said;
use crate::audit::Entry;
use crate::own::Own;

/// The lists of containers in a Pod's status.
const STATUSES: [&str; 3] = [
    "/status/initContainerStatuses",
    "/status/containerStatuses",
    "/status/ephemeralContainerStatuses",
];

/// Each end of a container of the lab's own Pods once, in the order of time.
pub(super) fn of(entries: &[Entry], own: &Own) -> Vec<Said> {
    let mut told = BTreeSet::new();
    let mut said = Vec::new();
    let of_pods = entries
        .iter()
        .filter(|entry| entry.is_component && entry.resource == "pods/status" && entry.code < 300);
    for entry in of_pods {
        let (Some(namespace), Some(pod)) = (&entry.namespace, &entry.name) else {
            continue;
        };
        if namespace == "kube-system" || !own.has("Pod", namespace, pod) {
            continue;
        }
        for (container, ended) in ends(&entry.sent) {
            let of = (container, namespace.as_str(), pod.as_str());
            let is_new = told.insert((format!("{of:?}"), ended["finishedAt"].to_string()));
            said.extend(one(of, ended, &entry.time).filter(|_| is_new));
        }
    }
    said
}

/// The ends that a Pod's status has now, where nobody tells of those before.
pub(crate) fn of_pod(pod: &Value) -> Vec<Said> {
    let text = |at: &str| pod.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let said = ends(pod).filter_map(|(container, ended)| {
        let at = ended["finishedAt"].as_str().unwrap_or_default();
        one((container, namespace, name), ended, at)
    });
    said.collect()
}

/// What the end of a container, in its namespace and its Pod, says.
fn one((container, namespace, pod): (&str, &str, &str), ended: &Value, at: &str) -> Option<Said> {
    Some(Said {
        place: format!("the end of container `{container}` of Pod `{namespace}/{pod}`"),
        reason: ended["reason"].as_str().unwrap_or_default().to_owned(),
        text: text(ended)?,
        at: at.to_owned(),
        forger: None,
        is_warning: ended["exitCode"] != 0,
    })
}

/// What a status says of ends, each with its container.
fn ends(status: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let containers = STATUSES
        .iter()
        .filter_map(|at| status.pointer(at)?.as_array());
    containers.flatten().flat_map(|container| {
        let name = container["name"].as_str().unwrap_or_default();
        let ends = ["/lastState/terminated", "/state/terminated"];
        ends.into_iter()
            .filter_map(move |at| Some((name, container.pointer(at)?)))
    })
}

/// As `kubectl describe pod` prints it: state, reason and exit code.
fn text(ended: &Value) -> Option<String> {
    let reason = ended["reason"].as_str().filter(|it| !it.is_empty())?;
    Some(format!(
        "Terminated Reason: {reason} Exit Code: {}",
        ended["exitCode"].as_i64()?
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(is_component: bool, namespace: &str, statuses: &Value) -> Entry {
        Entry {
            time: "2026-01-01T00:00:00Z".to_owned(),
            verb: "patch".to_owned(),
            user: "system:node:a".to_owned(),
            impersonated: None,
            resource: "pods/status".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: Some("cart-1".to_owned()),
            code: 200,
            is_component,
            sent: json!({"status": {"containerStatuses": statuses}}),
        }
    }

    fn texts(entries: &[Entry]) -> Vec<String> {
        let said = of(entries, &Own::default());
        said.into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn each_end_is_told_once_as_kubectl_describes_it() {
        let killed =
            json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "a"}});
        let crashed = json!({"terminated": {"exitCode": 2, "reason": "Error", "finishedAt": "b"}});
        let first = json!([{"name": "cart", "state": killed}]);
        let second = json!([{"name": "cart", "state": crashed, "lastState": killed}]);
        let third = json!([{"name": "cart", "state": {"running": {}}, "lastState": crashed}]);
        let entries = [first, second, third].map(|it| entry(true, "shop", &it));
        assert_eq!(
            texts(&entries),
            [
                "Terminated Reason: OOMKilled Exit Code: 137",
                "Terminated Reason: Error Exit Code: 2"
            ]
        );
    }

    #[test]
    fn what_somebody_wrote_into_a_status_is_no_end() {
        let killed = json!([{"name": "cart", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]);
        assert_eq!(texts(&[entry(false, "shop", &killed)]), [""; 0]);
        assert_eq!(texts(&[entry(true, "kube-system", &killed)]), [""; 0]);
    }
}
