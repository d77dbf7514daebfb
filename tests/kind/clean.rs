//! `labctl doctor --clean`: what of kind it removes, and what it leaves.

use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use provider::lock::{Lock, Mode};
use serde_json::{Value, json};

use super::fakes::Fakes;

impl Fakes {
    /// A cluster whose control plane has the audit policy of this session's folder; without one it has no control plane.
    fn has(&self, cluster: &str, session: Option<&Path>) {
        let nodes = format!("{cluster}-worker\tUp 2 hours\n");
        fs::write(self.folder.join("containers").join(cluster), nodes).unwrap();
        if let Some(session) = session {
            let policy = session.join("cluster/audit-policy.yaml");
            let mounts = self.folder.join("mounts").join(cluster);
            fs::write(mounts, format!("{}\n", policy.display())).unwrap();
        }
    }
}

#[test]
fn a_cluster_goes_only_when_its_session_is_gone() {
    let fakes = Fakes::new();
    let kept = fakes.home.path().join("other-home/state/sessions/kept");
    fs::create_dir_all(&kept).unwrap();
    fs::write(kept.join("session.json"), "{}").unwrap();
    let gone = fakes.home.path().join("other-home/state/sessions/gone");
    fakes.has("labctl-kept-1", Some(&kept));
    fakes.has("labctl-gone-1", Some(&gone));
    fakes.has("labctl-silent-1", None);
    fakes.has("somebody-elses", Some(&gone));
    fakes
        .expect(0, &["doctor", "--clean"])
        .stdout(contains(
            "removed cluster `labctl-gone-1` of kind: its session is gone\n",
        ))
        .stdout(contains(format!(
            "left cluster `labctl-kept-1` of kind: its session is there, in `{}`\n",
            kept.display()
        )))
        .stdout(contains(
            "left cluster `labctl-silent-1` of kind: it does not tell of which session it is; `kind delete cluster --name labctl-silent-1` removes it\n",
        ))
        .stdout(contains("somebody").not());
    let mut left = fakes.clusters();
    left.sort();
    assert_eq!(left, ["labctl-kept-1", "labctl-silent-1", "somebody-elses"]);
}

#[test]
fn a_running_verify_keeps_its_cluster_until_it_ends() {
    let fakes = Fakes::new();
    let home = tempfile::Builder::new()
        .prefix("labctl-verify-")
        .tempdir()
        .unwrap();
    let session = home.path().join("state/sessions/verify");
    fakes.has("labctl-verify-1", Some(&session));
    let clean = || {
        let run = fakes.expect(0, &["doctor", "--clean", "--output", "json"]);
        serde_json::from_slice::<Value>(&run.get_output().stdout).unwrap()
    };
    let held = Lock::attempt(&home.path().join("in-use"), Mode::Alone).unwrap();
    let why = "a `labctl verify` is using it";
    assert_eq!(
        clean(),
        json!({"format_version": 1, "removed": [], "left": [{"cluster": "labctl-verify-1", "why": why}]})
    );
    drop(held);
    assert_eq!(
        clean(),
        json!({"format_version": 1, "removed": ["labctl-verify-1"], "left": []})
    );
    fakes
        .expect(0, &["doctor", "--clean"])
        .stdout("kind has no cluster of labctl's\n");
}

#[test]
fn an_engine_that_does_not_answer_is_no_reason_to_say_that_all_is_clean() {
    let fakes = Fakes::new().with("docker.says", "Cannot connect to the Docker daemon\n");
    fakes
        .expect(2, &["doctor", "--clean"])
        .stderr(contains("error: Docker does not answer"));
}
