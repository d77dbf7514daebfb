//! All objects of a cluster at one time, found by their names and by their owners.
//!
//! Knows the shape that all objects share, not what may change of them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use crate::fields;
use crate::kinds::CelObject;
use crate::observation::ObjectRef;

/// What tells one object from another, whatever version of its group it was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity<'a> {
    /// `apps`; empty for the core group.
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
    /// Empty for cluster-scoped objects.
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Identity<'a> {
    pub(super) fn of(object: &'a Value) -> Self {
        Self {
            group: group(fields::text(object, "/apiVersion")),
            kind: fields::text(object, "/kind"),
            namespace: fields::namespace(object),
            name: fields::name(object),
        }
    }

    pub(super) fn is(&self, object: &ObjectRef) -> bool {
        self.kind == object.kind
            && self.group == group(&object.api_version)
            && self.name == object.name
            && self.namespace == object.namespace.as_deref().unwrap_or_default()
    }

    /// Whether it is one of these. A selector of labels picks none: labels change.
    pub(super) fn is_among(&self, objects: &CelObject) -> bool {
        match objects {
            CelObject::One(object) => self.is(object),
            CelObject::Many(objects) => {
                let namespace = objects.namespace.as_deref();
                self.kind == objects.kind
                    && self.group == group(&objects.api_version)
                    && namespace.is_none_or(|namespace| namespace == self.namespace)
            }
        }
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace {
            "" => write!(f, "{} `{}`", self.kind, self.name),
            namespace => write!(f, "{} `{namespace}/{}`", self.kind, self.name),
        }
    }
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Who made a Pod.
pub(super) struct MadeBy<'a> {
    /// `Deployment`, `DaemonSet`, `StatefulSet`, or `ReplicaSet` where it stands alone.
    pub(super) kind: &'a str,
    pub(super) workload: &'a Value,
    /// What has the template that the Pod was made from, at `/spec/template`.
    pub(super) template: &'a Value,
}

/// All objects at one time.
pub(super) struct Cluster<'a> {
    objects: BTreeMap<Identity<'a>, &'a Value>,
    by_uid: HashMap<&'a str, &'a Value>,
}

impl<'a> Cluster<'a> {
    pub(super) fn of(objects: &'a [Value]) -> Self {
        Self {
            objects: objects.iter().map(|it| (Identity::of(it), it)).collect(),
            by_uid: objects
                .iter()
                .map(|it| (fields::text(it, "/metadata/uid"), it))
                .collect(),
        }
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = (&Identity<'a>, &'a Value)> {
        self.objects.iter().map(|(name, object)| (name, *object))
    }

    pub(super) fn get(&self, name: &Identity<'_>) -> Option<&'a Value> {
        self.objects.get(name).copied()
    }

    /// Whether the namespace of an object is there; a cluster-scoped one needs none.
    pub(super) fn has_namespace(&self, name: &Identity<'_>) -> bool {
        let namespace = Identity {
            group: "",
            kind: "Namespace",
            namespace: "",
            name: name.namespace,
        };
        name.namespace.is_empty() || self.get(&namespace).is_some()
    }

    /// Whether there is any object of the kind of this one.
    pub(super) fn has_kind(&self, name: &Identity<'_>) -> bool {
        self.objects()
            .any(|(it, _)| it.kind == name.kind && it.group == name.group)
    }

    /// Those of a kind in a namespace.
    pub(super) fn of_kind(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &'a Value> {
        self.objects()
            .filter(move |(name, _)| name.kind == kind && name.namespace == namespace)
            .map(|(_, object)| object)
    }

    /// What makes Pods in a namespace and is not made itself.
    pub(super) fn workloads(&self, namespace: &str) -> impl Iterator<Item = &'a Value> {
        self.of_kind("Deployment", namespace)
            .chain(self.of_kind("StatefulSet", namespace))
    }

    /// What controls an object, where that is in the same namespace.
    pub(super) fn controller(&self, object: &Value) -> Option<&'a Value> {
        let references = fields::list(object, "/metadata/ownerReferences").iter();
        let mut controllers = references.filter(|it| it["controller"] == true);
        let uid = fields::text(controllers.next()?, "/uid");
        let owner = *self.by_uid.get(uid).filter(|_| !uid.is_empty())?;
        (fields::namespace(owner) == fields::namespace(object)).then_some(owner)
    }

    /// Who made a Pod, and from which template; `None` for one that no workload made.
    pub(super) fn made_by(&self, pod: &Value) -> Option<MadeBy<'a>> {
        let owner = self.controller(pod)?;
        match fields::text(owner, "/kind") {
            "ReplicaSet" => {
                let workload = self.controller(owner).unwrap_or(owner);
                Some(MadeBy {
                    kind: fields::text(workload, "/kind"),
                    workload,
                    template: owner,
                })
            }
            kind @ ("DaemonSet" | "StatefulSet") => Some(MadeBy {
                kind,
                workload: owner,
                template: self.revision(pod, owner)?,
            }),
            _ => None,
        }
    }

    /// The template of an owner as it was when it made the Pod: a `ControllerRevision` keeps it.
    fn revision(&self, pod: &Value, owner: &Value) -> Option<&'a Value> {
        let label = "/metadata/labels/controller-revision-hash";
        let wanted = fields::text(pod, label);
        let revision = self
            .of_kind("ControllerRevision", fields::namespace(pod))
            .find(|it| {
                fields::is_controlled_by(it, owner)
                    // A StatefulSet's Pods carry its whole name, a DaemonSet's the hash.
                    && (fields::name(it) == wanted || fields::text(it, label) == wanted)
            })?;
        revision.get("data")
    }
}
