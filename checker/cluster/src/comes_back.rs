//! Evicts one Pod of a workload and watches whether its replacement becomes Ready and stays so.
//!
//! What tells a repaired workload from one whose present Pods were patched: the next Pod comes from the template.

use std::time::Duration;

use grade::is_ready;
use grade::observation::{ObjectRef, ObjectsRef, Observation};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::observe::{STEP, unreadable};
use crate::request::ANSWER_WITHIN;
use crate::text::at;
use crate::{Cluster, Refusal, text};

/// How long the scheduler's refusal must last, once the evicted Pod has made room, to be the answer.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// How long a disruption budget may refuse the eviction of a Pod of a complete workload; by then it will not change its mind.
const BUDGET_REFUSES_FOR: Duration = Duration::from_secs(5);

/// What has become of the replacement so far.
enum Look {
    /// There is none yet.
    None,
    /// There is one, and this is what it lacks.
    NotReady {
        found: String,
        /// The scheduler refuses it.
        refused: bool,
    },
    /// It is Ready.
    Ready { name: String, node: String },
}

/// When the look for the replacement ends.
#[derive(Clone, Copy)]
struct End {
    at: Instant,
    /// Until when requests are answered: those of the last look, too.
    answered: Instant,
    /// Whether whoever asked wants to know earlier than the check allows.
    is_early: bool,
}

impl End {
    fn of(deadline: Duration, until: Instant) -> Self {
        let own = Instant::now() + deadline;
        Self {
            at: own.min(until),
            answered: until.min(own + ANSWER_WITHIN),
            is_early: until < own,
        }
    }

    /// What is known when it comes and no replacement has stayed Ready.
    fn without(self, evicted: String, found: String) -> Observation {
        if self.is_early {
            return Observation::Unreadable(format!(
                "Pod `{evicted}` was evicted, and the time was up before it was clear whether its replacement stays Ready: {found}"
            ));
        }
        Observation::DidNotComeBack { evicted, found }
    }
}

impl Cluster {
    pub(crate) async fn comes_back(
        &self,
        workload: &ObjectRef,
        hold: Duration,
        deadline: Duration,
        until: Instant,
    ) -> Observation {
        let end = End::of(deadline, until);
        let before = match self.pods_of(workload, end.answered).await {
            Ok(pods) => pods,
            Err(refusal) => {
                return unreadable("list the Pods of", &text::of_ref(workload), &refusal);
            }
        };
        let Some(evicted) = before.iter().find(|pod| is_ready(pod)) else {
            return Observation::DidNotComeBack {
                evicted: String::new(),
                found: format!("{} has no ready Pod to evict", text::of_ref(workload)),
            };
        };
        if let Err(refusal) = self.evict(evicted, end.answered).await {
            let pod = format!(
                "Pod `{}/{}`",
                at(evicted, "/metadata/namespace"),
                at(evicted, "/metadata/name")
            );
            return unreadable("evict", &pod, &refusal);
        }
        let known: Vec<&str> = before.iter().map(uid).collect();
        self.follow(workload, evicted, &known, hold, end).await
    }

    /// Looks until the replacement has been Ready for `hold`, or it is clear that it will not be.
    async fn follow(
        &self,
        workload: &ObjectRef,
        evicted: &Value,
        known: &[&str],
        hold: Duration,
        end: End,
    ) -> Observation {
        let name = at(evicted, "/metadata/name").to_owned();
        let mut step = tokio::time::interval(STEP);
        let mut ready_since: Option<(String, Instant)> = None;
        let mut refused_since: Option<Instant> = None;
        let mut found = "no replacement was created".to_owned();
        loop {
            step.tick().await;
            let pods = match self.pods_of(workload, end.answered).await {
                Ok(pods) => pods,
                Err(_) if end.is_early && Instant::now() >= end.at => {
                    return end.without(name, found);
                }
                Err(refusal) if Instant::now() >= end.at => {
                    return unreadable("list the Pods of", &text::of_ref(workload), &refusal);
                }
                Err(_) => continue,
            };
            let is_gone = pods.iter().all(|pod| uid(pod) != uid(evicted));
            match look(&pods, known) {
                Look::Ready {
                    name: replacement,
                    node,
                } => {
                    refused_since = None;
                    let since = match &ready_since {
                        Some((same, since)) if *same == replacement => *since,
                        _ => Instant::now(),
                    };
                    if since.elapsed() >= hold {
                        return Observation::CameBack {
                            evicted: name,
                            replacement,
                            node,
                        };
                    }
                    found = format!("Pod `{replacement}` was not Ready for long enough");
                    ready_since = Some((replacement, since));
                }
                Look::NotReady {
                    found: lack,
                    refused,
                } => {
                    ready_since = None;
                    found = lack;
                    // The Pod on its way out may still hold the place that the replacement needs.
                    if !(refused && is_gone) {
                        refused_since = None;
                    } else if refused_since.get_or_insert_with(Instant::now).elapsed()
                        >= REFUSED_FOR
                    {
                        return Observation::DidNotComeBack {
                            evicted: name,
                            found,
                        };
                    }
                }
                Look::None => ready_since = None,
            }
            if Instant::now() >= end.at {
                return end.without(name, found);
            }
        }
    }

