//! What each provider offers to a cluster.
//!
//! Knows no scenario: whoever has one compares.

use crate::provider::Provider;

/// Something that can be had of one provider and not of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Nodes in groups, with the capacity, the labels and the taints that are wanted.
    NodeGroups,
    /// Subnets of the size that is wanted, which can run out of addresses.
    Subnets,
    /// Volumes that live in one zone and are attached to one node, as those of EBS.
    Volumes,
    /// Objects outside of the lab's own namespaces.
    ClusterWide,
    /// Namespaces of any name.
    AnyNamespace,
    /// To be looked at as a whole, with everything that is not the lab's.
    Whole,
    /// Who wrote what.
    History,
    /// `NetworkPolicies` that are kept.
    NetworkPolicies,
    /// A configuration of `CoreDNS` that it begins with.
    Corefile,
    /// Somebody who answers beyond the cluster, or does not, always alike.
    Outside,
}

impl Provider {
    /// What it offers.
    #[must_use]
    pub fn offers(self) -> &'static [Offer] {
        match self {
            Self::Sandbox => &[
                Offer::NodeGroups,
                Offer::Subnets,
                Offer::Volumes,
                Offer::ClusterWide,
                Offer::AnyNamespace,
                Offer::Whole,
                Offer::History,
                Offer::NetworkPolicies,
                Offer::Corefile,
                Offer::Outside,
            ],
            // Its CoreDNS is kubeadm's, and what is beyond it this machine's network: perhaps nothing. Workers are labelled and made small by the kubelet's settings; Pods get addresses from one range, and volumes are folders.
            Self::Kind => &[
                Offer::NodeGroups,
                Offer::ClusterWide,
                Offer::AnyNamespace,
                Offer::Whole,
                Offer::History,
                // https://github.com/kubernetes-sigs/kind/releases/tag/v0.24.0: its own network keeps them.
                Offer::NetworkPolicies,
            ],
            // Its nodes and everything outside of the lab's namespaces are somebody's, and so is its audit log. Whether its network keeps policies no object says.
            Self::Context => &[],
        }
    }
}
