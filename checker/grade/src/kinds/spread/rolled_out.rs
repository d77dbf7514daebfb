//! Whether the next roll-out of a Deployment comes to its end: its Pods of today keep those away that take over, unless there is room.

use serde_json::Value;

use super::search::States;
use crate::apart::{Apart, Placed};
use crate::fields;
use crate::wording::count;
use crate::worlds::Cluster;

/// How many Pods may be missing while a workload is rolled out.
const MISSING_AT_MOST: usize = 1;

/// What a Deployment gives where its strategy says nothing.
const BY_DEFAULT: &str = "25%";

/// Why a roll-out takes away more than it may, or comes to no end; `None` for what has no such strategy.
pub(super) fn fault(workload: &Value, today: &Cluster, wanted: usize) -> Option<String> {
    let strategy = workload.pointer("/spec/strategy")?;
    if fields::text(strategy, "/type") == "Recreate" {
        return Some("a roll-out ends all its Pods at once".to_owned());
    }
    let of = |field: &str, round_up: bool| {
        let value = strategy.pointer(&format!("/rollingUpdate/{field}"));
        share(value, wanted, round_up)
    };
    let surge = of("maxSurge", true);
    let missing = match of("maxUnavailable", false) {
        0 if surge == 0 => 1,
        missing => missing,
    };
    if missing > MISSING_AT_MOST {
        return Some(format!(
            "a roll-out ends {} before others take over",
            count(missing, "Pod")
        ));
    }
    let rules = Apart::of(workload, &today.nodes);
    let states = States::of(&rules, wanted);
    let goes_on = |state: &[usize]| {
        (surge > 0 && lets_one_in(&rules, state))
            || (missing > 0
                && (0..state.len()).all(|left| lets_one_in(&rules, &without(state, left))))
    };
    (!states.complete().all(goes_on)).then(|| {
        format!(
            "the next roll-out comes to no end: while {} of today's run, the rules let none that takes over onto a node",
            count(wanted - missing, "Pod")
        )
    })
}

fn lets_one_in(rules: &Apart<'_>, older: &[usize]) -> bool {
    let older: Vec<Placed> = older
        .iter()
        .map(|node| Placed {
            node: *node,
            is_older: true,
        })
        .collect();
    rules.home().iter().any(|node| rules.lets_in(*node, &older))
}

fn without(state: &[usize], left: usize) -> Vec<usize> {
    let mut state = state.to_vec();
    state.remove(left);
    state
}

/// A number, or a share of the replicas.
fn share(value: Option<&Value>, wanted: usize, round_up: bool) -> usize {
    let percent = |text: &str| {
        let percent: usize = text.trim_end_matches('%').parse().ok()?;
        let part = percent * wanted;
        Some(if round_up {
            part.div_ceil(100)
        } else {
            part / 100
        })
    };
    match value {
        Some(Value::Number(number)) => {
            let number = number.as_u64().and_then(|it| usize::try_from(it).ok());
            number.unwrap_or_default()
        }
        Some(Value::String(text)) => percent(text).unwrap_or_default(),
        _ => percent(BY_DEFAULT).unwrap_or_default(),
    }
}
