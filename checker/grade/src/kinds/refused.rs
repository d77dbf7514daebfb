//! `refused`: every Pod of a workload is refused, in the words of who refuses it. A symptom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::workload::Owned;
use crate::judge::{Undecided, failed, passed, workload};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording::{self, count};

/// Every Pod of the workload is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The workload.
    pub workload: ObjectRef,
    /// How many Pods there are.
    pub replicas: u32,
    /// Who refuses them.
    pub by: Refuser,
    /// What the refusal says among other things.
    pub message: String,
}

/// Who refuses a Pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refuser {
    /// The scheduler: the condition `PodScheduled` is False.
    Scheduler,
}

/// Every Pod of a workload is refused.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Refused")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// How many Pods there are.
    replicas: u32,
    /// Who refuses them.
    by: Refuser,
    /// What the refusal says among other things.
    message: Spanned<String>,
}

impl Kind for Refused {
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
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            replicas: written.replicas,
            by: written.by,
            message: objects::not_empty(document, &written.message, "message")?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        workload::questions(&self.workload)
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let owned = Owned::of(&self.workload, &evidence.observed)?;
        let pods = owned.map_or(Vec::new(), |owned| owned.pods);
        let refused = pods.iter().filter(|pod| self.refuses(pod)).count();
        let wanted = self.replicas as usize;
        Ok(if refused == wanted && pods.len() == wanted {
            passed()
        } else {
            failed(
                format!("{} refused with `{}`", count(wanted, "Pod"), self.message),
                format!(
                    "{refused} of {}{}",
                    count(pods.len(), "Pod"),
                    pods.first()
                        .map_or(String::new(), |pod| format!("; {}", said(pod)))
                ),
            )
        })
    }
}

impl Refused {
    fn refuses(&self, pod: &Value) -> bool {
        let Refuser::Scheduler = self.by;
        fields::condition(pod, "PodScheduled").is_some_and(|condition| {
            fields::text(condition, "/status") == "False"
                && fields::text(condition, "/message").contains(&self.message)
        })
    }
}

/// What the scheduler says of a Pod.
fn said(pod: &Value) -> String {
    let condition = fields::condition(pod, "PodScheduled");
    let message = condition.map_or("", |condition| fields::text(condition, "/message"));
    let message = wording::shorten(message, 200);
    format!(
        "Pod `{}`: {}",
        fields::name(pod),
        if message.is_empty() {
            "not refused"
        } else {
            &message
        }
    )
}
