//! The parts of a cluster that the robot's tables name: who is broken, who lives beside it, what a node wants, as words and lines.
//!
//! A part that the cluster does not have says why, so that what needs it is skipped with a word.

use std::collections::BTreeMap;

use grade::fix::Fix;
use serde_json::{Map, Value, json};

use super::seen::{
    Seen, address, labels, list, manifest, n_asked, name, namespace, selector, text, wanted_labels,
};

/// What a part is, or why there is none.
type Part = Result<String, &'static str>;

/// All parts of a cluster.
pub(super) struct Parts(BTreeMap<&'static str, Part>);

impl Parts {
    /// Of this cluster; `right` is a fix that solves it.
    pub(super) fn of(seen: &Seen<'_>, right: &Fix) -> Self {
        let mut parts = Self(BTreeMap::new());
        let subject = seen.subject.ok_or("the lab is about no Deployment");
        let companion = seen
            .companion()
            .ok_or("no other Deployment runs in its namespace");
        let neighbour = seen
            .neighbour()
            .ok_or("there is no Deployment of another team");
        let notes = seen.notes().ok_or("there is no ConfigMap of others");
        parts.add("namespace", subject, |it| namespace(it).to_owned());
        parts.add("workload", subject, |it| name(it).to_owned());
        parts.add("replicas", subject, |it| n_asked(it).to_string());
        parts.add("selector", subject, selector);
        parts.add("labels", subject, |it| {
            json!(labels(it, "/spec/selector/matchLabels")).to_string()
        });
        let without_budget = subject.and_then(|it| {
            let has_none = seen.budgets_of(it).next().is_none();
            has_none.then_some(it).ok_or("its Pods have a budget")
        });
        parts.add("labels-without-budget", without_budget, |it| {
            json!(labels(it, "/spec/selector/matchLabels")).to_string()
        });
        parts.add("container", subject, container);
        parts.add("probe", subject, probe);
        parts.add("companion", companion, |it| name(it).to_owned());
        parts.add("companion-more", companion, |it| {
            (n_asked(it) + 1).to_string()
        });
        parts.add("companion-selector", companion, selector);
        parts.add("companion-container", companion, container);
        parts.add("companion-object", companion, |it| manifest(it).to_string());
        parts.add("image", companion, image);
        parts.add("neighbour", neighbour, |it| name(it).to_owned());
        parts.add("neighbour-namespace", neighbour, |it| {
            namespace(it).to_owned()
        });
        parts.add("neighbour-container", neighbour, container);
        parts.add("neighbour-labels", neighbour, |it| {
            json!(labels(it, "/spec/selector/matchLabels")).to_string()
        });
        parts.add("notes", notes, |it| name(it).to_owned());
        parts.add("notes-namespace", notes, |it| namespace(it).to_owned());
        parts.add("notes-key", notes, |it| {
            let data = it.pointer("/data").and_then(Value::as_object);
            data.and_then(|data| data.keys().next().cloned())
                .unwrap_or_default()
        });
        let node = seen.nodes.first().ok_or("there is no node");
        parts.add("node", node, |it| name(it).to_owned());
        parts.add("home", subject, |it| home(it, seen).to_owned());
        parts.add("status", subject, status);
        parts.add("set", subject, |it| {
            let sets = seen.made_by(it, "ReplicaSet");
            sets.first()
                .map_or(String::new(), |set| name(set).to_owned())
        });
        parts.add("pod-labels", subject, |it| {
            let labels = pod_labels(it, seen);
            let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
            pairs.collect::<Vec<_>>().join(" ")
        });
        parts.add("pods-on-a-node", subject, |it| {
            bare_pods(it, seen, Some(home(it, seen)))
        });
        parts.add("pods-anywhere", subject, |it| bare_pods(it, seen, None));
        parts.untaint(seen);
        parts.label(subject, seen);
        parts.room(seen);
        parts.put_back(subject, right);
        parts
    }

    /// A text with the parts that it names.
    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = text.to_owned();
        for (name, part) in &self.0 {
            let open = format!("%{name}%");
            if filled.contains(&open) {
                let part = part.as_ref().map_err(|why| (*why).to_owned())?;
                filled = filled.replace(&open, part);
            }
        }
        Ok(filled)
    }

    fn add<T>(
        &mut self,
        name: &'static str,
        of: Result<T, &'static str>,
        part: impl Fn(T) -> String,
    ) {
        self.0.insert(name, of.map(part));
    }

    /// All taints away, and back as they were.
    fn untaint(&mut self, seen: &Seen<'_>) {
        let tainted = seen
            .nodes
            .iter()
            .filter(|node| !list(node, "/spec/taints").is_empty());
        let patch = |node: &&&Value, taints: &Value| {
            let patch = json!({"spec": {"taints": taints}});
            format!(
                "kubectl patch node {} --type=merge -p '{patch}'",
                name(node)
            )
        };
        let off: Vec<String> = tainted
            .clone()
            .map(|node| patch(&node, &json!([])))
            .collect();
        let on: Vec<String> = tainted
            .map(|node| patch(&node, &node["spec"]["taints"]))
            .collect();
        let of = if off.is_empty() {
            Err("no node has a taint")
        } else {
            Ok(())
        };
        self.add("untaint", of, |()| off.join("\n"));
        self.add("taint-again", of, |()| on.join("\n"));
    }

    /// The labels that the broken workload wants, put on every node, and the nodes' own again.
    fn label(&mut self, subject: Result<&Value, &'static str>, seen: &Seen<'_>) {
        let mut on = Vec::new();
        let mut back = Vec::new();
        for (key, value) in subject.map(wanted_labels).unwrap_or_default() {
            for node in &seen.nodes {
                let own = labels(node, "/metadata/labels");
                if own.get(&key) != Some(&value) {
                    let node = name(node);
                    on.push(format!(
                        "kubectl label node {node} --overwrite {key}={value}"
                    ));
                    let own = own
                        .get(&key)
                        .map_or(format!("{key}-"), |own| format!("{key}={own}"));
                    back.push(format!("kubectl label node {node} --overwrite {own}"));
                }
            }
        }
        let of = match subject {
            Ok(_) if on.is_empty() => Err("it wants no label that a node lacks"),
            Ok(_) => Ok(()),
            Err(why) => Err(why),
        };
        self.add("label", of, |()| on.join("\n"));
        self.add("label-again", of, |()| back.join("\n"));
    }

    /// More room than any Pod asks for, written into every node's status.
    fn room(&mut self, seen: &Seen<'_>) {
        let room = json!({"cpu": "9999", "memory": "99999Gi", "pods": "110"});
        let patch = json!({"status": {"capacity": room, "allocatable": room}});
        let lines = seen.nodes.iter().map(|node| {
            format!(
                "kubectl patch node {} --subresource=status -p '{patch}'",
                name(node)
            )
        });
        let lines: Vec<String> = lines.collect();
        let of = if lines.is_empty() {
            Err("there is no node")
        } else {
            Ok(())
        };
        self.add("room", of, |()| lines.join("\n"));
    }

    /// The right fix, and then the broken workload's manifest as it was.
    fn put_back(&mut self, subject: Result<&Value, &'static str>, right: &Fix) {
        let of = subject.and_then(|subject| {
            let patches = format!("patch deployment {}", name(subject));
            let is_of_it = right.run.iter().any(|line| line.contains(&patches));
            is_of_it
                .then_some(subject)
                .ok_or("its first fix does not patch the Deployment")
        });
        let files = right
            .files
            .iter()
            .map(|(name, text)| format!("cat > {name} <<'END_OF_FILE'\n{text}\nEND_OF_FILE"));
        let lines: Vec<String> = files.chain(right.run.iter().cloned()).collect();
        self.add("repair", of, |_| lines.join("\n"));
        self.add("broken", of, |it| manifest(it).to_string());
        self.add("address", of, address);
    }
}

