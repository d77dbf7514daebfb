//! A cluster of the person's own `kind`: real nodes as containers, labelled and sized as the scenario wants them.
//!
//! What Kubernetes is asked for goes through the tools that lie in kind's nodes; no object is known here but what kubeadm and kind take.

pub(crate) mod cluster;
mod config;
pub(crate) mod error;
pub(crate) mod hidden;
mod identities;
mod images;
mod instance;
pub(crate) mod logs;
mod node;
mod nodes;
pub(crate) mod prepared;
pub(crate) mod tools;
