//! Applies manifests, in order, by server-side apply.

use serde_json::Value;
use tokio::time::Instant;

use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal, text};

/// Who the objects' managed fields name.
pub(crate) const MANAGER: &str = "deployer";

/// A file of one or more objects in YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Named in errors.
    pub file: String,
    /// YAML documents.
    pub text: String,
}

impl Cluster {
    /// Applies all objects of these manifests, until `end`. Does *not* wait until anything comes of them.
    ///
    /// # Errors
    /// The cluster is not the one with the identity `expected`, a document is no object, or the API server refuses one; those
    /// before it are applied.
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
        }
        Ok(())
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
