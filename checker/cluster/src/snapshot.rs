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
use crate::confined::GROUPS;
use crate::observe::forget_managers;
use crate::request::patiently;
use crate::{Cluster, ClusterError, Refusal};

/// Kinds that change by themselves, and are no part of what a cluster is.
const LEFT_OUT: [&str; 6] = [
    "ComponentStatus",
    "Event",
    "Lease",
    "LeaseCandidate",
    "NodeMetrics",
    "PodMetrics",
];

/// Asks for the kinds of all groups in one answer, as the API server gives it since Kubernetes 1.30.
const ALL_GROUPS: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// One kind, and the path of all its objects; where only some namespaces are looked at, of those in one of them.
struct Listable {
    api_version: String,
    kind: String,
    path: String,
    /// Unset: they are of all namespaces, or of none.
    namespace: Option<String>,
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
        let namespaces = self.own_namespaces(self.confined(), end).await?;
        Ok(lists.into_iter().flatten().chain(namespaces).collect())
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
        match self.own_namespaces(self.confined(), end).await {
            Ok(namespaces) => objects.extend(namespaces),
            Err(error) => unlisted.push(error.to_string()),
        }
        objects.iter_mut().for_each(forget_managers);
        Observation::Everything { objects, unlisted }
    }

    /// The namespaces to which looks are confined; none where they are not.
    fn confined(&self) -> &[String] {
        self.namespaces().unwrap_or_default()
    }

    /// The kinds of everything, to be watched, each in the namespace where it is.
    pub(crate) async fn resources(
        &self,
        end: Instant,
    ) -> Result<Vec<(ApiResource, Option<String>)>, Refusal> {
        let served = self.served(end).await?;
        let kinds = served.kinds.iter().map(|kind| {
            let plural = kind.path.rsplit('/').next().unwrap_or_default();
            let resource = resource(&kind.api_version, &kind.kind, plural);
            (resource, kind.namespace.clone())
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
            let wanted = groups.items.into_iter().filter(|group| {
                self.confined.is_none() || GROUPS.contains(&group.metadata.name.as_str())
            });
            wanted.for_each(|group| served.add(group, self.namespaces()));
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
    fn add(&mut self, group: Group, confined: Option<&[String]>) {
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
                if !is_wanted {
                    continue;
                }
                known.push(kind.clone());
                let root = crate::kinds::root(&api_version);
                let mut add = |path: String, namespace: Option<&String>| {
                    self.kinds.push(Listable {
                        api_version: api_version.clone(),
                        kind: kind.clone(),
                        path,
                        namespace: namespace.cloned(),
                    });
                };
                match confined {
                    None => add(format!("{root}/{}", resource.resource), None),
                    Some(_) if resource.scope != "Namespaced" => {}
                    Some(namespaces) => {
                        for namespace in namespaces {
                            let path =
                                format!("{root}/namespaces/{namespace}/{}", resource.resource);
                            add(path, Some(namespace));
                        }
                    }
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
    /// `Namespaced` or `Cluster`.
    #[serde(default)]
    scope: String,
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
