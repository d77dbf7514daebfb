//! `by_itself`: the scheduler put the Pods of a workload on nodes that are there, and nobody's hand helped.
//!
//! A repair that needs a hand on a node, a Pod or a status holds until the next Pod. Asked from the first Pod on a node on.

mod node;
mod room;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::{Evidence, History, Write};
use crate::fields;
use crate::judge::owned::{self, Owned};
use crate::judge::{Undecided, failed, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// What can write a `nodeName` into Pods that others make.
const REWRITES_NEW_PODS: [&str; 3] = [
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
];

/// What runs would run again without anybody.
#[derive(Debug, Clone, PartialEq)]
pub struct ByItself {
    /// The workload.
    pub workload: ObjectRef,
}

/// The scheduler put the Pods of a workload on nodes that are there and Ready; nobody bound a Pod, wrote its status, or let it in by
/// changing a node for the moment or by writing into another status that there is room.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ByItself")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The workload.
    workload: Spanned<RawObject>,
}

impl Kind for ByItself {
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
        let mut questions = owned::questions(&self.workload);
        questions.push(Question::Objects(nodes()));
        questions.push(Question::Objects(all_pods()));
        questions
    }

    fn baseline_questions(&self) -> Vec<Question> {
        vec![Question::Objects(nodes())]
    }

    fn asks_history(&self) -> bool {
        true
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let nodes = several(&evidence.observed, &nodes())?;
        let all_pods = several(&evidence.observed, &all_pods())?;
        Owned::once_on_nodes(&self.workload, check, &evidence.observed, |owned| {
            let pods = owned.let_in();
            let (until, writes) = match &evidence.history {
                Some(History::Told { until, writes }) => (until, writes),
                Some(History::Lost(why)) => return Err(why.clone()),
                None => return Err("who wrote what to the cluster: not asked".to_owned()),
            };
            // A log that ends too early says nothing of who bound a Pod; its kubelet alone would have written to it since.
            if let Some(pod) = pods.iter().find(|pod| second(until) < made(pod)) {
                return Err(format!(
                    "the audit log ends at {until}, before Pod `{}` was made, so nobody can say who helped",
                    fields::name(pod)
                ));
            }
            let seen = Seen {
                owned,
                nodes: &nodes,
                all_pods: &all_pods,
                baseline: &evidence.baseline,
                writes,
            };
            let mut faults = Vec::new();
            let mut untold = None;
            for pod in pods {
                match no_node(pod, &nodes).map_or_else(|| seen.helped(pod), |lack| Ok(Some(lack))) {
                    Ok(fault) => faults.extend(fault),
                    Err(why) => untold = untold.or(Some(why)),
                }
            }
            faults.extend(self.written_status(pods, writes));
            let expected =
                "Pods that the scheduler put on nodes that are there, as it would the next ones";
            match untold {
                _ if !faults.is_empty() => Ok(failed(expected, wording::first_three(&faults))),
                Some(why) => Err(why),
                None => Ok(passed()),
            }
        })
    }
}

impl ByItself {
    /// Who wrote the status of the workload, or of what makes its Pods, since the oldest of them is there.
    fn written_status(&self, pods: &[&Value], writes: &[Write]) -> Option<String> {
        let made = pods.iter().map(|pod| made(pod)).min()?;
        let by_hand = writes.iter().find(|write| {
            let is_its = match write.resource.as_str() {
                "replicasets/status" => is_prefix(&self.workload.name, write.name.as_deref()),
                "deployments/status" | "statefulsets/status" | "daemonsets/status" => {
                    write.name.as_deref() == Some(&self.workload.name)
                }
                _ => false,
            };
            is_its
                && !write.is_component
                && write.namespace == self.workload.namespace
                && second(&write.at) >= made
        })?;
        Some(format!(
            "the status of {} was written by `{}`",
            wording::one(&self.workload),
            by_hand.by
        ))
    }
}

fn nodes() -> ObjectsRef {
    ObjectsRef::all("v1", "Node")
}

