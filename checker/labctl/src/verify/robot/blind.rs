//! What somebody tries who understands nothing: delete, restart, scale, label and cordon whatever there is.
//!
//! Made from the objects that are there. None may solve a lab.

use std::collections::{BTreeMap, BTreeSet};

use grade::fix::Fix;
use serde_json::{Value, json};

use super::seen::{
    Seen, address, list, manifest, name, namespace as namespace_of, text, title, wanted_labels,
};

/// All of them for this cluster.
pub(super) fn tries(cluster: &Seen<'_>) -> Vec<Fix> {
    let mut tries = cluster.deletions();
    tries.push(cluster.restart());
    tries.extend(cluster.scale_up());
    tries.push(cluster.untaint());
    tries.extend(cluster.recreations());
    tries.extend(cluster.cordons());
    tries.extend(cluster.labels());
    tries.push(cluster.delete_pods());
    tries.retain(|it| !it.run.is_empty());
    tries
}

impl Seen<'_> {
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
                .filter(|object| namespace_of(object) == *namespace);
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
        // What nobody needs would not come again, which is no cheat.
        let is_needed = |namespace: &&&str| {
            let mut needless = self.needless.iter();
            needless.all(|object| namespace_of(object) != **namespace)
        };
        self.namespaces
            .iter()
            .filter(is_needed)
            .map(recreate)
            .collect()
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
        let delete = |namespace: &&str| {
            let needless = self.needless.iter();
            let needless =
                needless.filter(|it| text(it, "/kind") == "Pod" && namespace_of(it) == *namespace);
            let others: Vec<String> = needless
                .map(|it| format!("metadata.name!={}", name(it)))
                .collect();
            if others.is_empty() {
                format!("kubectl -n {namespace} delete pods --all --wait=false")
            } else {
                let others = others.join(",");
                format!("kubectl -n {namespace} delete pods --field-selector {others} --wait=false")
            }
        };
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

#[cfg(test)]
mod tests {
    use super::super::Told;
    use super::*;

    fn object(api_version: &str, kind: &str, namespace: &str, name: &str, more: &Value) -> Value {
        let manager =
            json!([{"manager": if name.starts_with("own") { "deployer" } else { "kubelet" }}]);
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
        let cheats = tried(&objects, &|_| false);
        assert_eq!(
            lines(&cheats),
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

    fn tried(objects: &[Value], needless: &dyn Fn(&Value) -> bool) -> Vec<Fix> {
        let told = Told {
            subject: None,
            right: &cheat("right", Vec::new()),
            needless,
            is_learners: &|_| false,
            asks_diagnosis: false,
        };
        tries(&Seen::of(objects, &told))
    }

    fn lines(cheats: &[Fix]) -> Vec<&str> {
        let lines = cheats.iter().flat_map(|it| &it.run);
        lines.map(String::as_str).collect()
    }

    #[test]
    fn what_nobody_needs_is_left_alone() {
        let objects = [
            object("v1", "Pod", "shop", "own-trial", &json!({})),
            object("v1", "ConfigMap", "shop", "own-settings", &json!({})),
        ];
        let cheats = tried(&objects, &|it| name(it) == "own-trial");
        assert_eq!(
            lines(&cheats),
            [
                "kubectl delete -n shop configmap own-settings --wait=false",
                "kubectl -n shop delete pods --field-selector metadata.name!=own-trial --wait=false",
            ]
        );
    }
}
