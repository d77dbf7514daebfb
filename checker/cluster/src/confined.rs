//! A cluster that is somebody else's, of which only some namespaces are the lab's: these are made, looked at and removed, and nothing else.
//!
//! Knows namespaces and their label. That nothing else is looked at is kept by whoever lists.

use std::time::Duration;

use grade::observation::ObjectRef;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::request::patiently;
use crate::{Cluster, ClusterError, text};

/// How often is looked whether a namespace is gone.
const STEP: Duration = Duration::from_millis(500);

/// The label of a namespace that is a lab's; its value is the session's suffix without the dash.
pub const LABEL: &str = "labctl/session";

/// The label on `kube-system` by which a cluster's owner lets labs in, and its value.
pub const ALLOWED: (&str, &str) = ("labctl/labs", "allowed");

/// The groups whose kinds are looked at in a lab's namespaces; that of `v1` has no name. A team's own kinds are not: whoever has the lab need
/// not be let near them.
pub(crate) const GROUPS: [&str; 7] = [
    "",
    "apps",
    "autoscaling",
    "batch",
    "discovery.k8s.io",
    "networking.k8s.io",
    "policy",
];

/// What of a cluster is the lab's.
pub(crate) struct Confined {
    /// The names of its namespaces.
    pub(crate) namespaces: Vec<String>,
    /// The value of their label.
    label: String,
}

impl Confined {
    /// Whether a namespace that is there is the session's.
    pub(crate) fn has_label(&self, namespace: &Value) -> bool {
        namespace["metadata"]["labels"][LABEL] == self.label.as_str()
    }

    /// A manifest's object as it is made there: a namespace with its label.
    ///
    /// # Errors
    /// It is not one of these namespaces, nor in one of them; says so.
    pub(crate) fn own(&self, object: &Value) -> Result<Value, String> {
        let is_namespace = object["kind"] == "Namespace";
        let namespace = if is_namespace {
            text::at(object, "/metadata/name")
        } else {
            text::at(object, "/metadata/namespace")
        };
        if !self.namespaces.iter().any(|own| own == namespace) {
            return Err("it is not in a namespace of the lab's".to_owned());
        }
        let mut object = object.clone();
        if is_namespace {
            object["metadata"]["labels"][LABEL] = self.label.as_str().into();
        }
        Ok(object)
    }
}

impl Cluster {
    /// The same cluster, of which only these namespaces are the lab's, by the value of their label: no other is looked at where everything is, and
    /// nothing is applied anywhere else.
    #[must_use]
    pub fn confined_to(mut self, namespaces: Vec<String>, label: String) -> Self {
        self.confined = Some(Confined { namespaces, label });
        self
    }

    /// The namespaces to which looks are confined; `None` where they are not.
    pub(crate) fn namespaces(&self) -> Option<&[String]> {
        self.confined.as_ref().map(|it| it.namespaces.as_slice())
    }

    /// Its version, `v1.36.3`.
    ///
    /// # Errors
    /// It does not answer before `end`.
    pub async fn version(&self, end: Instant) -> Result<String, ClusterError> {
        let version = self.get("/version", end).await;
        let version = version.map_err(|refusal| self.unreachable(refusal.text()))?;
        Ok(text::at(&version, "/gitVersion").to_owned())
    }

    /// Whether its owner lets labs in though it looks like production; `None` when it refuses to say.
    pub async fn lets_labs_in(&self, end: Instant) -> Option<bool> {
        let system = self
            .read_object(&namespace("kube-system"), end)
            .await
            .ok()?;
        let (label, value) = ALLOWED;
        Some(system["metadata"]["labels"][label] == value)
    }