    /// Evicts through the API, which respects disruption budgets; tries again for a while when a budget refuses.
    async fn evict(&self, pod: &Value, end: Instant) -> Result<(), Refusal> {
        let refused = end.min(Instant::now() + BUDGET_REFUSES_FOR);
        let namespace = at(pod, "/metadata/namespace");
        let name = at(pod, "/metadata/name");
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction");
        let eviction = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"namespace": namespace, "name": name},
        });
        let mut step = tokio::time::interval(Duration::from_millis(500));
        loop {
            step.tick().await;
            let body = Some(("application/json", &eviction));
            match self.send("POST", &path, body, end).await {
                Err(Refusal::Status { code: 429, .. }) if Instant::now() < refused => {}
                answer => return answer.map(drop),
            }
        }
    }

    /// The Pods that a workload owns, directly or through its `ReplicaSet`s, without those that have ended.
    async fn pods_of(&self, workload: &ObjectRef, end: Instant) -> Result<Vec<Value>, Refusal> {
        let workload_object = self.read_object(workload, end).await?;
        let in_namespace = |api_version: &str, kind: &str| ObjectsRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: workload.namespace.clone(),
            selector: None,
        };
        let mut owners = vec![uid(&workload_object).to_owned()];
        if workload.kind == "Deployment" {
            let sets = self
                .read_objects(&in_namespace("apps/v1", "ReplicaSet"), end)
                .await?;
            let owned = sets.iter().filter(|set| is_owned(set, &owners));
            let owned: Vec<String> = owned.map(|set| uid(set).to_owned()).collect();
            owners.extend(owned);
        }
        let mut pods = self.read_objects(&in_namespace("v1", "Pod"), end).await?;
        pods.retain(|pod| {
            is_owned(pod, &owners) && !matches!(at(pod, "/status/phase"), "Failed" | "Succeeded")
        });
        Ok(pods)
    }
}

/// The best of the Pods that were not there before.
fn look(pods: &[Value], known: &[&str]) -> Look {
    let mut best = Look::None;
    let new = pods
        .iter()
        .filter(|pod| !known.contains(&uid(pod)) && !is_terminating(pod));
    for pod in new {
        let name = at(pod, "/metadata/name");
        if is_ready(pod) {
            return Look::Ready {
                name: name.to_owned(),
                node: at(pod, "/spec/nodeName").to_owned(),
            };
        }
        best = match condition(pod, "PodScheduled") {
            Some(scheduled) if at(scheduled, "/status") == "False" => Look::NotReady {
                found: format!("Pod `{name}` is Pending: {}", at(scheduled, "/message")),
                refused: true,
            },
            _ => Look::NotReady {
                found: format!("Pod `{name}` is not Ready{}", waiting(pod)),
                refused: false,
            },
        };
    }
    best
}

/// What the first waiting container waits for: `: CrashLoopBackOff, back-off 10s …`.
fn waiting(pod: &Value) -> String {
    let statuses = pod
        .pointer("/status/containerStatuses")
        .and_then(Value::as_array);
    let state = statuses
        .into_iter()
        .flatten()
        .find_map(|container| container.pointer("/state/waiting"));
    match state {
        Some(state) => format!(": {}, {}", at(state, "/reason"), at(state, "/message")),
        None => String::new(),
    }
}

fn is_owned(object: &Value, owners: &[String]) -> bool {
    object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|owner| {
            owner["controller"] == true && owners.iter().any(|uid| at(owner, "/uid") == uid)
        })
}

fn is_terminating(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp").is_some()
}

fn condition<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    pod.pointer("/status/conditions")?
        .as_array()?
        .iter()
        .find(|condition| at(condition, "/type") == name)
}

fn uid(object: &Value) -> &str {
    at(object, "/metadata/uid")
}
