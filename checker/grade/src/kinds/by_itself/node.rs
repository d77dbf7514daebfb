//! Whether somebody let a Pod in by changing, for the moment, what the scheduler reads of a node.
//!
//! Who annotates a node, or gives it a label that the Pod does not ask for, lets nobody in. What was written and is still so was not
//! for the moment: whether it may be so is for others to say.

mod parts;
mod write;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{Seen, made, nodes, second};
use crate::evidence::Write;
use crate::expression::compare_quantities;
use crate::fields;
use crate::judge::{Undecided, several};
use parts::Part;
use write::Said;

/// The hand that changed a node while a Pod waited, when the node was changed again after the Pod was let in.
///
/// # Errors
/// The log does not tell what a write was that may have been it.
pub(super) fn changed(
    seen: &Seen<'_>,
    pod: &Value,
    bound: &Write,
) -> Result<Option<String>, Undecided> {
    let made = made(pod);
    let by_hand = seen.writes.iter().filter(|write| {
        !write.is_component
            && ["nodes", "nodes/status"].contains(&write.resource.as_str())
            && second(&write.at) >= made
    });
    let (before, after): (Vec<&Write>, Vec<&Write>) =
        by_hand.partition(|write| write.at <= bound.at);
    if before.is_empty() {
        return Ok(None);
    }
    let start = several(seen.baseline, &nodes()).map_err(|why| format!("baseline: {why}"))?;
    let its_node = fields::text(pod, "/spec/nodeName");
    let mut untold = None;
    let names = before.iter().map(|write| write.name.as_deref());
    let names: BTreeSet<&str> = names.map(|name| name.unwrap_or(its_node)).collect();
    for node in names {
        let states = [seen.nodes, &start].map(|nodes| {
            let mut nodes = nodes.iter().copied();
            nodes.find(|it| fields::name(it) == node)
        });
        for part in parts::of(pod, &states) {
            if node != its_node && !part.of_all {
                continue;
            }
            match hand(&part, node, &states, &before, &after) {
                Hand::None => {}
                Hand::Of(by) => return Ok(Some(told(by, &part, node, pod))),
                Hand::Untold(by) => untold = untold.or(Some((by, node.to_owned()))),
            }
        }
    }
    match untold {
        None => Ok(None),
        Some((by, node)) => Err(format!(
            "the audit log does not tell what `{by}` wrote to node `{node}` while Pod `{}` waited",
            fields::name(pod)
        )),
    }
}

/// Whose hand was on a part of a node.
enum Hand<'a> {
    None,
    Of(&'a str),
    /// Somebody wrote to the node, and the log does not have what.
    Untold(&'a str),
}

fn hand<'a>(
    part: &Part,
    node: &str,
    states: &[Option<&Value>],
    before: &[&'a Write],
    after: &[&'a Write],
) -> Hand<'a> {
    let touching = |writes: &[&'a Write]| -> Vec<(&'a str, Said<'a>)> {
        let of_node = writes.iter().copied().filter(|write| {
            let name = write.name.as_deref();
            name.is_none_or(|name| name == node)
        });
        let said = of_node.map(|write| (write.by.as_str(), write::said(write, &part.path)));
        said.filter(|(_, said)| *said != Said::Nothing).collect()
    };
    let Some((by, last)) = touching(before).pop() else {
        return Hand::None;
    };
    let again = touching(after);
    match last {
        Said::Value(value) => {
            let mut states = states.iter();
            if states.any(|state| is_same(value, part.of_node(*state))) {
                Hand::None
            } else {
                Hand::Of(by)
            }
        }
        Said::Another if again.is_empty() => Hand::None,
        Said::Another if again.iter().any(|(_, said)| *said != Said::Untold) => Hand::Of(by),
        _ => Hand::Untold(by),
    }
}

fn told(by: &str, part: &Part, node: &str, pod: &Value) -> String {
    format!(
        "`{by}` changed {} of node `{node}` while Pod `{}` waited, and it was changed again after it was let in",
        part.path.join("."),
        fields::name(pod)
    )
}

/// Whether two values are one to the API server: what is absent, empty or false is not there, and amounts have many spellings.
fn is_same(one: &Value, other: &Value) -> bool {
    let is_absent = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let as_amounts = || {
        let order = compare_quantities(one.as_str()?, other.as_str()?)?;
        Some(order == Ordering::Equal)
    };
    one == other || (is_absent(one) && is_absent(other)) || as_amounts().unwrap_or_default()
}
