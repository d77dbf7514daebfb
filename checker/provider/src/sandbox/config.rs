//! The sandbox's configuration file, as `sandbox/config` reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// What cluster a sandbox is and where it keeps its state. The fields are those of `sandbox/config/config.go`.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// 1.
    pub format_version: u32,
    /// As EKS would name it.
    pub cluster_name: String,
    /// AWS region, `eu-west-1`.
    pub region: String,
    /// Minor version, `1.36`.
    pub kubernetes: String,
    /// Where it keeps its state; absolute.
    pub folder: PathBuf,
    /// The prepared datastore to start from.
    pub prepared: PathBuf,
    /// The folder of workload models.
    pub images: PathBuf,
    /// 0: the one used before, else a free one.
    pub port: u16,
    /// Where cluster IPs come from.
    pub service_cidr: String,
    /// Where nodes and Pods get their addresses.
    pub subnets: Vec<Subnet>,
    /// The nodes it starts with.
    pub nodes: Vec<Node>,
    /// A Go duration, `24h`.
    pub idle_timeout: String,
    /// Whether it writes an audit log.
    pub audit: bool,
}

/// A subnet of the simulated VPC.
#[derive(Debug, Clone, Serialize)]
pub struct Subnet {
    /// `private-a`.
    pub name: String,
    /// `subnet-…`.
    pub id: String,
    /// `eu-west-1a`.
    pub zone: String,
    /// `10.0.16.0/24`.
    pub cidr: String,
}

/// A simulated EC2 instance of a node group.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    /// The node's name and private DNS name.
    pub name: String,
    /// Inside its subnet.
    pub address: String,
    /// Name of its subnet.
    pub subnet: String,
    /// `m5.large`.
    pub instance_type: String,
    /// Name of its node group.
    pub node_group: String,
    /// `ON_DEMAND` or `SPOT`.
    pub capacity_type: String,
    /// Labels of the node group.
    pub labels: BTreeMap<String, String>,
    /// Taints of the node group.
    pub taints: Vec<Taint>,
}

/// A node group's taint.
#[derive(Debug, Clone, Serialize)]
pub struct Taint {
    /// Key.
    pub key: String,
    /// May be empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}
