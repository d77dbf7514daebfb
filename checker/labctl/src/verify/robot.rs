//! The robot: what no author listed, made from the objects that are there. Each family is a table in a file of its own.
//!
//! Knows kinds and fields of Kubernetes, no lab; of a scenario what it is told: above all a right fix, beside which much is tried.

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
use seen::{Seen, has_all_replicas};
use way::Way;

pub(super) use forged::LINE;

/// What the robot is told of a scenario.
pub(super) struct Told<'a> {
    /// Namespace and name of the workload that the lab is about.
    pub(super) subject: Option<(&'a str, &'a str)>,
    /// A fix that solves it.
    pub(super) right: &'a Fix,
    /// Whether nobody needs an object: who deletes it tries no cheat.
    pub(super) needless: &'a dyn Fn(&Value) -> bool,
    /// Whether the learner may add to a namespace what harms nobody.
    pub(super) is_learners: &'a dyn Fn(&str) -> bool,
    /// Whether a check asks for a diagnosis.
    pub(super) asks_diagnosis: bool,
}

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

/// All that is tried on a cluster with these objects.
pub(super) fn tries(objects: &[Value], told: &Told<'_>) -> Tries {
    let right = told.right;
    let seen = Seen::of(objects, told);
    let parts = Parts::of(&seen, right);
    let mut all = Tries::default();
    let blind = blind::tries(&seen).into_iter();
    all.tries.extend(blind.map(|fix| (Kind::Cheat, fix)));
    if seen.subject.is_some_and(has_all_replicas) {
        let why = "the lab's Deployment has all its replicas";
        all.skip(Kind::Cheat, by_hand::WAYS, why);
    } else {
        all.add(Kind::Cheat, by_hand::WAYS, &parts, None);
    }
    all.add(Kind::Damage, neighbours::WAYS, &parts, Some(right));
    all.add(Kind::Damage, leftovers::WAYS, &parts, Some(right));
    if told.asks_diagnosis {
        all.add(Kind::Forgery, forged::WAYS, &parts, None);
    } else {
        all.skip(Kind::Forgery, forged::WAYS, "no check asks for a diagnosis");
    }
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
                Err(why) => self.skip(kind, std::slice::from_ref(way), &why),
            }
        }
    }

    fn skip(&mut self, kind: Kind, ways: &[Way], why: &str) {
        self.skipped.extend(ways.iter().map(|way| Skipped {
            kind: kind.word(),
            name: way.name.to_owned(),
            why: why.to_owned(),
        }));
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

    /// What is tried where the lab is about `shop/cart`.
    fn tried(objects: &[Value]) -> Tries {
        let told = Told {
            subject: Some(("shop", "cart")),
            right: &right(),
            needless: &|_| false,
            is_learners: &|namespace| namespace == "shop",
            asks_diagnosis: true,
        };
        tries(objects, &told)
    }

    fn count(tries: &Tries, kind: Kind) -> usize {
        tries.tries.iter().filter(|(it, _)| *it == kind).count()
    }

    #[test]
    fn each_family_has_its_number_of_ways_and_no_part_is_left_open() {
        let tries = tried(&cluster());
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
        let tries = tried(&cluster());
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
        let tries = tried(&alone);
        let why = |name: &str| why(&tries, name);
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

    /// Why something is not tried; `None` when it is.
    fn why<'t>(tries: &'t Tries, name: &str) -> Option<&'t str> {
        let skipped = tries.skipped.iter().find(|it| it.name == name);
        skipped.map(|it| it.why.as_str())
    }

    #[test]
    fn where_no_replica_lacks_damage_and_what_harms_nobody_are_tried_all_the_same() {
        let mut objects = cluster();
        objects[0]["status"] = json!({"readyReplicas": 2, "updatedReplicas": 2});
        let budget = json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "cart", "namespace": "shop"},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "cart"}}},
        });
        objects.push(budget);
        let told = Told {
            subject: Some(("shop", "cart")),
            right: &right(),
            needless: &|_| false,
            is_learners: &|namespace| namespace == "shop",
            asks_diagnosis: false,
        };
        let tries = tries(&objects, &told);
        assert_eq!(
            count(&tries, Kind::Damage),
            neighbours::WAYS.len() + leftovers::WAYS.len()
        );
        assert_eq!(count(&tries, Kind::Harmless), harmless::WAYS.len() - 1);
        assert_eq!(
            why(&tries, "a budget that lets Pods go"),
            Some("its Pods have a budget")
        );
        let by_hand = why(&tries, by_hand::WAYS[0].name);
        assert_eq!(by_hand, Some("the lab's Deployment has all its replicas"));
        let forged = why(&tries, forged::WAYS[0].name);
        assert_eq!(forged, Some("no check asks for a diagnosis"));
    }

    #[test]
    fn a_neighbour_lives_where_the_learner_may_not_add() {
        let told = Told {
            subject: Some(("shop", "cart")),
            right: &right(),
            needless: &|_| false,
            is_learners: &|namespace| matches!(namespace, "shop" | "bank"),
            asks_diagnosis: true,
        };
        let tries = tries(&cluster(), &told);
        assert_eq!(
            why(&tries, "scale a neighbour to none"),
            Some("there is no Deployment of another team")
        );
    }
}
