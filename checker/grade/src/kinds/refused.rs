//! `refused`: the Pods of a workload are refused, in the words of who refuses them. A symptom.
//!
//! What admission refuses is never there: then the workload has no Pod, and its controller says why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::owned::{self, Owned};
use crate::judge::{Undecided, failed, is_ready, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording::{self, count};

/// Pods of the workload are refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The workload.
    pub workload: ObjectRef,
    /// How many Pods are refused.
    pub replicas: u32,
    /// How many others of it run.
    pub beside: u32,
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
    /// Admission: there is no Pod, and an event `FailedCreate` of the controller says why. For a `Deployment`.
    Admission,
}

/// Pods of a workload are refused.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Refused")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// How many Pods are refused.
    replicas: u32,
    /// How many others of it run. Unset: none.
    #[serde(default)]
    beside: u32,
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
            beside: written.beside,
            by: written.by,
            message: objects::not_empty(document, &written.message, "message")?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = owned::questions(&self.workload);
        if self.by == Refuser::Admission {
            questions.push(Question::Objects(self.events()));
        }
        questions
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let owned = Owned::of(&self.workload, &evidence.observed)?;
        let pods = owned.map_or(Vec::new(), |owned| owned.pods);
        let found = match self.by {
            Refuser::Scheduler => self.unlike_the_scheduler(&pods),
            Refuser::Admission => {
                self.unlike_admission(&pods, &several(&evidence.observed, &self.events())?)
            }
        };
        let wanted = count(self.replicas as usize, "Pod");
        let expected = format!("{wanted} refused with `{}`", self.message);
        Ok(found.map_or_else(passed, |found| failed(expected, found)))
    }
}

impl Refused {
    /// What is not as when the scheduler refuses them.
    fn unlike_the_scheduler(&self, pods: &[&Value]) -> Option<String> {
        let refused = pods.iter().filter(|pod| self.refuses(pod)).count();
        let running = pods.iter().filter(|pod| is_ready(pod)).count();
        let (wanted, beside) = (self.replicas as usize, self.beside as usize);
        let is_so = refused == wanted && running == beside && pods.len() == wanted + beside;
        let first = pods.iter().find(|pod| !self.refuses(pod) && !is_ready(pod));
        let first = first.or(pods.first());
        (!is_so).then(|| {
            format!(
                "{refused} of {}{}",
                count(pods.len(), "Pod"),
                first.map_or(String::new(), |pod| format!("; {}", said(pod)))
            )
        })
    }

    /// What is not as when there can be none.
    fn unlike_admission(&self, pods: &[&Value], events: &[&Value]) -> Option<String> {
        let is_its = |event: &&&Value| {
            let name = fields::text(event, "/involvedObject/name");
            fields::text(event, "/reason") == "FailedCreate"
                && fields::text(event, "/involvedObject/kind") == "ReplicaSet"
                && name.rsplit_once('-').map(|(name, _)| name) == Some(&*self.workload.name)
        };
        let mut said = events.iter().filter(is_its);
        let message = |event: &&Value| fields::text(event, "/message").to_owned();
        match pods {
            [] if said
                .clone()
                .any(|event| message(event).contains(&self.message)) =>
            {
                None
            }
            [] => Some(said.next_back().map_or_else(
                || "no Pod, and nobody says why".to_owned(),
                |event| format!("no Pod; {}", wording::shorten(&message(event), 200)),
            )),
            pods => Some(count(pods.len(), "Pod")),
        }
    }

    fn events(&self) -> ObjectsRef {
        ObjectsRef::all("v1", "Event").in_namespace(self.workload.namespace.as_deref())
    }

    fn refuses(&self, pod: &Value) -> bool {
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
