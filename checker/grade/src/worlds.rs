//! The nodes that a Pod template has to reckon with: those of today, those that take their place, those of another size, and those of
//! groups that are added. One table for all checks that judge a promise.
//!
//! Knows what EKS's managed node groups keep and change when a node is replaced. Knows no check.

use serde_json::{Map, Value, json};

use crate::fields;
use crate::placement::HOSTNAME;

/// The label of EKS that names a node's group.
pub(crate) const NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";

/// The label of a node's zone.
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

/// What a replaced node has anew: its name, the image of its group, and the launch template.
const OF_ONE_NODE: [&str; 4] = [
    HOSTNAME,
    "eks.amazonaws.com/nodegroup-image",
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
];

/// What a node of another size has anew besides.
const OF_ONE_SIZE: [&str; 2] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
];

/// What all nodes of one zone have alike.
const OF_ONE_ZONE: [&str; 3] = [
    ZONE,
    "topology.k8s.aws/zone-id",
    "failure-domain.beta.kubernetes.io/zone",
];

/// A value that no label has today.
const TOMORROW: &str = "of-tomorrow";

/// Domains whose labels are not a node group's own.
const NOT_ITS_OWN: [&str; 5] = [
    "kubernetes.io",
    "k8s.io",
    "eks.amazonaws.com",
    "k8s.aws",
    // The driver of volumes writes its own label of a node's zone.
    "csi.aws.com",
];

/// A node that a template has to reckon with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    /// A JSON object of texts.
    pub(crate) labels: Value,
    /// Its group's taints; those that Kubernetes sets for a while are left out.
    pub(crate) taints: Vec<Value>,
    /// Which node it is.
    pub(crate) kind: WorldKind,
}

/// Which node a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WorldKind {
    /// A node of today.
    Today,
    /// The node that takes a node's place: another name, another image.
    Successor,
    /// The same, of another size.
    Resized,
    /// A node of a group that is added.
    Added,
}

/// Nodes that are there together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cluster {
    /// How a sentence names it: "with today's nodes".
    pub(crate) is: &'static str,
    /// Its nodes, those of today first.
    pub(crate) nodes: Vec<World>,
}

