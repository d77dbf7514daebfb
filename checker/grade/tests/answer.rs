//! The learner's diagnosis: how its file is read, and how it is judged.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a test may fail anywhere"
)]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::diagnosis::{Answer, CONSTRAINT, Choice, REFUSED_BY};
use grade::evidence::{Given, Occurrence};
use grade::kinds::{Ask, Diagnosis};
use grade::verdict::Verdict;
use snapbox::{IntoData, assert_data_eq, data::Inline, str};

const ANSWER: &str = "\
format_version: 1
refused_by: scheduler
constraint: untolerated-taint
must_change: deploy ledger
evidence: 5 node(s) had untolerated taint
";

fn answer() -> Answer {
    Answer::parse("answer.yaml", ANSWER.as_bytes()).unwrap()
}

#[test]
fn a_diagnosis_is_read_in_its_normal_form() {
    let expected = Answer {
        format_version: 1,
        refused_by: "scheduler".to_owned(),
        constraint: "untolerated-taint".to_owned(),
        must_change: "deployment/ledger".to_owned(),
        evidence: "5 node(s) had untolerated taint".to_owned(),
    };
    assert_eq!(answer(), expected);
    let json = serde_json::to_string(&expected).unwrap();
    assert_eq!(Answer::parse("answer.json", json.as_bytes()), Ok(expected));
}

#[track_caller]
fn fault(from: &str, to: &str, expected: Inline) {
    assert!(ANSWER.contains(from));
    let text = ANSWER.replace(from, to);
    let fault = Answer::parse("answer.yaml", text.as_bytes()).unwrap_err();
    assert_data_eq!(fault.to_string(), expected.raw());
}

