//! The only crate that speaks Kubernetes: connects, applies, observes, evicts, waits.
//!
//! It answers the questions that `grade` writes and never judges. `kube`'s errors end here: its texts repeat themselves.

mod apply;
mod changes;
mod comes_back;
mod error;
mod kinds;
mod observe;
mod snapshot;
mod text;
mod waiting;

use std::path::Path;
use std::time::Duration;

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use tokio::sync::Mutex;

pub use apply::Manifest;
pub use changes::Changes;
pub use error::ClusterError;
use kinds::Kinds;
pub use observe::Waited;

/// How long the API server may take for one request.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A cluster that answers.
pub struct Cluster {
    client: kube::Client,
    /// Hands on a refusal that `client` would try again, in silence, for as long as the server says.
    outspoken: kube::Client,
    server: String,
    id: String,
    kinds: Mutex<Kinds>,
}

impl Cluster {
    /// Connects with the current context of this kubeconfig file, and with no other: neither the environment's proxy nor the
    /// person's own kubeconfig plays a part. Reads the cluster's identity.
    ///
    /// # Errors
    /// The file cannot be read, or the API server does not answer. A refusal to show the identity is *not* an error.
    pub async fn connect(kubeconfig: &Path) -> Result<Self, ClusterError> {
        let wrong = |reason: String| ClusterError::Kubeconfig {
            path: kubeconfig.to_owned(),
            reason,
        };
        let mut file =
            Kubeconfig::read_from(kubeconfig).map_err(|error| wrong(text::innermost(&error)))?;
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
        config.read_timeout = Some(ANSWER_WITHIN);
        let server = config.cluster_url.to_string();
        let client = |config: kube::Config| {
            kube::Client::try_from(config).map_err(|error| wrong(text::innermost(&error)))
        };
        let mut outspoken = config.clone();
        outspoken.default_retry = false;
        let mut cluster = Self {
            client: client(config)?,
            outspoken: client(outspoken)?,
            server,
            id: String::new(),
            kinds: Mutex::default(),
        };
        cluster.id = cluster.read_id().await?;
        Ok(cluster)
    }

    /// The cluster's identity: the uid of namespace `kube-system`. Empty when the cluster refuses to show it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
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

    async fn read_id(&self) -> Result<String, ClusterError> {
        match self.get("/api/v1/namespaces/kube-system").await {
            Ok(namespace) => Ok(text::at(&namespace, "/metadata/uid").to_owned()),
            Err(Refusal::Status { .. }) => Ok(String::new()),
            Err(Refusal::NoAnswer(reason)) => Err(ClusterError::Unreachable {
                server: self.server.clone(),
                reason,
            }),
        }
    }

    async fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.send("GET", path, None).await
    }

    /// One request with an optional body and its media type.
    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value, Refusal> {
        Self::send_by(&self.client, method, path, body).await
    }

    async fn send_by(
        client: &kube::Client,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value, Refusal> {
        let mut request = Request::builder().method(method).uri(path);
        let mut bytes = Vec::new();
        if let Some((media_type, value)) = body {
            request = request.header("Content-Type", media_type);
            bytes = value.to_string().into_bytes();
        }
        let request = request
            .body(bytes)
            .map_err(|error| Refusal::NoAnswer(error.to_string()))?;
        match tokio::time::timeout(ANSWER_WITHIN, client.request(request)).await {
            Ok(answer) => answer.map_err(|error| Refusal::of(&error)),
            Err(_) => Err(Refusal::NoAnswer(format!(
                "no answer within {} s",
                ANSWER_WITHIN.as_secs()
            ))),
        }
    }
}

/// Why a request came to nothing.
#[derive(Debug, Clone)]
enum Refusal {
    /// The API server said no.
    Status {
        /// HTTP status code.
        code: u16,
        /// Its own words.
        message: String,
    },
    /// There was no answer, or none that can be read.
    NoAnswer(String),
}

impl Refusal {
    fn of(error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Status {
                code: status.code,
                message: match &status.details {
                    // A disruption budget's name and numbers are only here; other causes are in the message already.
                    Some(details) if status.code == 429 => {
                        let causes = details.causes.iter().map(|cause| cause.message.as_str());
                        let texts: Vec<&str> = std::iter::once(status.message.as_str())
                            .chain(causes)
                            .collect();
                        texts.join(" ")
                    }
                    _ => status.message.clone(),
                },
            },
            other => Self::NoAnswer(text::innermost(other)),
        }
    }

    fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { code: 404, .. })
    }

    fn text(&self) -> &str {
        match self {
            Self::Status { message, .. } => message,
            Self::NoAnswer(reason) => reason,
        }
    }
}
