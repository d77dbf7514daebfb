//! What each provider offers to a cluster, those that are to come included.
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
            ],
            // Workers are labelled and made small by the kubelet's settings; Pods get addresses from one range, and volumes are folders.
            Self::Kind => &[Offer::NodeGroups, Offer::ClusterWide],
        }
    }
}

/// A provider that is not there yet. It cannot be asked for; what it will never offer is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// A cluster that exists, in namespaces of the lab's own.
    Context,
}

impl Planned {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Context];

    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
        }
    }

    /// The most that it can offer once it is there.
    #[must_use]
    pub fn offers(self) -> &'static [Offer] {
        match self {
            // Its nodes and everything outside of the lab's namespaces are somebody's.
            Self::Context => &[],
        }
    }
}
