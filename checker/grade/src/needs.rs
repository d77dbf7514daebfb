//! What a scenario needs of the place where its cluster is made. Derived from the cluster it describes and the objects it applies; nobody writes it down.
//!
//! Knows no provider: what one offers is for others to compare with this.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cluster_spec::{ClusterSpec, Node, Subnet};
use crate::document::Document;
use crate::kinds::{Ask, Sizing};
use crate::observation::Question;
use crate::questions::{baseline_questions, last_questions, questions};
use crate::scenario::objects::is_namespaced;
use crate::scenario::{Scenario, TextFile};

/// The addresses of a subnet that AWS keeps for itself.
const KEPT_BY_AWS: u32 = 5;

/// How many Pods an `m5.large` has addresses for: three interfaces of ten addresses, less their own, and two Pods on the host's.
const PODS_OF_A_NODE: u32 = 29;

/// What the cluster of a scenario needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Node groups, each with its number of nodes, their size, their labels and their taints; in the order of their names. None where any node will do.
    pub node_groups: Vec<NodeGroup>,
    /// Subnets that have fewer addresses than nodes of a usual size would take for their Pods, and so can run out.
    pub tight_subnets: Vec<String>,
    /// Volumes that live in one zone, as those of EBS do: those that are there, and the claims that Pods mount.
    pub volumes: Vec<String>,
    /// Objects that live in no namespace, namespaces apart, such as `ClusterRole lab`.
    pub cluster_wide: Vec<String>,
    /// Namespaces whose names do not end as the surroundings want it, so that they may be somebody's: of the objects, and those that a check looks into.
    pub named_namespaces: Vec<String>,
    /// Kinds whose objects a check looks at wherever they are, such as `Node`.
    pub looked_at: Vec<String>,
    /// Whether a check asks who wrote what.
    pub history: bool,
    /// Whether `NetworkPolicies` have to be kept.
    pub network_policies: bool,
    /// Whether `CoreDNS` has to begin with a configuration that the scenario describes.
    pub corefile: bool,
    /// Names beyond the cluster from which a check wants an answer, and domains there whose name servers give none.
    pub outside: Vec<String>,
    /// What is to have room on one node once the lab is solved: what a container asks for, and of a workload whose size is the question, as much as its
    /// Pods may ask for that come to one node.
    pub containers: Vec<Container>,
}

/// What asks for room on one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its workload: ``Deployment `cart` ``.
    pub of: String,
    /// How many Pods of it that is.
    pub pods: usize,
    /// A quantity of processors, `250m`.
    pub cpu: String,
    /// A quantity of memory, `128Mi`.
    pub memory: String,
}

/// A node group that a scenario describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeGroup {
    /// Its name.
    pub name: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// Which says how much there is on each: `m5.large`.
    pub instance_type: String,
}

/// What a scenario needs; `None` for written work, which needs no cluster.
#[must_use]
pub fn needs(scenario: &Scenario) -> Option<Needs> {
    let spec = scenario.cluster.as_ref()?;
    let objects: Vec<Value> = scenario.broken.iter().flat_map(objects).collect();
    let cluster_wide = objects
        .iter()
        .filter(|object| is_cluster_wide(object))
        .map(called);
    let looks = looks(scenario);
    let looked_at = all(looks.iter().filter_map(Look::elsewhere));
    let node_groups = if looked_at.iter().any(|it| it == "Node") || objects.iter().any(is_placed) {
        node_groups(&spec.nodes)
    } else {
        // Nothing comes of them: any node will do.
        Vec::new()
    };
    let namespaces = objects.iter().filter_map(namespace);
    let namespaces = namespaces.chain(looks.iter().filter_map(|it| it.namespace.as_deref()));
    let namespaces: BTreeSet<&str> = namespaces.collect();
    let is_fixed = |it: &&str| {
        let suffix = &scenario.surroundings.suffix;
        suffix.is_empty() || !it.ends_with(suffix.as_str())
    };
    let mut checks = scenario.checks.iter();
    Some(Needs {
        named_namespaces: all(namespaces.iter().copied().filter(is_fixed)),
        looked_at,
        history: checks.any(|check| check.ask.asks_history()),
        node_groups,
        network_policies: spec.network_policies,
        corefile: spec.corefile.is_some(),
        outside: all(asked_outside(scenario, &namespaces).chain(mute(spec))),
        tight_subnets: tight(spec),
        volumes: objects.iter().flat_map(volumes).collect(),
        cluster_wide: cluster_wide.collect(),
        containers: containers(scenario, spec, &objects),
    })
}

