//! `placed`: the Pod template may run on every node where the workload belongs, of today and of tomorrow, and nowhere else.
//!
//! Judged by where the template may run, never by how it says so. Asked from the first Pod on a node on: before, it would tell the cause.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::owned::{self, Owned};
use crate::judge::{Undecided, failed, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Observations, Question};
use crate::placement::{kept_away, selects, tolerates};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;
use crate::worlds::{self, Added, World, WorldKind};

/// The workload's Pods may run on all nodes of its home and on no others.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The workload.
    pub workload: ObjectRef,
    /// Where it belongs.
    pub home: Home,
}

/// Where a workload belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// Node groups, at least one: on all nodes of one of them at least, and on nothing else.
    NodeGroups(Vec<String>),
    /// A zone: on all its nodes that no taint keeps for others; elsewhere does not matter, because something else keeps it here.
    Zone(String),
}

/// A workload may run where it belongs.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Placed")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// Node groups where it belongs: its template must suit every node that one of them has and will have, whatever its name, image and
    /// size, and no node of another group, of today or of tomorrow. Excludes `zone`.
    node_groups: Option<Spanned<Vec<String>>>,
    /// A zone where it belongs, because its volume is there: its template must suit every node of the zone that no taint keeps for others.
    zone: Option<String>,
}

impl Kind for Placed {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        place: Location,
    ) -> Result<Self, Diagnostic> {
        let home = match (&written.node_groups, &written.zone) {
            (Some(groups), None) if groups.value.is_empty() => {
                return Err(document.fault(groups.defined, message!(NoNodeGroups)));
            }
            (Some(groups), None) => Home::NodeGroups(groups.value.clone()),
            (None, Some(zone)) => Home::Zone(zone.clone()),
            _ => return Err(document.fault(place, message!(NotOneHome))),
        };
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            home,
        })
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = owned::questions(&self.workload);
        questions.push(Question::Objects(nodes()));
        questions
    }

    fn baseline_questions(&self) -> Vec<Question> {
        vec![Question::Objects(nodes())]
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        Owned::once_on_nodes(&self.workload, check, &evidence.observed, |owned| {
            let before =
                several(&evidence.baseline, &nodes()).map_err(|why| format!("baseline: {why}"))?;
            let spec = owned
                .object
                .pointer("/spec/template/spec")
                .unwrap_or(&Value::Null);
            let mut faults = self.faults(spec, &before);
            faults.extend(self.astray(&owned.pods, &evidence.observed)?);
            Ok(if faults.is_empty() {
                passed()
            } else {
                failed(self.expected(), wording::first_three(&faults))
            })
        })
    }
}

impl Placed {
    /// What the template promises that it should not, or does not promise that it should.
    fn faults(&self, spec: &Value, nodes: &[&Value]) -> Vec<String> {
        let required_pods =
            spec.pointer("/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution");
        let follows = required_pods
            .and_then(Value::as_array)
            .is_some_and(|terms| !terms.is_empty());
        let mut faults = match &self.home {
            Home::Zone(zone) => worlds::worlds(nodes, Added::Open)
                .iter()
                .filter(|world| world.zone() == zone && world.kind != WorldKind::Added)
                .filter(|world| world.taints.is_empty())
                .filter_map(|world| unsuited(spec, world))
                .take(1)
                .collect(),
            Home::NodeGroups(groups) => of_groups(spec, nodes, groups),
        };
        if follows {
            faults.push("its template may run only where certain other Pods are".to_owned());
        }
        faults
    }

    /// The Pods that run on nodes of another group.
    fn astray(&self, pods: &[&Value], observed: &Observations) -> Result<Vec<String>, Undecided> {
        let Home::NodeGroups(groups) = &self.home else {
            return Ok(Vec::new());
        };
        let nodes = several(observed, &nodes())?;
        let is_astray = |pod: &&&Value| {
            let node = nodes.iter().find(|node| fields::name(node) == node_of(pod));
            node.is_none_or(|node| {
                let labels = node.pointer("/metadata/labels");
                let group = labels.and_then(|labels| labels.get(worlds::NODE_GROUP));
                !groups
                    .iter()
                    .any(|home| group.and_then(Value::as_str) == Some(home))
            })
        };
        let astray = pods.iter().filter(is_astray);
        Ok(astray
            .map(|pod| {
                format!(
                    "Pod `{}` runs outside of its group, on `{}`",
                    fields::name(pod),
                    node_of(pod)
                )
            })
            .collect())
    }

    fn expected(&self) -> String {
        match &self.home {
            Home::Zone(zone) => format!(
                "a Pod template that may run on every node of zone {zone}, today's and tomorrow's"
            ),
            Home::NodeGroups(groups) => {
                let groups: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
                format!(
                    "a Pod template that may run on every node of group {} and on no other, today's and tomorrow's (platform/node-groups, `placement`)",
                    groups.join(" or ")
                )
            }
        }
    }
}

/// Suits all nodes of one of the groups, and none of another group.
fn of_groups(spec: &Value, nodes: &[&Value], groups: &[String]) -> Vec<String> {
    let has_to_name_it = groups.iter().any(|group| !worlds::is_default(nodes, group));
    let added = if has_to_name_it {
        Added::Open
    } else {
        Added::Reserved
    };
    let worlds = worlds::worlds(nodes, added);
    let of_group = |group: &String| {
        let mut worlds = worlds.iter().filter(|world| world.group() == group);
        worlds.find_map(|world| unsuited(spec, world))
    };
    let unsuited: Vec<String> = groups.iter().filter_map(of_group).collect();
    let mut faults = Vec::new();
    if unsuited.len() == groups.len() {
        faults.extend(unsuited.into_iter().take(1));
    }
    let is_home = |world: &&World| groups.iter().any(|group| world.group() == group);
    let wrong = worlds
        .iter()
        .filter(|world| !is_home(world))
        .find(|world| selects(spec, &world.labels) && tolerates(spec, &world.taints));
    faults.extend(wrong.map(|world| format!("its template may run on {}", world.text())));
    faults
}

/// That a template does not suit a world.
fn unsuited(spec: &Value, world: &World) -> Option<String> {
    let suits = selects(spec, &world.labels) && kept_away(spec, &world.taints).is_none();
    (!suits).then(|| {
        format!(
            "its template may not run on {}, or not for good",
            world.text()
        )
    })
}

fn node_of(pod: &Value) -> &str {
    fields::text(pod, "/spec/nodeName")
}

fn nodes() -> ObjectsRef {
    ObjectsRef::all("v1", "Node")
}
