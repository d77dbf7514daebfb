//! `cluster` of `scenario.yaml`, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CapacityType, Taint};
use crate::document::{Named, Spanned};

/// The cluster to make.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Cluster")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCluster {
    /// Minor version, in quotes: `"1.36"`.
    pub(super) kubernetes: Spanned<String>,
    /// AWS region, `eu-west-1`.
    pub(super) region: Spanned<String>,
    /// Where nodes and Pods get their addresses, by the names that node groups use; at least one, none overlaps another.
    pub(super) subnets: Spanned<Named<Spanned<RawSubnet>>>,
    /// What the nodes are made of, by the name that the label `eks.amazonaws.com/nodegroup` has; at least one node in all.
    pub(super) node_groups: Spanned<Named<Spanned<RawNodeGroup>>>,
    /// Whether `NetworkPolicies` are kept, as with the add-on's setting `enableNetworkPolicy`. Unset: no, as in a new cluster of EKS.
    #[serde(default)]
    pub(super) network_policies: bool,
    /// `CoreDNS`' whole configuration, as with the add-on's setting `corefile`. Unset: that of a new cluster of EKS.
    pub(super) corefile: Option<String>,
    /// Domains beyond the cluster whose name servers do not answer, `partner.example`. Unset: none.
    #[serde(default)]
    pub(super) mute_domains: Vec<String>,
}

/// One subnet.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Subnet")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSubnet {
    /// Availability zone of the region, `eu-west-1a`.
    pub(super) zone: Spanned<String>,
    /// From /16 to /28, as in a VPC: `10.0.16.0/24`.
    pub(super) cidr: Spanned<String>,
}

/// Nodes that are alike.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NodeGroup")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNodeGroup {
    /// An EC2 instance type that the sandbox knows, such as `m5.large`.
    pub(super) instance_type: String,
    /// How its instances are bought. Unset: `ON_DEMAND`.
    pub(super) capacity_type: Option<CapacityType>,
    /// How many nodes, at most 100.
    pub(super) nodes: Spanned<u32>,
    /// Names of subnets; nodes are dealt to them in turn. At least one; unset: all subnets, in their order.
    pub(super) subnets: Option<Spanned<Vec<Spanned<String>>>>,
    /// Labels of each node, besides those of EKS.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    /// Taints of each node.
    #[serde(default)]
    pub(super) taints: Vec<Taint>,
}
