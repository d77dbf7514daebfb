//! Tells the lab's own objects and containers from what the learner made: only the former are evidence of what the lab broke.
//!
//! Own is what was there at the start, and what its workloads make. Knows names, not what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use grade::observation::{Observation, Observations, Question};
use provider::Container;
use serde_json::Value;

use crate::audit::Entry;
use crate::place::{Place, read_json};

/// What makes Pods, in the plural of the audit log, and Pods.
const MAKERS: [&str; 8] = [
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];

/// Where each kind has its containers.
const CONTAINERS: [&str; 4] = [
    "/spec/containers",
    "/spec/initContainers",
    "/spec/template/spec/containers",
    "/spec/template/spec/initContainers",
];

/// The lab's own. Where a lab keeps no list of its start, everything is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Own {
    /// Kind, namespace and name of what was there at the start; empty: it is not known.
    objects: BTreeSet<(String, String, String)>,
    /// The containers of each namespace at the start.
    containers: BTreeMap<String, BTreeSet<String>>,
    /// Namespace and name, or the beginning of it, of what the learner made of the kinds that make Pods.
    learners: BTreeSet<(String, String)>,
}

impl Own {
    /// What was there when the lab was set up, and what the learner made since.
    pub(crate) fn of(place: &Place, entries: &[Entry]) -> Self {
        // Without a baseline nothing is judged, and the check says so.
        let baseline = read_json::<Observations>(&place.record("baseline.json")).ok();
        let start = match baseline
            .as_ref()
            .and_then(|it| it.to(&Question::Everything))
        {
            Some(Observation::Everything { objects, .. }) => objects.as_slice(),
            _ => &[],
        };
        Self::told(start, entries)
    }

    fn told(start: &[Value], entries: &[Entry]) -> Self {
        let mut own = Self::default();
        for object in start {
            let namespace = text(object, "/metadata/namespace");
            let name = text(object, "/metadata/name");
            let containers = CONTAINERS
                .iter()
                .filter_map(|at| object.pointer(at)?.as_array());
            let names = containers.flatten().map(|it| text(it, "/name"));
            own.containers
                .entry(namespace.clone())
                .or_default()
                .extend(names);
            own.objects.insert((text(object, "/kind"), namespace, name));
        }
        for entry in entries {
            let is_made = entry.verb == "create" || entry.code == 201;
            if entry.is_component || !is_made || !MAKERS.contains(&entry.resource.as_str()) {
                continue;
            }
            let name = match text(&entry.sent, "/metadata/generateName") {
                beginning if beginning.is_empty() => entry.name.clone().unwrap_or_default(),
                beginning => beginning,
            };
            own.learners
                .insert((entry.namespace.clone().unwrap_or_default(), name));
        }
        own
    }

    /// Whether an object is the lab's.
    pub(crate) fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let is_at_start = |kind: &str, name: &str| {
            let wanted = (kind.to_owned(), namespace.to_owned(), name.to_owned());
            self.objects.contains(&wanted)
        };
        if self.objects.is_empty() || is_at_start(kind, name) {
            return true;
        }
        let begins = |beginning: &str| {
            name.strip_prefix(beginning).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('-') || beginning.ends_with('-')
            })
        };
        let makers = [
            "CronJob",
            "DaemonSet",
            "Deployment",
            "Job",
            "ReplicaSet",
            "StatefulSet",
        ];
        let own = self
            .objects
            .iter()
            .filter(|(kind, its, name)| {
                its == namespace && makers.contains(&kind.as_str()) && begins(name)
            })
            .map(|(.., name)| name.len())
            .max();
        let learners = self
            .learners
            .iter()
            .filter(|(its, name)| its == namespace && begins(name))
            .map(|(_, name)| name.len())
            .max();
        // The longer name is the nearer; a workload that was made anew under its own name is still the lab's.
        own.is_some() && own >= learners
    }

    /// Whether a container is one that the lab's Pods have from the start.
    pub(crate) fn logs(&self, container: &Container) -> bool {
        let Container {
            namespace,
            pod,
            name,
        } = container;
        let known = self.containers.get(namespace);
        let is_known = known.is_some_and(|all| all.contains(name));
        self.objects.is_empty() || (is_known && self.has("Pod", namespace, pod))
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(resource: &str, name: &str, generate: &str) -> Entry {
        Entry {
            time: String::new(),
            verb: "create".to_owned(),
            user: "learner".to_owned(),
            impersonated: None,
            resource: resource.to_owned(),
            namespace: Some("shop".to_owned()),
            name: (!name.is_empty()).then(|| name.to_owned()),
            code: 201,
            is_component: false,
            sent: json!({"metadata": {"generateName": generate}}),
        }
    }

    #[test]
    fn the_labs_own_are_those_of_the_start_and_what_its_workloads_make() {
        let object = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"namespace": "shop", "name": name}, "spec": {"containers": [{"name": "cart"}]}});
        let start = [
            object("Deployment", "cart"),
            object("Pod", "cart-1-a"),
            object("PersistentVolumeClaim", "data"),
        ];
        let entries = [
            made("deployments", "cart", ""),
            made("deployments", "cart-x", ""),
            made("pods", "cart-2-b", ""),
            made("pods", "", "cart-3-"),
        ];
        let own = Own::told(&start, &entries);
        for (kind, name, expected) in [
            ("Deployment", "cart", true),
            ("PersistentVolumeClaim", "data", true),
            ("PersistentVolumeClaim", "other", false),
            ("Pod", "cart-1-a", true),
            ("Pod", "cart-5d4f-zzzzz", true),
            ("ReplicaSet", "cart-5d4f", true),
            ("Pod", "cart-x-5d4f-zzzzz", false),
            ("Pod", "cart-2-b", false),
            ("Pod", "cart-3-zzzzz", false),
            ("Pod", "till", false),
        ] {
            assert_eq!(own.has(kind, "shop", name), expected, "{kind} {name}");
        }
        assert!(!own.has("Pod", "elsewhere", "cart-1-a"));
        for (namespace, pod, name, expected) in [
            ("shop", "cart-1-a", "cart", true),
            ("shop", "cart-1-a", "debugger-x", false),
            ("shop", "cart-2-b", "cart", false),
            ("elsewhere", "cart-1-a", "cart", false),
        ] {
            let container = Container {
                namespace: namespace.to_owned(),
                pod: pod.to_owned(),
                name: name.to_owned(),
            };
            assert_eq!(own.logs(&container), expected, "{container:?}");
        }
        assert!(Own::default().has("Pod", "anywhere", "anything"));
    }
}
