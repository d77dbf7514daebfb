//! What the robot saw of a cluster at the start: the scenario's own objects and its nodes, and how kubectl names them.
//!
//! Knows kinds and fields of Kubernetes, no lab and nothing of what is tried.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Told;

/// Who the managed fields of a scenario's own objects name.
const DEPLOYER: &str = "deployer";

/// Kinds that mirror others.
const MIRRORS: [&str; 2] = ["Endpoints", "EndpointSlice"];

/// What every namespace is given.
const GIVEN: [(&str, &str); 2] = [
    ("ConfigMap", "kube-root-ca.crt"),
    ("ServiceAccount", "default"),
];

/// Kinds that `rollout restart` and `scale` take.
const WORKLOADS: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// The objects of a scenario and its nodes.
pub(super) struct Seen<'a> {
    pub(super) namespaces: BTreeSet<&'a str>,
    /// Those that no controller owns, in the scenario's namespaces or its own in the cluster, and that somebody needs.
    pub(super) objects: Vec<&'a Value>,
    /// Those that nobody needs.
    pub(super) needless: Vec<&'a Value>,
    pub(super) nodes: Vec<&'a Value>,
    /// The Deployment that the lab is about.
    pub(super) subject: Option<&'a Value>,
    /// The namespaces to which the learner may add.
    learners: BTreeSet<&'a str>,
    /// Everything that there is.
    all: &'a [Value],
}

impl<'a> Seen<'a> {
    pub(super) fn of(all: &'a [Value], told: &Told<'_>) -> Self {
        let is_deployed = |object: &&Value| {
            let managers = list(object, "/metadata/managedFields");
            managers
                .iter()
                .any(|manager| text(manager, "/manager") == DEPLOYER)
        };
        let namespaces: BTreeSet<&str> = all
            .iter()
            .filter(is_deployed)
            .map(namespace)
            .filter(|namespace| !namespace.is_empty())
            .collect();
        let is_own = |object: &&Value| {
            let namespace = namespace(object);
            let kind = text(object, "/kind");
            let is_here =
                namespaces.contains(namespace) || (namespace.is_empty() && is_deployed(object));
            is_here
                && kind != "Namespace"
                && !MIRRORS.contains(&kind)
                && !GIVEN.contains(&(kind, name(object)))
                && list(object, "/metadata/ownerReferences").is_empty()
        };
        let own = all.iter().filter(is_own);
        let (needless, objects): (Vec<_>, Vec<_>) = own.partition(|object| (told.needless)(object));
        let is_subject = |object: &&&Value| {
            text(object, "/kind") == "Deployment"
                && told.subject == Some((namespace(object), name(object)))
        };
        let learners = namespaces.iter().copied();
        Self {
            subject: objects.iter().find(is_subject).copied(),
            learners: learners.filter(|it| (told.is_learners)(it)).collect(),
            objects,
            needless,
            nodes: all
                .iter()
                .filter(|object| text(object, "/kind") == "Node")
                .collect(),
            namespaces,
            all,
        }
    }

