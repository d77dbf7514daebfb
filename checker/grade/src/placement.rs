//! Where a Pod may run, as the scheduler's filters read its specification: node selector, required node affinity, node name and
//! tolerations against a node's labels and taints. Reads objects as the API server returned them; knows no check.

use serde_json::Value;

use crate::fields;

/// The label that has a node's name.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";

/// Effects of taints that keep Pods away.
const KEEPS_AWAY: [&str; 2] = ["NoSchedule", "NoExecute"];

/// Whether a Pod asks for a node with these labels, a JSON object of texts.
pub(crate) fn selects(spec: &Value, labels: &Value) -> bool {
    let node_name = fields::text(spec, "/nodeName");
    let named = node_name.is_empty() || label(labels, HOSTNAME) == Some(node_name);
    let selector = spec.get("nodeSelector").and_then(Value::as_object);
    let selected = selector.is_none_or(|selector| {
        let mut wanted = selector.iter();
        wanted.all(|(key, value)| labels.get(key) == Some(value))
    });
    let required = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let required = spec
        .pointer(required)
        .filter(|required| !required.is_null());
    named
        && selected
        && required.is_none_or(|required| {
            let terms = fields::list(required, "/nodeSelectorTerms");
            terms.iter().any(|term| matches_term(term, labels))
        })
}

/// The first of these taints that keeps a Pod away for good; `None` when none does. A toleration that ends lets the Pods in and throws
/// them out again.
pub(crate) fn kept_away<'a>(spec: &Value, taints: &'a [Value]) -> Option<&'a Value> {
    let tolerations = fields::list(spec, "/tolerations");
    taints
        .iter()
        .filter(|taint| KEEPS_AWAY.contains(&fields::text(taint, "/effect")))
        .find(|taint| {
            let for_good = |toleration: &Value| {
                is_tolerated(toleration, taint) && toleration.get("tolerationSeconds").is_none()
            };
            !tolerations.iter().any(for_good)
        })
}

/// Whether none of these taints keeps a Pod away at first; a toleration that ends suffices.
pub(crate) fn tolerates(spec: &Value, taints: &[Value]) -> bool {
    let tolerations = fields::list(spec, "/tolerations");
    taints
        .iter()
        .filter(|taint| KEEPS_AWAY.contains(&fields::text(taint, "/effect")))
        .all(|taint| {
            let mut tolerations = tolerations.iter();
            tolerations.any(|toleration| is_tolerated(toleration, taint))
        })
}

/// A term of which nothing is required asks for no node.
fn matches_term(term: &Value, labels: &Value) -> bool {
    let expressions = fields::list(term, "/matchExpressions");
    let named = fields::list(term, "/matchFields");
    let of_labels = |it: &Value| meets(it, label(labels, fields::text(it, "/key")));
    // The only field that can be named is `metadata.name`.
    let of_fields = |it: &Value| meets(it, label(labels, HOSTNAME));
    !(expressions.is_empty() && named.is_empty())
        && expressions.iter().all(of_labels)
        && named.iter().all(of_fields)
}

/// Whether a requirement is met by a label's value, or by its absence.
pub(crate) fn meets(requirement: &Value, value: Option<&str>) -> bool {
    let values = fields::list(requirement, "/values");
    let is_among = || {
        values
            .iter()
            .any(|it| it.as_str() == value && value.is_some())
    };
    let compared = || {
        let [bound] = values else { return None };
        let bound: i64 = bound.as_str()?.parse().ok()?;
        Some(value?.parse::<i64>().ok()?.cmp(&bound))
    };
    match fields::text(requirement, "/operator") {
        "In" => is_among(),
        "NotIn" => !is_among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared().is_some_and(std::cmp::Ordering::is_gt),
        "Lt" => compared().is_some_and(std::cmp::Ordering::is_lt),
        _ => false,
    }
}

/// Whether a label selector picks these labels; an empty one picks all, none at all picks none.
pub(crate) fn picks(selector: Option<&Value>, labels: Option<&Value>) -> bool {
    let Some(selector) = selector else {
        return false;
    };
    let value = |key: &str| labels?.get(key)?.as_str();
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let mut wanted = wanted.into_iter().flatten();
    let mut expressions = fields::list(selector, "/matchExpressions").iter();
    wanted.all(|(key, wanted)| value(key) == wanted.as_str())
        && expressions.all(|it| meets(it, value(fields::text(it, "/key"))))
}

fn is_tolerated(toleration: &Value, taint: &Value) -> bool {
    let effect = fields::text(toleration, "/effect");
    let key = fields::text(toleration, "/key");
    let value = || fields::text(toleration, "/value");
    let same_effect = effect.is_empty() || effect == fields::text(taint, "/effect");
    let same_key = key.is_empty() || key == fields::text(taint, "/key");
    same_effect
        && same_key
        && match fields::text(toleration, "/operator") {
            "Exists" => true,
            "" | "Equal" => !key.is_empty() && value() == fields::text(taint, "/value"),
            _ => false,
        }
}

fn label<'a>(labels: &'a Value, key: &str) -> Option<&'a str> {
    labels.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_tolerates_taints_as_the_scheduler_reads_it() {
        let taint = json!({"key": "team", "value": "media", "effect": "NoSchedule"});
        for (toleration, is_tolerated) in [
            (json!({"operator": "Exists"}), true),
            (json!({"key": "team", "operator": "Exists"}), true),
            (json!({"key": "other", "operator": "Exists"}), false),
            (json!({"key": "team", "value": "media"}), true),
            (
                json!({"key": "team", "operator": "Equal", "value": "media"}),
                true,
            ),
            (
                json!({"key": "team", "operator": "Equal", "value": "other"}),
                false,
            ),
            (json!({"key": "team", "operator": "Equal"}), false),
            (
                json!({"key": "team", "operator": "Exists", "effect": "NoSchedule"}),
                true,
            ),
            (
                json!({"key": "team", "operator": "Exists", "effect": "NoExecute"}),
                false,
            ),
            (json!({"key": "team", "operator": "Unheard"}), false),
        ] {
            let spec = json!({"tolerations": [toleration]});
            assert_eq!(
                tolerates(&spec, std::slice::from_ref(&taint)),
                is_tolerated,
                "{spec}"
            );
        }
        assert!(!tolerates(&json!({}), std::slice::from_ref(&taint)));
        assert!(tolerates(&json!({}), &[]));
        assert!(tolerates(
            &json!({}),
            &[json!({"key": "team", "effect": "PreferNoSchedule"})]
        ));
    }

    #[test]
    fn a_toleration_that_ends_lets_a_pod_in_and_not_for_good() {
        let taints = [json!({"key": "team", "effect": "NoExecute"})];
        let spec = json!({"tolerations": [{"key": "team", "operator": "Exists", "tolerationSeconds": 60}]});
        assert!(tolerates(&spec, &taints));
        assert_eq!(kept_away(&spec, &taints), Some(&taints[0]));
        let spec = json!({"tolerations": [{"key": "team", "operator": "Exists"}]});
        assert_eq!(kept_away(&spec, &taints), None);
    }
}