impl World {
    /// The node group; that of a world of tomorrow is `of-tomorrow`.
    pub(crate) fn group(&self) -> &str {
        self.labels
            .get(NODE_GROUP)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its zone.
    pub(crate) fn zone(&self) -> &str {
        self.labels
            .get(ZONE)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its name, by the label.
    pub(crate) fn name(&self) -> &str {
        self.labels
            .get(HOSTNAME)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// How a sentence names it.
    pub(crate) fn text(&self) -> String {
        let group = self.group();
        match self.kind {
            WorldKind::Today => {
                format!("node `{}` of group `{group}`", self.name())
            }
            WorldKind::Successor => {
                format!("a node that takes the place of one of group `{group}`")
            }
            WorldKind::Resized => format!("a node of another size in group `{group}`"),
            WorldKind::Added => "a node of a group that is added".to_owned(),
        }
    }
}

/// What the groups of tomorrow are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// Open to everybody: a workload that has to name its group must not land there.
    Open,
    /// Kept for others by a taint: a workload without a group of its own names none.
    Reserved,
}

/// All worlds that follow from the nodes of the start: those of today first, each kind in the order of the nodes.
pub(crate) fn worlds(nodes: &[&Value], added: Added) -> Vec<World> {
    let mut worlds: Vec<World> = nodes.iter().flat_map(|node| of_node(node, added)).collect();
    worlds.sort_by_key(|world| world.kind);
    worlds
}

/// The nodes of today.
pub(crate) fn today(nodes: &[&Value]) -> Vec<World> {
    nodes.iter().map(|node| world(node)).collect()
}

/// The clusters over which Pods are spread: that of today; with one more of these nodes; and with these nodes in two and in three zones.
pub(crate) fn clusters(today: &[World], home: &[usize]) -> Vec<Cluster> {
    let first_two: Vec<World> = home.iter().take(2).map(|it| today[*it].clone()).collect();
    let mut zones: Vec<&str> = home.iter().map(|it| today[*it].zone()).collect();
    zones.sort_unstable();
    zones.dedup();
    let with = |others: Vec<World>| today.iter().cloned().chain(others).collect();
    let in_new_zones = |count: usize| -> Vec<World> {
        let moved = |zone: usize| {
            let in_zone = move |(place, world): (usize, &World)| World {
                labels: in_another(&world.labels, zone, place),
                ..world.clone()
            };
            first_two.iter().enumerate().map(in_zone)
        };
        (zones.len()..count).flat_map(moved).collect()
    };
    let one_more = first_two.first().map(|world| World {
        labels: anew(&world.labels, &OF_ONE_NODE),
        ..world.clone()
    });
    let mut clusters = vec![
        Cluster {
            is: "with today's nodes",
            nodes: today.to_vec(),
        },
        Cluster {
            is: "with a node more",
            nodes: with(one_more.into_iter().collect()),
        },
    ];
    for (count, is) in [
        (2, "with nodes in two zones"),
        (3, "with nodes in three zones"),
    ] {
        if zones.len() < count {
            clusters.push(Cluster {
                is,
                nodes: with(in_new_zones(count)),
            });
        }
    }
    clusters
}

/// Whether the nodes of a group have neither labels nor taints of its own: everything without another home runs there.
pub(crate) fn is_default(nodes: &[&Value], group: &str) -> bool {
    let worlds = nodes.iter().map(|node| world(node));
    worlds
        .filter(|world| world.group() == group)
        .all(|world| world.taints.is_empty() && own(&world.labels).is_empty())
}

fn world(node: &Value) -> World {
    let labels = node
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let taints = fields::list(node, "/spec/taints").iter();
    let lasting = |taint: &&Value| !fields::text(taint, "/key").starts_with("node.kubernetes.io/");
    World {
        labels,
        taints: taints.filter(lasting).cloned().collect(),
        kind: WorldKind::Today,
    }
}

fn of_node(node: &Value, added: Added) -> Vec<World> {
    let today = world(node);
    let successor = World {
        labels: anew(&today.labels, &OF_ONE_NODE),
        kind: WorldKind::Successor,
        ..today.clone()
    };
    let resized = World {
        labels: anew(&successor.labels, &OF_ONE_SIZE),
        kind: WorldKind::Resized,
        ..today.clone()
    };
    let own = own(&today.labels);
    let mut renamed: Vec<&str> = own.iter().map(String::as_str).collect();
    renamed.push(NODE_GROUP);
    let labelled = World {
        labels: anew(&successor.labels, &renamed),
        taints: match added {
            Added::Open => Vec::new(),
            Added::Reserved => {
                vec![json!({"key": TOMORROW, "value": TOMORROW, "effect": "NoSchedule"})]
            }
        },
        kind: WorldKind::Added,
    };
    let bare = World {
        labels: without(&labelled.labels, &own),
        ..labelled.clone()
    };
    vec![today, successor, resized, labelled, bare]
}

/// The labels that a node group's configuration gives.
fn own(labels: &Value) -> Vec<String> {
    let keys = labels.as_object().into_iter().flat_map(Map::keys);
    let is_own = |key: &&String| {
        let domain = key.split_once('/').map_or("", |(domain, _)| domain);
        NOT_ITS_OWN
            .iter()
            .all(|other| domain != *other && !domain.ends_with(&format!(".{other}")))
    };
    keys.filter(is_own).cloned().collect()
}

/// The labels with these anew, where they are there.
fn anew(labels: &Value, keys: &[&str]) -> Value {
    let mut labels = labels.clone();
    for key in keys {
        if let Some(value) = labels.get_mut(*key) {
            *value = Value::from(TOMORROW);
        }
    }
    labels
}

/// The labels of a node like it, the one of this place in a zone that has no such node today.
fn in_another(labels: &Value, zone: usize, place: usize) -> Value {
    let mut labels = anew(labels, &OF_ONE_NODE);
    labels[HOSTNAME] = format!("{TOMORROW}-{zone}-{place}").into();
    for key in OF_ONE_ZONE {
        if labels.get(key).is_some() {
            labels[key] = format!("{TOMORROW}-{zone}").into();
        }
    }
    labels
}

fn without(labels: &Value, keys: &[String]) -> Value {
    let mut labels = labels.clone();
    if let Some(fields) = labels.as_object_mut() {
        fields.retain(|key, _| !keys.contains(key));
    }
    labels
}
