//! Everything that a cluster holds, cluster-scoped objects included, to be compared with what it holds at another time.
//!
//! Knows how kinds are found and listed, not what a difference means.

use futures::future::{join_all, try_join};
use grade::observation::Observation;
use kube::api::ApiResource;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::changes::resource;
use crate::observe::forget_managers;
use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal};

/// Kinds that change by themselves, and are no part of what a cluster is.
const LEFT_OUT: [&str; 4] = ["Event", "Lease", "LeaseCandidate", "ComponentStatus"];

/// Asks for the kinds of all groups in one answer, as the API server gives it since Kubernetes 1.30.
const ALL_GROUPS: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// One kind, and the path of all its objects.
struct Listable {
    api_version: String,
    kind: String,
    path: String,
}

/// What there is to list.
#[derive(Default)]
struct Served {
    kinds: Vec<Listable>,
    /// Groups whose own server does not answer just now.
    silent: Vec<String>,
}

impl Cluster {
    /// All objects of all kinds that can be listed, but Events and Leases.
    ///
    /// # Errors
    /// The API server does not list its kinds or one of them before `end`.
    pub async fn snapshot(&self, end: Instant) -> Result<Vec<Value>, ClusterError> {
        let served = self
            .served(end)
            .await
            .map_err(|refusal| failed("the kinds of the cluster", &refusal))?;
        let lists = join_all(served.kinds.iter().map(|kind| async move {
            patiently(end, async || self.all_of(kind, end).await)
                .await
                .map_err(|refusal| failed(&format!("objects of kind {}", kind.kind), &refusal))
        }))
        .await;
        let lists: Vec<Vec<Value>> = lists.into_iter().collect::<Result<_, _>>()?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// The same as an observation, without who wrote which field: what could not be listed is told beside what could.
    pub(crate) async fn everything(&self, end: Instant) -> Observation {
        let served = match self.served(end).await {
            Ok(served) => served,
            Err(refusal) => {
                return Observation::Unreadable(
                    failed("the kinds of the cluster", &refusal).to_string(),
                );
            }
        };
        let lists = join_all(served.kinds.iter().map(|kind| self.all_of(kind, end))).await;
        let mut objects = Vec::new();
        let mut unlisted: Vec<String> = served.silent;
        for (kind, listed) in served.kinds.iter().zip(lists) {
            match listed {
                Ok(found) => objects.extend(found),
                // A kind that went since it was told of has no objects.
                Err(refusal) if refusal.is_not_found() => {}
                Err(refusal) => {
                    let whose = format!("objects of kind {}", kind.kind);
                    unlisted.push(failed(&whose, &refusal).to_string());
                }
            }
        }
        objects.iter_mut().for_each(forget_managers);
        Observation::Everything { objects, unlisted }
    }

    /// The kinds of everything, to be watched.
    pub(crate) async fn resources(&self, end: Instant) -> Result<Vec<ApiResource>, Refusal> {
        let served = self.served(end).await?;
        let kinds = served.kinds.iter().map(|kind| {
            let plural = kind.path.rsplit('/').next().unwrap_or_default();
            resource(&kind.api_version, &kind.kind, plural)
        });
        Ok(kinds.collect())
    }

    /// Each kind once, in the first version of its group that has it: the one that the group prefers.
    async fn served(&self, end: Instant) -> Result<Served, Refusal> {
        let listed = |path| patiently(end, async move || self.get_as(path, ALL_GROUPS, end).await);
        let (core, groups) = try_join(listed("/api"), listed("/apis")).await?;
        let mut served = Served::default();
        for answer in [core, groups] {
            let groups: Groups = serde_json::from_value(answer)
                .map_err(|error| Refusal::NoAnswer(format!("its kinds cannot be read: {error}")))?;
            groups.items.into_iter().for_each(|group| served.add(group));
        }
        Ok(served)
    }

    async fn all_of(&self, kind: &Listable, end: Instant) -> Result<Vec<Value>, Refusal> {
        let mut listed = self.get(&kind.path, end).await?;
        let Value::Array(mut items) = listed["items"].take() else {
            return Ok(Vec::new());
        };
        for item in &mut items {
            item["apiVersion"] = kind.api_version.as_str().into();
            item["kind"] = kind.kind.as_str().into();
        }
        Ok(items)
    }
}

impl Served {
    fn add(&mut self, group: Group) {
        let mut known: Vec<String> = Vec::new();
        for version in group.versions {
            let api_version = match group.metadata.name.as_str() {
                "" => version.version,
                name => format!("{name}/{}", version.version),
            };
            if version.freshness == "Stale" {
                self.silent.push(format!(
                    "failed to list the objects of {api_version}: its server does not answer"
                ));
            }
            for resource in version.resources {
                let kind = resource.response_kind.kind;
                let is_wanted = resource.verbs.iter().any(|verb| verb == "list")
                    && !LEFT_OUT.contains(&kind.as_str())
                    && !known.contains(&kind);
                if is_wanted {
                    let path =
                        format!("{}/{}", crate::kinds::root(&api_version), resource.resource);
                    known.push(kind.clone());
                    self.kinds.push(Listable {
                        api_version: api_version.clone(),
                        kind,
                        path,
                    });
                }
            }
        }
    }
}

/// The API server's answer on all groups, as far as it matters here.
#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    metadata: Name,
    #[serde(default)]
    versions: Vec<InVersion>,
}

#[derive(Deserialize)]
struct Name {
    /// Unset for the core group.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct InVersion {
    version: String,
    #[serde(default)]
    freshness: String,
    #[serde(default)]
    resources: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    /// Plural, `deployments`.
    resource: String,
    response_kind: Kind,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

fn failed(object: &str, refusal: &Refusal) -> ClusterError {
    ClusterError::Refused {
        operation: "list",
        object: object.to_owned(),
        reason: refusal.text().to_owned(),
    }
}