fn first_container(workload: &Value) -> &Value {
    list(workload, "/spec/template/spec/containers")
        .first()
        .unwrap_or(&Value::Null)
}

fn container(workload: &Value) -> String {
    text(first_container(workload), "/name").to_owned()
}

fn image(workload: &Value) -> String {
    text(first_container(workload), "/image").to_owned()
}

/// A startup probe that fits: what says that it is ready, and once is enough.
fn probe(workload: &Value) -> String {
    let probe = first_container(workload).get("readinessProbe");
    let mut probe = probe
        .cloned()
        .unwrap_or_else(|| json!({"tcpSocket": {"port": 8080}}));
    probe["successThreshold"] = json!(1);
    probe.to_string()
}

/// The node that has most of the labels which a workload wants.
fn home<'a>(workload: &Value, seen: &Seen<'a>) -> &'a str {
    let wanted = wanted_labels(workload);
    let fits = |node: &&&Value| {
        let own = labels(node, "/metadata/labels");
        wanted
            .iter()
            .filter(|(key, value)| own.get(key) == Some(value))
            .count()
    };
    seen.nodes
        .iter()
        .max_by_key(fits)
        .map_or("", |node| name(node))
}

/// A status that says that all is well.
fn status(workload: &Value) -> String {
    let all = n_asked(workload);
    let generation = &workload["metadata"]["generation"];
    json!({"status": {
        "observedGeneration": generation, "replicas": all, "updatedReplicas": all, "readyReplicas": all, "availableReplicas": all,
        "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}],
    }})
    .to_string()
}

/// The labels that its Pods have, with the one that tells the `ReplicaSet`.
fn pod_labels(workload: &Value, seen: &Seen<'_>) -> BTreeMap<String, String> {
    let mut all = labels(workload, "/spec/template/metadata/labels");
    let sets = seen.made_by(workload, "ReplicaSet");
    let of_set = sets.first().map(|set| labels(set, "/metadata/labels"));
    all.extend(of_set.into_iter().flatten());
    all
}

/// As many Pods as it wants, which ask for nothing, tolerate everything and keep their data nowhere; its `ReplicaSet` takes them for its own.
fn bare_pods(workload: &Value, seen: &Seen<'_>, node: Option<&str>) -> String {
    let mut spec = workload["spec"]["template"]["spec"].clone();
    if let Some(fields) = spec.as_object_mut() {
        for field in ["nodeSelector", "affinity", "topologySpreadConstraints"] {
            fields.remove(field);
        }
        fields.insert("tolerations".to_owned(), json!([{"operator": "Exists"}]));
        if let Some(node) = node {
            fields.insert("nodeName".to_owned(), node.into());
        }
        each(fields, "containers", |container| {
            container.remove("resources");
        });
        each(fields, "volumes", |volume| {
            if volume.remove("persistentVolumeClaim").is_some() {
                volume.insert("emptyDir".to_owned(), json!({}));
            }
        });
    }
    let pods = (1..=n_asked(workload)).map(|number| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("by-hand-{number}"), "namespace": namespace(workload), "labels": pod_labels(workload, seen)},
            "spec": spec,
        })
    });
    json!({"apiVersion": "v1", "kind": "List", "items": pods.collect::<Vec<_>>()}).to_string()
}

fn each(fields: &mut Map<String, Value>, list: &str, change: impl Fn(&mut Map<String, Value>)) {
    let items = fields.get_mut(list).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            change(item);
        }
    }
}
