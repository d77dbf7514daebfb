//! Applies manifests, in order, by server-side apply.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal, text};

/// Who the objects' managed fields name.
pub(crate) const MANAGER: &str = "deployer";

/// How often is looked whether a quota is counted.
const STEP: Duration = Duration::from_millis(20);

/// A file of one or more objects in YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Named in errors.
    pub file: String,
    /// YAML documents.
    pub text: String,
}

impl Cluster {
    /// Applies all objects of these manifests, until `end`. Does *not* wait until anything comes of them, but for a `ResourceQuota`:
    /// until Kubernetes has begun to count, it may let in more than it says.
    ///
    /// # Errors
    /// The cluster is not the one with the identity `expected`, a document is no object, or the API server refuses one; those
    /// before it are applied. A quota is not counted before `end`.
    pub async fn apply(
        &self,
        expected: &str,
        manifests: &[Manifest],
        end: Instant,
    ) -> Result<(), ClusterError> {
        self.verify(expected)?;
        for manifest in manifests {
            let objects: Vec<Value> =
                serde_yaml::from_multiple(&manifest.text).map_err(|error| {
                    ClusterError::Manifest {
                        file: manifest.file.clone(),
                        reason: error.to_string(),
                    }
                })?;
            for object in objects.iter().filter(|object| !object.is_null()) {
                self.apply_one(object, end).await?;
            }
            let is_quota = |object: &&Value| text::at(object, "/kind") == "ResourceQuota";
            for quota in objects.iter().filter(is_quota) {
                self.await_counted(quota, end).await?;
            }
        }
        Ok(())
    }

    /// Waits until a quota has in its status what it counts.
    async fn await_counted(&self, quota: &Value, end: Instant) -> Result<(), ClusterError> {
        let wanted = quota.pointer("/spec/hard").and_then(Value::as_object);
        let wanted = wanted.map_or(0, serde_json::Map::len);
        let namespace = text::at(quota, "/metadata/namespace");
        let name = text::at(quota, "/metadata/name");
        let failed = |reason: String| ClusterError::Refused {
            operation: "await",
            object: format!("ResourceQuota `{namespace}/{name}`"),
            reason,
        };
        let path = format!("/api/v1/namespaces/{namespace}/resourcequotas/{name}");
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            let read = patiently(end, async || self.send("GET", &path, None, end).await).await;
            let read = read.map_err(|refusal| failed(refusal.text().to_owned()))?;
            let counted = read.pointer("/status/used").and_then(Value::as_object);
            if counted.map_or(0, serde_json::Map::len) >= wanted {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(failed("what it counts was not counted in time".to_owned()));
            }
        }
    }

    async fn apply_one(&self, object: &Value, end: Instant) -> Result<(), ClusterError> {
        let kind = text::at(object, "/kind");
        let name = text::at(object, "/metadata/name");
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        patiently(end, async || self.apply_at(object, namespace, end).await)
            .await
            .map_err(|refusal| ClusterError::Refused {
                operation: "apply",
                object: match namespace {
                    Some(namespace) => format!("{kind} `{namespace}/{name}`"),
                    None => format!("{kind} `{name}`"),
                },
                reason: refusal.text().to_owned(),
            })
    }

    async fn apply_at(
        &self,
        object: &Value,
        namespace: Option<&str>,
        end: Instant,
    ) -> Result<(), Refusal> {
        let place = self
            .place(
                text::at(object, "/apiVersion"),
                text::at(object, "/kind"),
                end,
            )
            .await?;
        let one = place.one(namespace, text::at(object, "/metadata/name"));
        let path = format!("{one}?fieldManager={MANAGER}&force=true");
        let body = Some(("application/apply-patch+yaml", object));
        self.send("PATCH", &path, body, end).await.map(drop)
    }
}