#[test]
fn a_wrong_file_says_what_is_wrong() {
    fault(
        "scheduler",
        "sheduler",
        str![[r#"
unknown `refused_by`: `sheduler`
 --> answer.yaml:2:13
  |
2 | refused_by: sheduler
  |             ^
  = known keys: admission, controller, scheduler, volume, network, image, kubelet, iam, application
  = did you mean `scheduler`?
"#]],
    );
    fault(
        "untolerated-taint",
        "taint",
        str![[r#"
unknown `constraint`: `taint`
 --> answer.yaml:3:13
  |
3 | constraint: taint
  |             ^
  = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, security-context, probe, memory-limit, processor-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
"#]],
    );
    fault(
        "must_change: deploy ledger",
        "must_change: ledger",
        str![[r#"
`ledger` is no object
 --> answer.yaml:4:14
  |
4 | must_change: ledger
  |              ^
  = write it as `deployment/cart`
"#]],
    );
    fault(
        "evidence:",
        "evidense:",
        str![[r#"
unknown field `evidense`
 --> answer.yaml:5:1
  |
5 | evidense: 5 node(s) had untolerated taint
  | ^
  = known fields: refused_by, constraint, must_change, evidence
  = did you mean `evidence`?
"#]],
    );
    fault(
        "evidence: 5 node(s) had untolerated taint\n",
        "",
        str![[r#"
no `evidence`
 --> answer.yaml:1:1
  |
1 | format_version: 1
  | ^
"#]],
    );
    fault(
        "evidence: 5 node(s) had untolerated taint",
        "evidence: ' '",
        str![[r#"
`evidence` is empty
 --> answer.yaml:5:11
  |
5 | evidence: ' '
  |           ^
"#]],
    );
    fault(
        "format_version: 1",
        "format_version: 2",
        str![[r#"
written for a newer labctl: format_version 2
 --> answer.yaml:1:17
  |
1 | format_version: 2
  |                 ^
  = this labctl reads format_version 1
"#]],
    );
    let fault = Answer::parse("answer.yaml", b"\xff").unwrap_err();
    assert_eq!(fault.to_string(), "the file is not UTF-8\n --> answer.yaml");
}

#[test]
fn every_choice_has_one_key_and_a_text() {
    for choices in [REFUSED_BY, CONSTRAINT] {
        let mut keys: Vec<&str> = choices.iter().map(|choice| choice.key.as_ref()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), choices.len());
        let good = |choice: &Choice| !choice.text.is_empty() && !choice.text.ends_with('.');
        assert!(choices.iter().all(good));
    }
}

fn occurred() -> Occurrence {
    piece("3 node(s) had untolerated taint(s)")
}

fn piece(piece: &str) -> Occurrence {
    Occurrence::Occurred {
        in_: "event of Pod `payments/ledger-1`".to_owned(),
        piece: piece.to_owned(),
    }
}

fn verdict(answer: Answer, attempts: u32, occurrence: Occurrence) -> Verdict {
    judge(Some(Given {
        answer,
        attempts,
        occurrence,
    }))
}

fn judge(given: Option<Given>) -> Verdict {
    let check = Check {
        id: "diagnosis".to_owned(),
        says: "your diagnosis names the cause".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::Diagnosis(Diagnosis {
            refused_by: vec!["scheduler".to_owned()],
            constraint: vec!["untolerated-taint".to_owned(), "node-selector".to_owned()],
            must_change: vec!["deployment/ledger".to_owned()],
            evidence: "untolerated taint".to_owned(),
        }),
    };
    let evidence = Evidence {
        given,
        ..Evidence::default()
    };
    grade::verdicts(&[check], &evidence).remove(0).verdict
}

#[test]
fn a_right_diagnosis_passes_and_attempts_are_told() {
    for (attempts, text) in [(1, "first attempt"), (2, "attempt 2"), (7, "attempt 7")] {
        let passed = Verdict::Passed {
            evidence: Some(text.to_owned()),
        };
        assert_eq!(verdict(answer(), attempts, occurred()), passed);
    }
    let other = Answer {
        constraint: "node-selector".to_owned(),
        must_change: "Deployment/ledger".to_owned(),
        ..answer()
    };
    assert!(matches!(
        verdict(other, 1, occurred()),
        Verdict::Passed { .. }
    ));
}

#[test]
fn a_wrong_diagnosis_says_which_part_and_not_what_is_right() {
    let forged = Occurrence::Forged {
        by: "learner".to_owned(),
    };
    let text = str::to_owned;
    for (answer, occurrence, found) in [
        (
            Answer {
                refused_by: text("kubelet"),
                ..answer()
            },
            occurred(),
            "what refused it is not right",
        ),
        (
            Answer {
                constraint: text("quota"),
                ..answer()
            },
            occurred(),
            "the constraint is not right",
        ),
        (
            Answer {
                must_change: text("node/a"),
                ..answer()
            },
            occurred(),
            "the object that must change is not right",
        ),
        // Judged by what occurred, not by what was typed around it.
        (
            answer(),
            piece("Successfully assigned payments/ledger"),
            "the line of evidence does not show the cause",
        ),
        (
            answer(),
            Occurrence::NotFound,
            "this line was not in the session's events or logs",
        ),
        (
            answer(),
            forged,
            "`learner` wrote that line, not Kubernetes",
        ),
        (
            Answer {
                refused_by: text("kubelet"),
                constraint: text("quota"),
                ..answer()
            },
            Occurrence::Unreadable(text("timeout")),
            "what refused it is not right; the constraint is not right",
        ),
    ] {
        assert_eq!(
            verdict(answer, 1, occurrence),
            Verdict::Failed {
                expected: "a diagnosis that names the cause".to_owned(),
                found: found.to_owned(),
            }
        );
    }
}

#[test]
fn no_diagnosis_and_unread_evidence_are_undecided() {
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    assert_eq!(judge(None), undecided("not given yet (labctl answer)"));
    assert_eq!(
        verdict(
            answer(),
            1,
            Occurrence::Unreadable("no permission to list Events".to_owned())
        ),
        undecided("no permission to list Events")
    );
}
