//! How the rules of a Pod template keep its own Pods apart, as the scheduler's filters read them: topology spread with `DoNotSchedule`, and
//! required Pod anti-affinity. Reads templates against nodes and Pods that are thought up; knows no check.

use serde_json::{Value, json};

use crate::fields;
use crate::placement::{kept_away, picks, selects, tolerates};
use crate::worlds::World;

/// The label by which a Deployment tells the Pods of one template from those of another.
const REVISION: &str = "pod-template-hash";

const ANTI_AFFINITY: &str =
    "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";

/// A Pod that is thought to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The place of its node in the list of nodes.
    pub(crate) node: usize,
    /// Whether it is of the template before this one.
    pub(crate) is_older: bool,
}

/// A workload's Pod template, with what there is of nodes.
pub(crate) struct Apart<'a> {
    template: &'a Value,
    namespace: &'a str,
    nodes: &'a [World],
}

impl<'a> Apart<'a> {
    /// Of a workload; one without a template has no rules.
    pub(crate) fn of(workload: &'a Value, nodes: &'a [World]) -> Self {
        Self {
            template: workload.pointer("/spec/template").unwrap_or(&Value::Null),
            namespace: fields::namespace(workload),
            nodes,
        }
    }

    /// The nodes where a Pod of the template may run when no other is there, by their places.
    pub(crate) fn home(&self) -> Vec<usize> {
        let spec = self.spec();
        let is_home = |node: &usize| {
            let node = &self.nodes[*node];
            selects(spec, &node.labels) && kept_away(spec, &node.taints).is_none()
        };
        (0..self.nodes.len()).filter(is_home).collect()
    }

    /// Whether the template's rules let one more Pod onto a node of its home, beside these.
    pub(crate) fn lets_in(&self, node: usize, pods: &[Placed]) -> bool {
        let spreads = fields::list(self.template, "/spec/topologySpreadConstraints");
        let apart = fields::list(self.template, ANTI_AFFINITY);
        spreads
            .iter()
            .filter(|it| fields::text(it, "/whenUnsatisfiable") != "ScheduleAnyway")
            .all(|it| self.is_spread(it, node, pods))
            && apart.iter().all(|it| self.is_alone(it, node, pods))
    }

    fn spec(&self) -> &Value {
        self.template.get("spec").unwrap_or(&Value::Null)
    }

    /// Whether a term is about the template's own Pods.
    fn is_about_itself(&self, rule: &Value) -> bool {
        picks(
            rule.get("labelSelector"),
            self.template.pointer("/metadata/labels"),
        )
    }

    /// The domain of a node; unset where it lacks the label.
    fn domain(&self, rule: &Value, node: usize) -> Option<&Value> {
        self.nodes[node]
            .labels
            .get(fields::text(rule, "/topologyKey"))
    }

    fn is_spread(&self, rule: &Value, node: usize, pods: &[Placed]) -> bool {
        let Some(own) = self.domain(rule, node) else {
            return false;
        };
        if !self.is_about_itself(rule) {
            return true;
        }
        let counted: Vec<usize> = (0..self.nodes.len())
            .filter(|node| self.counts(rule, *node))
            .collect();
        let pods_in = |domain: &Value| {
            let counts = |pod: &&Placed| {
                counted.contains(&pod.node)
                    && self.domain(rule, pod.node) == Some(domain)
                    && !(pod.is_older && tells_revisions(rule, "/matchLabelKeys"))
            };
            as_number(pods.iter().filter(counts).count())
        };
        let mut domains: Vec<&Value> = counted
            .iter()
            .filter_map(|node| self.domain(rule, *node))
            .collect();
        domains.sort_by_key(|it| it.as_str());
        domains.dedup();
        let least_domains = fields::number(rule, "/minDomains").unwrap_or(1);
        let fewest = if as_number(domains.len()) < least_domains {
            0
        } else {
            let all = domains.iter().map(|domain| pods_in(domain));
            all.min().unwrap_or_default()
        };
        pods_in(own) + 1 - fewest <= fields::number(rule, "/maxSkew").unwrap_or(1)
    }

    /// Whether a node counts for a spread rule, by the rule's policies.
    fn counts(&self, rule: &Value, node: usize) -> bool {
        let world = &self.nodes[node];
        let ignores_selectors = fields::text(rule, "/nodeAffinityPolicy") == "Ignore";
        let honors_taints = fields::text(rule, "/nodeTaintsPolicy") == "Honor";
        (ignores_selectors || selects(self.spec(), &world.labels))
            && (!honors_taints || tolerates(self.spec(), &world.taints))
    }

    /// Whether an anti-affinity is about Pods of the workload's own namespace. Of the labels by which it may pick namespaces only the one is
    /// known that every namespace has.
    fn is_about_its_namespace(&self, rule: &Value) -> bool {
        let named = fields::list(rule, "/namespaces");
        let picked = rule.get("namespaceSelector").filter(|it| !it.is_null());
        let labels = json!({"kubernetes.io/metadata.name": self.namespace});
        (named.is_empty() && picked.is_none())
            || named.iter().any(|name| name == self.namespace)
            || picks(picked, Some(&labels))
    }

    /// Whether no Pod that an anti-affinity is about is in the domain of a node.
    fn is_alone(&self, rule: &Value, node: usize, pods: &[Placed]) -> bool {
        if !self.is_about_itself(rule) || !self.is_about_its_namespace(rule) {
            return true;
        }
        let domain = self.domain(rule, node);
        let is_meant = |pod: &Placed| {
            !(pod.is_older && tells_revisions(rule, "/matchLabelKeys")
                || !pod.is_older && tells_revisions(rule, "/mismatchLabelKeys"))
        };
        domain.is_none()
            || !pods
                .iter()
                .any(|pod| is_meant(pod) && self.domain(rule, pod.node) == domain)
    }
}

fn tells_revisions(rule: &Value, keys: &str) -> bool {
    fields::list(rule, keys).iter().any(|key| key == REVISION)
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