    /// Writes down, by a label on `kube-system`, that labs are let in.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn let_labs_in(&self, end: Instant) -> Result<(), ClusterError> {
        let (label, value) = ALLOWED;
        let labels = json!({"metadata": {"labels": {label: value}}});
        let body = Some(("application/merge-patch+json", &labels));
        let path = "/api/v1/namespaces/kube-system?fieldManager=labctl";
        let sent = patiently(end, async || self.send("PATCH", path, body, end).await).await;
        sent.map(drop).map_err(|refusal| ClusterError::Refused {
            operation: "label",
            object: "Namespace `kube-system`".to_owned(),
            reason: refusal.text().to_owned(),
        })
    }

    /// Those of these namespaces that are there and not labelled with this session's name.
    ///
    /// # Errors
    /// The API server refuses to say.
    pub async fn taken<'a>(
        &self,
        namespaces: &'a [String],
        session: &str,
        end: Instant,
    ) -> Result<Vec<&'a str>, ClusterError> {
        let mut taken = Vec::new();
        for name in namespaces {
            if let Some(found) = self.namespace(name, end).await?
                && found["metadata"]["labels"][LABEL] != session
            {
                taken.push(name.as_str());
            }
        }
        Ok(taken)
    }

    /// Deletes those of these namespaces that are labelled with this session's name, with all that is in them, and waits until they are gone, at
    /// most until `end`. One that is not labelled so is left alone.
    ///
    /// # Errors
    /// It is not the cluster with the identity `expected`, the API server refuses it, or they are not gone in time.
    pub async fn remove_namespaces(
        &self,
        expected: &str,
        namespaces: &[String],
        session: &str,
        end: Instant,
    ) -> Result<(), ClusterError> {
        self.verify(expected)?;
        let mut left = Vec::new();
        for name in namespaces {
            let Some(found) = self.namespace(name, end).await? else {
                continue;
            };
            if found["metadata"]["labels"][LABEL] != session {
                continue;
            }
            let options = json!({
                "apiVersion": "v1", "kind": "DeleteOptions",
                "preconditions": {"uid": found["metadata"]["uid"]},
            });
            let body = Some(("application/json", &options));
            let path = format!("/api/v1/namespaces/{name}");
            let sent = patiently(end, async || self.send("DELETE", &path, body, end).await).await;
            match sent {
                Err(refusal) if !refusal.is_not_found() => {
                    return Err(refused("delete", name, refusal.text()));
                }
                _ => left.push(name),
            }
        }
        let mut step = tokio::time::interval(STEP);
        for name in left {
            while let Some(found) = self.namespace(name, end).await? {
                if Instant::now() >= end {
                    let why = waits_for(&found);
                    return Err(refused("delete", name, &why));
                }
                step.tick().await;
            }
        }
        Ok(())
    }

    async fn namespace(&self, name: &str, end: Instant) -> Result<Option<Value>, ClusterError> {
        let within = end.max(Instant::now() + STEP);
        let wanted = namespace(name);
        match patiently(within, async || self.read_object(&wanted, within).await).await {
            Ok(found) => Ok(Some(found)),
            Err(refusal) if refusal.is_not_found() => Ok(None),
            Err(refusal) => Err(refused("read", name, refusal.text())),
        }
    }

    /// The lab's namespaces themselves, as far as they are there.
    pub(crate) async fn own_namespaces(
        &self,
        names: &[String],
        end: Instant,
    ) -> Result<Vec<Value>, ClusterError> {
        let mut found = Vec::new();
        for name in names {
            found.extend(self.namespace(name, end).await?);
        }
        Ok(found)
    }
}

/// What a namespace that is being deleted still has, in its own words.
fn waits_for(namespace: &Value) -> String {
    let conditions = namespace["status"]["conditions"].as_array();
    let why = conditions
        .into_iter()
        .flatten()
        .filter(|it| it["status"] == "True");
    let why: Vec<&str> = why.map(|it| text::at(it, "/message")).collect();
    if why.is_empty() {
        "it was still there when the time was up".to_owned()
    } else {
        why.join("; ")
    }
}

fn namespace(name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "v1".to_owned(),
        kind: "Namespace".to_owned(),
        namespace: None,
        name: name.to_owned(),
    }
}

fn refused(operation: &'static str, name: &str, reason: &str) -> ClusterError {
    ClusterError::Refused {
        operation,
        object: format!("Namespace `{name}`"),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_gets_the_label_and_what_is_in_none_of_them_is_refused() {
        let confined = Confined {
            namespaces: vec!["shop-x7k2q".to_owned()],
            label: "x7k2q".to_owned(),
        };
        let own = |object: &Value| confined.own(object);
        let shop =
            json!({"kind": "Namespace", "metadata": {"name": "shop-x7k2q", "labels": {"a": "b"}}});
        let labels = json!({"a": "b", LABEL: "x7k2q"});
        assert_eq!(own(&shop).unwrap()["metadata"]["labels"], labels);
        let inside =
            json!({"kind": "Service", "metadata": {"name": "cart", "namespace": "shop-x7k2q"}});
        assert_eq!(own(&inside).unwrap(), inside);
        for outside in [
            json!({"kind": "Namespace", "metadata": {"name": "shop"}}),
            json!({"kind": "Service", "metadata": {"name": "cart", "namespace": "shop"}}),
            json!({"kind": "ClusterRole", "metadata": {"name": "cart"}}),
        ] {
            assert!(own(&outside).is_err(), "{outside}");
        }
    }
}
