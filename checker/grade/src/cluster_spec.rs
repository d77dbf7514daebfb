//! The cluster a scenario asks for: subnets and node groups, and the nodes that the seed makes of them.
//!
//! Knows names and addresses; what an instance type has is the provider's.

mod written;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Message, message};
use crate::document::{Document, Spanned};
use crate::draw::Draw;
pub(crate) use written::RawCluster;
use written::{RawNodeGroup, RawSubnet};

/// More nodes in one group are a slip of the pen: a laptop runs them all.
const MOST_NODES: u32 = 100;

/// A cluster, ready to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterSpec {
    /// Minor version, `1.36`.
    pub kubernetes: String,
    /// AWS region, `eu-west-1`.
    pub region: String,
    /// Where nodes and Pods get their addresses, at least one.
    pub subnets: Vec<Subnet>,
    /// In the order of the node groups, at least one.
    pub nodes: Vec<Node>,
    /// Whether `NetworkPolicies` are kept.
    pub network_policies: bool,
    /// `CoreDNS`' whole configuration; unset: that of a new cluster.
    pub corefile: Option<String>,
    /// Domains beyond the cluster whose name servers do not answer.
    pub mute_domains: Vec<String>,
}

/// One subnet of the cluster's network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subnet {
    /// As node groups name it, `private-a`.
    pub name: String,
    /// As AWS names it, `subnet-` and 17 hexadecimal digits; picked by the seed.
    pub id: String,
    /// Availability zone, `eu-west-1a`.
    pub zone: String,
    /// `10.0.16.0/24`.
    pub cidr: String,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// As EKS names it, `ip-10-0-16-23.eu-west-1.compute.internal`.
    pub name: String,
    /// Inside the subnet, unique; picked by the seed.
    pub address: Ipv4Addr,
    /// Name of its subnet.
    pub subnet: String,
    /// `m5.large`.
    pub instance_type: String,
    /// Name of its node group.
    pub node_group: String,
    /// On demand or spot.
    pub capacity_type: CapacityType,
    /// Labels of the node group, besides those of EKS.
    pub labels: BTreeMap<String, String>,
    /// Taints of the node group.
    pub taints: Vec<Taint>,
}

/// How the instances of a node group are bought, as the label `eks.amazonaws.com/capacityType` spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CapacityType {
    /// At the list price, and kept.
    OnDemand,
    /// Cheap, and taken away with two minutes' notice.
    Spot,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    /// `dedicated`.
    pub key: String,
    /// Empty when unset.
    #[serde(default)]
    pub value: String,
    /// What happens to Pods that do not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does to Pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// They are not scheduled.
    NoSchedule,
    /// They are scheduled elsewhere if possible.
    PreferNoSchedule,
    /// They are not scheduled, and evicted when they are there.
    NoExecute,
}

impl CapacityType {
    /// As the label `eks.amazonaws.com/capacityType` spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "ON_DEMAND",
            Self::Spot => "SPOT",
        }
    }
}

impl TaintEffect {
    /// As Kubernetes spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// The addresses of a subnet: network and prefix length, 16 to 28 as in a VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cidr {
    first: u32,
    size: u32,
}

/// What the seed's numbers are for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeded<'a> {
    pub(crate) lab: &'a str,
    pub(crate) variant: &'a str,
    pub(crate) seed: u64,
}

impl ClusterSpec {
    /// Checks what the file says and makes nodes of the node groups.
    pub(crate) fn expand(
        document: &Document<'_>,
        raw: &RawCluster,
        seeded: Seeded<'_>,
    ) -> Result<Self, Diagnostic> {
        check_version(document, &raw.kubernetes)?;
        let subnets = subnets(document, raw, seeded)?;
        check_groups(document, raw)?;
        let mut free: BTreeMap<&str, Vec<Ipv4Addr>> = BTreeMap::new();
        for (subnet, cidr) in &subnets {
            let mut draw = seeded.draw("addresses", &subnet.name);
            let wanted = raw
                .node_groups
                .value
                .0
                .iter()
                .map(|(_, group)| group.value.nodes.value as usize)
                .sum();
            free.insert(&subnet.name, cidr.some(&mut draw, wanted));
        }
        let mut nodes = Vec::new();
        for (group_name, group) in &raw.node_groups.value.0 {
            let names: Vec<&str> = match &group.value.subnets {
                Some(names) => names.value.iter().map(|name| name.value.as_str()).collect(),
                None => subnets
                    .iter()
                    .map(|(subnet, _)| subnet.name.as_str())
                    .collect(),
            };
            for place in 0..group.value.nodes.value as usize {
                let name = names[place % names.len()];
                let address = free.get_mut(name).and_then(Vec::pop).ok_or_else(|| {
                    document.fault(
                        group_name.defined,
                        message!(NoAddressLeft, name, group_name.value),
                    )
                })?;
                let region = &raw.region.value;
                nodes.push(group.value.node(&group_name.value, address, name, region));
            }
        }
        if nodes.is_empty() {
            return Err(document.fault(raw.node_groups.defined, message!(NoNode)));
        }
        Ok(Self {
            kubernetes: raw.kubernetes.value.clone(),
            region: raw.region.value.clone(),
            subnets: subnets.into_iter().map(|(subnet, _)| subnet).collect(),
            nodes,
            network_policies: raw.network_policies,
            corefile: raw.corefile.clone(),
            mute_domains: raw.mute_domains.clone(),
        })
    }
}