/// Each once, sorted.
fn all<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let all: BTreeSet<&str> = texts.collect();
    all.into_iter().map(str::to_owned).collect()
}

/// The namespace that an object is in, or is.
fn namespace(object: &Value) -> Option<&str> {
    let at = if object["kind"] == "Namespace" {
        "/metadata/name"
    } else {
        "/metadata/namespace"
    };
    object.pointer(at).and_then(Value::as_str)
}

/// Where a question looks.
struct Look {
    kind: String,
    /// Unset: everywhere.
    namespace: Option<String>,
}

impl Look {
    fn elsewhere(&self) -> Option<&str> {
        self.namespace.is_none().then_some(self.kind.as_str())
    }
}

fn look(kind: String, namespace: Option<String>) -> Look {
    Look { kind, namespace }
}

/// Where the symptom and the checks look. The whole cluster, compared, is as large as the lab.
fn looks(scenario: &Scenario) -> Vec<Look> {
    let symptom = questions(&scenario.symptom);
    let checks = [questions, last_questions, baseline_questions].map(|of| of(&scenario.checks));
    let looks = symptom.into_iter().chain(checks.into_iter().flatten());
    let looks = looks.flat_map(|question| match question {
        Question::Object(it) => vec![look(it.kind, it.namespace)],
        Question::Objects(it) => vec![look(it.kind, it.namespace)],
        Question::ComesBack { workload, .. }
        | Question::Run { workload, .. }
        | Question::Log { workload, .. } => vec![look(workload.kind, workload.namespace)],
        Question::RunOften {
            workload, evicts, ..
        } => {
            let workloads = std::iter::once(workload).chain(evicts);
            workloads.map(|it| look(it.kind, it.namespace)).collect()
        }
        Question::Everything => Vec::new(),
    });
    looks.collect()
}

/// Namespaces that are in every cluster.
const OF_EVERY_CLUSTER: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Domains that somebody waits for in vain.
fn mute(spec: &ClusterSpec) -> impl Iterator<Item = &str> {
    spec.mute_domains.iter().map(String::as_str)
}

/// Where the checks ask beyond the cluster.
fn asked_outside<'a>(
    scenario: &'a Scenario,
    namespaces: &BTreeSet<&str>,
) -> impl Iterator<Item = &'a str> {
    let requests = scenario
        .checks
        .iter()
        .flat_map(|check| check.ask.requests());
    let is_namespace = |name: &str| namespaces.contains(name) || OF_EVERY_CLUSTER.contains(&name);
    requests.filter_map(move |request| request.outside(is_namespace))
}

/// Whether it says anything of the nodes that its Pods run on.
fn is_placed(object: &Value) -> bool {
    let says = [
        "nodeName",
        "nodeSelector",
        "affinity",
        "tolerations",
        "topologySpreadConstraints",
        "hostNetwork",
    ];
    let pods = PODS.iter().filter_map(|at| object.pointer(at));
    pods.into_iter()
        .any(|pod| says.iter().any(|field| pod.get(field).is_some()))
}

/// What those that are measured may ask for, and what all others do.
fn containers(scenario: &Scenario, spec: &ClusterSpec, objects: &[Value]) -> Vec<Container> {
    let asks = scenario.checks.iter().map(|check| &check.ask);
    let sized = asks.filter_map(|ask| match ask {
        Ask::Sizing(sizing) => Some(sizing),
        _ => None,
    });
    let groups = node_groups(&spec.nodes);
    let nodes = groups.iter().map(|group| group.nodes).min().unwrap_or(1);
    let replicas = |of: &str| {
        let object = objects.iter().find(|object| called(object) == of);
        let replicas = object.and_then(|object| object.pointer("/spec/replicas")?.as_u64());
        replicas.map_or(1, |it| usize::try_from(it).unwrap_or(usize::MAX))
    };
    let measured: Vec<Container> = sized
        .map(|sizing| {
            let of = format!("{} `{}`", sizing.workload.kind, sizing.workload.name);
            let pods = replicas(&of).div_ceil(nodes);
            measured(sizing, of, pods)
        })
        .collect();
    let others = objects.iter().filter(|object| {
        let name = called(object);
        !measured.iter().any(|measured| measured.of == name)
    });
    let asked = others.flat_map(asked_for).collect::<Vec<_>>();
    measured.iter().cloned().chain(asked).collect()
}

