//! A cluster of the person's own `kind`: real nodes as containers, labelled and sized as the scenario wants them.
//!
//! What Kubernetes is asked for goes through the tools that lie in kind's nodes; no object is known here but what kubeadm and kind take.

pub(crate) mod cluster;
mod config;
mod creating;
pub(crate) mod error;
pub(crate) mod found;
pub(crate) mod hidden;
mod identities;
pub(crate) mod images;
mod inotify;
mod instance;
pub(crate) mod logs;
mod making;
mod node;
mod nodes;
pub(crate) mod prepared;
pub(crate) mod survey;
pub(crate) mod tools;
