//! Compares two full dumps of a cluster, object by object: what a reset left behind.
//!
//! Knows which fields and names a new start gives anew.

use std::collections::BTreeMap;

use serde_json::Value;

use super::pointer::Pointers;
use super::{Rules, walk};
use crate::fields;
use crate::judge::pods;

/// Kinds that come and go by themselves.
const PASSING_KINDS: [&str; 2] = ["Event", "Lease"];

/// Kinds whose objects a controller makes under names of its own.
const GENERATED_KINDS: [&str; 4] = ["ControllerRevision", "Job", "Pod", "ReplicaSet"];

/// Fields that are given anew, wherever they are.
const ANEW: [&str; 17] = [
    "bootID",
    "containerID",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "healthCheckNodePort",
    "imageID",
    "machineID",
    "managedFields",
    "nodePort",
    "observedGeneration",
    "resourceVersion",
    "selfLink",
    "systemUUID",
    "uid",
];

/// Where a cluster publishes the certificate of its authority; Kubernetes writes them and writes them again.
const AUTHORITY: [&str; 2] = ["kube-root-ca.crt", "extension-apiserver-authentication"];

/// What people wrote: nothing in it is given anew, whatever it is called.
const WRITTEN: [&str; 3] = ["binaryData", "data", "stringData"];

/// One sentence for each difference between two clusters, given all their objects with `kind` and `apiVersion`.
///
/// Left out are events and leases; identity, times, generated names and addresses; the words of conditions; and of Pods where they run and all of the status but the
/// phase and the conditions. Objects that a controller names are compared with those of the same owner, in any order.
#[must_use]
pub fn snapshots(before: &[Value], after: &[Value]) -> Vec<String> {
    let (before, after) = (grouped(before), grouped(after));
    let mut titles: Vec<&String> = before.keys().chain(after.keys()).collect();
    titles.sort_unstable();
    titles.dedup();
    let none = Vec::new();
    titles
        .into_iter()
        .flat_map(|title| {
            let of = |all: &'_ BTreeMap<String, Vec<Value>>| all.get(title).cloned();
            let (old, new) = (of(&before), of(&after));
            group(
                title,
                old.as_ref().unwrap_or(&none),
                new.as_ref().unwrap_or(&none),
            )
        })
        .collect()
}

/// The difference of the objects with one title: one object, or those of one owner.
fn group(title: &str, before: &[Value], after: &[Value]) -> Vec<String> {
    match (before.len(), after.len()) {
        (0, 1) => return vec![format!("{title} is there and was not")],
        (1, 0) => return vec![format!("{title} was there and is not")],
        (old, new) if old != new => {
            return vec![format!("{title}: there are {new}, there were {old}")];
        }
        _ => {}
    }
    let rules = Rules {
        except: Pointers::new(&[]),
        only: None,
    };
    // What is equal is no difference; of the rest, each is compared with the one in its place.
    let mut left = after.to_vec();
    let mut changed = Vec::new();
    for old in before {
        match left
            .iter()
            .position(|new| walk(old, new, &rules).is_empty())
        {
            Some(place) => drop(left.remove(place)),
            None => changed.push(old),
        }
    }
    changed
        .iter()
        .zip(&left)
        .flat_map(|(old, new)| walk(old, new, &rules))
        .map(|difference| format!("{title}: {difference}"))
        .collect()
}

/// The objects without what is given anew, by title, each title's in a fixed order.
fn grouped(objects: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in objects {
        if PASSING_KINDS.contains(&fields::text(object, "/kind")) {
            continue;
        }
        groups.entry(title(object)).or_default().push(kept(object));
    }
    for group in groups.values_mut() {
        group.sort_by_cached_key(ToString::to_string);
    }
    groups
}

fn is_generated(object: &Value) -> bool {
    let kind = fields::text(object, "/kind");
    let owned = !fields::list(object, "/metadata/ownerReferences").is_empty();
    !fields::text(object, "/metadata/generateName").is_empty()
        || (owned && GENERATED_KINDS.contains(&kind))
}

/// The Service that the API server keeps an address for: the address is the object's name, and another one at each start.
fn service_of(object: &Value) -> Option<String> {
    let of = |field: &str| fields::text(object, &format!("/spec/parentRef/{field}"));
    let is_of_service =
        fields::text(object, "/kind") == "IPAddress" && of("resource") == "services";
    is_of_service.then(|| format!("{}/{}", of("namespace"), of("name")))
}

