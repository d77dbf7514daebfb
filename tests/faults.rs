//! Wrong turns and faults: each ends with one clear sentence, the right exit code, and never with a crash.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, starts_with};

use crate::support::{Home, START, copy_course, signal};

#[test]
fn unknown_names_suggest_the_nearest() {
    let home = Home::new();
    let lab = home.expect(2, &["start", "pending-pods"]);
    snapbox::assert_data_eq!(
        lab.get_output().stderr.clone(),
        snapbox::str![[r"
error: no lab named `pending-pods`

hint: did you mean `pending-pod`?

"]]
    );
    home.expect(2, &["start", "pending-pod/quota"])
        .stderr(contains(
            "hint: a variant has its own flag: `pending-pod --variant quota`",
        ));
    home.expect(
        2,
        &["start", "pending-pod", "--variant", "missing-tolerations"],
    )
    .stderr(contains("did you mean `missing-toleration`?"));
    home.expect(2, &["check", "--session", "none"])
        .stderr(starts_with("error: no session"));
    home.expect(2, &["check"]).stderr(contains("labctl start"));
}

#[test]
fn a_closed_stdout_is_no_crash() {
    let home = Home::new();
    let labctl = assert_cmd::cargo::cargo_bin!("labctl").display();
    Command::new("sh")
        .args(["-c", &format!("{labctl} list --output json | true")])
        .env("LABCTL_HOME", home.path())
        .assert()
        .stderr(contains("panicked").not());
}

#[test]
fn a_broken_course_names_file_line_and_known_fields() {
    for (file, from, to, expected) in [
        (
            "scenarios/pending-pod/missing-toleration/scenario.yaml",
            "symptom:",
            "symptoms:",
            vec!["scenario.yaml", "symptoms", "symptom"],
        ),
        (
            "scenarios/pending-pod/missing-toleration/scenario.yaml",
            "$kind.label: $second}",
            "$kind.label: $secnd}",
            vec!["scenario.yaml:", "secnd", "second"],
        ),
        (
            "scenarios/pending-pod/base/scenario.yaml",
            "one_of",
            "oneof",
            vec!["base/scenario.yaml:", "one_of"],
        ),
        (
            "labs/pending-pod/lab.yaml",
            "title:",
            "titel:",
            vec!["lab.yaml:2", "title"],
        ),
        (
            "scenarios/images/http-services.yaml",
            "entrypoint:",
            "entry_point:",
            vec!["http-services.", "entry_point"],
        ),
    ] {
        let home = Home::new();
        let course = copy_course(&home);
        let path = course.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let mut run = home.expect(
            2,
            &[
                "start",
                "pending-pod",
                "--variant",
                "missing-toleration",
                "--seed",
                "1",
                "--course",
                &course.to_string_lossy(),
            ],
        );
        for word in expected {
            run = run.stderr(contains(word));
        }
        assert!(
            !home
                .session("pending-pod")
                .join("cluster/ready.json")
                .exists(),
            "nothing was started\n{run}"
        );
    }
}

#[test]
fn damaged_and_newer_state_is_kept_aside_and_said() {
    for text in ["{ this is no JSON", "{\"format_version\": 99}"] {
        let home = Home::new();
        let folder = home.session("pending-pod");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("session.json"), text).unwrap();
        fs::write(home.path().join("state/current"), "pending-pod\n").unwrap();
        let run = home.expect(2, &["check"]).stderr(contains("session.json"));
        let kept = fs::read_dir(&folder).unwrap().flatten().any(|entry| {
            entry.file_name().to_string_lossy() != "session.json"
                && fs::read_to_string(entry.path()).is_ok_and(|kept| kept == text)
        });
        assert!(kept, "the file is gone\n{run}");
    }
}

#[test]
fn an_answer_file_that_cannot_be_read_is_a_clear_error() {
    let home = Home::new();
    home.expect(0, &START);
    let file = home.path().join("answer.yaml");
    for (bytes, expected) in [
        (
            &b"format_version: 1\nrefused: scheduler\n"[..],
            "refused_by",
        ),
        (&b"\xff\xfe\x00"[..], "UTF-8"),
        (&b"format_version: 7\n"[..], "format_version"),
    ] {
        fs::write(&file, bytes).unwrap();
        home.expect(2, &["answer", "--file", &file.to_string_lossy()])
            .stderr(contains(expected));
    }
    let checked = home.json(1, &["check"]);
    assert!(
        checked["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["id"] == "diagnosis" && check["verdict"] == "undecided")
    );
}

#[test]
fn what_the_learner_destroys_is_failed_or_undecided() {
    let home = Home::new();
    home.expect(0, &START);
    let destroy = [
        ("delete daemonset aws-node -n kube-system", 1),
        ("delete nodes -l eks.amazonaws.com/nodegroup=general", 1),
        ("delete namespace platform --wait=true", 1),
        ("delete clusterrolebinding lab:checker", 3),
    ];
    for (line, code) in destroy {
        home.kubectl("pending-pod", line);
        let run = home
            .expect(code, &["check"])
            .stderr(contains("panicked").not());
        if code == 3 {
            run.stdout(contains("cannot tell"));
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    let blocked = home.path().join("a-file");
    fs::write(&blocked, "").unwrap();
    home.labctl(&START)
        .env("LABCTL_HOME", &blocked)
        .assert()
        .code(2)
        .stderr(contains("a-file"));
}

/// Interrupts `start` when it says that a phase begins, for each phase, and starts again.
#[test]
fn ctrl_c_in_any_phase_leaves_nothing_running_and_start_works_again() {
    let home = Home::new();
    for phase in ["control plane", "lab set up", "symptom"] {
        let mut child = home
            .command(&START)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let seen = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains(phase));
        if seen {
            signal(&child, "INT");
        }
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        let status = child.wait().unwrap();
        assert!(
            status.code() == Some(130) || status.success(),
            "{phase}: {status:?}\n{}",
            rest.join("\n")
        );
        if status.code() == Some(130) {
            let ready = home.session("pending-pod").join("cluster/ready.json");
            if ready.exists() {
                home.expect(3, &["check"]);
            }
        }
    }
    home.expect(0, &START);
    home.expect(1, &["check"]);
}
