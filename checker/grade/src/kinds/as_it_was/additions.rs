//! What may be added to the subject's own namespace: what a careful engineer adds, as long as it leaves the Pods there to run as they are.
//!
//! The one list of it; whatever is not in it is refused. Knows kinds of Kubernetes, no lab.

use serde_json::Value;

use super::cluster::{Cluster, Identity};
use super::room;
use crate::expression::compare_quantities;
use crate::fields;
use crate::observation::ObjectRef;
use crate::placement;

/// Kinds that do nothing by themselves, or only to who asks them.
const INERT: [&str; 6] = [
    "ConfigMap",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
];

/// What a Pod that somebody debugs with may ask for, where it takes a node's room. One that says nothing gets what a `LimitRange` lets it have at most.
const DEBUG_CPU: &str = "500m";
const DEBUG_MEMORY: &str = "1Gi";

/// Why an object may not be added, as the end of a sentence; `None` when it may.
pub(super) fn refused(
    name: &Identity<'_>,
    object: &Value,
    cluster: &Cluster<'_>,
    subject: &ObjectRef,
) -> Option<String> {
    if fields::is_ending(object) || INERT.contains(&name.kind) {
        return None;
    }
    let why = match name.kind {
        "Pod" => of_pod(object, cluster, name.namespace),
        "Job" => of_pod(object.pointer("/spec/template")?, cluster, name.namespace),
        "PodDisruptionBudget" => room::of_budget(object, cluster),
        "ResourceQuota" => room::of_quota(object, cluster),
        "LimitRange" => room::of_limits(object, cluster),
        "HorizontalPodAutoscaler" => of_autoscaler(object, cluster, subject),
        _ => Some("nothing of the kind may be added".to_owned()),
    };
    why.map(|why| format!(": {why}"))
}

/// A Pod to debug with, or a Job's template of one, is nobody's twin and takes no one's place.
fn of_pod(pod: &Value, cluster: &Cluster<'_>, namespace: &str) -> Option<String> {
    let twin = cluster.workloads(namespace).find(|workload| {
        placement::picks(
            workload.pointer("/spec/selector"),
            pod.pointer("/metadata/labels"),
        )
    });
    if let Some(workload) = twin {
        let name = fields::name(workload);
        return Some(format!(
            "it has the labels by which `{name}` knows its Pods"
        ));
    }
    let priority = fields::number(pod, "/spec/priority").unwrap_or_default();
    let class = fields::text(pod, "/spec/priorityClassName");
    if priority > 0 || !class.is_empty() {
        return Some("its priority pushes others out".to_owned());
    }
    let has_node = !fields::text(pod, "/spec/nodeName").is_empty();
    let runs = !matches!(fields::text(pod, "/status/phase"), "Succeeded" | "Failed");
    let asks_much = fields::list(pod, "/spec/containers")
        .iter()
        .any(|container| {
            let asks = |resource: &str, most: &str| {
                let asked = fields::text(container, &format!("/resources/requests/{resource}"));
                compare_quantities(asked, most).is_some_and(std::cmp::Ordering::is_gt)
            };
            asks("cpu", DEBUG_CPU) || asks("memory", DEBUG_MEMORY)
        });
    (has_node && runs && asks_much).then(|| {
        format!("it takes more of a node than {DEBUG_CPU} and {DEBUG_MEMORY}, as is enough to debug with")
    })
}

/// An autoscaler stays put when what it scales has a number of Pods that it may have.
fn of_autoscaler(autoscaler: &Value, cluster: &Cluster<'_>, subject: &ObjectRef) -> Option<String> {
    let of = |field: &str| fields::text(autoscaler, &format!("/spec/scaleTargetRef/{field}"));
    if of("kind") != subject.kind || of("name") != subject.name {
        return Some(format!("it does not scale `{}`", subject.name));
    }
    let namespace = fields::namespace(autoscaler);
    let mut workloads = cluster.of_kind(&subject.kind, namespace);
    let workload = workloads.find(|it| fields::name(it) == subject.name)?;
    let replicas = fields::number(workload, "/spec/replicas").unwrap_or(1);
    let least = fields::number(autoscaler, "/spec/minReplicas").unwrap_or(1);
    let most = fields::number(autoscaler, "/spec/maxReplicas").unwrap_or_default();
    (!(least..=most).contains(&replicas)).then(|| {
        format!(
            "it wants {least} to {most} replicas, and `{}` has {replicas}",
            subject.name
        )
    })
}