fn all_pods() -> ObjectsRef {
    ObjectsRef::all("v1", "Pod")
}

fn is_prefix(workload: &str, name: Option<&str>) -> bool {
    name.and_then(|name| name.strip_prefix(workload))
        .is_some_and(|rest| rest.starts_with('-'))
}

/// A Pod whose node is not there, or not Ready.
fn no_node(pod: &Value, nodes: &[&Value]) -> Option<String> {
    let wanted = fields::text(pod, "/spec/nodeName");
    let what = match nodes.iter().find(|node| fields::name(node) == wanted) {
        None => "does not exist",
        Some(node) if !fields::holds(node, "Ready") => "is not Ready",
        Some(_) => return None,
    };
    Some(format!(
        "Pod `{}` is on node `{wanted}`, which {what}",
        fields::name(pod)
    ))
}

/// What there is to judge one Pod by.
struct Seen<'a> {
    owned: &'a Owned<'a>,
    nodes: &'a [&'a Value],
    /// Of the whole cluster.
    all_pods: &'a [&'a Value],
    baseline: &'a Observations,
    writes: &'a [Write],
}

impl Seen<'_> {
    /// Who helped a Pod onto its node.
    fn helped(&self, pod: &Value) -> Result<Option<String>, Undecided> {
        let name = fields::name(pod);
        let Some(bound) = self.of_pod(pod, "pods/binding").next_back() else {
            return self.unbound(pod).map(Some);
        };
        if !bound.is_component {
            return Ok(Some(format!(
                "Pod `{name}` was put on its node by `{}`, not by the scheduler",
                bound.by
            )));
        }
        let mut of_status = self.of_pod(pod, "pods/status");
        if let Some(write) = of_status.find(|write| !write.is_component) {
            return Ok(Some(format!(
                "the status of Pod `{name}` was written by `{}`",
                write.by
            )));
        }
        if let Some(by) = room::by_hand(self, pod, bound) {
            return Ok(Some(by));
        }
        node::changed(self, pod, bound)
    }

    /// The writes to a Pod since it was made: earlier ones were to another of its name.
    fn of_pod(
        &self,
        pod: &Value,
        resource: &'static str,
    ) -> impl DoubleEndedIterator<Item = &Write> {
        self.writes.iter().filter(move |write| {
            write.resource == resource
                && write.name.as_deref() == Some(fields::name(pod))
                && write.namespace.as_deref() == Some(fields::namespace(pod))
                && second(&write.at) >= made(pod)
        })
    }

    /// A Pod on a node that nobody bound there was made with its `nodeName`, or the log has a hole.
    fn unbound(&self, pod: &Value) -> Result<String, Undecided> {
        let name = fields::name(pod);
        let owners = self.owned.owners.iter();
        let mut templates = owners.filter(|owner| fields::is_controlled_by(pod, owner));
        let by_template =
            templates.any(|owner| !fields::text(owner, "/spec/template/spec/nodeName").is_empty());
        let by_hand = |write: &&Write| {
            let is_the_pod = write.resource == "pods"
                && write.verb == "create"
                && write.namespace.as_deref() == Some(fields::namespace(pod))
                && match &write.name {
                    Some(its) => its == name,
                    None => second(&write.at) == made(pod),
                };
            !write.is_component
                && (is_the_pod || REWRITES_NEW_PODS.contains(&write.resource.as_str()))
        };
        if by_template || self.writes.iter().any(|write| by_hand(&write)) {
            return Ok(format!(
                "Pod `{name}` was put on its node by its own `nodeName`, not by the scheduler"
            ));
        }
        Err(format!(
            "the audit log has no binding of Pod `{name}`, whose template names no node: something is missing in it, so nobody can say who helped"
        ))
    }
}

/// When an object was made, to the second, as Kubernetes writes it.
fn made(object: &Value) -> &str {
    second(fields::text(object, "/metadata/creationTimestamp"))
}

/// A time in UTC without the parts of a second: such texts are in the order of time.
fn second(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}
