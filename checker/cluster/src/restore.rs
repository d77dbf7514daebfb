//! Brings a cluster back to a snapshot of it, object by object: for a cluster that cannot be thrown away, and where a new one costs more.
//!
//! Knows no lab. It does what it can and says when it cannot; that the cluster is as it was is proved by comparing, not by this.

mod plan;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::try_join_all;
use grade::observation::ObjectsRef;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::apply::{MANAGER, has_its_pods};
use crate::request::patiently;
use crate::text::at;
use crate::{Cluster, ClusterError, Refusal};
use plan::{plan, title};

/// How often is looked whether what was deleted is gone.
const STEP: Duration = Duration::from_millis(200);

/// How long a quota may take to count what has gone.
const COUNTED_WITHIN: Duration = Duration::from_secs(5);

/// What only the API server writes.
const ITS_OWN: [&str; 7] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// All was written. What owners have to make follows.
    Done {
        /// From when on what the cluster says is of the restored objects: RFC 3339, UTC.
        since: String,
    },
    /// It cannot be as it was, and nothing was done; says why.
    Lost(String),
}

impl Cluster {
    /// Deletes what is new since `start`, writes what changed or is gone as it was, and has the Pods of changed workloads and all that are
    /// not ready made anew, before `end`. Events of the namespaces that it touches go. Does *not* wait until anything comes of it.
    ///
    /// # Errors
    /// The cluster is not the one with the identity `expected`, the API server refuses something, or what was deleted does not go in time.
    pub async fn restore(
        &self,
        expected: &str,
        start: &[Value],
        end: Instant,
    ) -> Result<Restored, ClusterError> {
        self.verify(expected)?;
        let now = self.snapshot(end).await?;
        let plan = plan(start, &now);
        if !plan.lost.is_empty() {
            return Ok(Restored::Lost(plan.lost.join("; ")));
        }
        let mut made = plan.made.clone();
        let mut deleted = plan.deleted.clone();
        for object in &plan.deleted {
            self.remove(object, end).await?;
        }
        for (was, is) in &plan.changed {
            if !self.put_back(was, is, end).await? {
                self.remove(is, end).await?;
                deleted.push(is);
                made.push(was);
            }
        }
        for pod in &plan.orphans {
            self.remove(pod, end).await?;
        }
        let gone: Vec<&Value> = deleted.iter().chain(&plan.orphans).copied().collect();
        let awaited: Vec<&Value> = gone.iter().chain(&plan.volumes).copied().collect();
        self.await_gone(&awaited, end).await?;
        // From here on there are Pods of the start again, and what is said of them counts.
        let since = jiff::Timestamp::now().to_string();
        let touched: Vec<&Value> = gone.iter().chain(&plan.pods).copied().collect();
        self.forget_events(&touched, end).await?;
        for object in made {
            self.make(object, end).await?;
            if at(object, "/kind") == "ReplicaSet" {
                self.await_status(object, has_its_pods, end).await?;
            }
        }
        for pod in &plan.pods {
            self.remove(pod, end).await?;
        }
        Ok(Restored::Done { since })
    }