    pub(super) fn workloads(&self) -> impl Iterator<Item = &&'a Value> {
        self.objects
            .iter()
            .filter(|object| WORKLOADS.contains(&text(object, "/kind")))
    }

    /// The largest Deployment that runs beside it, in its namespace.
    pub(super) fn companion(&self) -> Option<&'a Value> {
        let subject = self.subject?;
        let is_beside = |it: &&&Value| {
            namespace(it) == namespace(subject) && name(it) != name(subject) && n_ready(it) > 0
        };
        let beside = self.deployments().filter(is_beside);
        beside.max_by_key(|it| n_asked(it)).copied()
    }

    /// A Deployment of others.
    pub(super) fn neighbour(&self) -> Option<&'a Value> {
        let subject = self.subject?;
        let mut deployments = self.deployments();
        deployments
            .find(|it| self.is_of_others(it, subject))
            .copied()
    }

    /// A `ConfigMap` of others.
    pub(super) fn notes(&self) -> Option<&'a Value> {
        let subject = self.subject?;
        let is_notes =
            |it: &&&Value| text(it, "/kind") == "ConfigMap" && self.is_of_others(it, subject);
        self.objects.iter().find(is_notes).copied()
    }

    /// Whether it is in a namespace to which the learner may not add.
    fn is_of_others(&self, object: &Value, subject: &Value) -> bool {
        let namespace_of_it = namespace(object);
        namespace_of_it != namespace(subject) && !self.learners.contains(namespace_of_it)
    }

    /// The disruption budgets that pick a workload's Pods by their labels.
    pub(super) fn budgets_of(&self, workload: &Value) -> impl Iterator<Item = &'a Value> {
        let own = labels(workload, "/spec/template/metadata/labels");
        let namespace_of_it = namespace(workload).to_owned();
        self.all.iter().filter(move |object| {
            let mut wanted = labels(object, "/spec/selector/matchLabels").into_iter();
            text(object, "/kind") == "PodDisruptionBudget"
                && namespace(object) == namespace_of_it
                && wanted.all(|(key, value)| own.get(&key) == Some(&value))
        })
    }

    /// What a workload owns, of a kind.
    pub(super) fn made_by(&self, owner: &Value, kind: &str) -> Vec<&'a Value> {
        let uid = text(owner, "/metadata/uid").to_owned();
        let is_owned = |object: &&Value| {
            let owners = list(object, "/metadata/ownerReferences");
            text(object, "/kind") == kind && owners.iter().any(|owner| text(owner, "/uid") == uid)
        };
        self.all.iter().filter(is_owned).collect()
    }

    fn deployments(&self) -> impl Iterator<Item = &&'a Value> {
        self.objects
            .iter()
            .filter(|object| text(object, "/kind") == "Deployment")
    }
}

pub(super) fn n_asked(workload: &Value) -> u64 {
    number(workload, "/spec/replicas").unwrap_or(1)
}

/// Whether a workload has as many replicas as it asks for, ready and of its template.
pub(super) fn has_all_replicas(workload: &Value) -> bool {
    n_ready(workload).min(n_updated(workload)) >= n_asked(workload)
}

fn n_ready(workload: &Value) -> u64 {
    number(workload, "/status/readyReplicas").unwrap_or_default()
}

fn n_updated(workload: &Value) -> u64 {
    number(workload, "/status/updatedReplicas").unwrap_or_default()
}

fn number(object: &Value, pointer: &str) -> Option<u64> {
    object.pointer(pointer)?.as_u64()
}

/// What a Pod template, or a Pod, wants of its node's labels.
pub(super) fn wanted_labels(object: &Value) -> Vec<(String, String)> {
    let spec = object
        .pointer("/spec/template/spec")
        .or_else(|| object.pointer("/spec"));
    let Some(spec) = spec else { return Vec::new() };
    let selected = spec.pointer("/nodeSelector").and_then(Value::as_object);
    let selected = selected.into_iter().flatten();
    let selected =
        selected.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let required =
        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let expressions = list(spec, required)
        .iter()
        .flat_map(|term| list(term, "/matchExpressions"));
    let expressions = expressions.flat_map(|expression| {
        let values = list(expression, "/values").iter().filter_map(Value::as_str);
        let key = text(expression, "/key");
        values
            .map(|value| (key.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    });
    selected.chain(expressions).collect()
}

/// An object as `kubectl get -o yaml` would give it to be created again.
pub(super) fn manifest(object: &Value) -> Value {
    let mut manifest = object.clone();
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("status");
    }
    if let Some(fields) = manifest
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        for given in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "managedFields",
        ] {
            fields.remove(given);
        }
    }
    manifest
}

/// `-n shop deployment.apps cart`, as kubectl takes it.
pub(super) fn address(object: &Value) -> String {
    let kind = text(object, "/kind").to_lowercase();
    let kind = match text(object, "/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    };
    match namespace(object) {
        "" => format!("{kind} {}", name(object)),
        namespace => format!("-n {namespace} {kind} {}", name(object)),
    }
}

/// `Deployment shop/cart`.
pub(super) fn title(object: &Value) -> String {
    let kind = text(object, "/kind");
    match namespace(object) {
        "" => format!("{kind} {}", name(object)),
        namespace => format!("{kind} {namespace}/{}", name(object)),
    }
}

/// `app=cart,tier=front`, as `-l` takes it.
pub(super) fn selector(workload: &Value) -> String {
    let labels = labels(workload, "/spec/selector/matchLabels");
    let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join(",")
}

/// Labels, or what has their form.
pub(super) fn labels(object: &Value, pointer: &str) -> BTreeMap<String, String> {
    let labels = object.pointer(pointer).and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    labels
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn list<'v>(object: &'v Value, pointer: &str) -> &'v [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
