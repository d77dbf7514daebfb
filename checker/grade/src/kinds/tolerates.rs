//! `tolerates`: the Pod template tolerates taints by their key, and leaves a node that died.
//!
//! A toleration without a key tolerates every taint there is or will be: those of other teams' groups, and those with which Kubernetes
//! empties a node that died.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, one, passed};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// The longest that a Pod may stay on a node that died or does not answer, in seconds.
const LONGEST_ON_A_DEAD_NODE: i64 = 3600;

/// The workload tolerates no taint that it need not.
#[derive(Debug, Clone, PartialEq)]
pub struct Tolerates {
    /// The workload.
    pub workload: ObjectRef,
}

/// Tolerations name the key of a taint, and those of a node that died end within an hour.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Tolerates")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
}

impl Kind for Tolerates {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::Object(self.workload.clone())]
    }

    fn reads_the_specification_only(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        // That the workload is gone is another check's to say.
        let Some(workload) = one(&evidence.observed, &self.workload)? else {
            return Ok(passed());
        };
        let tolerations = fields::list(workload, "/spec/template/spec/tolerations");
        let faults: Vec<String> = tolerations.iter().filter_map(fault).collect();
        Ok(if faults.is_empty() {
            passed()
        } else {
            failed(
                "tolerations that each name the key of a taint, and none that keeps a Pod on a dead node for more than an hour",
                wording::first_three(&faults),
            )
        })
    }
}

/// What is wrong with one toleration.
fn fault(toleration: &Value) -> Option<String> {
    let key = fields::text(toleration, "/key");
    if key.is_empty() {
        return Some(
            "a toleration without a key, which tolerates every taint there is or will be"
                .to_owned(),
        );
    }
    // Only NoExecute throws Pods out, and only its tolerations can have an end.
    let throws_out = matches!(fields::text(toleration, "/effect"), "" | "NoExecute");
    if !key.starts_with("node.kubernetes.io/") || !throws_out {
        return None;
    }
    match fields::number(toleration, "/tolerationSeconds") {
        None => Some(format!("tolerates `{key}` without an end")),
        Some(seconds) if seconds > LONGEST_ON_A_DEAD_NODE => {
            Some(format!("tolerates `{key}` for {seconds} s"))
        }
        Some(_) => None,
    }
}
