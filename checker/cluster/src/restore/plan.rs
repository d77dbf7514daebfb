//! What has to be done so that a cluster is as it was: which objects are new, changed, gone, and which must be made anew.
//!
//! Compares two snapshots and talks to nobody. Whether the cluster really is as it was afterwards is for whoever compares again.

use std::collections::{BTreeMap, BTreeSet};

use grade::snapshots;
use serde_json::Value;

use crate::apply::MANAGER;
use crate::text::at;

/// Kinds whose objects a controller makes without saying so in an owner.
const MADE_BY_OTHERS: [&str; 6] = [
    "CSINode",
    "ControllerRevision",
    "EndpointSlice",
    "Endpoints",
    "IPAddress",
    "VolumeAttachment",
];

/// Kinds with Pods: one that was changed is made anew, so that its revisions and its Pods are as on the first day.
const WORKLOADS: [&str; 7] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "StatefulSet",
];

/// Whether an object stands for something which does not come back by writing it: a machine, data. A claim that never had a volume has none.
fn stands_for_more(object: &Value) -> bool {
    match at(object, "/kind") {
        "Node" | "PersistentVolume" => true,
        "PersistentVolumeClaim" => !at(object, "/spec/volumeName").is_empty(),
        _ => false,
    }
}

/// The steps, each list in the order in which it is to be done.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan<'a> {
    /// New objects, and those that are made anew.
    pub(super) deleted: Vec<&'a Value>,
    /// Objects that are there and changed: as they were, and as they are.
    pub(super) changed: Vec<(&'a Value, &'a Value)>,
    /// Objects of the start that are to be made again.
    pub(super) made: Vec<&'a Value>,
    /// Pods of what is deleted.
    pub(super) orphans: Vec<&'a Value>,
    /// Pods whose owners make others: not ready, changed, or with settings that are written as they were.
    pub(super) pods: Vec<&'a Value>,
    /// Volumes that their driver deletes when their claims, which are deleted, are gone.
    pub(super) volumes: Vec<&'a Value>,
    /// Why it cannot be as it was.
    pub(super) lost: Vec<String>,
}

/// What is to be done to come from `now` to `start`, both with all objects.
pub(super) fn plan<'a>(start: &'a [Value], now: &'a [Value]) -> Plan<'a> {
    let before = by_key(start);
    let after = by_key(now);
    let mut plan = Plan::default();
    let new_namespaces: BTreeSet<&str> = after
        .iter()
        .filter(|(key, object)| at(object, "/kind") == "Namespace" && !before.contains_key(*key))
        .map(|(_, object)| at(object, "/metadata/name"))
        .collect();
    for (key, is) in &after {
        match before.get(key) {
            _ if is_made_by_others(is) => {}
            // It goes with its namespace.
            None if new_namespaces.contains(at(is, "/metadata/namespace")) => {}
            None => plan.deleted.push(is),
            Some(was) => plan.compare(was, is),
        }
    }
    for (key, was) in &before {
        if after.contains_key(key) || is_made_by_others(was) {
            continue;
        }
        if stands_for_more(was) {
            plan.lost.push(format!("{} is gone", title(was)));
        } else {
            plan.made.push(was);
        }
    }
    plan.with_what_was_taken_on(&before, &after);
    (plan.volumes, plan.deleted) = std::mem::take(&mut plan.deleted)
        .into_iter()
        .partition(|object| goes_with_its_claim(object, &after));
    let written = plan.changed.iter().map(|(was, _)| *was);
    let written: Vec<&Value> = written.chain(plan.made.iter().copied()).collect();
    (plan.orphans, plan.pods) = odd_pods(start, now, &plan.deleted, &written);
    plan.deleted.sort_by_key(|object| rank_of_deletion(object));
    plan.changed.sort_by_key(|(was, _)| rank_of_deletion(was));
    plan.made.sort_by_key(|object| rank_of_making(object));
    plan
}

