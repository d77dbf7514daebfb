//! The sandbox: Kubernetes in one process on this machine, a process of its own for each session.
//!
//! The process holds a lock on its folder as long as it lives, however it ends; so whoever can take the lock knows that it
//! is gone.

pub(crate) mod audit;
pub(crate) mod beliefs;
pub(crate) mod binary;
pub(crate) mod components;
pub(crate) mod config;
pub(crate) mod containers;
mod control;
pub(crate) mod hidden;
pub(crate) mod prepared;
pub(crate) mod process;
