//! The robot: what somebody might try who understands nothing, made from the objects that are there. None may solve a lab.
//!
//! Knows kinds and fields of Kubernetes, no lab.

use std::collections::{BTreeMap, BTreeSet};

use grade::fix::Fix;
use serde_json::{Value, json};

/// Who the managed fields of a scenario's own objects name.
const DEPLOYER: &str = "deployer";

/// Kinds that mirror others.
const MIRRORS: [&str; 2] = ["Endpoints", "EndpointSlice"];

/// What every namespace is given.
const GIVEN: [(&str, &str); 2] = [
    ("ConfigMap", "kube-root-ca.crt"),
    ("ServiceAccount", "default"),
];

/// Kinds that `rollout restart` and `scale` take.
const WORKLOADS: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// All cheats for a cluster with these objects.
pub(super) fn cheats(objects: &[Value]) -> Vec<Fix> {
    let cluster = Seen::of(objects);
    let mut cheats = cluster.deletions();
    cheats.push(cluster.restart());
    cheats.extend(cluster.scale_up());
    cheats.push(cluster.untaint());
    cheats.extend(cluster.recreations());
    cheats.extend(cluster.cordons());
    cheats.extend(cluster.labels());
    cheats.push(cluster.delete_pods());
    cheats.retain(|cheat| !cheat.run.is_empty());
    cheats
}

/// The objects of a scenario and its nodes.
struct Seen<'a> {
    namespaces: BTreeSet<&'a str>,
    /// Those that no controller owns, in the scenario's namespaces or its own in the cluster.
    objects: Vec<&'a Value>,
    nodes: Vec<&'a Value>,
}

impl<'a> Seen<'a> {
    fn of(all: &'a [Value]) -> Self {
        let is_deployed = |object: &&Value| {
            let managers = list(object, "/metadata/managedFields");
            managers
                .iter()
                .any(|manager| text(manager, "/manager") == DEPLOYER)
        };
        let namespaces: BTreeSet<&str> = all
            .iter()
            .filter(is_deployed)
            .map(|object| text(object, "/metadata/namespace"))
            .filter(|namespace| !namespace.is_empty())
            .collect();
        let is_own = |object: &&Value| {
            let namespace = text(object, "/metadata/namespace");
            let kind = text(object, "/kind");
            let is_here =
                namespaces.contains(namespace) || (namespace.is_empty() && is_deployed(object));
            is_here
                && kind != "Namespace"
                && !MIRRORS.contains(&kind)
                && !GIVEN.contains(&(kind, name(object)))
                && list(object, "/metadata/ownerReferences").is_empty()
        };
        Self {
            objects: all.iter().filter(is_own).collect(),
            nodes: all
                .iter()
                .filter(|object| text(object, "/kind") == "Node")
                .collect(),
            namespaces,
        }
    }

    fn workloads(&self) -> impl Iterator<Item = &&'a Value> {
        self.objects
            .iter()
            .filter(|object| WORKLOADS.contains(&text(object, "/kind")))
    }

    fn deletions(&self) -> Vec<Fix> {
        let delete = |object: &&Value| {
            let line = format!("kubectl delete {} --wait=false", address(object));
            cheat(format!("delete {}", title(object)), vec![line])
        };
        self.objects.iter().map(delete).collect()
    }

    fn restart(&self) -> Fix {
        let restart = |object: &&Value| format!("kubectl rollout restart {}", address(object));
        let lines: Vec<String> = self.workloads().map(restart).collect();
        cheat("restart everything", lines)
    }

    /// Whatever has fewer ready replicas than it asks for.
    fn scale_up(&self) -> Vec<Fix> {
        let scale = |object: &&Value| {
            let asked = object.pointer("/spec/replicas")?.as_u64()?;
            let ready = object
                .pointer("/status/readyReplicas")
                .and_then(Value::as_u64);
            let line = format!("kubectl scale {} --replicas={}", address(object), asked + 1);
            (ready.unwrap_or_default() < asked)
                .then(|| cheat(format!("scale {} up by one", title(object)), vec![line]))
        };
        self.workloads().filter_map(scale).collect()
    }

    fn untaint(&self) -> Fix {
        let of_node = |node: &&Value| {
            let taints = list(node, "/spec/taints").iter().map(|taint| {
                let (key, effect) = (text(taint, "/key"), text(taint, "/effect"));
                format!("kubectl taint node {} {key}:{effect}-", name(node))
            });
            taints.collect::<Vec<_>>()
        };
        cheat(
            "remove every taint",
            self.nodes.iter().flat_map(of_node).collect(),
        )
    }

    fn recreations(&self) -> Vec<Fix> {
        let recreate = |namespace: &&str| {
            let of_it = self
                .objects
                .iter()
                .filter(|object| text(object, "/metadata/namespace") == *namespace);
            let is_kept = |object: &&&Value| text(object, "/kind") != "Pod";
            let own =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            let items: Vec<Value> = std::iter::once(own)
                .chain(of_it.filter(is_kept).map(|object| manifest(object)))
                .collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            let mut fix = cheat(
                format!("recreate namespace {namespace}"),
                vec![
                    format!("kubectl delete namespace {namespace} --timeout=60s"),
                    "kubectl create -f live.json".to_owned(),
                ],
            );
            fix.files.insert("live.json".to_owned(), list.to_string());
            fix
        };
        self.namespaces.iter().map(recreate).collect()
    }

    fn cordons(&self) -> Vec<Fix> {
        let cordon = |node: &&Value| {
            let line = format!("kubectl cordon {}", name(node));
            cheat(format!("cordon {}", name(node)), vec![line])
        };
        self.nodes.iter().map(cordon).collect()
    }

    /// Each label that a workload wants of its nodes, put on all of them.
    fn labels(&self) -> Vec<Fix> {
        let wanted: BTreeSet<(String, String)> = self
            .objects
            .iter()
            .flat_map(|object| wanted_labels(object))
            .collect();
        let label = |(key, value): (String, String)| {
            let line = format!("kubectl label nodes --all --overwrite {key}={value}");
            cheat(format!("label every node {key}={value}"), vec![line])
        };
        wanted.into_iter().map(label).collect()
    }

    fn delete_pods(&self) -> Fix {
        let delete =
            |namespace: &&str| format!("kubectl -n {namespace} delete pods --all --wait=false");
        cheat(
            "delete every Pod",
            self.namespaces.iter().map(delete).collect(),
        )
    }
}