impl<'a> Plan<'a> {
    /// What was applied and then taken on by another, as a `ReplicaSet` by a Deployment, is made anew with it, and it with that.
    fn with_what_was_taken_on(
        &mut self,
        before: &BTreeMap<[&'a str; 4], &'a Value>,
        after: &BTreeMap<[&'a str; 4], &'a Value>,
    ) {
        let of_start = before.values().copied();
        for taken in of_start
            .clone()
            .filter(|it| has_controller(it) && is_applied(it))
        {
            let both = of_start
                .clone()
                .filter(|it| owners(taken).any(|owner| owner == at(it, "/metadata/uid")))
                .chain([taken]);
            let is_made = |it: &Value| self.made.iter().any(|made| key(made) == key(it));
            if both.clone().any(is_made) {
                let others: Vec<&Value> = both.filter(|it| !is_made(it)).collect();
                let there = others.iter().filter_map(|it| after.get(&key(it)));
                self.deleted.extend(there);
                self.made.extend(others);
            }
        }
    }

    fn compare(&mut self, was: &'a Value, is: &'a Value) {
        let kind = at(was, "/kind");
        let same = |pointer: &str| at(was, pointer) == at(is, pointer);
        let is_refused = has_replica_failure(was);
        if same("/metadata/uid") && same("/metadata/resourceVersion") && !is_refused {
            return;
        }
        if is_ending(is) && kind == "Namespace" {
            self.lost.push(format!("{} is being deleted", title(was)));
            return;
        }
        let is_workload = WORKLOADS.contains(&kind);
        let is_another = !same("/metadata/uid");
        let generation = |object: &Value| object.pointer("/metadata/generation").cloned();
        if is_workload {
            // What its Pods came to is in its status; an agent's comes and goes with the nodes.
            let differs = if kind == "DaemonSet" {
                differs_in_writing(was, is)
            } else {
                differs(was, is)
            };
            let is_touched = is_another || is_ending(is) || generation(was) != generation(is);
            if differs || is_touched || is_refused {
                self.deleted.push(is);
                self.made.push(was);
            }
            return;
        }
        let keeps = stands_for_more(was);
        if kind == "PersistentVolumeClaim" && !keeps {
            if is_another || is_ending(is) || differs_in_writing(was, is) {
                self.deleted.push(is);
                self.made.push(was);
            }
        } else if (keeps && is_another) || is_ending(is) {
            self.lost.push(format!("{} is another", title(was)));
        } else if kind == "Node" && differs(was, is) {
            self.changed.push((was, is));
        } else if differs_in_writing(was, is) {
            if keeps && kind != "Node" {
                self.lost.push(format!("{} was changed", title(was)));
            } else {
                self.changed.push((was, is));
            }
        }
    }
}

/// Whether its Pods are refused before they are there. As Pods that are not ready it is made anew, for what is said of it goes with the events.
fn has_replica_failure(workload: &Value) -> bool {
    let conditions = workload.pointer("/status/conditions");
    let mut conditions = conditions.and_then(Value::as_array).into_iter().flatten();
    conditions.any(|it| it["type"] == "ReplicaFailure" && it["status"] == "True")
}

/// Whether a new object is a volume that was made for a claim that is still there. That claim is new or has no volume at the start, so it is deleted.
fn goes_with_its_claim(object: &Value, now: &BTreeMap<[&str; 4], &Value>) -> bool {
    let claim = at(object, "/spec/claimRef/uid");
    let is_claim = |it: &&Value| at(it, "/kind") == "PersistentVolumeClaim";
    let mut claims = now.values().copied().filter(is_claim);
    at(object, "/kind") == "PersistentVolume"
        && at(object, "/spec/persistentVolumeReclaimPolicy") == "Delete"
        && claims.any(|it| at(it, "/metadata/uid") == claim)
}

/// "Deployment `shop/cart`".
pub(super) fn title(object: &Value) -> String {
    let (kind, name) = (at(object, "/kind"), at(object, "/metadata/name"));
    match at(object, "/metadata/namespace") {
        "" => format!("{kind} `{name}`"),
        namespace => format!("{kind} `{namespace}/{name}`"),
    }
}

/// Pods of what is deleted, and Pods that their owners shall make anew: those that are not ready, that are like none of the start, or that read
/// something which is `written`: their programs know what it said before.
fn odd_pods<'a>(
    start: &[Value],
    now: &'a [Value],
    deleted: &[&Value],
    written: &[&Value],
) -> (Vec<&'a Value>, Vec<&'a Value>) {
    let uid = |object: &&'a Value| at(object, "/metadata/uid");
    let gone: BTreeSet<&str> = deleted
        .iter()
        .map(|object| at(object, "/metadata/uid"))
        .collect();
    // The Pods of a Deployment belong to its ReplicaSets.
    let owned = now
        .iter()
        .filter(|it| owners(it).any(|owner| gone.contains(owner)));
    let owners_gone: BTreeSet<&str> = gone
        .iter()
        .copied()
        .chain(owned.clone().map(|it| uid(&it)))
        .collect();
    let is_pod = |object: &&Value| at(object, "/kind") == "Pod";
    let known: Vec<&Value> = start.iter().filter(is_pod).collect();
    let is_as_before = |pod: &Value| {
        known.iter().any(|was| {
            let same = |pointer: &str| at(was, pointer) == at(pod, pointer);
            same("/metadata/uid") && same("/metadata/resourceVersion") || !differs(was, pod)
        })
    };
    let pods = now
        .iter()
        .filter(is_pod)
        .filter(|pod| is_made_by_others(pod));
    let (orphans, others): (Vec<&Value>, Vec<&Value>) =
        pods.partition(|pod| owners(pod).any(|owner| owners_gone.contains(owner)));
    let others = others.into_iter();
    let is_read = |pod: &Value| written.iter().any(|it| reads(pod, it));
    let odd = others.filter(|pod| !is_ready(pod) || !is_as_before(pod) || is_read(pod));
    (orphans, odd.collect())
}

/// Whether a Pod has variables or files of this object.
fn reads(pod: &Value, object: &Value) -> bool {
    let fields = match at(object, "/kind") {
        "ConfigMap" => ["configMap", "configMapRef", "configMapKeyRef"],
        "Secret" => ["secret", "secretRef", "secretKeyRef"],
        _ => return false,
    };
    at(pod, "/metadata/namespace") == at(object, "/metadata/namespace")
        && names(&pod["spec"], fields, at(object, "/metadata/name"))
}

fn names(value: &Value, fields: [&str; 3], name: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| names(item, fields, name)),
        Value::Object(all) => all.iter().any(|(field, inner)| {
            let is_named = inner["name"] == name || inner["secretName"] == name;
            fields.contains(&field.as_str()) && is_named || names(inner, fields, name)
        }),
        _ => false,
    }
}

