//! What comes and goes in a cluster without anybody's doing: what controllers make of what people wrote.
//!
//! An object that only says that a controller owns it is not of it: the owner must be there, and of a kind that makes such objects.

use serde_json::Value;

use super::cluster::{Cluster, Identity};
use crate::fields;

/// Kinds that are records of what runs, whoever writes them.
const RECORDS: [&str; 8] = [
    "CSIStorageCapacity",
    "ComponentStatus",
    "Event",
    "Lease",
    "LeaseCandidate",
    "NodeMetrics",
    "PodMetrics",
    "VolumeAttachment",
];

/// What a controller makes, and the kinds of its owners.
const MADE: [(&str, &[&str]); 5] = [
    ("ControllerRevision", &["DaemonSet", "StatefulSet"]),
    ("EndpointSlice", &["Service"]),
    ("Job", &["CronJob"]),
    (
        "Pod",
        &[
            "DaemonSet",
            "Job",
            "ReplicaSet",
            "ReplicationController",
            "StatefulSet",
        ],
    ),
    ("ReplicaSet", &["Deployment"]),
];

/// Who keeps the addresses of a Service, as the label of an `EndpointSlice` says.
const MANAGED_BY: &str = "/metadata/labels/endpointslice.kubernetes.io~1managed-by";
const ENDPOINTS_CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// Whether an object may appear and vanish without anybody's doing.
pub(super) fn comes_and_goes(name: &Identity<'_>, object: &Value, cluster: &Cluster<'_>) -> bool {
    if RECORDS.contains(&name.kind) {
        return true;
    }
    match name.kind {
        "Endpoints" => is_of_a_service(name, cluster),
        "IPAddress" => is_of_its_service(name, object, cluster),
        "EndpointSlice" if fields::text(object, MANAGED_BY) != ENDPOINTS_CONTROLLER => false,
        kind => {
            let owner = cluster.controller(object);
            let owner = owner.map(|owner| fields::text(owner, "/kind"));
            MADE.iter().any(|(made, owners)| {
                *made == kind && owner.is_some_and(|owner| owners.contains(&owner))
            })
        }
    }
}

/// The older form of a Service's addresses, by the Service's name.
fn is_of_a_service(name: &Identity<'_>, cluster: &Cluster<'_>) -> bool {
    let service = cluster
        .of_kind("Service", name.namespace)
        .find(|it| fields::name(it) == name.name);
    service.is_some_and(|service| service.pointer("/spec/selector").is_some())
}

/// The address that a Service has, which the API server keeps for it.
fn is_of_its_service(name: &Identity<'_>, address: &Value, cluster: &Cluster<'_>) -> bool {
    let of = |field: &str| fields::text(address, &format!("/spec/parentRef/{field}"));
    cluster.of_kind("Service", of("namespace")).any(|service| {
        let addresses = fields::list(service, "/spec/clusterIPs");
        fields::name(service) == of("name") && addresses.iter().any(|it| it == name.name)
    })
}
