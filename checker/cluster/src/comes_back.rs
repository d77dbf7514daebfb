//! Evicts one Pod of a workload and writes down what is seen of its Pods from then on. What that comes to is `grade`'s to say.
//!
//! What tells a repaired workload from one whose present Pods were patched: the next Pod comes from the template.

use std::time::Duration;

use grade::eviction::{Eviction, PodsSeen, Stopped};
use grade::is_ready;
use grade::observation::{ObjectRef, ObjectsRef, Observation};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::observe::{STEP, failed_to, forget_managers, unreadable};
use crate::request::ANSWER_WITHIN;
use crate::text::at;
use crate::{Cluster, Refusal, text};

/// How long a disruption budget may refuse the eviction of a Pod of a complete workload; by then it will not change its mind.
const BUDGET_REFUSES_FOR: Duration = Duration::from_secs(5);

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

    fn is_over(self) -> bool {
        Instant::now() >= self.at
    }

    /// Why nobody looks on after it.
    fn reached(self) -> Stopped {
        if self.is_early {
            Stopped::Cancelled
        } else {
            Stopped::Deadline
        }
    }
}

/// Times that go on evenly, whatever is done to the machine's clock meanwhile.
struct Clock {
    begun: Instant,
    at: Timestamp,
}

impl Clock {
    fn start() -> Self {
        Self {
            begun: Instant::now(),
            at: Timestamp::now(),
        }
    }

    fn now(&self) -> String {
        let passed = SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default();
        let now = self.at.saturating_add(passed).unwrap_or(self.at);
        now.to_string()
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
        let mut eviction = Eviction {
            before,
            evicted: None,
            looks: Vec::new(),
            stopped: Stopped::Clear,
        };
        let Some(evicted) = eviction.before.iter().find(|pod| is_ready(pod)) else {
            return Observation::Evicted(eviction);
        };
        if let Err(refusal) = self.evict(evicted, end.answered).await {
            let pod = format!(
                "Pod `{}/{}`",
                at(evicted, "/metadata/namespace"),
                at(evicted, "/metadata/name")
            );
            return unreadable("evict", &pod, &refusal);
        }
        eviction.evicted = Some(uid(evicted).to_owned());
        eviction.stopped = self.follow(workload, &mut eviction, hold, end).await;
        Observation::Evicted(eviction)
    }

    /// Looks until what it comes to is clear, or the time is up.
    async fn follow(
        &self,
        workload: &ObjectRef,
        eviction: &mut Eviction,
        hold: Duration,
        end: End,
    ) -> Stopped {
        let clock = Clock::start();
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            match self.pods_of(workload, end.answered).await {
                Ok(pods) => see(&mut eviction.looks, pods, clock.now()),
                Err(refusal) if end.is_over() && !end.is_early => {
                    let whose = text::of_ref(workload);
                    return Stopped::Refused(failed_to("list the Pods of", &whose, &refusal));
                }
                Err(_) => {}
            }
            if eviction.is_clear(hold) {
                return Stopped::Clear;
            }
            if end.is_over() {
                return end.reached();
            }
        }
    }

    /// Evicts through the API, which respects disruption budgets; tries again for a while when a budget refuses.
    pub(crate) async fn evict(&self, pod: &Value, end: Instant) -> Result<(), Refusal> {
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

    /// The Pods that a workload owns, directly or through its `ReplicaSet`s.
    pub(crate) async fn pods_of(
        &self,
        workload: &ObjectRef,
        end: Instant,
    ) -> Result<Vec<Value>, Refusal> {
        let workload_object = self.read_object(workload, end).await?;
        let in_namespace = |api_version: &str, kind: &str| {
            ObjectsRef::all(api_version, kind).in_namespace(workload.namespace.as_deref())
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
        pods.retain(|pod| is_owned(pod, &owners));
        pods.iter_mut().for_each(forget_managers);
        Ok(pods)
    }
}

/// Adds a look; one that shows what the last one did prolongs it.
fn see(looks: &mut Vec<PodsSeen>, pods: Vec<Value>, now: String) {
    match looks.last_mut() {
        Some(last) if last.pods == pods => last.until = now,
        _ => looks.push(PodsSeen {
            since: now.clone(),
            until: now,
            pods,
        }),
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

fn uid(object: &Value) -> &str {
    at(object, "/metadata/uid")
}
