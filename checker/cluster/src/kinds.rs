//! Which path of the API serves a kind, asked of the cluster once for each group and version, and again for a kind it lacked.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::{Cluster, Refusal, text};

/// What each group and version serves, by `apps/v1`. Each has a lock of its own, which is held while it is asked for: it is asked
/// for once, and one that does not answer keeps no other waiting.
#[derive(Default)]
pub(crate) struct Kinds(Mutex<HashMap<String, Arc<Mutex<Served>>>>);

/// What one group and version serves, as far as is known.
#[derive(Default)]
struct Served {
    resources: Vec<Resource>,
    /// When it was last asked for in vain, and why.
    refused: Option<(Instant, Refusal)>,
}

/// One resource, as discovery lists it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Resource {
    /// Plural, `deployments`.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) namespaced: bool,
}

/// Where the objects of a kind are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    root: String,
    plural: String,
    namespaced: bool,
}

impl Kinds {
    async fn served(&self, api_version: &str) -> Arc<Mutex<Served>> {
        let mut groups = self.0.lock().await;
        Arc::clone(groups.entry(api_version.to_owned()).or_default())
    }
}

impl Served {
    fn find(&self, kind: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .find(|resource| resource.kind == kind && !resource.name.contains('/'))
    }

    /// The refusal that came while somebody waited for it, too.
    fn refused_since(&self, begun: Instant) -> Option<&Refusal> {
        let (at, refusal) = self.refused.as_ref()?;
        (*at >= begun).then_some(refusal)
    }
}

impl Cluster {
    /// Where the objects of a kind are.
    pub(crate) async fn place(
        &self,
        api_version: &str,
        kind: &str,
        end: Instant,
    ) -> Result<Place, Refusal> {
        let root = root(api_version);
        let begun = Instant::now();
        let served = self.kinds.served(api_version).await;
        let Ok(mut served) = timeout_at(end, served.lock()).await else {
            return Err(Refusal::too_late(begun.elapsed()));
        };
        if served.find(kind).is_none() {
            if let Some(refusal) = served.refused_since(begun) {
                return Err(refusal.clone());
            }
            // Asked for the first time, or perhaps served only since then.
            served.resources = match self.get(&root, end).await {
                Ok(listed) => resources(&listed),
                Err(refusal) if refusal.is_not_found() => Vec::new(),
                Err(refusal) => {
                    let refusal = self.explained(api_version, refusal, end).await;
                    served.refused = Some((Instant::now(), refusal.clone()));
                    return Err(refusal);
                }
            };
        }
        let resource = served.find(kind).ok_or_else(|| Refusal::Status {
            code: 404,
            message: format!("the cluster serves no kind `{kind}` in `{api_version}`"),
        })?;
        Ok(Place {
            root,
            plural: resource.name.clone(),
            namespaced: resource.namespaced,
        })
    }
}

impl Cluster {
    /// The refusal of a whole group, with what its `APIService` says: a server that stands in for the group may be gone.
    async fn explained(&self, api_version: &str, refusal: Refusal, end: Instant) -> Refusal {
        let (Refusal::Status { code: 503, message }, Some((group, version))) =
            (&refusal, api_version.split_once('/'))
        else {
            return refusal;
        };
        let name = format!("{version}.{group}");
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{name}");
        let Ok(service) = self.get(&path, end).await else {
            return refusal;
        };
        let conditions = service["status"]["conditions"].as_array();
        let is_down =
            |condition: &&Value| condition["type"] == "Available" && condition["status"] == "False";
        match conditions.into_iter().flatten().find(is_down) {
            Some(condition) => Refusal::Status {
                code: 503,
                message: format!(
                    "{message}; APIService `{name}` is not available: {}",
                    text::at(condition, "/message")
                ),
            },
            None => refusal,
        }
    }
}

impl Place {
    pub(crate) fn is_namespaced(&self) -> bool {
        self.namespaced
    }

    /// `deployments`.
    pub(crate) fn plural(&self) -> &str {
        &self.plural
    }

    /// The path of all objects, or of those in a namespace.
    pub(crate) fn all(&self, namespace: Option<&str>) -> String {
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{}/namespaces/{namespace}/{}", self.root, self.plural),
            None => format!("{}/{}", self.root, self.plural),
        }
    }

    /// The path of one object.
    pub(crate) fn one(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{name}", self.all(namespace))
    }
}

/// `/api/v1`, `/apis/apps/v1`.
pub(crate) fn root(api_version: &str) -> String {
    if api_version.contains('/') {
        format!("/apis/{api_version}")
    } else {
        format!("/api/{api_version}")
    }
}

/// The resources of a discovery answer.
fn resources(listed: &Value) -> Vec<Resource> {
    listed["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|resource| serde_json::from_value(resource.clone()).ok())
        .collect()
}
