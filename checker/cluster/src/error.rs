//! What can go wrong between labctl and a cluster, each in the API server's own words.

use std::path::PathBuf;

use thiserror::Error;

/// An operation on a cluster that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClusterError {
    /// The kubeconfig cannot be used.
    #[error("failed to read the kubeconfig `{}`: {reason}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nobody answers.
    #[error("failed to reach the API server at {server}: {reason}")]
    Unreachable {
        /// Its URL.
        server: String,
        /// Why.
        reason: String,
    },
    /// It is another cluster than the session's.
    #[error(
        "the cluster at {server} is not this session's: its identity is `{found}`, not `{expected}`"
    )]
    WrongCluster {
        /// Its URL.
        server: String,
        /// The session's cluster.
        expected: String,
        /// The one that answered; empty when it refuses to say.
        found: String,
    },
    /// A manifest is no object.
    #[error("failed to read `{file}`: {reason}")]
    Manifest {
        /// Path from the course's root.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The API server refuses an operation.
    #[error("failed to {operation} {object}: {reason}")]
    Refused {
        /// What was tried, such as `apply`.
        operation: &'static str,
        /// On what, such as "Deployment `shop/cart`".
        object: String,
        /// Its own words.
        reason: String,
    },
}
