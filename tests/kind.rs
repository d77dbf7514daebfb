//! `--provider kind` where something is not as it should be, with a kind and a Docker that are shell scripts: a sentence with what to do, the right exit
//! code, and nothing left behind.

mod clean;
mod doctor;
mod fakes;

use std::fs;

use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::support::signal;
use fakes::Fakes;

/// One sentence with what to do about it; said once.
#[track_caller]
fn says(run: Assert, sentence: &str, hint: &str) {
    run.stderr(contains(format!("error: {sentence}\n\nhint: {hint}")));
}

#[test]
fn a_program_that_is_missing_is_named_with_where_it_comes_from() {
    for (program, sentence, hint) in [
        (
            "kind",
            "there is no `kind` on your PATH",
            "install it (https://kind.sigs.k8s.io/docs/user/quick-start#installation), or leave `--provider kind` out",
        ),
        (
            "docker",
            "there is no Docker, nerdctl or Podman on your PATH, and kind needs one of them",
            "install one of them, or leave `--provider kind` out",
        ),
        (
            "kubectl",
            "there is no `kubectl` on your PATH",
            "install it (https://kubernetes.io/docs/tasks/tools)",
        ),
    ] {
        let fakes = Fakes::new().without(program);
        says(fakes.start(2), sentence, hint);
        fakes.nothing_is_left();
    }
}

#[test]
fn without_go_the_program_of_the_containers_is_not_built() {
    let fakes = Fakes::new().without("go");
    fs::remove_file(fakes.home.path().join("cache")).unwrap();
    says(
        fakes.start(2),
        "failed to build the program of the containers: there is no `go` on your PATH",
        "install Go 1.26 or newer",
    );
    fakes.nothing_is_left();
}

#[test]
fn a_kind_that_is_too_old_is_refused_with_both_versions() {
    let fakes = Fakes::new().with("kind.version", "0.17.0\n");
    says(
        fakes.start(2),
        "kind 0.17.0 is too old: 0.20 or newer is needed",
        "https://kind.sigs.k8s.io/docs/user/quick-start#installation has newer ones",
    );
    fakes.nothing_is_left();
}

#[test]
fn what_is_picked_can_run_there_and_what_is_asked_for_by_name_is_refused_with_the_reason() {
    let fakes = Fakes::new().with("kind.version", "0.17.0\n");
    // Two of seven variants never run on kind.
    for _ in 0..10 {
        let start = fakes.expect(2, &["start", "pending-pod", "--provider", "kind"]);
        start.stderr(contains("kind 0.17.0 is too old"));
        fakes.nothing_is_left();
    }
    let named = [
        "start",
        "pending-pod",
        "--variant",
        "pvc-pending",
        "--provider",
        "kind",
    ];
    fakes.expect(2, &named).stderr(contains(
        "this variant cannot run on `kind`: it needs a volume that lives in one zone",
    ));
}

#[test]
fn an_engine_that_does_not_answer_is_told_before_anything_is_made() {
    for (said, sentence, hint) in [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
            "Docker does not answer: its daemon is not running",
            "start it, and see that `docker info` answers",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied\n",
            "you may not use Docker: permission denied",
            "see that `docker info` answers without `sudo`",
        ),
    ] {
        let fakes = Fakes::new().with("docker.says", said);
        says(fakes.start(2), sentence, hint);
        assert!(!fakes.calls().contains("kind create"));
        fakes.nothing_is_left();
    }
}

#[test]
fn what_kind_cannot_do_has_one_sentence() {
    for (said, sentence, hint) in [
        (
            "ERROR: failed to create cluster: failed to pull image \"kindest/node:v1.36.1\": command \"docker pull kindest/node:v1.36.1\" failed with error: exit status 1\n",
            "the node image `kindest/node:v1.36.1` is not on this machine and cannot be pulled",
            "`--image` names one that is there",
        ),
        (
            "ERROR: failed to create cluster: command \"docker run --name labctl-a-control-plane\" failed with error: exit status 125\nCommand Output: docker: Error response from daemon: mkdir /var/lib/docker/overlay2/1: no space left on device.\n",
            "no space left for the nodes of kind",
            "`docker system df` says what takes it",
        ),
        (
            "ERROR: failed to create cluster: node(s) already exist for a cluster with the name \"labctl-a\"\n",
            "nodes of a cluster `labctl-a` are there already",
            "`kind delete cluster --name labctl-a` removes them",
        ),
    ] {
        let fakes = Fakes::new().with("kind.says", said);
        says(fakes.start(2), sentence, hint);
        fakes.nothing_is_left();
    }
}

#[test]
fn words_that_nobody_knows_are_shown_with_their_log() {
    let said = "FEHLER: der Verbund kann nicht angelegt werden\nBefehl \"docker run\" gescheitert: Zugriff verweigert\n";
    let fakes = Fakes::new().with("kind.says", said);
    let log = fakes.home.session("pending-pod").join("cluster/kind.log");
    let sentence = format!("`kind create cluster` failed\n{}", said.trim_end());
    let hint = format!("all that it said is in `{}`\n", log.display());
    says(fakes.start(3), &sentence, &hint);
    assert_eq!(fs::read_to_string(&log).unwrap(), said);
    fakes.nothing_is_left();
}

#[test]
fn ctrl_c_while_kind_is_at_work_leaves_nothing() {
    let fakes = Fakes::new();
    let (start, _awaited) = fakes.start_until_nodes_are_made();
    signal(&start, "INT");
    let ended = start.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(
        said.contains("interrupted; nothing is left running"),
        "{said}"
    );
    fakes.nobody_waits_for("go-on");
    assert!(
        fakes
            .calls()
            .contains("kind delete cluster --name labctl-pendingpod-")
    );
    fakes.nothing_is_left();
}

#[test]
fn after_a_kill_a_purge_ends_kind_and_removes_what_it_made() {
    let fakes = Fakes::new();
    let (mut start, _awaited) = fakes.start_until_nodes_are_made();
    start.kill().unwrap();
    start.wait().unwrap();
    fakes.expect(0, &["stop", "--purge"]);
    fakes.nobody_waits_for("go-on");
    assert_eq!(fakes.clusters(), Vec::<String>::new());
    assert!(!fakes.home.session("pending-pod").exists());
}

#[test]
fn after_a_kill_the_next_start_ends_kind_and_removes_what_it_made() {
    let fakes = Fakes::new();
    let (mut start, _awaited) = fakes.start_until_nodes_are_made();
    start.kill().unwrap();
    start.wait().unwrap();
    // The kind that comes does not wait.
    fs::rename(fakes.folder.join("go-on"), fakes.folder.join("went-on")).unwrap();
    fakes.start(3).stderr(contains("the fake makes no cluster"));
    fakes.nobody_waits_for("went-on");
    let calls = fakes.calls();
    let made: Vec<&str> = calls
        .lines()
        .filter(|call| call.starts_with("kind create") || call.starts_with("kind delete"))
        .map(|call| &call[..11])
        .collect();
    assert_eq!(
        made,
        ["kind create", "kind delete", "kind create", "kind delete"],
        "{calls}"
    );
    fakes.nothing_is_left();
}
