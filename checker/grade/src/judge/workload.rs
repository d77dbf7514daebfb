//! Judges whether a workload is complete and has been for a while.
//!
//! By the workload's status and by its Pods: either alone can be stale, and a status can be written by hand. The Pods must be
//! what the template says: the next ones are made from it.

use std::time::Duration;

use serde_json::Value;

use super::owned::{beside, latest};
use super::{Undecided, failed, one, passed_by, pods, rewritten, several};
use crate::fields;
use crate::kinds::Rollout;
use crate::observation::Observations;
use crate::verdict::Verdict;
use crate::wording::{self, count};

pub(crate) fn judge(rollout: &Rollout, observed: &Observations) -> Result<Verdict, Undecided> {
    let name = wording::one(&rollout.workload);
    let Some(workload) = one(observed, &rollout.workload)? else {
        let expected = match rollout.replicas {
            Some(replicas) => ready(replicas as usize),
            None => format!("{name} with a ready Pod on each of its nodes"),
        };
        return Ok(failed(expected, format!("{name} does not exist")));
    };
    let pods = several(observed, &beside(&rollout.workload, "v1", "Pod"))?;
    let replica_sets = if rollout.workload.kind == "Deployment" {
        several(
            observed,
            &beside(&rollout.workload, "apps/v1", "ReplicaSet"),
        )?
    } else {
        Vec::new()
    };
    let (pods, replica_sets) = (&pods, &replica_sets);
    let workload = Workload::new(rollout, workload);
    if let Some(verdict) = workload.wanted_count(&name) {
        return Ok(verdict);
    }
    let found = workload
        .unobserved()
        .or_else(|| workload.pods_missing(pods, replica_sets))
        .or_else(|| workload.status_behind());
    if let Some(found) = found {
        return Ok(failed(ready(workload.wanted), found));
    }
    if let Some(verdict) = workload.rewritten(pods, replica_sets) {
        return Ok(verdict);
    }
    workload.held(pods, replica_sets, observed, rollout.hold)
}

/// A workload that exists.
struct Workload<'a> {
    object: &'a Value,
    kind: &'a str,
    /// How many Pods the check wants.
    wanted: usize,
    /// How many the workload asks for.
    asked: usize,
}

impl<'a> Workload<'a> {
    fn new(rollout: &'a Rollout, object: &'a Value) -> Self {
        let asked = if rollout.workload.kind == "DaemonSet" {
            fields::count(object, "/status/desiredNumberScheduled")
        } else {
            // The API server writes the default, 1; a recorded object may lack it.
            fields::number(object, "/spec/replicas")
                .map_or(1, |_| fields::count(object, "/spec/replicas"))
        };
        Self {
            object,
            kind: &rollout.workload.kind,
            wanted: rollout.replicas.map_or(asked, |replicas| replicas as usize),
            asked,
        }
    }

    /// That the workload asks for what the check wants.
    fn wanted_count(&self, name: &str) -> Option<Verdict> {
        if self.kind == "DaemonSet" && self.asked == 0 && self.unobserved().is_none() {
            return Some(failed(
                "a ready Pod on each of its nodes",
                format!("{name} has no node to run on"),
            ));
        }
        (self.asked != self.wanted).then(|| {
            failed(
                count(self.wanted, "replica"),
                format!("{name} asks for {}", count(self.asked, "replica")),
            )
        })
    }

    /// That the controller has seen the last change.
    fn unobserved(&self) -> Option<String> {
        let generation = fields::number(self.object, "/metadata/generation").unwrap_or_default();
        let seen = fields::number(self.object, "/status/observedGeneration").unwrap_or_default();
        (seen < generation).then(|| "the last change is not rolled out yet".to_owned())
    }

    /// That the Pods of the latest template are there and Ready, and no older ones.
    fn pods_missing(&self, pods: &[&'a Value], replica_sets: &[&'a Value]) -> Option<String> {
        let (current, older) = self.pods(pods, replica_sets);
        let n_ready = current.iter().filter(|pod| pods::is_ready(pod)).count();
        if n_ready < self.wanted || current.len() > self.wanted {
            let trouble = pods::trouble(&current).or_else(|| self.refusal(replica_sets));
            let trouble = trouble.map_or(String::new(), |trouble| format!(" ({trouble})"));
            return Some(format!("{}{trouble}", ready(n_ready)));
        }
        older.first().map(|pod| {
            format!(
                "{} of an older template, such as Pod `{}`",
                count(older.len(), "Pod"),
                fields::name(pod)
            )
        })
    }

