//! What a careful engineer adds to an object of their own, which changes nothing of what it does for others.
//!
//! Only additions, and what bounds nothing: a probe that was there and goes is no addition. Knows fields of Kubernetes, no lab.

use serde_json::Value;

use super::Difference;
use super::pointer::{self, Pointers, Relation};

/// What may be another or gone: nothing acts on it but its owner.
const FREE: [&str; 7] = [
    "/metadata/labels",
    "/metadata/annotations",
    "/spec/progressDeadlineSeconds",
    "/spec/revisionHistoryLimit",
    "/spec/template/metadata/annotations",
    "/spec/template/spec/containers/*/resources/limits/cpu",
    "/spec/template/spec/terminationGracePeriodSeconds",
];

/// What may be added where nothing was: what it asks of the Pods shows in whether they are ready.
const ADDED: [&str; 8] = [
    "/spec/template/metadata/labels",
    "/spec/template/spec/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution",
    "/spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution",
    "/spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution",
    "/spec/template/spec/containers/*/lifecycle",
    "/spec/template/spec/containers/*/livenessProbe",
    "/spec/template/spec/containers/*/readinessProbe",
    "/spec/template/spec/containers/*/startupProbe",
];

/// How long a Pod may take to end, in seconds: a node that is drained waits for it.
const GRACE_AT_MOST: i64 = 300;

/// Whether a difference is such an addition.
pub(crate) fn is_harmless(difference: &Difference) -> bool {
    if difference.path == "/spec/template/spec/terminationGracePeriodSeconds" {
        let seconds = difference.after.as_ref().and_then(Value::as_i64);
        return seconds.is_none_or(|seconds| (1..=GRACE_AT_MOST).contains(&seconds));
    }
    let path = pointer::segments(&difference.path);
    let is_new = difference.before.is_none();
    let (free, added) = (Pointers::new(&FREE), Pointers::new(&ADDED));
    let is_within = |path: &[String]| {
        free.relation(path) == Relation::Inside
            || (is_new && added.relation(path) == Relation::Inside)
    };
    match (&difference.before, &difference.after) {
        (None, Some(after)) => all_within(&path, after, &is_within),
        (Some(before), None) => all_within(&path, before, &is_within),
        _ => is_within(&path),
    }
}

/// Whether all that is below a path is within.
fn all_within(path: &[String], value: &Value, is_within: &impl Fn(&[String]) -> bool) -> bool {
    if is_within(path) {
        return true;
    }
    let Value::Object(fields) = value else {
        return false;
    };
    fields.iter().all(|(field, value)| {
        let below = [path, std::slice::from_ref(field)].concat();
        all_within(&below, value, is_within)
    })
}
