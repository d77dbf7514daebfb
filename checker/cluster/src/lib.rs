//! The only crate that speaks Kubernetes: connects, applies, observes, evicts, waits.
//!
//! It answers the questions that `grade` writes and never judges. `kube`'s errors end here: its texts repeat themselves.

mod apply;
mod changes;
mod comes_back;
mod confined;
mod error;
mod exec;
mod kinds;
pub mod kubeconfig;
mod observe;
mod request;
mod restore;
pub mod rights;
mod said;
#[cfg(test)]
mod situations;
mod snapshot;
mod text;
mod traffic;
mod waiting;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::time::Instant;

pub use apply::Manifest;
pub use changes::Changes;
use confined::Confined;
pub use confined::{ALLOWED, LABEL};
pub use error::ClusterError;
use kinds::Kinds;
use kubeconfig::OneContext;
pub use observe::Waited;
use request::{Refusal, patiently};
pub use restore::Restored;
pub use said::ContainerLog;

/// A cluster that answers.
pub struct Cluster {
    client: kube::Client,
    server: String,
    id: String,
    kinds: Kinds,
    /// What of it is the lab's; unset: all.
    confined: Option<Confined>,
    was_denied: AtomicBool,
}

impl Cluster {
    /// Connects with the current context of this kubeconfig file, and with no other: neither the environment's proxy nor the
    /// person's own kubeconfig plays a part. Reads the cluster's identity, until `end`.
    ///
    /// # Errors
    /// The file cannot be read, or the API server does not answer. A refusal to show the identity is *not* an error.
    pub async fn connect(kubeconfig: &Path, end: Instant) -> Result<Self, ClusterError> {
        let file = Kubeconfig::read_from(kubeconfig).map_err(|error| ClusterError::Kubeconfig {
            path: kubeconfig.to_owned(),
            reason: text::innermost(&error),
        })?;
        Self::by(file, kubeconfig, end).await
    }

    /// The same with one context of a person's kubeconfig, which lies in no file of its own.
    ///
    /// # Errors
    /// As above.
    pub async fn reach(context: &OneContext, end: Instant) -> Result<Self, ClusterError> {
        Self::by(context.config.clone(), &context.file, end).await
    }

    /// `path` is for errors.
    async fn by(mut file: Kubeconfig, path: &Path, end: Instant) -> Result<Self, ClusterError> {
        let wrong = |reason: String| ClusterError::Kubeconfig {
            path: path.to_owned(),
            reason,
        };
        // Without a proxy of the cluster's own, kube reads the environment's, and fails when that is no URL.
        for cluster in file
            .clusters
            .iter_mut()
            .flat_map(|named| &mut named.cluster)
        {
            cluster.proxy_url.clone_from(&cluster.server);
        }
        let mut config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .map_err(|error| wrong(text::innermost(&error)))?;
        config.proxy_url = None;
        // It would ask again, in silence, for as long as the server says.
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let client =
            kube::Client::try_from(config).map_err(|error| wrong(text::innermost(&error)))?;
        let mut cluster = Self::speaking(client, server);
        cluster.id = cluster.read_id(end).await?;
        Ok(cluster)
    }

    /// A cluster whose identity is not read yet.
    fn speaking(client: kube::Client, server: String) -> Self {
        Self {
            client,
            server,
            id: String::new(),
            kinds: Kinds::default(),
            confined: None,
            was_denied: AtomicBool::default(),
        }
    }

    /// The cluster's identity: the uid of namespace `kube-system`. Empty when the cluster refuses to show it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it denied a look so far, for want of a right. Admission denies only writes.
    #[must_use]
    pub fn was_denied(&self) -> bool {
        self.was_denied.load(Ordering::Relaxed)
    }

    /// That this is the cluster with this identity. To be asked before anything is written.
    ///
    /// # Errors
    /// It is another one, or refuses to say.
    pub fn verify(&self, expected: &str) -> Result<(), ClusterError> {
        if self.id == expected {
            return Ok(());
        }
        Err(ClusterError::WrongCluster {
            server: self.server.clone(),
            expected: expected.to_owned(),
            found: self.id.clone(),
        })
    }

    async fn read_id(&self, end: Instant) -> Result<String, ClusterError> {
        let path = "/api/v1/namespaces/kube-system";
        match patiently(end, async || self.get(path, end).await).await {
            Ok(namespace) => Ok(text::at(&namespace, "/metadata/uid").to_owned()),
            Err(refusal) if refusal.is_for_now() => Err(self.unreachable(refusal.text())),
            Err(Refusal::NoAnswer(reason)) => Err(self.unreachable(&reason)),
            Err(Refusal::Status { .. }) => Ok(String::new()),
        }
    }

    fn unreachable(&self, reason: &str) -> ClusterError {
        ClusterError::Unreachable {
            server: self.server.clone(),
            reason: reason.to_owned(),
        }
    }
}