impl Seeded<'_> {
    fn draw(&self, purpose: &str, name: &str) -> Draw {
        Draw::new(self.seed, &[purpose, self.lab, self.variant, name])
    }
}

impl RawNodeGroup {
    fn node(&self, name: &str, address: Ipv4Addr, subnet: &str, region: &str) -> Node {
        // The VPC's private DNS names: us-east-1 has a domain of its own.
        let domain = if region == "us-east-1" {
            "ec2.internal".to_owned()
        } else {
            format!("{region}.compute.internal")
        };
        Node {
            name: format!("ip-{}.{domain}", address.to_string().replace('.', "-")),
            address,
            subnet: subnet.to_owned(),
            instance_type: self.instance_type.clone(),
            node_group: name.to_owned(),
            capacity_type: self.capacity_type.unwrap_or(CapacityType::OnDemand),
            labels: self.labels.clone(),
            taints: self.taints.clone(),
        }
    }
}

fn check_version(document: &Document<'_>, version: &Spanned<String>) -> Result<(), Diagnostic> {
    let minor = version
        .value
        .strip_prefix("1.")
        .filter(|minor| minor.parse::<u8>().is_ok());
    match minor {
        Some(_) => Ok(()),
        None => Err(document.fault(version.defined, message!(KubernetesVersion, version.value))),
    }
}

fn subnets(
    document: &Document<'_>,
    raw: &RawCluster,
    seeded: Seeded<'_>,
) -> Result<Vec<(Subnet, Cidr)>, Diagnostic> {
    let mut subnets: Vec<(Subnet, Cidr)> = Vec::new();
    for (name, subnet) in &raw.subnets.value.0 {
        let RawSubnet { zone, cidr } = &subnet.value;
        let name = &name.value;
        let parsed =
            Cidr::parse(&cidr.value).map_err(|message| document.fault(cidr.defined, message))?;
        if !zone.value.starts_with(&raw.region.value) || zone.value == raw.region.value {
            return Err(document.fault(
                zone.defined,
                message!(ZoneOfOtherRegion, zone.value, raw.region.value),
            ));
        }
        for (other, addresses) in &subnets {
            if addresses.overlaps(parsed) {
                return Err(document.fault(
                    cidr.defined,
                    message!(SubnetOverlaps, cidr.value, other.name, other.cidr),
                ));
            }
        }
        let id = format!("subnet-0{:016x}", seeded.draw("subnet", name).number());
        subnets.push((
            Subnet {
                name: name.clone(),
                id,
                zone: zone.value.clone(),
                cidr: cidr.value.clone(),
            },
            parsed,
        ));
    }
    if subnets.is_empty() {
        Err(document.fault(raw.subnets.defined, message!(NoSubnet)))
    } else {
        Ok(subnets)
    }
}

fn check_groups(document: &Document<'_>, raw: &RawCluster) -> Result<(), Diagnostic> {
    for (name, group) in &raw.node_groups.value.0 {
        let RawNodeGroup { nodes, subnets, .. } = &group.value;
        if nodes.value > MOST_NODES {
            return Err(document.fault(nodes.defined, message!(TooManyNodes, MOST_NODES)));
        }
        let Some(subnets) = subnets else { continue };
        if subnets.value.is_empty() {
            return Err(document.fault(subnets.defined, message!(GroupWithoutSubnet, name.value)));
        }
        let known = || {
            raw.subnets
                .value
                .0
                .iter()
                .map(|(name, _)| name.value.as_str())
        };
        let is_unknown = |name: &&Spanned<String>| known().all(|known| known != name.value);
        if let Some(wrong) = subnets.value.iter().find(is_unknown) {
            return Err(document
                .fault(wrong.defined, message!(UnknownSubnet, wrong.value))
                .known("subnets", &wrong.value, known()));
        }
    }
    Ok(())
}

impl Cidr {
    fn parse(text: &str) -> Result<Self, Message> {
        let wrong = || message!(SubnetForm, text);
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let first = u32::from(address.parse::<Ipv4Addr>().map_err(|_| wrong())?);
        let prefix: u32 = prefix.parse().map_err(|_| wrong())?;
        if !(16..=28).contains(&prefix) {
            return Err(message!(SubnetSize, text));
        }
        let size = 1 << (32 - prefix);
        if first % size != 0 {
            let begins = Ipv4Addr::from(first - first % size);
            return Err(message!(SubnetStart, text, begins));
        }
        Ok(Self { first, size })
    }

    fn overlaps(self, other: Self) -> bool {
        // A subnet of a VPC never holds the last address there is, so the sums fit.
        self.first < other.first.saturating_add(other.size)
            && other.first < self.first.saturating_add(self.size)
    }

    /// So many different addresses that a node may have, or as many as there are: AWS keeps the first four and the last.
    fn some(self, draw: &mut Draw, count: usize) -> Vec<Ipv4Addr> {
        let usable = self.size - 5;
        let mut picked = Vec::new();
        while picked.len() < count.min(usable as usize) {
            let place = u32::try_from(draw.below(u64::from(usable))).unwrap_or_default();
            let address = Ipv4Addr::from(self.first + 4 + place);
            if !picked.contains(&address) {
                picked.push(address);
            }
        }
        // The caller takes from the end, and the first one drawn is to be the first one taken.
        picked.reverse();
        picked
    }
}
