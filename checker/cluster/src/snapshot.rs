//! Everything that a cluster holds, cluster-scoped objects included, to be compared after a reset.

use futures::future::try_join_all;
use grade::observation::ObjectsRef;
use serde_json::Value;
use tokio::time::Instant;

use crate::kinds::{resources, root};
use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal};

/// Kinds that change by themselves, and are no part of what a cluster is.
const LEFT_OUT: [&str; 3] = ["Event", "Lease", "ComponentStatus"];

impl Cluster {
    /// All objects of all kinds that can be listed, but Events and Leases.
    ///
    /// # Errors
    /// The API server does not list its kinds or one of them before `end`.
    pub async fn snapshot(&self, end: Instant) -> Result<Vec<Value>, ClusterError> {
        let kinds = self
            .listable(end)
            .await
            .map_err(|refusal| failed("the kinds of the cluster", &refusal))?;
        let lists = try_join_all(kinds.iter().map(|kind| async move {
            patiently(end, async || self.read_objects(kind, end).await)
                .await
                .map_err(|refusal| failed(&format!("objects of kind {}", kind.kind), &refusal))
        }))
        .await?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// Each kind once, in the version that its group prefers.
    async fn listable(&self, end: Instant) -> Result<Vec<ObjectsRef>, Refusal> {
        let groups = patiently(end, async || self.get("/apis", end).await).await?;
        let preferred = groups["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|group| group.pointer("/preferredVersion/groupVersion")?.as_str());
        let versions: Vec<&str> = ["v1"].into_iter().chain(preferred).collect();
        let served = try_join_all(versions.iter().map(|version| {
            let path = root(version);
            async move { patiently(end, async || self.get(&path, end).await).await }
        }))
        .await?;
        let mut kinds = Vec::new();
        for (version, listed) in versions.into_iter().zip(&served) {
            for resource in resources(listed) {
                let can_list = resource.verbs.iter().any(|verb| verb == "list");
                if can_list && !LEFT_OUT.contains(&resource.kind.as_str()) {
                    kinds.push(ObjectsRef {
                        api_version: version.to_owned(),
                        kind: resource.kind,
                        namespace: None,
                        selector: None,
                    });
                }
            }
        }
        Ok(kinds)
    }
}

fn failed(object: &str, refusal: &Refusal) -> ClusterError {
    ClusterError::Refused {
        operation: "list",
        object: object.to_owned(),
        reason: refusal.text().to_owned(),
    }
}
