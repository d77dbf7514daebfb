//! The robot: what no author listed, made from the objects that are there. Each family is a table in a file of its own.
//!
//! Knows kinds and fields of Kubernetes, no lab; of a scenario only its first right fix, beside which much is tried.

mod blind;
mod by_hand;
mod forged;
mod harmless;
mod leftovers;
mod neighbours;
mod parts;
mod seen;
mod way;

use grade::fix::Fix;
use serde_json::Value;

use super::case::Kind;
use parts::Parts;
use seen::Seen;
use way::Way;

pub(super) use forged::LINE;

/// What there is to try on a cluster.
#[derive(Default)]
pub(super) struct Tries {
    pub(super) tries: Vec<(Kind, Fix)>,
    /// What this cluster has no occasion for, and why.
    pub(super) skipped: Vec<Skipped>,
}

/// One thing that is not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// What the cluster lacks for it.
    pub(crate) why: String,
}

/// All that is tried on a cluster with these objects. Who deletes what is `needless` tries no cheat; `right` is a fix that solves it.
pub(super) fn tries(objects: &[Value], needless: &dyn Fn(&Value) -> bool, right: &Fix) -> Tries {
    let seen = Seen::of(objects, needless);
    let parts = Parts::of(&seen, right);
    let mut all = Tries::default();
    let blind = blind::tries(&seen).into_iter();
    all.tries.extend(blind.map(|fix| (Kind::Cheat, fix)));
    all.add(Kind::Cheat, by_hand::WAYS, &parts, None);
    all.add(Kind::Damage, neighbours::WAYS, &parts, Some(right));
    all.add(Kind::Damage, leftovers::WAYS, &parts, Some(right));
    all.add(Kind::Forgery, forged::WAYS, &parts, None);
    let n_before = all.tries.len();
    all.add(Kind::Harmless, harmless::WAYS, &parts, Some(right));
    let harmless = all.tries[n_before..].iter().map(|(_, fix)| fix);
    if let Some(together) = way::together("all of these at once", harmless, right) {
        all.tries.push((Kind::HarmlessAll, together));
    }
    all
}

impl Tries {
    /// The ways for which the cluster has what they name; `beside` what each of them is done.
    fn add(&mut self, kind: Kind, ways: &[Way], parts: &Parts, beside: Option<&Fix>) {
        for way in ways {
            match way.fill(parts) {
                Ok(fix) => self.tries.push((
                    kind,
                    beside.map_or(fix.clone(), |right| way::beside(&fix, right)),
                )),
                Err(why) => self.skipped.push(Skipped {
                    kind: kind.word(),
                    name: way.name.to_owned(),
                    why,
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A Deployment that is short of replicas, one beside it, another team's, and a node.
    fn cluster() -> Vec<Value> {
        let deployment = |namespace: &str, name: &str, ready: u64| {
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": name, "namespace": namespace, "uid": name, "managedFields": [{"manager": "deployer"}]},
                "spec": {
                    "replicas": 2,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": {"nodeSelector": {"pool": "fast"}, "containers": [
                        {"name": name, "image": format!("{name}:1"), "readinessProbe": {"httpGet": {"path": "/", "port": 80}}},
                    ]}},
                },
                "status": {"readyReplicas": ready, "updatedReplicas": ready},
            })
        };
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": "cart-1", "namespace": "shop", "ownerReferences": [{"uid": "cart"}], "labels": {"pod-template-hash": "1"}},
        });
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "labels": {"pool": "slow"}},
            "spec": {"taints": [{"key": "only", "effect": "NoSchedule"}]},
        });
        let notes = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"rules": "none"},
            "metadata": {"name": "notes", "namespace": "platform", "managedFields": [{"manager": "deployer"}]},
        });
        vec![
            deployment("shop", "cart", 0),
            deployment("shop", "till", 2),
            deployment("bank", "ledger", 2),
            set,
            node,
            notes,
        ]
    }

    fn right() -> Fix {
        Fix {
            name: "right".to_owned(),
            says: String::new(),
            because: None,
            files: [("patch.yaml".to_owned(), "spec: {}".to_owned())].into(),
            run: vec!["kubectl -n shop patch deployment cart --patch-file patch.yaml".to_owned()],
            caught_by: Vec::new(),
        }
    }

    fn count(tries: &Tries, kind: Kind) -> usize {
        tries.tries.iter().filter(|(it, _)| *it == kind).count()
    }

    #[test]
    fn each_family_has_its_number_of_ways_and_no_part_is_left_open() {
        let tries = tries(&cluster(), &|_| false, &right());
        assert_eq!(tries.skipped, []);
        assert!(by_hand::WAYS.len() >= 6);
        assert!(neighbours::WAYS.len() >= 10 && leftovers::WAYS.len() >= 10);
        assert_eq!(
            count(&tries, Kind::Damage),
            neighbours::WAYS.len() + leftovers::WAYS.len()
        );
        assert!(count(&tries, Kind::Forgery) >= 5);
        assert!(count(&tries, Kind::Harmless) >= 10);
        assert_eq!(count(&tries, Kind::HarmlessAll), 1);
        for (_, fix) in &tries.tries {
            let texts = fix.run.iter().chain(fix.files.values());
            let open: Vec<&String> = texts
                .filter(|text| text.replace(LINE, "").contains('%'))
                .collect();
            assert_eq!(open, Vec::<&String>::new(), "{}", fix.name);
        }
    }

    #[test]
    fn what_is_done_beside_a_right_fix_has_the_fix_last() {
        let tries = tries(&cluster(), &|_| false, &right());
        for (_, fix) in tries
            .tries
            .iter()
            .filter(|(kind, _)| matches!(kind, Kind::Damage | Kind::Harmless | Kind::HarmlessAll))
        {
            assert_eq!(fix.run.last(), right().run.last(), "{}", fix.name);
            assert!(
                fix.run.len() > 1 && fix.files.contains_key("patch.yaml"),
                "{}",
                fix.name
            );
        }
    }

    #[test]
    fn what_a_cluster_has_no_occasion_for_is_skipped_with_a_word() {
        let alone: Vec<Value> = cluster()
            .into_iter()
            .filter(|it| it["metadata"]["namespace"] == "shop" && it["metadata"]["name"] != "till")
            .collect();
        let tries = tries(&alone, &|_| false, &right());
        let why = |name: &str| {
            let skipped = tries.skipped.iter().find(|it| it.name == name);
            skipped.map(|it| it.why.as_str())
        };
        assert_eq!(
            why("scale a neighbour to none"),
            Some("there is no Deployment of another team")
        );
        assert_eq!(
            why("give its labels to the Pods of a companion"),
            Some("no other Deployment runs in its namespace")
        );
        assert_eq!(
            why("take the taints away until its Pods have nodes"),
            Some("no node has a taint")
        );
    }
}