/// How an object, or those that a controller made for one owner, are named.
fn title(object: &Value) -> String {
    let kind = fields::text(object, "/kind");
    let name = |name: &str| match fields::namespace(object) {
        "" => format!("`{name}`"),
        namespace => format!("`{namespace}/{name}`"),
    };
    if let Some(service) = service_of(object) {
        return format!("{kind} of Service `{service}`");
    }
    if !is_generated(object) {
        return format!("{kind} {}", name(fields::name(object)));
    }
    match fields::list(object, "/metadata/ownerReferences").first() {
        Some(owner) => format!(
            "{kind} of {} {}",
            fields::text(owner, "/kind"),
            name(fields::text(owner, "/name"))
        ),
        None => format!(
            "{kind} {}",
            name(&format!(
                "{}*",
                fields::text(object, "/metadata/generateName")
            ))
        ),
    }
}

/// An object without what is given anew.
fn kept(object: &Value) -> Value {
    let mut kept = scrubbed("", object);
    let kind = fields::text(object, "/kind");
    if is_generated(object) || service_of(object).is_some() {
        remove(&mut kept, "/metadata", "name");
    }
    match kind {
        "Pod" => of_pod(&mut kept, object),
        "Service" => of_service(&mut kept),
        "EndpointSlice" => remove(&mut kept, "", "endpoints"),
        "Endpoints" => remove(&mut kept, "", "subsets"),
        // What is used of a quota follows from what there is, a moment later.
        "ResourceQuota" => remove(&mut kept, "/status", "used"),
        // The certificate of the cluster's authority is the cluster's own.
        "ConfigMap" if AUTHORITY.contains(&fields::name(object)) => remove(&mut kept, "", "data"),
        // Which images a node has pulled and which volumes it uses follows from its Pods; where it is reached and which range its Pods have is
        // given to a machine that joins.
        "Node" => {
            remove(&mut kept, "/spec", "podCIDR");
            remove(&mut kept, "/spec", "podCIDRs");
            remove(&mut kept, "/status", "addresses");
            remove(&mut kept, "/status", "images");
            remove(&mut kept, "/status", "volumesInUse");
            remove(&mut kept, "/status", "volumesAttached");
        }
        _ => {}
    }
    kept
}

/// Which moment it is matters to a Pod's status, and which node is free to where it runs.
fn of_pod(kept: &mut Value, object: &Value) {
    remove(kept, "/spec", "nodeName");
    // The API server copies them from the node.
    remove(kept, "/metadata/labels", "topology.kubernetes.io/region");
    remove(kept, "/metadata/labels", "topology.kubernetes.io/zone");
    // The controller of a DaemonSet ties each Pod to its node by the node's name.
    if fields::text(object, "/metadata/ownerReferences/0/kind") == "DaemonSet" {
        remove(kept, "/spec/affinity", "nodeAffinity");
    }
    remove(kept, "", "status");
    let conditions = fields::list(object, "/status/conditions").iter();
    let conditions = conditions.map(|condition| {
        let of = |field: &str| condition.get(field).cloned();
        serde_json::json!({"type": of("type"), "status": of("status")})
    });
    let status = match pods::how_it_ended(object) {
        Some(how) => serde_json::json!({"phase": how}),
        None => serde_json::json!({
            "phase": object.pointer("/status/phase"),
            "conditions": conditions.collect::<Vec<Value>>(),
        }),
    };
    if let Some(fields) = kept.as_object_mut() {
        fields.insert("status".to_owned(), status);
    }
}

/// A headless Service is one on purpose; any other address is given.
fn of_service(kept: &mut Value) {
    if fields::text(kept, "/spec/clusterIP") != "None" {
        remove(kept, "/spec", "clusterIP");
        remove(kept, "/spec", "clusterIPs");
    }
}

fn remove(object: &mut Value, parent: &str, field: &str) {
    if let Some(fields) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
        fields.remove(field);
    }
}

fn scrubbed(field: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, value)| {
                // The words of a condition may name a Pod that was made for a moment; its type, status and reason tell.
                let says = field == "conditions" && *name == "message";
                !says && !ANEW.contains(&name.as_str()) && !is_time(name, value)
            })
            .map(|(name, value)| {
                let written = field.is_empty() && WRITTEN.contains(&name.as_str());
                let value = if written {
                    value.clone()
                } else {
                    scrubbed(name, value)
                };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .map(|element| scrubbed(field, element))
            .collect(),
        // The volume of a Pod's token has a random end.
        Value::String(text) if field == "name" && text.starts_with("kube-api-access-") => {
            Value::String("kube-api-access".to_owned())
        }
        _ => value.clone(),
    }
}

/// Fields such as `lastTransitionTime`; what only has such a name is no time.
fn is_time(name: &str, value: &Value) -> bool {
    (name.ends_with("Time") || name.ends_with("Timestamp") || name.ends_with("-time"))
        && value
            .as_str()
            .is_some_and(|text| fields::time(text).is_some())
}
