//! `labctl doctor` about kind, which nobody has to have.

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

use super::fakes::Fakes;

/// The findings of a doctor that is content, by what they are about.
#[track_caller]
fn finding(fakes: &Fakes, what: &str) -> Value {
    let run = fakes.expect(0, &["doctor", "--output", "json"]);
    let all: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let mut all = all["findings"].as_array().unwrap().iter();
    let found = all.find(|finding| finding["what"] == what);
    found
        .unwrap_or_else(|| panic!("nothing of `{what}`\n{run}"))
        .clone()
}

#[test]
fn kind_its_engine_and_kubectl_are_told_with_versions() {
    let fakes = Fakes::new();
    for (what, starts) in [
        ("kind", "0.33.0, `"),
        ("what runs kind's nodes", "Docker 27.3.1, `"),
        ("kubectl for kind", "v1.36.3, `"),
    ] {
        let finding = finding(&fakes, what);
        assert_eq!(finding["good"], true, "{finding}");
        let found = finding["found"].as_str().unwrap();
        assert!(found.starts_with(starts), "{found}");
    }
    let finding = finding(&fakes, "inotify for kind");
    let found = finding["found"].as_str().unwrap();
    assert!(
        found.contains("inotify") || found.contains("nodes"),
        "{found}"
    );
}

#[test]
fn who_has_no_kind_is_not_held_up() {
    let fakes = Fakes::new()
        .without("kind")
        .without("docker")
        .without("kubectl");
    fakes
        .expect(0, &["doctor"])
        .stdout(contains(
            "- kind                      there is no `kind` on your PATH; only `--provider kind` needs it: install it (https://kind.sigs.k8s.io/docs/user/quick-start#installation)",
        ))
        .stdout(contains(
            "- what runs kind's nodes    there is no Docker, nerdctl or Podman on your PATH",
        ))
        .stdout(contains(
            "- kubectl for kind          there is no `kubectl` on your PATH; only `--provider kind` needs it: install it",
        ))
        .stdout(contains("✗").not());
}

#[test]
fn what_is_wrong_with_kind_is_told_with_what_to_do() {
    let down = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n";
    let fakes = Fakes::new()
        .with("docker.says", down)
        .with("kind.version", "0.11.1\n");
    let engine = finding(&fakes, "what runs kind's nodes");
    assert_eq!(
        engine["found"],
        "Docker does not answer: its daemon is not running; only `--provider kind` needs it: start it, and see that `docker info` answers"
    );
    assert_eq!(
        (&engine["good"], &engine["optional"]),
        (&false.into(), &true.into())
    );
    let kind = finding(&fakes, "kind");
    let found = kind["found"].as_str().unwrap();
    assert!(
        found.starts_with("kind 0.11.1 is too old: 0.20 or newer is needed"),
        "{found}"
    );
}

#[test]
fn a_session_on_an_engine_that_is_down_does_not_keep_the_doctor_from_looking() {
    let fakes = Fakes::new();
    let (mut start, _awaited) = fakes.start_until_nodes_are_made();
    start.kill().unwrap();
    start.wait().unwrap();
    let fakes = fakes.with("docker.says", "Cannot connect to the Docker daemon\n");
    let sessions = finding(&fakes, "sessions");
    assert_eq!(
        sessions["found"],
        "`pending-pod` cannot be told (Docker does not answer: its daemon is not running)"
    );
    fakes.expect(2, &["stop", "--purge"]);
    std::fs::remove_file(fakes.folder.join("docker.says")).unwrap();
    fakes.expect(0, &["stop", "--purge"]);
    assert_eq!(fakes.clusters(), Vec::<String>::new());
}
