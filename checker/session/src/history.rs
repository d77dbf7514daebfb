//! Who wrote what to a session's cluster since the lab was set up, for the checks that ask.
//!
//! Reads the audit log. Knows no check.

use grade::evidence::{History, Write};
use serde_json::Value;

use crate::place::Place;
use crate::{audit, lab};

/// Of a write to these it matters what was sent.
const NODES: [&str; 2] = ["nodes", "nodes/status"];

/// What was written since the lab was set up, which is when its baseline was taken; RFC 3339.
///
/// Does *not* fail: what cannot be read is lost, and says why.
pub(crate) fn of_session(place: &Place, set_up: &str) -> History {
    let history = match lab::history(place) {
        Ok(history) => history,
        Err(failure) => return History::Lost(failure.message),
    };
    if let Some(gap) = history.gap(set_up) {
        return History::Lost(format!(
            "{gap}, so nobody can say who helped; `labctl reset` begins a new log"
        ));
    }
    let entries = audit::read(&history);
    let until = entries.last().map(|entry| entry.time.clone());
    let writes = entries.into_iter().filter(|entry| {
        let is_done = (200..300).contains(&entry.code);
        is_done && (!entry.is_component || entry.resource == "pods/binding")
    });
    let told = writes.map(|entry| Write {
        at: entry.time,
        by: entry.impersonated.unwrap_or(entry.user),
        is_component: entry.is_component,
        sent: if NODES.contains(&entry.resource.as_str()) {
            entry.sent
        } else {
            Value::Null
        },
        verb: entry.verb,
        resource: entry.resource,
        namespace: entry.namespace,
        name: entry.name,
    });
    History::Told {
        until: until.unwrap_or_default(),
        writes: told.collect(),
    }
}