/// The most that `sized` lets these Pods ask for.
fn measured(sizing: &Sizing, of: String, pods: usize) -> Container {
    let (cpu, memory) = sizing.most();
    let all = |one: u32| u64::from(one).saturating_mul(pods as u64);
    Container {
        of,
        pods,
        cpu: format!("{}m", all(cpu)),
        memory: format!("{}Mi", all(memory)),
    }
}

fn asked_for(object: &Value) -> Vec<Container> {
    let templates = PODS.iter().filter_map(|at| object.pointer(at));
    let containers = templates
        .filter_map(|pod| pod["containers"].as_array())
        .flatten();
    let amount = |container: &Value, of: &str| {
        let amount = container.pointer(&format!("/resources/requests/{of}"));
        amount.map_or("0".to_owned(), |amount| {
            amount
                .as_str()
                .map_or_else(|| amount.to_string(), str::to_owned)
        })
    };
    let asked = containers.map(|container| Container {
        of: called(object),
        pods: 1,
        cpu: amount(container, "cpu"),
        memory: amount(container, "memory"),
    });
    asked.collect()
}

/// Where the Pods of an object are described.
const PODS: [&str; 3] = [
    "/spec",
    "/spec/template/spec",
    "/spec/jobTemplate/spec/template/spec",
];

/// The objects of a manifest. It was read when the scenario was, so it has no fault.
fn objects(file: &TextFile) -> Vec<Value> {
    let document = Document::plain(&file.file, &file.text);
    document.read_all().unwrap_or_default()
}

fn node_groups(nodes: &[Node]) -> Vec<NodeGroup> {
    let mut groups: BTreeMap<&str, NodeGroup> = BTreeMap::new();
    for node in nodes {
        let group = groups.entry(&node.node_group).or_insert_with(|| NodeGroup {
            name: node.node_group.clone(),
            nodes: 0,
            instance_type: node.instance_type.clone(),
        });
        group.nodes += 1;
    }
    groups.into_values().collect()
}

fn tight(spec: &ClusterSpec) -> Vec<String> {
    let is_tight = |subnet: &&Subnet| {
        let in_it = spec.nodes.iter().filter(|node| node.subnet == subnet.name);
        let nodes = u32::try_from(in_it.count()).unwrap_or(u32::MAX);
        let wanted = nodes.saturating_mul(PODS_OF_A_NODE + 1);
        usable(&subnet.cidr).is_some_and(|usable| usable < wanted)
    };
    let tight = spec.subnets.iter().filter(is_tight);
    tight.map(|subnet| subnet.name.clone()).collect()
}

/// How many addresses of a range AWS hands out.
fn usable(cidr: &str) -> Option<u32> {
    let prefix: u32 = cidr.split_once('/')?.1.parse().ok()?;
    let all = 1_u32.checked_shl(32_u32.checked_sub(prefix)?)?;
    Some(all.saturating_sub(KEPT_BY_AWS))
}

/// One of a kind that is not known counts as such unless it has a namespace.
fn is_cluster_wide(object: &Value) -> bool {
    let kind = object["kind"].as_str().unwrap_or_default();
    match is_namespaced(kind) {
        Some(is_namespaced) => !is_namespaced && kind != "Namespace",
        None => object.pointer("/metadata/namespace").is_none(),
    }
}

fn called(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    format!(
        "{} `{}`",
        kind.unwrap_or_default(),
        name.unwrap_or_default()
    )
}

/// A claim that nothing mounts waits on any cluster alike.
fn volumes(object: &Value) -> Vec<String> {
    if object["kind"] == "PersistentVolume" {
        return vec![called(object)];
    }
    let pods = PODS.iter().filter_map(|at| object.pointer(at));
    let mounted = pods.filter_map(|pod| pod["volumes"].as_array()).flatten();
    let claims = mounted.filter_map(|volume| {
        let claim = volume.pointer("/persistentVolumeClaim/claimName")?;
        Some(format!(
            "the claim `{}` of {}",
            claim.as_str()?,
            called(object)
        ))
    });
    let own = object.pointer("/spec/volumeClaimTemplates");
    let own = own.and_then(Value::as_array).into_iter().flatten();
    let own = own.map(|_| format!("the claims of {}", called(object)));
    claims.chain(own).collect()
}
