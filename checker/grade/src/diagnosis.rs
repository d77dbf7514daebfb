//! The learner's diagnosis: what it is made of, what can be chosen, and how its file is read.
//!
//! Knows no scenario and so no right answer.

mod menu;
mod object_name;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};

pub use menu::Menu;
pub(crate) use menu::RawMenu;
pub(crate) use object_name::same as same_object;

/// The version of an answer, which a learner writes.
const ANSWER_VERSION: u64 = 1;

/// What kept something from running, and the line that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Version of this format: 1.
    pub format_version: u64,
    /// What kept it from running: a key, such as `scheduler`.
    pub refused_by: String,
    /// Which constraint was not met: a key, such as `quota`.
    pub constraint: String,
    /// The object that had to change, such as `deployment/ledger`.
    pub must_change: String,
    /// A line of an event or a log of this session, or a part of it.
    pub evidence: String,
}

/// A key and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is written in a file.
    pub key: Cow<'static, str>,
    /// What a menu shows.
    pub text: Cow<'static, str>,
}

const fn choice(key: &'static str, text: &'static str) -> Choice {
    Choice {
        key: Cow::Borrowed(key),
        text: Cow::Borrowed(text),
    }
}

/// What can keep something from running, in the order in which a Pod meets it.
pub const REFUSED_BY: &[Choice] = &[
    choice(
        "admission",
        "the API server: a quota, a policy or a webhook",
    ),
    choice("controller", "a controller that makes or scales Pods"),
    choice("scheduler", "the scheduler: no node is right for the Pod"),
    choice(
        "volume",
        "the volume: it cannot be provisioned, attached or mounted",
    ),
    choice(
        "network",
        "the network: no address, no route, or traffic is not let through",
    ),
    choice("image", "the image: it cannot be pulled"),
    choice(
        "kubelet",
        "the kubelet: it cannot or will not start or keep the container",
    ),
    choice("iam", "IAM: AWS denies the Pod's or the node's role"),
    choice(
        "application",
        "the application: it runs and fails by itself",
    ),
];

/// Which constraint can be unmet, grouped in the order of [`REFUSED_BY`].
pub const CONSTRAINT: &[Choice] = &[
    choice("quota", "a ResourceQuota or LimitRange is exceeded"),
    choice(
        "admission-policy",
        "a policy or a webhook denies the object",
    ),
    choice("rbac", "a role in the cluster lacks a permission"),
    choice(
        "disruption-budget",
        "a PodDisruptionBudget allows no disruption",
    ),
    choice("selector", "a selector does not match the labels it should"),
    choice("untolerated-taint", "a taint of the node is not tolerated"),
    choice(
        "insufficient-resources",
        "no node has enough CPU, memory or room for Pods left",
    ),
    choice("node-selector", "no node has the labels that are asked for"),
    choice(
        "pod-affinity",
        "a Pod must or must not run beside another one",
    ),
    choice("topology-spread", "Pods must be spread more evenly"),
    choice("host-port", "the port of the node is taken"),
    choice("unschedulable-node", "the node is cordoned or not ready"),
    choice("volume-zone", "the volume is in another zone"),
    choice(
        "volume-binding",
        "the claim is not bound: no volume or StorageClass is right for it",
    ),
    choice("volume-limit", "the node can attach no more volumes"),
    choice("volume-attached", "the volume is attached to another node"),
    choice(
        "no-pod-address",
        "the subnet or the node has no address left for the Pod",
    ),
    choice(
        "network-policy",
        "a NetworkPolicy does not let the traffic through",
    ),
    choice("dns", "a name is not resolved"),
    choice(
        "security-group",
        "a security group does not let the traffic through",
    ),
    choice("service-port", "a Service or a container has another port"),
    choice("image", "there is no such image or tag"),
    choice(
        "image-access",
        "the registry does not let the cluster pull the image",
    ),
    choice(
        "missing-configmap",
        "a ConfigMap or a key of it is not there",
    ),
    choice("missing-secret", "a Secret or a key of it is not there"),
    choice(
        "security-context",
        "the container's security context does not allow what it does",
    ),
    choice("probe", "a probe asks for the wrong thing or too early"),
    choice(
        "memory-limit",
        "the container needs more memory than its limit",
    ),
    choice(
        "processor-limit",
        "the container needs more of a processor than its limit",
    ),
    choice(
        "node-pressure",
        "the node runs out of memory, disk or processes",
    ),
    choice("missing-permission", "the role's policy lacks a permission"),
    choice(
        "trust-policy",
        "the role's trust policy does not let the Pod assume it",
    ),
    choice("configuration", "a setting of the application is wrong"),
    choice(
        "dependency",
        "something that the application needs does not answer",
    ),
];

/// A diagnosis as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    refused_by: Spanned<String>,
    constraint: Spanned<String>,
    must_change: Spanned<String>,
    evidence: Spanned<String>,
}

impl Answer {
    /// Reads a diagnosis from YAML or JSON. The object is put in its normal form: `deploy ledger` and `deployments.apps/ledger` are
    /// `deployment/ledger`.
    ///
    /// # Errors
    /// The first fault of the file, with its place: it is not UTF-8, a field is missing, unknown or empty, a key is unknown.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Diagnostic> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Diagnostic::new(file, message!(AnswerNotUtf8)))?;
        let document = Document::plain(file, text).of_version(ANSWER_VERSION);
        let raw: RawAnswer = document.read()?;
        let must_change = object_name::normal(&raw.must_change.value).ok_or_else(|| {
            let object = &raw.must_change.value;
            document
                .fault(raw.must_change.defined, message!(AnswerObject, object))
                .note("write it as `deployment/cart`")
        })?;
        let evidence = raw.evidence.value.trim();
        if evidence.is_empty() {
            return Err(document.fault(raw.evidence.defined, message!(AnswerWithoutEvidence)));
        }
        Ok(Self {
            format_version: ANSWER_VERSION,
            refused_by: refused_by(&document, &raw.refused_by)?,
            constraint: constraint(&document, &raw.constraint)?,
            must_change,
            evidence: evidence.to_owned(),
        })
    }
}

/// The normal form of an object's name, as [`Answer::must_change`] has it; `None` when it is not a kind and a name.
#[must_use]
pub fn object(written: &str) -> Option<String> {
    object_name::normal(written)
}

/// A key of [`REFUSED_BY`].
pub(crate) fn refused_by(
    document: &Document<'_>,
    key: &Spanned<String>,
) -> Result<String, Diagnostic> {
    known(document, key.defined, &key.value, "refused_by", REFUSED_BY)
}

/// A key of [`CONSTRAINT`].
pub(crate) fn constraint(
    document: &Document<'_>,
    key: &Spanned<String>,
) -> Result<String, Diagnostic> {
    known(document, key.defined, &key.value, "constraint", CONSTRAINT)
}

fn known(
    document: &Document<'_>,
    place: Location,
    key: &str,
    field: &str,
    choices: &[Choice],
) -> Result<String, Diagnostic> {
    if choices.iter().any(|choice| choice.key == key) {
        return Ok(key.to_owned());
    }
    let fault = document.fault(place, message!(UnknownKey, field, key));
    Err(fault.known(
        "keys",
        key,
        choices.iter().map(|choice| choice.key.as_ref()),
    ))
}
