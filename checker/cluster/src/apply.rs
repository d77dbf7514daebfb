//! Applies manifests, in order, by server-side apply.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal, text};

/// Who the objects' managed fields name.
pub(crate) const MANAGER: &str = "deployer";

/// Stands for a namespace that is not there yet.
const NOT_YET: &str = "default";

/// How often is looked whether a status has come.
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
    /// Applies all objects of these manifests, until `end`. Does *not* wait until anything comes of them, but for two kinds: until
    /// Kubernetes has begun to count what a `ResourceQuota` allows, it may let in more, and a `ReplicaSet` on its own is what a
    /// Deployment after it takes over with its Pods, which have to be there first.
    ///
    /// # Errors
    /// The cluster is not the one with the identity `expected`, a document is no object, or the API server refuses one; those
    /// before it are applied. What is waited for has not come before `end`.
    pub async fn apply(
        &self,
        expected: &str,
        manifests: &[Manifest],
        end: Instant,
    ) -> Result<(), ClusterError> {
        self.verify(expected)?;
        for manifest in manifests {
            let objects = read(manifest)?;
            for object in objects.iter().filter(|object| !object.is_null()) {
                self.apply_one(object, end).await?;
                if text::at(object, "/kind") == "ReplicaSet" {
                    self.await_status(object, has_its_pods, end).await?;
                }
            }
            let is_quota = |object: &&Value| text::at(object, "/kind") == "ResourceQuota";
            for quota in objects.iter().filter(is_quota) {
                self.await_status(quota, is_counted, end).await?;
            }
        }
        Ok(())
    }

    /// What [`apply`](Self::apply) would make, object by object, and what the API server says of each without making it: a dry run of its own. An
    /// object in a namespace that is not there yet is asked for in `default`: no other answer would say anything of it.
    ///
    /// # Errors
    /// As above; a refusal of an object is *not* an error.
    pub async fn dry_run(
        &self,
        manifests: &[Manifest],
        end: Instant,
    ) -> Result<Vec<(String, Result<(), String>)>, ClusterError> {
        let mut said = Vec::new();
        for manifest in manifests {
            let objects = read(manifest)?;
            for object in objects.iter().filter(|object| !object.is_null()) {
                said.push((title(object), self.dry_run_one(object, end).await));
            }
        }
        Ok(said)
    }

    async fn dry_run_one(&self, object: &Value, end: Instant) -> Result<(), String> {
        let mut object = match &self.confined {
            Some(confined) => confined.own(object)?,
            None => object.clone(),
        };
        let namespace = object.pointer("/metadata/namespace").map(|_| NOT_YET);
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = namespace.into();
        }
        let sent = patiently(end, async || {
            self.apply_at(&object, namespace, "&dryRun=All", end).await
        });
        sent.await.map_err(|refusal| refusal.text().to_owned())
    }

    /// Waits until the status of an object is what was wanted of it.
    pub(crate) async fn await_status(
        &self,
        object: &Value,
        has_come: fn(&Value) -> bool,
        end: Instant,
    ) -> Result<(), ClusterError> {
        let (kind, name) = (
            text::at(object, "/kind"),
            text::at(object, "/metadata/name"),
        );
        let namespace = text::at(object, "/metadata/namespace");
        let failed = |reason: String| ClusterError::Refused {
            operation: "await",
            object: format!("{kind} `{namespace}/{name}`"),
            reason,
        };
        let api_version = text::at(object, "/apiVersion");
        let place = self.place(api_version, kind, end).await;
        let place = place.map_err(|refusal| failed(refusal.text().to_owned()))?;
        let path = place.one(Some(namespace), name);
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            let read = patiently(end, async || self.send("GET", &path, None, end).await).await;
            if has_come(&read.map_err(|refusal| failed(refusal.text().to_owned()))?) {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(failed("its status was not as wanted in time".to_owned()));
            }
        }
    }

    async fn apply_one(&self, object: &Value, end: Instant) -> Result<(), ClusterError> {
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        let refused = |reason: String| ClusterError::Refused {
            operation: "apply",
            object: title(object),
            reason,
        };
        let object = match &self.confined {
            Some(confined) => confined.own(object).map_err(refused)?,
            None => object.clone(),
        };
        let sent = patiently(end, async || {
            self.apply_at(&object, namespace, "", end).await
        })
        .await;
        sent.map_err(|refusal| refused(refusal.text().to_owned()))
    }

    async fn apply_at(
        &self,
        object: &Value,
        namespace: Option<&str>,
        more: &str,
        end: Instant,
    ) -> Result<(), Refusal> {
        let place = self
            .place(
                text::at(object, "/apiVersion"),
                text::at(object, "/kind"),
                end,
            )
            .await?;
        if let Some(confined) = &self.confined
            && text::at(object, "/kind") == "Namespace"
        {
            // To apply it would need the right to change any namespace, those of others included.
            let path = format!("{}?fieldManager={MANAGER}{more}", place.all(None));
            let body = Some(("application/json", object));
            let sent = self.send("POST", &path, body, end).await;
            if let Err(Refusal::Status { code: 409, .. }) = &sent {
                let one = place.one(None, text::at(object, "/metadata/name"));
                if confined.has_label(&self.get(&one, end).await?) {
                    return Ok(());
                }
            }
            return sent.map(drop);
        }
        let one = place.one(namespace, text::at(object, "/metadata/name"));
        let path = format!("{one}?fieldManager={MANAGER}&force=true{more}");
        let body = Some(("application/apply-patch+yaml", object));
        self.send("PATCH", &path, body, end).await.map(drop)
    }
}

fn read(manifest: &Manifest) -> Result<Vec<Value>, ClusterError> {
    serde_yaml::from_multiple(&manifest.text).map_err(|error| ClusterError::Manifest {
        file: manifest.file.clone(),
        reason: error.to_string(),
    })
}

fn title(object: &Value) -> String {
    let (kind, name) = (
        text::at(object, "/kind"),
        text::at(object, "/metadata/name"),
    );
    match text::at(object, "/metadata/namespace") {
        "" => format!("{kind} `{name}`"),
        namespace => format!("{kind} `{namespace}/{name}`"),
    }
}

/// Whether a quota has in its status what it counts.
fn is_counted(quota: &Value) -> bool {
    let amounts = |pointer: &str| {
        let amounts = quota.pointer(pointer).and_then(Value::as_object);
        amounts.map_or(0, serde_json::Map::len)
    };
    amounts("/status/used") >= amounts("/spec/hard")
}

/// Whether all Pods of a `ReplicaSet` are ready, and its controller knows it: a Deployment is written next, and one that does not see it
/// yet numbers its own first, as if there were none to take on. One without replicas has all its Pods before anybody has seen it.
pub(crate) fn has_its_pods(set: &Value) -> bool {
    let number = |pointer: &str| set.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    number("/status/observedGeneration") >= number("/metadata/generation")
        && number("/status/readyReplicas") >= number("/spec/replicas")
}
