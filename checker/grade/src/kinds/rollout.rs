//! `rollout`: a workload is complete and has been for a while.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::evidence::Evidence;
use crate::judge::{Undecided, owned, workload};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;

/// A Deployment, `StatefulSet` or `DaemonSet` has all its wanted replicas updated, ready and available, and its Pods are what its template says.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The workload.
    pub workload: ObjectRef,
    /// The wanted count, at least 1. Unset only for a `DaemonSet`, whose nodes decide.
    pub replicas: Option<u32>,
    /// How long it must have been so. Zero: a moment suffices.
    pub hold: Duration,
}

/// A workload has all its wanted replicas, updated, ready and available, and has had for a while.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Rollout")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// How many it must have, at least 1. Refused for a `DaemonSet`, whose nodes decide.
    replicas: Option<Spanned<u32>>,
    /// How long it must have been so. Unset: a moment suffices.
    hold: Option<Spanned<String>>,
}

impl Kind for Rollout {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let workload = objects::workload(document, &written.workload)?;
        let nodes_decide = workload.kind == "DaemonSet";
        let replicas = match &written.replicas {
            Some(replicas) if nodes_decide => {
                return Err(document.fault(replicas.defined, message!(ReplicasOfDaemonSet)));
            }
            Some(replicas) if replicas.value == 0 => {
                return Err(document.fault(replicas.defined, message!(NoReplicasWanted)));
            }
            None if !nodes_decide => {
                return Err(document.fault(
                    written.workload.defined,
                    message!(RolloutWithoutReplicas, workload.kind, workload.name),
                ));
            }
            replicas => replicas.as_ref().map(|replicas| replicas.value),
        };
        Ok(Self {
            workload,
            replicas,
            hold: duration::or_zero(document, written.hold.as_ref())?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        owned::questions(&self.workload)
    }

    fn waits(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        workload::judge(self, &evidence.observed)
    }
}