    /// Deletes an object with all that it owns, whatever keeps it. Does *not* fail when it is gone already.
    async fn remove(&self, object: &Value, end: Instant) -> Result<(), ClusterError> {
        let path = self.path(object, end).await?;
        let is_kept = object
            .pointer("/metadata/finalizers")
            .is_some_and(|kept| kept != &json!([]));
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": {"uid": at(object, "/metadata/uid")},
        });
        let body = Some(("application/json", &options));
        let sent = patiently(end, async || self.send("DELETE", &path, body, end).await).await;
        // Kubernetes' own parts let go of a Namespace or a claim by themselves.
        if sent.is_ok() && is_kept && at(object, "/kind") != "Namespace" {
            let free = json!({"metadata": {"finalizers": null}});
            let body = Some(("application/merge-patch+json", &free));
            ok_if_gone(
                self.send("PATCH", &path, body, end).await,
                "release",
                object,
            )?;
        }
        ok_if_gone(sent, "delete", object)
    }

    /// Writes a changed object as it was. `false` when a field of it can be written only once.
    async fn put_back(&self, was: &Value, is: &Value, end: Instant) -> Result<bool, ClusterError> {
        let path = self.path(is, end).await?;
        let mut body = was.clone();
        body["metadata"]["uid"] = is["metadata"]["uid"].clone();
        body["metadata"]["resourceVersion"] = is["metadata"]["resourceVersion"].clone();
        remove(&mut body["metadata"], &["managedFields"]);
        if at(was, "/kind") == "Node" {
            // Its kubelet and its controllers write all the time.
            remove(&mut body["metadata"], &["resourceVersion"]);
        }
        let written = Some(("application/json", &body));
        let target = format!("{path}?fieldManager={MANAGER}");
        let sent = patiently(end, async || self.send("PUT", &target, written, end).await).await;
        match sent {
            Err(Refusal::Status { code: 422, .. }) => return Ok(false),
            sent => sent.map_err(|refusal| refused("write", was, &refusal))?,
        };
        if at(was, "/kind") == "Node" {
            let amounts = |field: &str| was["status"][field].clone();
            let status = json!({"status": {"capacity": amounts("capacity"), "allocatable": amounts("allocatable")}});
            let body = Some(("application/merge-patch+json", &status));
            let sent = self
                .send("PATCH", &format!("{path}/status"), body, end)
                .await;
            sent.map_err(|refusal| refused("write the status of", was, &refusal))?;
        }
        Ok(true)
    }

    /// Makes an object of the start again, on its own: who took it on then takes it on again. One that is there already, made by somebody
    /// else meanwhile, is left to the comparison.
    async fn make(&self, object: &Value, end: Instant) -> Result<(), ClusterError> {
        let mut body = object.clone();
        remove(&mut body["metadata"], &ITS_OWN);
        remove(&mut body["metadata"], &["ownerReferences"]);
        remove(&mut body, &["status"]);
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        let place = self
            .place(at(object, "/apiVersion"), at(object, "/kind"), end)
            .await;
        let place = place.map_err(|refusal| refused("make", object, &refusal))?;
        let path = format!("{}?fieldManager={MANAGER}", place.all(namespace));
        let written = Some(("application/json", &body));
        let counted = end.min(Instant::now() + COUNTED_WITHIN);
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            match patiently(end, async || self.send("POST", &path, written, end).await).await {
                Err(Refusal::Status { code: 409, .. }) => return Ok(()),
                Err(refusal) if is_of_a_quota(&refusal) && Instant::now() < counted => {}
                sent => {
                    return sent
                        .map(drop)
                        .map_err(|refusal| refused("make", object, &refusal));
                }
            }
        }
    }

    /// Waits until all these are gone, and what they own.
    async fn await_gone(&self, objects: &[&Value], end: Instant) -> Result<(), ClusterError> {
        let mut uids: BTreeSet<String> = objects
            .iter()
            .map(|object| at(object, "/metadata/uid").to_owned())
            .collect();
        let mut kinds: BTreeSet<(&str, &str)> = objects
            .iter()
            .map(|object| (at(object, "/apiVersion"), at(object, "/kind")))
            .collect();
        if kinds
            .iter()
            .any(|(api_version, _)| *api_version == "apps/v1")
        {
            kinds.insert(("apps/v1", "ReplicaSet"));
            kinds.insert(("v1", "Pod"));
        }
        let kinds: Vec<ObjectsRef> = kinds
            .into_iter()
            .map(|(api_version, kind)| ObjectsRef::all(api_version, kind))
            .collect();
        let mut step = tokio::time::interval(STEP);
        while !uids.is_empty() {
            step.tick().await;
            let lists = kinds.iter().map(|kind| async move {
                let listed = patiently(end, async || self.read_objects(kind, end).await).await;
                listed.map_err(|refusal| ClusterError::Refused {
                    operation: "list",
                    object: format!("objects of kind {}", kind.kind),
                    reason: refusal.text().to_owned(),
                })
            });
            let there: Vec<Value> = try_join_all(lists).await?.into_iter().flatten().collect();
            let is_left = |object: &&Value| {
                let owners = object
                    .pointer("/metadata/ownerReferences")
                    .and_then(Value::as_array);
                let mut owners = owners.into_iter().flatten().map(|owner| at(owner, "/uid"));
                uids.contains(at(object, "/metadata/uid")) || owners.any(|uid| uids.contains(uid))
            };
            let left: Vec<&Value> = there.iter().filter(is_left).collect();
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(ClusterError::Refused {
                    operation: "delete",
                    object: title(left[0]),
                    reason: "it was still there when the time was up".to_owned(),
                });
            }
            // What belongs to what belongs to them, too.
            let more: Vec<String> = left
                .iter()
                .map(|object| at(object, "/metadata/uid").to_owned())
                .collect();
            uids.extend(more);
        }
        Ok(())
    }

    /// Takes away the events of the namespaces that these objects were in: they tell of what is no more.
    async fn forget_events(&self, objects: &[&Value], end: Instant) -> Result<(), ClusterError> {
        let namespaces: BTreeSet<&str> = objects
            .iter()
            .map(|object| at(object, "/metadata/namespace"))
            .filter(|namespace| !namespace.is_empty())
            .collect();
        for namespace in namespaces {
            let path = format!("/api/v1/namespaces/{namespace}/events");
            let sent = patiently(end, async || self.send("DELETE", &path, None, end).await).await;
            sent.map_err(|refusal| ClusterError::Refused {
                operation: "delete",
                object: format!("the events of `{namespace}`"),
                reason: refusal.text().to_owned(),
            })?;
        }
        Ok(())
    }

    async fn path(&self, object: &Value, end: Instant) -> Result<String, ClusterError> {
        let place = self
            .place(at(object, "/apiVersion"), at(object, "/kind"), end)
            .await;
        let place = place.map_err(|refusal| refused("find", object, &refusal))?;
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        Ok(place.one(namespace, at(object, "/metadata/name")))
    }
}

fn remove(object: &mut Value, fields: &[&str]) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|name, _| !fields.contains(&name.as_str()));
    }
}

/// Whether a quota had no room, which may be because it still counts what has gone.
fn is_of_a_quota(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Status { code: 403, message } if message.contains("exceeded quota"))
}

fn ok_if_gone(
    sent: Result<Value, Refusal>,
    operation: &'static str,
    object: &Value,
) -> Result<(), ClusterError> {
    match sent {
        // Another of the same name has come meanwhile: a conflict with the uid.
        Err(Refusal::Status {
            code: 404 | 409, ..
        }) => Ok(()),
        sent => sent
            .map(drop)
            .map_err(|refusal| refused(operation, object, &refusal)),
    }
}

fn refused(operation: &'static str, object: &Value, refusal: &Refusal) -> ClusterError {
    ClusterError::Refused {
        operation,
        object: title(object),
        reason: refusal.text().to_owned(),
    }
}
