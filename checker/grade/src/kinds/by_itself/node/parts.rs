//! What the scheduler reads of a node to find a place for a certain Pod, as its filters do. Knows no writes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fields;
use crate::placement::{HOSTNAME, selects, tolerates};

/// What the place of a volume is told by, beside the keys that a Pod itself names.
const PLACES: [&str; 4] = [
    HOSTNAME,
    "topology.ebs.csi.aws.com/zone",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// What every Pod takes of a node.
const AMOUNTS: [&str; 4] = ["cpu", "ephemeral-storage", "memory", "pods"];

const NODE_AFFINITY: &str =
    "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";

/// A part of a node.
pub(super) struct Part {
    /// The names of the fields that lead to it.
    pub(super) path: Vec<String>,
    /// Whether it matters of every node, as the labels do over which Pods are spread.
    pub(super) of_all: bool,
}

impl Part {
    fn new<const N: usize>(path: [&str; N]) -> Self {
        Self {
            path: path.map(str::to_owned).to_vec(),
            of_all: false,
        }
    }

    /// Null where the node has none, or is not there.
    pub(super) fn of_node<'a>(&self, node: Option<&'a Value>) -> &'a Value {
        let value =
            node.and_then(|node| self.path.iter().try_fold(node, |value, key| value.get(key)));
        value.unwrap_or(&Value::Null)
    }
}

/// What is read of a node for this Pod, without what lets it in as the node is in one of these states: a change of that let nobody in.
pub(super) fn of(pod: &Value, states: &[Option<&Value>]) -> Vec<Part> {
    let spec = pod.get("spec").unwrap_or(&Value::Null);
    let mut parts = Vec::new();
    let mut nodes = states.iter().flatten();
    if !nodes.any(|node| tolerates(spec, &taints(node))) {
        parts.push(Part::new(["spec", "taints"]));
        parts.push(Part::new(["spec", "unschedulable"]));
    }
    let no_labels = json!({});
    let labels = |node: &&Value| node.pointer("/metadata/labels").cloned();
    let mut nodes = states.iter().flatten();
    let is_selected = nodes.any(|node| selects(spec, labels(node).as_ref().unwrap_or(&no_labels)));
    let selecting = selecting(spec).into_iter();
    let mut keys: BTreeMap<&str, bool> = selecting
        .filter(|_| !is_selected)
        .chain(PLACES)
        .map(|key| (key, false))
        .collect();
    spread_over(spec, &mut keys);
    parts.extend(keys.into_iter().map(|(key, of_all)| Part {
        of_all,
        ..Part::new(["metadata", "labels", key])
    }));
    for amount in amounts(spec) {
        parts.push(Part::new(["status", "allocatable", amount]));
        parts.push(Part::new(["status", "capacity", amount]));
    }
    parts
}

/// The taints of a node, with the one that a cordoned node counts as having.
fn taints(node: &Value) -> Vec<Value> {
    let mut taints = fields::list(node, "/spec/taints").to_vec();
    if node.pointer("/spec/unschedulable") == Some(&Value::Bool(true)) {
        taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    }
    taints
}

/// The labels that a Pod asks for.
fn selecting(spec: &Value) -> Vec<&str> {
    let selector = spec.get("nodeSelector").and_then(Value::as_object);
    let terms = fields::list(spec, NODE_AFFINITY).iter();
    let expressions = terms.flat_map(|term| fields::list(term, "/matchExpressions"));
    let keys = expressions.map(|expression| fields::text(expression, "/key"));
    let selected = selector.into_iter().flat_map(|selector| selector.keys());
    selected.map(String::as_str).chain(keys).collect()
}

/// The labels over which a Pod is spread, or by which it stands with others or apart from them.
fn spread_over<'a>(value: &'a Value, keys: &mut BTreeMap<&'a str, bool>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(key) if name == "topologyKey" => {
                        keys.insert(key, true);
                    }
                    _ => spread_over(value, keys),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| spread_over(item, keys)),
        _ => {}
    }
}

fn amounts(spec: &Value) -> Vec<&str> {
    let containers = fields::list(spec, "/containers").iter();
    let requests = containers
        .filter_map(|container| container.pointer("/resources/requests")?.as_object())
        .flat_map(|requests| requests.keys());
    let mut all: Vec<&str> = requests.map(String::as_str).chain(AMOUNTS).collect();
    all.sort_unstable();
    all.dedup();
    all
}
