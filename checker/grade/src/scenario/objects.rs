//! How checks name objects: `{kind: Deployment, namespace: shop, name: cart}`, with `api_version` only for kinds that are not well known.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::kinds::CelObject;
use crate::observation::{ObjectRef, ObjectsRef};

/// The kinds of Kubernetes 1.36 that need no `api_version`, and whether they live in a namespace.
const WELL_KNOWN: [(&str, &str, bool); 33] = [
    ("ClusterRole", "rbac.authorization.k8s.io/v1", false),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", false),
    ("ConfigMap", "v1", true),
    ("CronJob", "batch/v1", true),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1", false),
    ("DaemonSet", "apps/v1", true),
    ("Deployment", "apps/v1", true),
    ("EndpointSlice", "discovery.k8s.io/v1", true),
    ("Event", "v1", true),
    ("HorizontalPodAutoscaler", "autoscaling/v2", true),
    ("Ingress", "networking.k8s.io/v1", true),
    ("IngressClass", "networking.k8s.io/v1", false),
    ("Job", "batch/v1", true),
    ("Lease", "coordination.k8s.io/v1", true),
    ("LimitRange", "v1", true),
    (
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        false,
    ),
    ("Namespace", "v1", false),
    ("NetworkPolicy", "networking.k8s.io/v1", true),
    ("Node", "v1", false),
    ("PersistentVolume", "v1", false),
    ("PersistentVolumeClaim", "v1", true),
    ("Pod", "v1", true),
    ("PodDisruptionBudget", "policy/v1", true),
    ("PriorityClass", "scheduling.k8s.io/v1", false),
    ("ReplicaSet", "apps/v1", true),
    ("ResourceQuota", "v1", true),
    ("Role", "rbac.authorization.k8s.io/v1", true),
    ("RoleBinding", "rbac.authorization.k8s.io/v1", true),
    ("Secret", "v1", true),
    ("Service", "v1", true),
    ("ServiceAccount", "v1", true),
    ("StatefulSet", "apps/v1", true),
    ("StorageClass", "storage.k8s.io/v1", false),
];

/// Kinds that `rollout` and `comes_back` can ask about.
pub(crate) const WORKLOADS: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// One object when it has a `name`, several otherwise.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Object")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawObject {
    /// Such as `apps/v1`. Unset: that of a well-known kind of Kubernetes.
    api_version: Option<String>,
    /// Such as `Deployment`.
    kind: Spanned<String>,
    /// Needed for one object of a kind that lives in namespaces. Unset for several: all namespaces.
    namespace: Option<Spanned<String>>,
    /// One object. Unset: several.
    name: Option<Spanned<String>>,
    /// A label selector, `app=cart`. Excludes `name`; unset: all.
    selector: Option<Spanned<String>>,
}

/// Whether objects of a well-known kind live in a namespace; `None` for a kind that is not known here.
pub(crate) fn is_namespaced(kind: &str) -> Option<bool> {
    WELL_KNOWN
        .iter()
        .find(|(name, _, _)| *name == kind)
        .map(|(_, _, namespaced)| *namespaced)
}

/// One object or several.
pub(crate) fn object(
    document: &Document<'_>,
    raw: &Spanned<RawObject>,
) -> Result<CelObject, Diagnostic> {
    let object = &raw.value;
    if object.name.is_some() && object.selector.is_some() {
        return Err(document.fault(raw.defined, message!(NameAndSelector)));
    }
    if object.name.is_some() {
        one(document, raw).map(CelObject::One)
    } else {
        several(document, raw).map(CelObject::Many)
    }
}

/// One Deployment, `StatefulSet` or `DaemonSet`.
pub(crate) fn workload(
    document: &Document<'_>,
    raw: &Spanned<RawObject>,
) -> Result<ObjectRef, Diagnostic> {
    let kind = &raw.value.kind;
    if !WORKLOADS.contains(&kind.value.as_str()) {
        return Err(document
            .fault(kind.defined, message!(NoWorkload, kind.value))
            .known("workloads", &kind.value, WORKLOADS));
    }
    one(document, raw)
}

fn one(document: &Document<'_>, raw: &Spanned<RawObject>) -> Result<ObjectRef, Diagnostic> {
    let object = &raw.value;
    let api_version = api_version(document, object)?;
    let namespace = namespace(document, object)?;
    let kind = object.kind.value.clone();
    let Some(name) = &object.name else {
        return Err(document.fault(raw.defined, message!(NameMissing)));
    };
    if object.selector.is_some() {
        return Err(document.fault(raw.defined, message!(NameAndSelector)));
    }
    if namespace.is_none() && is_namespaced(&kind) == Some(true) {
        return Err(document.fault(raw.defined, message!(NamespaceMissing, kind, name.value)));
    }
    Ok(ObjectRef {
        api_version,
        kind,
        namespace,
        name: not_empty(document, name, "name")?,
    })
}

fn several(document: &Document<'_>, raw: &Spanned<RawObject>) -> Result<ObjectsRef, Diagnostic> {
    let object = &raw.value;
    let selector = object
        .selector
        .as_ref()
        .map(|selector| not_empty(document, selector, "selector"))
        .transpose()?;
    Ok(ObjectsRef {
        api_version: api_version(document, object)?,
        kind: object.kind.value.clone(),
        namespace: namespace(document, object)?,
        selector,
    })
}

fn api_version(document: &Document<'_>, object: &RawObject) -> Result<String, Diagnostic> {
    let kind = &object.kind.value;
    let known = WELL_KNOWN
        .iter()
        .find(|(name, _, _)| name == kind)
        .map(|(_, version, _)| *version);
    match (&object.api_version, known) {
        (Some(given), _) => Ok(given.clone()),
        (None, Some(known)) => Ok(known.to_owned()),
        (None, None) => Err(document
            .fault(object.kind.defined, message!(KindNotWellKnown, kind))
            .known("kinds", kind, WELL_KNOWN.map(|(name, _, _)| name))),
    }
}

fn namespace(document: &Document<'_>, object: &RawObject) -> Result<Option<String>, Diagnostic> {
    let Some(namespace) = &object.namespace else {
        return Ok(None);
    };
    let kind = &object.kind.value;
    if is_namespaced(kind) == Some(false) {
        return Err(document.fault(namespace.defined, message!(NamespaceOfClusterScoped, kind)));
    }
    not_empty(document, namespace, "namespace").map(Some)
}

/// A text that says something.
pub(crate) fn not_empty(
    document: &Document<'_>,
    text: &Spanned<String>,
    field: &str,
) -> Result<String, Diagnostic> {
    filled(document, text.defined, &text.value, field)?;
    Ok(text.value.clone())
}

/// A path below the learner's folder, which it does not lead out of.
pub(crate) fn path_below_work(
    document: &Document<'_>,
    path: &Spanned<String>,
) -> Result<String, Diagnostic> {
    let leads_out = |part: &str| matches!(part, "" | "." | "..");
    if path.value.split('/').any(leads_out) {
        Err(document.fault(path.defined, message!(NoPathBelowWork, path.value)))
    } else {
        Ok(path.value.clone())
    }
}

fn filled(
    document: &Document<'_>,
    place: Location,
    text: &str,
    field: &str,
) -> Result<(), Diagnostic> {
    if text.trim().is_empty() {
        Err(document.fault(place, message!(EmptyText, field)))
    } else {
        Ok(())
    }
}
