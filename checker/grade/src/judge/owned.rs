//! A workload with what makes its Pods and with those Pods, told by their owners, and when a check may be asked about them.
//!
//! Knows no check's own question.

use std::time::Duration;

use serde_json::Value;

use super::{Undecided, failed, one, pods, several};
use crate::check::Check;
use crate::fields;
use crate::observation::{ObjectRef, ObjectsRef, Observations, Question};
use crate::verdict::Verdict;
use crate::wording;

/// What has to be known of a workload: itself, all Pods beside it and, for a Deployment, all `ReplicaSet`s. Which of them are the workload's
/// is told by their owners.
pub(crate) fn questions(workload: &ObjectRef) -> Vec<Question> {
    let mut questions = vec![Question::Object(workload.clone())];
    if workload.kind == "Deployment" {
        questions.push(Question::Objects(beside(workload, "apps/v1", "ReplicaSet")));
    }
    questions.push(Question::Objects(beside(workload, "v1", "Pod")));
    questions
}

pub(super) fn beside(workload: &ObjectRef, api_version: &str, kind: &str) -> ObjectsRef {
    ObjectsRef::all(api_version, kind).in_namespace(workload.namespace.as_deref())
}

/// A workload that exists, with its Pods of any template that are not on their way out.
pub(crate) struct Owned<'a> {
    pub(crate) object: &'a Value,
    /// What makes its Pods: its `ReplicaSet`s, or the workload itself.
    pub(crate) owners: Vec<&'a Value>,
    pub(crate) pods: Vec<&'a Value>,
    /// Of the latest template, those that have ended on a node and are still there: the scheduler let them in.
    ended: Vec<&'a Value>,
}

impl<'a> Owned<'a> {
    /// From the answers to [`questions`]; `None` when the workload does not exist or is being deleted.
    ///
    /// # Errors
    /// Something of it could not be looked at.
    pub(crate) fn of(
        workload: &ObjectRef,
        observed: &'a Observations,
    ) -> Result<Option<Self>, Undecided> {
        let Some(object) = one(observed, workload)? else {
            return Ok(None);
        };
        let all = several(observed, &beside(workload, "v1", "Pod"))?;
        let owners: Vec<&Value> = if workload.kind == "Deployment" {
            several(observed, &beside(workload, "apps/v1", "ReplicaSet"))?
                .into_iter()
                .filter(|set| fields::is_controlled_by(set, object))
                .collect()
        } else {
            vec![object]
        };
        let is_owned = |pod: &Value| {
            let mut owners = owners.iter();
            owners.any(|owner| fields::is_controlled_by(pod, owner))
        };
        let latest = if workload.kind == "Deployment" {
            latest(object, &owners)
        } else {
            Some(object)
        };
        let has_ended = |pod: &Value| {
            !pods::counts(pod)
                && !fields::is_ending(pod)
                && has_node(pod)
                && latest.is_some_and(|owner| fields::is_controlled_by(pod, owner))
        };
        let pods = all.iter().copied();
        Ok(Some(Self {
            object,
            pods: pods
                .clone()
                .filter(|pod| pods::counts(pod) && is_owned(pod))
                .collect(),
            ended: pods.filter(|pod| has_ended(pod)).collect(),
            owners,
        }))
    }

    /// For who is asked by [`Self::once_on_nodes`]: the Pods on nodes or, where all have ended, those of the latest template that have.
    pub(crate) fn let_in(&self) -> &[&'a Value] {
        if self.pods.is_empty() {
            &self.ended
        } else {
            &self.pods
        }
    }

    /// What a check comes to that is asked from the first Pod of a workload on a node on: `judge` gets the workload and, of its Pods,
    /// those on nodes; none where all that were let in have ended, such as by an eviction.
    ///
    /// # Errors
    /// Something of it could not be looked at, or no Pod has a node yet.
    pub(crate) fn once_on_nodes(
        workload: &ObjectRef,
        check: &Check,
        observed: &'a Observations,
        judge: impl FnOnce(&Self) -> Result<Verdict, Undecided>,
    ) -> Result<Verdict, Undecided> {
        let Some(mut owned) = Self::of(workload, observed)? else {
            let found = format!("{} does not exist", wording::one(workload));
            return Ok(failed(&check.says, found));
        };
        owned.pods.retain(|pod| has_node(pod));
        if owned.pods.is_empty() && owned.ended.is_empty() {
            let name = fields::name(owned.object);
            return Err(format!("asked when a Pod of `{name}` has a node"));
        }
        judge(&owned)
    }

    /// The same when all Pods that it asks for have been ready for so long.
    ///
    /// # Errors
    /// Something of it could not be looked at, or they have not.
    pub(crate) fn once_ready(
        workload: &ObjectRef,
        check: &Check,
        observed: &'a Observations,
        time: Duration,
        judge: impl FnOnce(&Self) -> Result<Verdict, Undecided>,
    ) -> Result<Verdict, Undecided> {
        let Some(owned) = Self::of(workload, observed)? else {
            let found = format!("{} does not exist", wording::one(workload));
            return Ok(failed(&check.says, found));
        };
        let now = fields::time(&observed.taken_at);
        let is_ready = |pod: &&Value| {
            pods::is_ready(pod) && now.is_some_and(|now| pods::ready_for(pod, now) >= time)
        };
        let wanted = fields::number(owned.object, "/spec/replicas").unwrap_or(1);
        let is_whole =
            !owned.pods.is_empty() && owned.pods.len() >= usize::try_from(wanted).unwrap_or(1);
        if !is_whole || !owned.pods.iter().all(is_ready) {
            return Err(format!(
                "asked when all Pods of `{}` have been ready for {}",
                fields::name(owned.object),
                wording::lasting(time)
            ));
        }
        judge(&owned)
    }
}

/// The `ReplicaSet` of the latest template: the one with the Deployment's own revision, else the one with the highest.
pub(super) fn latest<'s>(deployment: &Value, owned: &[&'s Value]) -> Option<&'s Value> {
    let wanted = revision_number(deployment);
    let same = owned
        .iter()
        .find(|set| wanted.is_some() && revision_number(set) == wanted);
    same.or_else(|| owned.iter().max_by_key(|set| revision_number(set)))
        .copied()
}

fn has_node(pod: &Value) -> bool {
    !fields::text(pod, "/spec/nodeName").is_empty()
}

fn revision_number(object: &Value) -> Option<u64> {
    let annotation = "/metadata/annotations/deployment.kubernetes.io~1revision";
    fields::text(object, annotation).parse().ok()
}
