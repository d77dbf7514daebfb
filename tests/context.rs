//! A lab on a cluster that exists: a sandbox of another session plays the part of somebody's cluster, with other people's namespaces in it.
//!
//! Whoever has the lab is a user with the rights of the book's page and no more, who signs in by a program, as `aws eks get-token` is one.

mod somebody;

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Home, signal, stdout};
use somebody::{RESTRICTED, Somebody};

/// What starts the lab of these tests.
const START: [&str; 5] = ["start", "quiet-shop", "--seed", "1", "--course"];

/// Starts it in a session of this name on somebody's cluster; what it printed.
fn start(cluster: &Somebody, session: &str) -> String {
    let course = cluster.course();
    let mut run = cluster.labctl(&[&["--session", session], &START[..], &[course]].concat());
    let run = run.args(["--context", RESTRICTED]).assert().success();
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_lab_is_solved_reset_and_removed_and_nothing_else_changes() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    let before = cluster.everything();
    let brief = start(&cluster, "mine");
    let namespaces = cluster.labs();
    let [namespace] = namespaces.as_slice() else {
        panic!("{namespaces:?}");
    };
    assert!(brief.contains(&format!("`{namespace}`")), "{brief}");
    cluster
        .labctl(&["--session", "mine", "check"])
        .assert()
        .code(1);
    let mend = format!(
        r#"kubectl -n {namespace} patch configmap settings --type=merge -p '{{"data":{{"curency":"EUR"}}}}'"#
    );
    home.shell("mine", home.path(), &mend).success();
    let answer = [
        "--session",
        "mine",
        "answer",
        "--refused-by",
        "kubelet",
        "--constraint",
        "missing-configmap",
        "--must-change",
        "deployment/checkout",
        "--evidence",
        "couldn't find key curency in ConfigMap",
    ];
    cluster.labctl(&answer).assert().success();
    let check = ["--session", "mine", "check", "--wait", "90s"];
    cluster
        .labctl(&check)
        .assert()
        .success()
        .stdout(contains("solved in"));
    cluster
        .labctl(&["--session", "mine", "log"])
        .assert()
        .code(2);
    cluster
        .labctl(&["--session", "mine", "reset"])
        .assert()
        .success()
        .stderr(contains("everything is as at the start").or(contains("lab set up")));
    cluster
        .labctl(&["--session", "mine", "check"])
        .assert()
        .code(1);
    cluster
        .labctl(&["--session", "mine", "stop"])
        .assert()
        .success()
        .stderr(contains("the lab stays in the cluster of context"));
    assert_eq!(cluster.labs(), [namespace.as_str()]);
    start(&cluster, "mine");
    cluster
        .labctl(&["--session", "mine", "stop", "--purge"])
        .assert()
        .success();
    assert_eq!(cluster.labs(), [""; 0]);
    let after = cluster.everything();
    for (name, object) in &before {
        assert_eq!(after.get(name), Some(object), "{name}");
    }
    let new: Vec<&String> = after
        .keys()
        .filter(|it| !before.contains_key(*it))
        .collect();
    assert_eq!(new, [""; 0]);
}

#[test]
fn a_start_that_is_killed_leaves_nothing_that_a_purge_does_not_find() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    let course = cluster.course();
    let arguments = [
        &["--session", "cut"],
        &START[..],
        &[course, "--context", RESTRICTED],
    ]
    .concat();
    let mut starting = cluster.command(&arguments).spawn().unwrap();
    cluster.await_labs();
    signal(&starting, "KILL");
    starting.wait().unwrap();
    cluster
        .labctl(&["--session", "cut", "stop", "--purge"])
        .assert()
        .success();
    assert_eq!(cluster.labs(), [""; 0]);
}

#[test]
fn what_cannot_run_there_and_what_looks_like_production_is_refused_before_anything_is_made() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    let course = cluster.course();
    let of_nodes = ["start", "pending-pod", "--variant", "quota", "--seed", "1"];
    cluster
        .labctl(
            &[
                &of_nodes[..],
                &["--session", "mine", "--context", RESTRICTED],
            ]
            .concat(),
        )
        .assert()
        .code(2)
        .stderr(
            contains("it needs node groups of its own")
                .and(contains("it needs to know who wrote what")),
        );
    let on_production = [
        &["--session", "mine"],
        &START[..],
        &[course, "--context", "shop-prod"],
    ]
    .concat();
    cluster.labctl(&on_production).assert().code(2).stderr(
        contains("looks like production (`prod`)")
            .and(contains("labctl allow --context shop-prod")),
    );
    cluster
        .labctl(&["doctor", "--context", "shop-prod"])
        .assert()
        .code(1)
        .stdout(contains("✗ labs").and(contains("✓ rights")));
    cluster
        .labctl(&[
            "start",
            "quiet-shop",
            "--context",
            "nowhere",
            "--course",
            course,
        ])
        .assert()
        .code(2)
        .stderr(contains("it has no context `nowhere`: it has"));
    cluster
        .labctl(&[
            "start",
            "quiet-shop",
            "--provider",
            "context",
            "--course",
            course,
        ])
        .assert()
        .code(2)
        .stderr(contains("belong together"));
    assert_eq!(cluster.labs(), [""; 0]);
    // Only who may label `kube-system` can allow it.
    cluster
        .labctl(&["allow", "--context", RESTRICTED])
        .assert()
        .code(3)
        .stderr(contains("failed to label Namespace `kube-system`"));
    cluster
        .labctl(&["allow", "--context", "shop-prod"])
        .assert()
        .success()
        .stdout(contains("`labctl/labs=allowed`"));
    cluster
        .labctl(&[&on_production[..], &["--dry-run"]].concat())
        .assert()
        .success()
        .stdout(
            contains("would make Namespace `payments-")
                .and(contains("would make Deployment `payments-")),
        );
    assert_eq!(cluster.labs(), [""; 0]);
}