    /// That the status says the same as the Pods.
    fn status_behind(&self) -> Option<String> {
        let counts: &[(&str, &str)] = if self.kind == "DaemonSet" {
            &[
                ("currentNumberScheduled", "scheduled"),
                ("updatedNumberScheduled", "updated"),
                ("numberReady", "ready"),
                ("numberAvailable", "available"),
            ]
        } else {
            &[
                ("replicas", "in all"),
                ("updatedReplicas", "updated"),
                ("readyReplicas", "ready"),
                ("availableReplicas", "available"),
            ]
        };
        let said = counts.iter().map(|(field, word)| {
            (
                fields::count(self.object, &format!("/status/{field}")),
                word,
            )
        });
        let said: Vec<_> = said.collect();
        if said.iter().any(|(number, _)| *number != self.wanted) {
            let words: Vec<String> = said
                .iter()
                .map(|(number, word)| format!("{number} {word}"))
                .collect();
            return Some(format!("its status has {}", words.join(", ")));
        }
        if self.kind == "Deployment" && !fields::holds(self.object, "Available") {
            let condition = fields::condition(self.object, "Available");
            return Some(match condition.map(|it| fields::text(it, "/message")) {
                Some(message) if !message.is_empty() => {
                    format!("its condition Available is not True: {message}")
                }
                _ => "its condition Available is not True".to_owned(),
            });
        }
        None
    }

    /// That the Pods are what the template says.
    fn rewritten(&self, pods: &[&Value], replica_sets: &[&Value]) -> Option<Verdict> {
        let (current, _) = self.pods(pods, replica_sets);
        current.into_iter().find_map(|pod| {
            let field = rewritten::field(pod, self.object, self.kind)?;
            Some(failed(
                "Pods that are what the template says",
                format!("Pod `{}` differs from it in {field}", fields::name(pod)),
            ))
        })
    }

    /// How long all of it has been so, judged by the youngest Pod.
    fn held(
        &self,
        pods: &[&Value],
        replica_sets: &[&Value],
        observed: &Observations,
        hold: Duration,
    ) -> Result<Verdict, Undecided> {
        let now = fields::time(&observed.taken_at).ok_or_else(|| {
            format!(
                "when it was observed is not recorded: `{}` is no time",
                observed.taken_at
            )
        })?;
        let (current, _) = self.pods(pods, replica_sets);
        let ages = current.iter().map(|pod| pods::ready_for(pod, now));
        let shortest = ages.min().unwrap_or_default();
        let text = format!("held for {}", wording::lasting(shortest));
        if shortest >= hold {
            Ok(passed_by(text))
        } else {
            Ok(failed(
                format!("held for {}", wording::lasting(hold)),
                format!("{text} so far"),
            ))
        }
    }

    /// The Pods that count: those of the latest template, and those of older ones.
    fn pods<'p>(
        &self,
        pods: &[&'p Value],
        replica_sets: &[&'p Value],
    ) -> (Vec<&'p Value>, Vec<&'p Value>) {
        if self.kind == "Deployment" {
            let owned: Vec<&Value> = replica_sets
                .iter()
                .copied()
                .filter(|set| fields::is_controlled_by(set, self.object))
                .collect();
            let newest = latest(self.object, &owned);
            let of_any = |pod: &&Value| owned.iter().any(|set| fields::is_controlled_by(pod, set));
            return pods
                .iter()
                .copied()
                .filter(|pod| pods::counts(pod))
                .filter(of_any)
                .partition(|pod| newest.is_some_and(|set| fields::is_controlled_by(pod, set)));
        }
        let owned: Vec<&Value> = pods
            .iter()
            .copied()
            .filter(|pod| pods::counts(pod) && fields::is_controlled_by(pod, self.object))
            .collect();
        // A DaemonSet does not name its latest revision: its status counts the updated Pods, and here all must be of one.
        let revision = match fields::text(self.object, "/status/updateRevision") {
            "" => owned.first().map_or("", |pod| pods::revision(pod)),
            revision => revision,
        };
        owned
            .into_iter()
            .partition(|pod| pods::revision(pod) == revision)
    }

    /// Why no Pod could be made, in the controller's words.
    fn refusal(&self, replica_sets: &[&Value]) -> Option<String> {
        let owned = replica_sets
            .iter()
            .copied()
            .filter(|set| fields::is_controlled_by(set, self.object));
        std::iter::once(self.object)
            .chain(owned)
            .filter(|object| fields::holds(object, "ReplicaFailure"))
            .find_map(|object| fields::condition(object, "ReplicaFailure"))
            .map(|condition| fields::text(condition, "/message").to_owned())
    }
}

fn ready(number: usize) -> String {
    count(number, "ready replica")
}