fn owners(object: &Value) -> impl Iterator<Item = &str> {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    owners.into_iter().flatten().map(|owner| at(owner, "/uid"))
}

fn is_made_by_others(object: &Value) -> bool {
    MADE_BY_OTHERS.contains(&at(object, "/kind")) || has_controller(object) && !is_applied(object)
}

fn has_controller(object: &Value) -> bool {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let mut owners = owners.into_iter().flatten();
    owners.any(|owner| owner["controller"] == true)
}

/// Whether it came from a manifest of the lab.
fn is_applied(object: &Value) -> bool {
    let managers = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let mut managers = managers.into_iter().flatten();
    managers.any(|it| it["manager"] == MANAGER)
}

fn is_ending(object: &Value) -> bool {
    !at(object, "/metadata/deletionTimestamp").is_empty()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let is_ready =
        |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    !is_ending(pod) && conditions.into_iter().flatten().any(is_ready)
}

fn differs(was: &Value, is: &Value) -> bool {
    !snapshots(std::slice::from_ref(was), std::slice::from_ref(is)).is_empty()
}

fn differs_in_writing(was: &Value, is: &Value) -> bool {
    let without_status = |object: &Value| {
        let mut written = object.clone();
        if let Some(fields) = written.as_object_mut() {
            fields.remove("status");
        }
        written
    };
    differs(&without_status(was), &without_status(is))
}

/// Objects by group, kind, namespace and name.
fn by_key(objects: &[Value]) -> BTreeMap<[&str; 4], &Value> {
    objects.iter().map(|object| (key(object), object)).collect()
}

fn key(object: &Value) -> [&str; 4] {
    let api_version = at(object, "/apiVersion");
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let namespace = at(object, "/metadata/namespace");
    [
        group,
        at(object, "/kind"),
        namespace,
        at(object, "/metadata/name"),
    ]
}

/// What decides about requests goes first, then what decides about workloads; what others live in last.
fn rank_of_deletion(object: &Value) -> u8 {
    match at(object, "/kind") {
        kind if kind.contains("Admission") || kind.contains("WebhookConfiguration") => 0,
        "APIService" => 1,
        kind if WORKLOADS.contains(&kind) => 4,
        "CustomResourceDefinition" | "Namespace" => 5,
        "Node" => 3,
        _ => 2,
    }
}

/// What others live in first, then what they use, workloads last.
fn rank_of_making(object: &Value) -> u8 {
    match at(object, "/kind") {
        "CustomResourceDefinition" | "Namespace" => 0,
        kind if kind.ends_with("Class") => 1,
        // A Deployment takes on what is there.
        "ReplicaSet" => 3,
        kind if WORKLOADS.contains(&kind) => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests;
