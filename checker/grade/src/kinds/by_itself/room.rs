//! Whether somebody made room for a Pod by writing into a status that others count: that a Pod has ended, or how much of a quota is used.
//!
//! The scheduler and admission believe a status until its owner writes it again. A Pod whose status was written by hand and that is gone
//! since, or was made anew, takes no room any more.

use serde_json::Value;

use super::{Seen, made, second};
use crate::evidence::Write;
use crate::fields;

/// The hand, where there was one before a Pod was bound.
pub(super) fn by_hand(seen: &Seen<'_>, pod: &Value, bound: &Write) -> Option<String> {
    let mut earlier = seen.writes.iter();
    earlier.find_map(|write| {
        if write.is_component || write.at > bound.at {
            return None;
        }
        let what = match write.resource.as_str() {
            "pods/status" => seen
                .all_pods
                .iter()
                .find(|other| is_of(write, other))
                .map(|other| format!("Pod `{}`", fields::name(other)))?,
            "resourcequotas/status"
                if write.namespace.as_deref() == Some(fields::namespace(pod)) =>
            {
                format!(
                    "ResourceQuota `{}`",
                    write.name.as_deref().unwrap_or_default()
                )
            }
            _ => return None,
        };
        Some(format!(
            "the status of {what} was written by `{}`, and Pod `{}` was let in after that",
            write.by,
            fields::name(pod)
        ))
    })
}

/// Whether a write was to this Pod, and not to an earlier one of its name.
fn is_of(write: &Write, pod: &Value) -> bool {
    write.name.as_deref() == Some(fields::name(pod))
        && write.namespace.as_deref() == Some(fields::namespace(pod))
        && second(&write.at) >= made(pod)
}
