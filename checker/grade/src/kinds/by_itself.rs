//! `by_itself`: the scheduler put the Pods of a workload on nodes that are there, and nobody's hand helped.
//!
//! A repair that needs a hand on a node, a Pod or a status holds until the next Pod. Asked from the first Pod on a node on.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::{Evidence, History, Write};
use crate::fields;
use crate::judge::workload::{self, Owned};
use crate::judge::{Undecided, failed, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// What runs would run again without anybody.
#[derive(Debug, Clone, PartialEq)]
pub struct ByItself {
    /// The workload.
    pub workload: ObjectRef,
}

/// The scheduler put the Pods of a workload on nodes that are there and Ready; nobody bound a Pod, wrote its status, or let it in by
/// changing a node for the moment.
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
        let mut questions = workload::questions(&self.workload);
        questions.push(Question::Objects(nodes()));
        questions
    }

    fn asks_history(&self) -> bool {
        true
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let nodes = several(&evidence.observed, &nodes())?;
        Owned::once_on_nodes(&self.workload, check, &evidence.observed, |owned| {
            let pods = &owned.pods;
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
            let mut faults: Vec<String> = pods
                .iter()
                .filter_map(|pod| no_node(pod, &nodes).or_else(|| helped(pod, writes)))
                .collect();
            faults.extend(self.written_status(pods, writes));
            if faults.is_empty() {
                return Ok(passed());
            }
            let expected =
                "Pods that the scheduler put on nodes that are there, as it would the next ones";
            Ok(failed(expected, wording::first_three(&faults)))
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
    ObjectsRef {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        namespace: None,
        selector: None,
    }
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

/// Who helped a Pod onto its node.
fn helped(pod: &Value, writes: &[Write]) -> Option<String> {
    let name = fields::name(pod);
    let made = made(pod);
    let of_pod = |resource: &'static str| {
        writes.iter().filter(move |write| {
            write.resource == resource
                && write.name.as_deref() == Some(name)
                && write.namespace.as_deref() == Some(fields::namespace(pod))
                && second(&write.at) >= made
        })
    };
    let Some(bound) = of_pod("pods/binding").next_back() else {
        return Some(format!(
            "Pod `{name}` was put on its node by its own `nodeName`, not by the scheduler"
        ));
    };
    if !bound.is_component {
        return Some(format!(
            "Pod `{name}` was put on its node by `{}`, not by the scheduler",
            bound.by
        ));
    }
    if let Some(write) = of_pod("pods/status").find(|write| !write.is_component) {
        return Some(format!(
            "the status of Pod `{name}` was written by `{}`",
            write.by
        ));
    }
    // A node that was another when the Pod was let in was made another before, and made what it was after.
    let on_nodes = || {
        let resources = ["nodes", "nodes/status"];
        writes.iter().filter(move |write| {
            !write.is_component && resources.contains(&write.resource.as_str())
        })
    };
    let before = on_nodes().find(|write| second(&write.at) >= made && write.at <= bound.at)?;
    on_nodes().any(|write| write.at > bound.at).then(|| {
        format!(
            "`{}` changed node `{}` while Pod `{name}` waited, and again after it was let in",
            before.by,
            before.name.as_deref().unwrap_or("*")
        )
    })
}

/// When an object was made, to the second, as Kubernetes writes it.
fn made(object: &Value) -> &str {
    second(fields::text(object, "/metadata/creationTimestamp"))
}

/// A time in UTC without the parts of a second: such texts are in the order of time.
fn second(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}