fn cheat(name: impl Into<String>, run: Vec<String>) -> Fix {
    Fix {
        name: name.into(),
        says: String::new(),
        because: None,
        files: BTreeMap::new(),
        run,
        caught_by: Vec::new(),
    }
}

/// What a Pod template, or a Pod, wants of its node's labels.
fn wanted_labels(object: &Value) -> Vec<(String, String)> {
    let spec = object
        .pointer("/spec/template/spec")
        .or_else(|| object.pointer("/spec"));
    let Some(spec) = spec else { return Vec::new() };
    let selected = spec.pointer("/nodeSelector").and_then(Value::as_object);
    let selected = selected.into_iter().flatten();
    let selected =
        selected.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let required =
        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let expressions = list(spec, required)
        .iter()
        .flat_map(|term| list(term, "/matchExpressions"));
    let expressions = expressions.flat_map(|expression| {
        let values = list(expression, "/values").iter().filter_map(Value::as_str);
        let key = text(expression, "/key");
        values
            .map(|value| (key.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    });
    selected.chain(expressions).collect()
}

/// An object as `kubectl get -o yaml` would give it to be created again.
fn manifest(object: &Value) -> Value {
    let mut manifest = object.clone();
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("status");
    }
    if let Some(fields) = manifest
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        for given in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "managedFields",
        ] {
            fields.remove(given);
        }
    }
    manifest
}

/// `-n shop deployment.apps cart`, as kubectl takes it.
fn address(object: &Value) -> String {
    let kind = text(object, "/kind").to_lowercase();
    let kind = match text(object, "/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    };
    match text(object, "/metadata/namespace") {
        "" => format!("{kind} {}", name(object)),
        namespace => format!("-n {namespace} {kind} {}", name(object)),
    }
}

/// `Deployment shop/cart`.
fn title(object: &Value) -> String {
    let kind = text(object, "/kind");
    match text(object, "/metadata/namespace") {
        "" => format!("{kind} {}", name(object)),
        namespace => format!("{kind} {namespace}/{}", name(object)),
    }
}

fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list<'v>(object: &'v Value, pointer: &str) -> &'v [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(api_version: &str, kind: &str, namespace: &str, name: &str, more: &Value) -> Value {
        let manager =
            json!([{"manager": if name.starts_with("own") { DEPLOYER } else { "kubelet" }}]);
        let mut object = json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": name, "managedFields": manager},
        });
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.into();
        }
        for (field, value) in more.as_object().into_iter().flatten() {
            object[field] = value.clone();
        }
        object
    }

    #[test]
    fn the_scenarios_own_objects_are_tried_and_nobody_elses() {
        let template =
            json!({"replicas": 3, "template": {"spec": {"nodeSelector": {"pool": "fast"}}}});
        let taints = json!({"taints": [{"key": "only", "effect": "NoSchedule"}]});
        let mut owned = object("v1", "Pod", "shop", "pod", &json!({}));
        owned["metadata"]["ownerReferences"] = json!([{"controller": true}]);
        let objects = [
            object(
                "apps/v1",
                "Deployment",
                "shop",
                "own-cart",
                &json!({"spec": template}),
            ),
            object("v1", "ConfigMap", "shop", "kube-root-ca.crt", &json!({})),
            object("v1", "EndpointSlice", "shop", "slice", &json!({})),
            object(
                "apps/v1",
                "Deployment",
                "kube-system",
                "coredns",
                &json!({}),
            ),
            object(
                "storage.k8s.io/v1",
                "StorageClass",
                "",
                "own-class",
                &json!({}),
            ),
            object("storage.k8s.io/v1", "StorageClass", "", "gp3", &json!({})),
            object("v1", "Node", "", "node-1", &json!({"spec": taints})),
            owned,
        ];
        let cheats = cheats(&objects);
        let lines: Vec<&str> = cheats
            .iter()
            .flat_map(|it| &it.run)
            .map(String::as_str)
            .collect();
        assert_eq!(
            lines,
            [
                "kubectl delete -n shop deployment.apps own-cart --wait=false",
                "kubectl delete storageclass.storage.k8s.io own-class --wait=false",
                "kubectl rollout restart -n shop deployment.apps own-cart",
                "kubectl scale -n shop deployment.apps own-cart --replicas=4",
                "kubectl taint node node-1 only:NoSchedule-",
                "kubectl delete namespace shop --timeout=60s",
                "kubectl create -f live.json",
                "kubectl cordon node-1",
                "kubectl label nodes --all --overwrite pool=fast",
                "kubectl -n shop delete pods --all --wait=false",
            ]
        );
        let live = cheats.iter().find_map(|cheat| cheat.files.get("live.json"));
        let live: Value = serde_json::from_str(live.unwrap()).unwrap();
        assert_eq!(list(&live, "/items").len(), 2, "{live}");
        assert!(!live.to_string().contains("managedFields"), "{live}");
    }
}
