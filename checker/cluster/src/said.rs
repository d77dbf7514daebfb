//! What Kubernetes and the containers said in some namespaces: their events and their logs, where only the API server can be asked.
//!
//! Who wrote an event cannot be told: it says so of itself.

use std::time::Duration;

use grade::observation::{LogSeen, ObjectRef, ObjectsRef, Observation};
use serde_json::Value;
use tokio::time::Instant;

use crate::observe::unreadable;
use crate::request::patiently;
use crate::text::at;
use crate::{Cluster, ClusterError};

/// How many lines of a container's log are looked at, from its end.
const LINES: usize = 2000;

/// What one container said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerLog {
    /// Of its Pod.
    pub namespace: String,
    /// Its Pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// Its lines, the oldest first: those of the run before, then those of this one.
    pub lines: Vec<String>,
}

impl Cluster {
    /// The events of the namespaces to which looks are confined.
    ///
    /// # Errors
    /// The API server refuses them.
    pub async fn events(&self, end: Instant) -> Result<Vec<Value>, ClusterError> {
        self.listed("Event", end).await
    }

    /// The Pods of those namespaces.
    ///
    /// # Errors
    /// The API server refuses them.
    pub async fn pods(&self, end: Instant) -> Result<Vec<Value>, ClusterError> {
        self.listed("Pod", end).await
    }

    /// The logs of all containers of these Pods, as far as they can be had.
    pub async fn logs(&self, pods: &[Value], end: Instant) -> Vec<ContainerLog> {
        let mut logs = Vec::new();
        for pod in pods {
            let (namespace, name) = (at(pod, "/metadata/namespace"), at(pod, "/metadata/name"));
            let containers = ["initContainers", "containers"]
                .iter()
                .filter_map(|of| pod["spec"][of].as_array());
            for container in containers.flatten().map(|it| at(it, "/name")) {
                let mut lines = Vec::new();
                for previous in ["true", "false"] {
                    let path = format!(
                        "/api/v1/namespaces/{namespace}/pods/{name}/log?container={container}&previous={previous}&tailLines={LINES}"
                    );
                    // One that has not run, or not twice, has none.
                    let said = self.get_text(&path, end).await.unwrap_or_default();
                    lines.extend(said.lines().map(str::to_owned));
                }
                logs.push(ContainerLog {
                    namespace: namespace.to_owned(),
                    pod: name.to_owned(),
                    container: container.to_owned(),
                    lines,
                });
            }
        }
        logs
    }

    /// What the first containers of a workload's Pods that run have said since they began, or in the last seconds.
    pub(crate) async fn log(
        &self,
        workload: &ObjectRef,
        since: Option<Duration>,
        end: Instant,
    ) -> Observation {
        let pods = match self.running(workload, end).await {
            Ok(pods) => pods,
            Err(why) => return Observation::Unreadable(why),
        };
        let since = since.map_or_else(String::new, |since| {
            format!("&sinceSeconds={}", since.as_secs().max(1))
        });
        let mut logs = Vec::new();
        for pod in &pods {
            let (namespace, name) = (at(pod, "/metadata/namespace"), at(pod, "/metadata/name"));
            let container = at(pod, "/spec/containers/0/name");
            let path = format!(
                "/api/v1/namespaces/{namespace}/pods/{name}/log?container={container}&tailLines={LINES}{since}"
            );
            match self.get_text(&path, end).await {
                Ok(said) => logs.push(LogSeen {
                    pod: name.to_owned(),
                    lines: said.lines().map(str::to_owned).collect(),
                }),
                Err(refusal) => {
                    let of_pod = format!("Pod `{namespace}/{name}`");
                    return unreadable("read the log of", &of_pod, &refusal);
                }
            }
        }
        Observation::Logs(logs)
    }

    async fn listed(&self, kind: &str, end: Instant) -> Result<Vec<Value>, ClusterError> {
        let wanted = ObjectsRef::all("v1", kind);
        let found = patiently(end, async || self.read_objects(&wanted, end).await).await;
        found.map_err(|refusal| ClusterError::Refused {
            operation: "list",
            object: format!("objects of kind {kind}"),
            reason: refusal.text().to_owned(),
        })
    }
}
