//! `labctl answer` at a terminal and by flags: each question is checked as it is answered, and a right answer stays right.

use predicates::str::contains;

use crate::support::{Home, stdout, types};

const EVIDENCE: &str = "failed to assign an IP address to container";

#[test]
fn each_question_is_checked_as_it_is_answered_and_what_is_right_stays_right() {
    let home = Home::new();
    let start = ["start", "pending-pod", "--variant", "ip-exhaustion"];
    home.expect(0, &[&start[..], &["--seed", "1"]].concat());

    let mut terminal = home.at_a_terminal("answer");
    terminal.exp_string("What kept the Pods").unwrap();
    types(&mut terminal, "teapot");
    terminal.exp_string("nothing matches").unwrap();
    types(&mut terminal, &"\x7f".repeat(6));
    types(&mut terminal, "no address\r");
    terminal.exp_string("Which constraint").unwrap();
    types(&mut terminal, "address\r");
    terminal.exp_string("Which object").unwrap();
    types(&mut terminal, "aws-node\r");
    terminal.exp_string("write it as kind/name").unwrap();
    types(&mut terminal, &"\x7f".repeat(8));
    types(&mut terminal, "ds aws-node\r");
    terminal.exp_string("One line of evidence").unwrap();
    types(&mut terminal, "too short\r");
    terminal.exp_string("give at least 20 characters").unwrap();
    types(&mut terminal, &"\x7f".repeat(9));
    types(&mut terminal, &format!("{EVIDENCE}\r"));
    let before = terminal.exp_string("recorded (first attempt)").unwrap();
    terminal.exp_eof().unwrap();
    assert!(!before.contains('{'), "{before}");

    // Another right answer, in another spelling, and a wrong one: neither counts.
    let workload = home.kubectl(
        "pending-pod",
        "get pods -A --field-selector status.phase=Pending -o jsonpath={.items[0].metadata.labels.app}",
    );
    for object in [format!("deploy {workload}"), "node x".to_owned()] {
        let flags = [
            ["--refused-by", "network"],
            ["--constraint", "no-pod-address"],
            ["--must-change", &object],
            ["--evidence", EVIDENCE],
        ];
        home.expect(0, &[&["answer"], flags.concat().as_slice()].concat())
            .stdout(contains("is right and stays (first attempt)"));
    }
    let checked = home.json(1, &["check"]);
    let checks = checked["checks"].as_array().unwrap();
    let diagnosis = checks.iter().find(|check| check["id"] == "diagnosis");
    let diagnosis = diagnosis.unwrap();
    assert_eq!(diagnosis["verdict"], "passed", "{diagnosis}");
    assert_eq!(diagnosis["evidence"], "first attempt", "{diagnosis}");
}

#[test]
fn a_wrong_answer_can_be_mended_and_each_other_one_counts() {
    let home = Home::new();
    let start = ["start", "pending-pod", "--variant", "ip-exhaustion"];
    home.expect(0, &[&start[..], &["--seed", "1"]].concat());
    let answer = |object: &str| {
        let flags = [
            ["--refused-by", "network"],
            ["--constraint", "no-pod-address"],
            ["--must-change", object],
            ["--evidence", EVIDENCE],
        ];
        stdout(&home.expect(0, &[&["answer"], flags.concat().as_slice()].concat()))
    };
    for (object, expected) in [
        ("service/none", "recorded (first attempt)"),
        ("svc none", "recorded (first attempt)"),
        ("pod/none", "recorded (second attempt)"),
        ("daemonset/aws-node", "recorded (third attempt)"),
        ("pod/none", "is right and stays (third attempt)"),
    ] {
        let said = answer(object);
        assert!(said.contains(expected), "{object}: {said}");
    }
    home.expect(
        2,
        &[
            "answer",
            "--refused-by",
            "network",
            "--constraint",
            "no-pod-address",
            "--must-change",
            "ledger",
            "--evidence",
            EVIDENCE,
        ],
    )
    .stderr(contains("write it as kind/name"));
}