#[test]
fn missing_rights_are_told_one_by_one() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    cluster
        .labctl(&["doctor", "--context", RESTRICTED])
        .assert()
        .success()
        .stdout(contains("✓ rights").and(contains("all that is needed")));
    // They are enough for a lab of the course, and for its end.
    let lab = ["--session", "mine", "start", "crash-loop", "--seed", "1"];
    let arguments = [&lab[..], &["--context", RESTRICTED]].concat();
    cluster.labctl(&arguments).assert().success();
    cluster
        .labctl(&["--session", "mine", "check"])
        .assert()
        .code(1)
        .stdout(contains("✓ Everything else in the cluster is as it was"));
    let purge = ["--session", "mine", "stop", "--purge"];
    cluster.labctl(&purge).assert().success();
    // A registry for such clusters is of no interest to a lab whose cluster is its own.
    let elsewhere = ["start", "quiet-shop", "--seed", "1", "--course"];
    let elsewhere = [&["--session", "own"], &elsewhere[..], &[cluster.course()]].concat();
    let mut own = cluster.labctl(&elsewhere);
    own.env("LABCTL_REGISTRY", "registry.example.com")
        .assert()
        .success();
    cluster.take_right("pods/eviction");
    cluster
        .labctl(&["doctor", "--context", RESTRICTED])
        .assert()
        .code(1)
        .stdout(contains("you may not create pods/eviction;"));
    cluster.take_right("namespaces");
    let course = cluster.course();
    let dry = [
        "start",
        "quiet-shop",
        "--seed",
        "1",
        "--dry-run",
        "--course",
        course,
    ];
    let dry = [&dry[..], &["--context", "shop-prod"]].concat();
    cluster.labctl(&dry).assert().code(2);
    cluster
        .labctl(&["allow", "--context", "shop-prod"])
        .assert()
        .success();
    let all = [&["--output", "json"], &dry[..]].concat();
    let said = cluster.labctl(&all).assert().success();
    let said: Value = serde_json::from_slice(&said.get_output().stdout).unwrap();
    let objects = said["objects"].as_array().unwrap().iter();
    let kinds: Vec<&str> = objects
        .filter_map(|it| it["object"].as_str()?.split(' ').next())
        .collect();
    assert_eq!(kinds, ["Namespace", "ConfigMap", "Deployment"]);
    // Without the right to read `kube-system` nobody knows which cluster it is.
    cluster
        .labctl(&["doctor", "--context", RESTRICTED])
        .assert()
        .code(2)
        .stderr(contains("you may not read namespace `kube-system`"));
}

#[test]
fn a_look_that_is_refused_is_undecided_and_a_cluster_that_is_gone_can_be_forgotten() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    start(&cluster, "mine");
    let check = ["--session", "mine", "check"];
    let undecided = |says: &str| {
        let told = contains("?")
            .and(contains(says))
            .and(contains("✗ Everything else").not());
        cluster.labctl(&check).assert().stdout(told);
    };
    cluster.take_right("networkpolicies");
    undecided("failed to list objects of kind NetworkPolicy");
    home.expect(0, &["--session", "owner", "stop"]);
    cluster.labctl(&check).assert().code(3);
    let purge = ["--session", "mine", "stop", "--purge"];
    cluster
        .labctl(&purge)
        .assert()
        .code(3)
        .stderr(contains("the lab's namespaces may still be there").and(contains("--forget")));
    cluster
        .labctl(&[&purge[..], &["--forget"]].concat())
        .assert()
        .success();
    cluster.labctl(&check).assert().code(2);
    home.expect(2, &["--session", "owner", "stop", "--purge", "--forget"]);
}

#[test]
fn the_gate_is_green_there() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    let course = cluster.course();
    let verify = ["verify", "quiet-shop", "--seeds", "1-1", "--course", course];
    cluster
        .labctl(&[&verify[..], &["--context", RESTRICTED]].concat())
        .assert()
        .success()
        .stdout(contains("all as claimed"));
    assert_eq!(cluster.labs(), [""; 0]);
}

/// Its owner plays what the time suffices for, in turn by variant: whoever has the least rights cannot delete events, and so begins each case anew.
#[test]
fn fixes_of_the_course_solve_its_labs_there() {
    let home = Home::new();
    let cluster = Somebody::new(&home);
    cluster
        .labctl(&["allow", "--context", "shop-prod"])
        .assert()
        .success();
    let verify = ["verify", "crash-loop", "--seeds", "1-1", "--case", "fix"];
    let there = ["--budget", "3m", "--context", "shop-prod"];
    cluster
        .labctl(&[&verify[..], &there].concat())
        .assert()
        .success()
        .stdout(contains("all as claimed"));
    assert_eq!(cluster.labs(), [""; 0]);
}

#[test]
fn the_images_of_the_labs_are_written_for_a_registry() {
    let home = Home::new();
    let file = home.path().join("labs.tar");
    let arguments = ["image", "--registry", "registry.example.com/labs", "--file"];
    let printed = home
        .expect(0, &[&arguments[..], &[file.to_str().unwrap()]].concat())
        .stdout(contains(
            "registry.example.com/labs/payments/checkout:2.14.0",
        ));
    let list = Command::new("tar")
        .arg("-xOf")
        .args([file.as_path(), Path::new("manifest.json")])
        .assert()
        .success();
    let list: Value = serde_json::from_slice(&list.get_output().stdout).unwrap();
    let names = list.as_array().unwrap().iter();
    let names: Vec<&str> = names.filter_map(|it| it["RepoTags"][0].as_str()).collect();
    assert_eq!(stdout(&printed).lines().collect::<Vec<_>>(), names);
}
