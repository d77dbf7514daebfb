//! Whose writes a session's audit log tells of: the learner's are those of everybody but Kubernetes' own parts.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use predicates::Predicate;
use predicates::function::function;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::{Home, START};

const NOTHING: &str = "you have changed nothing yet";

/// What the session's sandbox answers to a request on its socket.
fn ask_sandbox(home: &Home, request: &str, body: &str) -> String {
    let socket = home.session("pending-pod").join("cluster/api.sock");
    let mut stream = UnixStream::connect(socket).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// One line that ends so: its beginning is the time.
fn one_line(ending: &str) -> impl Predicate<str> {
    let ending = format!("{ending}\n");
    function(move |text: &str| text.lines().count() == 1 && text.ends_with(&ending))
}

/// Writes an event with the kubeconfig that has all rights.
fn forge(home: &Home, message: &str) {
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "told", "namespace": "default"},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": "told", "namespace": "default"},
        "type": "Warning", "reason": "FailedScheduling", "message": message,
        "source": {"component": "default-scheduler"},
    });
    let file = home.path().join("event.json");
    fs::write(&file, event.to_string()).unwrap();
    let admin = home.session("pending-pod").join("cluster/admin.kubeconfig");
    home.kubectl(
        "pending-pod",
        &format!(
            "--kubeconfig {} create -f {}",
            admin.display(),
            file.display()
        ),
    );
}

fn diagnosis(home: &Home, evidence: &str) -> Value {
    let answer = json!({
        "format_version": 1, "refused_by": "scheduler", "constraint": "untolerated-taint",
        "must_change": "deployment/any", "evidence": evidence,
    });
    let file = home.path().join("answer.json");
    fs::write(&file, answer.to_string()).unwrap();
    home.expect(0, &["answer", "--file", &file.to_string_lossy()]);
    let checked = home.json(1, &["check"]);
    let checks = checked["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["id"] == "diagnosis")
        .unwrap()
        .clone()
}

#[test]
fn what_is_written_with_all_rights_is_the_learners_from_the_hand_over_on() {
    let home = Home::new();
    home.expect(0, &START);
    let setup = home.session("pending-pod").join("cluster/setup.kubeconfig");
    assert!(!setup.exists());
    home.expect(0, &["log"]).stderr(contains(NOTHING));

    let message = "0/9 nodes are available: 9 node(s) had an untolerated taint of my own.";
    forge(&home, message);
    let judged = diagnosis(&home, message);
    assert_eq!(judged["verdict"], "failed", "{judged}");
    assert!(judged.to_string().contains("lab:admin"), "{judged}");
    let told = "create           events/told in default (by lab:admin)";
    home.expect(0, &["log"]).stdout(one_line(told));

    // Over a restart the same is known, and what the sandbox itself does is not the learner's.
    home.expect(0, &["stop"]);
    home.expect(0, &["start", "pending-pod"]);
    assert!(!setup.exists());
    home.expect(0, &["log"]).stdout(one_line(told));
    assert_eq!(diagnosis(&home, message)["verdict"], "failed");

    home.expect(0, &["reset"]);
    assert!(!setup.exists());
    home.expect(0, &["log"]).stderr(contains(NOTHING));
    forge(&home, message);
    home.expect(0, &["log"]).stdout(one_line(told));
}

#[test]
fn what_an_added_node_writes_is_not_the_learners() {
    let home = Home::new();
    home.expect(0, &START);
    let config = fs::read(home.session("pending-pod").join("cluster/config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    let mut node = config["nodes"][0].clone();
    let (network, _) = node["address"].as_str().unwrap().rsplit_once('.').unwrap();
    node["address"] = json!(format!("{network}.250"));
    node["name"] = json!("added.eu-west-1.compute.internal");
    let answer = ask_sandbox(&home, "POST /v1/nodes", &node.to_string());
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    home.kubectl(
        "pending-pod",
        "wait --for=condition=Ready node/added.eu-west-1.compute.internal --timeout=60s",
    );
    home.expect(0, &["log"]).stderr(contains(NOTHING));
    let removed = ask_sandbox(
        &home,
        "DELETE /v1/nodes/added.eu-west-1.compute.internal",
        "",
    );
    assert!(removed.starts_with("HTTP/1.1 200"), "{removed}");
    home.expect(0, &["log"]).stderr(contains(NOTHING));
}
