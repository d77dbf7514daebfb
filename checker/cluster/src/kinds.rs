//! Which path of the API serves a kind, asked of the cluster once for each group and version, and again for a kind it lacked.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{Cluster, Refusal};

/// What a group and version serves, by `apps/v1`.
#[derive(Default)]
pub(crate) struct Kinds(HashMap<String, Vec<Resource>>);

/// One resource, as discovery lists it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Resource {
    /// Plural, `deployments`.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) namespaced: bool,
    #[serde(default)]
    pub(crate) verbs: Vec<String>,
}

/// Where the objects of a kind are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    root: String,
    plural: String,
    namespaced: bool,
}

impl Kinds {
    fn find(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        let mut served = self.0.get(api_version).into_iter().flatten();
        served.find(|resource| resource.kind == kind && !resource.name.contains('/'))
    }
}

impl Cluster {
    /// Where the objects of a kind are.
    pub(crate) async fn place(&self, api_version: &str, kind: &str) -> Result<Place, Refusal> {
        let root = root(api_version);
        let mut kinds = self.kinds.lock().await;
        if kinds.find(api_version, kind).is_none() {
            // Asked for the first time, or perhaps served only since then.
            let listed = match self.get(&root).await {
                Ok(listed) => listed,
                Err(refusal) if refusal.is_not_found() => Value::Null,
                Err(refusal) => return Err(refusal),
            };
            kinds.0.insert(api_version.to_owned(), resources(&listed));
        }
        let resource = kinds
            .find(api_version, kind)
            .ok_or_else(|| Refusal::Status {
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

impl Place {
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
pub(crate) fn resources(listed: &Value) -> Vec<Resource> {
    listed["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|resource| serde_json::from_value(resource.clone()).ok())
        .collect()
}
