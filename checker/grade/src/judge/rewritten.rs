//! Tells whether a Pod is what its workload's template says, or was changed on the way: by an admission policy, or by hand.
//!
//! A repair belongs into the template; a Pod that differs from it shows a repair that the next reader does not find there.
//! What decides where a Pod may run must be equal. Of everything else the Pod must have what the template has and may have
//! more, because clusters add to it: service-account volumes, side-cars, resources by default.

use serde_json::{Map, Value};

use crate::fields;

/// Fields of a Pod's specification that decide where it may run.
const PLACEMENT: [&str; 4] = [
    "nodeSelector",
    "affinity",
    "hostNetwork",
    "topologySpreadConstraints",
];

/// What each Pod is given by the cluster, whatever its template says.
const BY_THE_CLUSTER: [&str; 3] = ["hostname", "subdomain", "schedulingGates"];

/// The first field in which the Pod differs from the template, such as `containers[cart].image`; `None` when it does not.
pub(crate) fn field(pod: &Value, workload: &Value, kind: &str) -> Option<String> {
    let template = workload.pointer("/spec/template/spec")?.as_object()?;
    let spec = pod.get("spec")?.as_object()?;
    // Its controller binds each Pod of a DaemonSet to a node by affinity, and lets it stay there whatever happens.
    let is_of_daemon_set = kind == "DaemonSet";
    if tolerations(spec, is_of_daemon_set) != tolerations(template, is_of_daemon_set) {
        return Some("tolerations".to_owned());
    }
    let placement = PLACEMENT
        .into_iter()
        .filter(|field| !(is_of_daemon_set && *field == "affinity"));
    if let Some(field) = placement
        .into_iter()
        .find(|field| written(spec, field) != written(template, field))
    {
        return Some(field.to_owned());
    }
    let claims: Vec<&str> = fields::list(workload, "/spec/volumeClaimTemplates")
        .iter()
        .map(fields::name)
        .collect();
    template
        .iter()
        .filter(|(field, _)| !BY_THE_CLUSTER.contains(&field.as_str()))
        .filter(|(field, _)| !matches!(field.as_str(), "tolerations" | "affinity"))
        .find_map(|(field, wanted)| {
            match (field.as_str(), wanted) {
                // A volume of a claim template takes the place of the template's own volume of that name.
                ("volumes", Value::Array(volumes)) => {
                    let own = volumes
                        .iter()
                        .filter(|volume| !claims.contains(&fields::text(volume, "/name")));
                    lacking_of_list(spec.get(field), own)
                }
                _ => lacking(spec.get(field), wanted),
            }
            .map(|within| format!("{field}{within}"))
        })
}

/// The value of a field without what the API server writes into the selectors of rules that have label keys to match.
fn written(spec: &Map<String, Value>, field: &str) -> Option<Value> {
    is_set(spec, field).map(without_matched)
}

fn without_matched(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(without_matched).collect(),
        Value::Object(fields) => {
            let keys = ["/matchLabelKeys", "/mismatchLabelKeys"];
            let keys: Vec<&Value> = keys
                .iter()
                .flat_map(|keys| fields::list(value, keys))
                .collect();
            let mut kept: Map<String, Value> = fields
                .iter()
                .map(|(name, value)| (name.clone(), without_matched(value)))
                .collect();
            if let Some(selector) = kept.get_mut("labelSelector").and_then(Value::as_object_mut)
                && let Some(Value::Array(expressions)) = selector.get_mut("matchExpressions")
            {
                expressions.retain(|it| !keys.contains(&&it["key"]));
                if expressions.is_empty() {
                    selector.remove("matchExpressions");
                }
            }
            Value::Object(kept)
        }
        value => value.clone(),
    }
}

/// The value of a field; an empty one and `false` are as if it were not there.
fn is_set<'a>(spec: &'a Map<String, Value>, field: &str) -> Option<&'a Value> {
    spec.get(field).filter(|value| match value {
        Value::Bool(set) => *set,
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        _ => true,
    })
}

/// The tolerations without those that the cluster gives to each Pod, for nodes that die.
fn tolerations(spec: &Map<String, Value>, is_of_daemon_set: bool) -> Vec<&Value> {
    let given = |toleration: &&Value| {
        let key = fields::text(toleration, "/key");
        if is_of_daemon_set {
            return key.starts_with("node.kubernetes.io/");
        }
        matches!(
            key,
            "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable"
        ) && toleration.get("tolerationSeconds").is_some()
    };
    spec.get("tolerations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|toleration| !given(toleration))
        .collect()
}

/// Where, below this place, the first thing is that is wanted and not there; `None` when all of it is.
fn lacking(there: Option<&Value>, wanted: &Value) -> Option<String> {
    match wanted {
        // Nothing is wanted of it.
        Value::Object(wanted) if wanted.is_empty() => None,
        Value::Object(wanted) => {
            let Some(there) = there else {
                return Some(String::new());
            };
            wanted.iter().find_map(|(field, wanted)| {
                let below = lacking(there.get(field), wanted)?;
                Some(format!(".{field}{below}"))
            })
        }
        Value::Array(elements) if elements.iter().all(Value::is_object) => {
            lacking_of_list(there, elements.iter())
        }
        _ => (there != Some(wanted)).then(String::new),
    }
}

/// The same for objects in a list: by their name where they have one, in any order. Several may have one name, as the mounts of one volume.
fn lacking_of_list<'a>(
    there: Option<&Value>,
    mut wanted: impl Iterator<Item = &'a Value>,
) -> Option<String> {
    let there = there
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    wanted.find_map(|wanted| match fields::text(wanted, "/name") {
        "" => {
            let is_there = there.iter().any(|it| lacking(Some(it), wanted).is_none());
            (!is_there).then(String::new)
        }
        name => {
            let mut same = there.iter().filter(|it| fields::text(it, "/name") == name);
            let below = lacking(same.next(), wanted)?;
            if same.any(|it| lacking(Some(it), wanted).is_none()) {
                return None;
            }
            Some(format!("[{name}]{below}"))
        }
    })
}
