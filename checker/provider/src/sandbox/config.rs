//! The sandbox's configuration file, as `sandbox/config` reads it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::ProviderError;
use crate::files::{FileError, make_folder, write_atomically};
use crate::site::Wanted;

/// Nobody uses a session for a day: it ends by itself, and `labctl start` brings it back.
const IDLE_TIMEOUT: &str = "24h";

/// Where cluster addresses come from on EKS, unless the VPC uses it.
const SERVICE_CIDR: &str = "172.20.0.0/16";

/// What cluster a sandbox is and where it keeps its state. The fields are those of `sandbox/config/config.go`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Config {
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
    /// Whether `NetworkPolicies` are kept.
    pub network_policies: bool,
    /// `CoreDNS`' whole configuration; empty: that of a new cluster.
    pub corefile: String,
    /// Domains beyond the cluster whose name servers do not answer.
    pub mute_domains: Vec<String>,
    /// A Go duration, `24h`.
    pub idle_timeout: String,
    /// Whether it writes an audit log.
    pub audit: bool,
    /// Whether it may take more memory to save processor time.
    pub throw_away: bool,
}

impl Config {
    /// What is wanted, on this folder.
    pub(crate) fn of(wanted: &Wanted, folder: PathBuf, images: &Path, prepared: &Path) -> Self {
        Self {
            format_version: 1,
            cluster_name: wanted.cluster_name.clone(),
            region: wanted.region.clone(),
            kubernetes: wanted.kubernetes.clone(),
            folder,
            prepared: prepared.to_owned(),
            images: images.to_owned(),
            port: 0,
            service_cidr: SERVICE_CIDR.to_owned(),
            subnets: wanted.subnets.clone(),
            nodes: wanted.nodes.clone(),
            network_policies: wanted.network_policies,
            corefile: wanted.corefile.clone().unwrap_or_default(),
            mute_domains: wanted.mute_domains.clone(),
            idle_timeout: IDLE_TIMEOUT.to_owned(),
            audit: true,
            throw_away: false,
        }
    }

    /// Writes the workload models, and makes the folder that it is to run on.
    pub(crate) fn lay_out(&self, models: &BTreeMap<String, String>) -> Result<(), ProviderError> {
        // A model that has another file by now would be there twice.
        match std::fs::remove_dir_all(&self.images) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(FileError::of("remove", &self.images)(error).into());
            }
            _ => {}
        }
        for (name, text) in models {
            write_atomically(&self.images.join(name), text.as_bytes())?;
        }
        Ok(make_folder(&self.folder)?)
    }

    /// Tells a broken workload model by where it comes from: it is no fault of the sandbox's.
    pub(crate) fn named(&self, error: ProviderError, models_from: &str) -> ProviderError {
        let images = format!("{}/", self.images.display());
        match error {
            ProviderError::Failed { said, .. } if said.contains(&images) => ProviderError::Model {
                said: said.replace(&images, models_from),
            },
            error => error,
        }
    }
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
