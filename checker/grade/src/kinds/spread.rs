//! `spread`: the Pod template keeps the workload's Pods apart, over zones or over nodes, and still lets all of them run and be rolled out.
//!
//! Judged by where the scheduler would let them in, never by how the template says so, over clusters of today and of tomorrow. Asked when
//! every Pod has a node: before, it would tell the cause.

mod rolled_out;
mod search;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::apart::Apart;
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::owned::{self, Owned};
use crate::judge::{Undecided, failed, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording::{self, count};
use crate::worlds::{self, Cluster, World};
use search::States;

/// A workload whose Pods are kept apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The workload.
    pub workload: ObjectRef,
    /// What its Pods are spread over.
    pub over: Over,
}

/// What Pods are spread over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Of the zones that have nodes for them, none has more than one Pod more than another.
    Zones,
    /// Of the nodes for them, none has more than one Pod more than another.
    Nodes,
}

/// The Pod template keeps the workload's Pods evenly apart, today and when nodes come and go, and lets all of them run and be rolled out
/// with at most one missing.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Spread")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// What its Pods are spread over: of those where its template may run, none has more than one Pod more than another.
    over: Over,
}

impl Kind for Spread {
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
            over: written.over,
        })
    }

    fn questions(&self) -> Vec<Question> {
        owned::questions(&self.workload)
    }

    fn baseline_questions(&self) -> Vec<Question> {
        vec![Question::Objects(nodes())]
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let Some(owned) = Owned::of(&self.workload, &evidence.observed)? else {
            let found = format!("{} does not exist", wording::one(&self.workload));
            return Ok(failed(&check.says, found));
        };
        let waits = |pod: &&Value| fields::text(pod, "/spec/nodeName").is_empty();
        if owned.pods.is_empty() || owned.pods.iter().any(waits) {
            let name = fields::name(owned.object);
            return Err(format!("asked when every Pod of `{name}` has a node"));
        }
        let before =
            several(&evidence.baseline, &nodes()).map_err(|why| format!("baseline: {why}"))?;
        let fault = self.fault(owned.object, &before);
        Ok(fault.map_or_else(passed, |fault| failed(self.expected(), fault)))
    }
}

impl Spread {
    fn expected(&self) -> String {
        let over = match self.over {
            Over::Zones => "zones",
            Over::Nodes => "nodes",
        };
        format!(
            "a Pod template by which of the {over} where it may run none has more than one Pod more than another, today and tomorrow, and a roll-out that comes to its end with at most one Pod missing (platform/node-groups, `availability`)"
        )
    }

    /// The first promise that the workload does not keep.
    fn fault(&self, workload: &Value, nodes: &[&Value]) -> Option<String> {
        let wanted = usize::try_from(fields::number(workload, "/spec/replicas").unwrap_or(1))
            .unwrap_or_default();
        let today = worlds::today(nodes);
        let home = Apart::of(workload, &today).home();
        if home.is_empty() {
            return Some("its template may run on no node".to_owned());
        }
        let clusters = worlds::clusters(&today, &home);
        clusters
            .iter()
            .find_map(|cluster| self.fault_in(cluster, today.len(), workload, wanted))
            .or_else(|| rolled_out::fault(workload, &clusters[0], wanted))
    }

    /// What it does not keep in a cluster, whose nodes are those of today, `n_today` of them, and some like those where it may run.
    fn fault_in(
        &self,
        cluster: &Cluster,
        n_today: usize,
        workload: &Value,
        wanted: usize,
    ) -> Option<String> {
        let rules = Apart::of(workload, &cluster.nodes);
        let is = cluster.is;
        // Who runs in one zone alone, or on certain nodes, is spread over nothing.
        let home = rules.home();
        if (n_today..cluster.nodes.len()).any(|node| !home.contains(&node)) {
            return Some(format!(
                "{is} its template may not run on all that are like those of today"
            ));
        }
        let states = States::of(&rules, wanted);
        let uneven = states.all().find_map(|pods| {
            let (most, fewest) = self.extremes(&cluster.nodes, &home, pods);
            let what = match self.over {
                Over::Zones => "zone",
                Over::Nodes => "node",
            };
            (most > fewest + 1).then(|| {
                format!(
                    "{is} its template lets {} into one {what} when another has {fewest}",
                    count(most, "Pod")
                )
            })
        });
        uneven.or_else(|| {
            let most = states.dead_end()?;
            Some(format!(
                "{is} its template can come to an end with {most} of {} let in",
                count(wanted, "Pod")
            ))
        })
    }

    /// How many Pods the fullest and the emptiest of what they are spread over have.
    fn extremes(&self, nodes: &[World], home: &[usize], pods: &[usize]) -> (usize, usize) {
        let domain = |node: usize| match self.over {
            Over::Zones => nodes[node].zone(),
            Over::Nodes => nodes[node].name(),
        };
        let in_domain = |of: usize| {
            let same = pods.iter().filter(|pod| domain(**pod) == domain(of));
            same.count()
        };
        let counts: Vec<usize> = home.iter().map(|node| in_domain(*node)).collect();
        let most = counts.iter().max().copied().unwrap_or_default();
        (most, counts.iter().min().copied().unwrap_or_default())
    }
}

fn nodes() -> ObjectsRef {
    ObjectsRef::all("v1", "Node")
}
