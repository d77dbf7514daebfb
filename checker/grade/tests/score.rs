//! The score as a table, what holds of every score, and that a record graded again gives the same verdicts.

mod support;

use std::collections::BTreeMap;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::diagnosis::Answer;
use grade::eviction::{Eviction, PodsSeen, Stopped};
use grade::evidence::{FileSeen, Given, Occurrence};
use grade::kinds::{Ask, Diagnosis, WrittenWork};
use grade::observation::{LogSeen, Observation, Observations, Question, RunSeen};
use grade::record::{ResultRecord, regrade};
use grade::score::{Conduct, Score, score};
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use serde_json::json;

/// Checks by letters, upper case for those that passed: `o` an objective, `s` a safeguard, `a` the diagnosis.
fn scored(checks: &str, conduct: Conduct) -> Score {
    let (checks, verdicts): (Vec<Check>, Vec<CheckVerdict>) = checks
        .chars()
        .enumerate()
        .map(|(place, letter)| check(&format!("{letter}{place}"), letter))
        .unzip();
    score(&verdicts, &checks, &conduct)
}

fn check(id: &str, letter: char) -> (Check, CheckVerdict) {
    let role = match letter.to_ascii_lowercase() {
        's' => Role::Safeguard,
        _ => Role::Objective,
    };
    let ask = match letter.to_ascii_lowercase() {
        'a' => Ask::Diagnosis(Diagnosis {
            refused_by: Vec::new(),
            constraint: Vec::new(),
            must_change: Vec::new(),
            evidence: String::new(),
        }),
        _ => Ask::WrittenWork(WrittenWork {
            files: Vec::new(),
            forms: BTreeMap::new(),
            given: grade::kinds::Given::default(),
            rules: Vec::new(),
        }),
    };
    let verdict = if letter.is_ascii_uppercase() {
        Verdict::Passed { evidence: None }
    } else {
        Verdict::Undecided {
            why: "x".to_owned(),
        }
    };
    let check = Check {
        id: id.to_owned(),
        says: id.to_owned(),
        role,
        weight: 1,
        see: None,
        ask,
    };
    let verdict = CheckVerdict {
        id: id.to_owned(),
        says: id.to_owned(),
        role,
        verdict,
        see: None,
        broken: Vec::new(),
    };
    (check, verdict)
}

fn conduct(hints: u32, attempts: u32, resets: u32) -> Conduct {
    Conduct {
        hints,
        attempts,
        resets,
        revealed: false,
    }
}

#[test]
fn a_check_counts_by_its_weight() {
    let (checks, verdicts): (Vec<Check>, Vec<CheckVerdict>) = "OoS"
        .chars()
        .enumerate()
        .map(|(place, letter)| check(&format!("{letter}{place}"), letter))
        .unzip();
    let points = |weights: [u32; 3]| {
        let mut checks = checks.clone();
        for (check, weight) in checks.iter_mut().zip(weights) {
            check.weight = weight;
        }
        score(&verdicts, &checks, &conduct(0, 0, 0)).points
    };
    assert_eq!(points([1, 1, 1]), 40);
    assert_eq!(points([3, 1, 1]), 60);
    assert_eq!(points([1, 3, 9]), 20);
    assert_eq!(points([u32::MAX, u32::MAX, 1]), 40);
}

#[test]
fn the_table_of_the_book() {
    let revealed = Conduct {
        revealed: true,
        ..conduct(0, 1, 0)
    };
    for (checks, conduct, points) in [
        ("OOSSA", conduct(0, 1, 0), 100),
        ("OOSSA", conduct(1, 1, 0), 100),
        ("OOSSA", conduct(3, 1, 0), 92),
        ("OOSSA", conduct(0, 1, 2), 94),
        ("OOSSA", conduct(0, 2, 0), 95),
        ("OOSSA", conduct(0, 4, 0), 85),
        ("OOSSA", conduct(0, 40, 0), 85),
        ("OOSSa", conduct(0, 3, 0), 80),
        ("OOSsA", conduct(0, 1, 0), 90),
        ("OoSSA", conduct(0, 1, 0), 50),
        ("ooSSa", conduct(0, 0, 0), 0),
        ("ooSSA", conduct(0, 1, 0), 20),
        ("ooSSa", conduct(3, 0, 5), 0),
        ("OOOSSS", conduct(0, 0, 0), 100),
        ("OOoSSS", conduct(0, 0, 0), 53),
        ("OO", conduct(0, 0, 0), 100),
        ("SS", conduct(0, 0, 0), 0),
        ("", conduct(0, 0, 0), 0),
        ("OOSSA", revealed, 0),
        ("OOSSA", conduct(u32::MAX, u32::MAX, u32::MAX), 0),
    ] {
        assert_eq!(
            scored(checks, conduct).points,
            points,
            "{checks} {conduct:?}"
        );
    }
}

#[test]
fn the_lines_say_where_the_points_come_from() {
    let lines = |checks, conduct| {
        let score = scored(checks, conduct);
        let lines = score.lines.iter();
        lines
            .map(|line| format!("{:+} {}", line.points, line.says))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines("OOSsA", conduct(2, 3, 1)),
        [
            "+60 2 of 2 objectives reached",
            "+10 1 of 2 safeguards kept",
            "+10 the diagnosis at attempt 3",
            "-4 1 hint after the first",
            "-3 1 reset",
        ]
    );
    assert_eq!(
        lines("oSa", conduct(0, 1, 2)),
        [
            "+0 0 of 1 objective reached",
            "+0 1 of 1 safeguard kept, which counts once every objective is reached",
            "+0 no right diagnosis",
            "-6 2 resets",
            "+6 a score is never below 0",
        ]
    );
}

#[test]
fn every_score_is_the_sum_of_its_lines_and_no_better_conduct_scores_less() {
    for checks in ["", "O", "OS", "OSA", "oSA", "OoSsa", "OOOSSSA"] {
        for hints in 0..8 {
            for attempts in 0..6 {
                for resets in 0..8 {
                    let score = scored(checks, conduct(hints, attempts, resets));
                    let sum: i32 = score.lines.iter().map(|line| line.points).sum();
                    assert_eq!(i64::from(sum), i64::from(score.points));
                    assert!(score.points <= score.of);
                    for worse in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
                        let worse = conduct(hints + worse.0, attempts + worse.1, resets + worse.2);
                        assert!(scored(checks, worse).points <= score.points);
                    }
                }
            }
        }
    }
}

/// Evidence of each kind for the fixture's variant, some of it not readable.
fn evidence(checks: &[Check]) -> Evidence {
    let observations = |questions: Vec<Question>| Observations {
        taken_at: "2026-03-01T10:00:00Z".to_owned(),
        answers: questions
            .into_iter()
            .enumerate()
            .map(|(place, question)| {
                let said = match (&question, place % 3) {
                    (_, 2) => Observation::Unreadable("timeout".to_owned()),
                    (Question::ComesBack { .. }, _) => Observation::Evicted(Eviction {
                        before: vec![json!({"metadata": {"name": "a", "uid": "a"}})],
                        evicted: Some("a".to_owned()),
                        looks: vec![PodsSeen {
                            since: "2026-03-01T10:00:00Z".to_owned(),
                            until: "2026-03-01T10:00:45.5Z".to_owned(),
                            pods: Vec::new(),
                        }],
                        stopped: Stopped::Deadline,
                    }),
                    (Question::Run { .. }, _) => Observation::Ran {
                        pod: "a".to_owned(),
                        code: Some(28),
                        said: "000".to_owned(),
                    },
                    (Question::RunOften { every, .. }, _) => Observation::RanOften {
                        pod: "a".to_owned(),
                        evicted: Some("b".to_owned()),
                        runs: vec![RunSeen {
                            after: *every,
                            code: Some(28),
                            said: "000".to_owned(),
                        }],
                    },
                    (Question::Log { .. }, _) => Observation::Logs(vec![LogSeen {
                        pod: "a".to_owned(),
                        lines: vec!["begun".to_owned()],
                    }]),
                    (Question::Everything, _) => Observation::Everything {
                        objects: vec![json!({"kind": "Node", "metadata": {"name": "a"}})],
                        unlisted: Vec::new(),
                    },
                    (Question::Object(_), _) => {
                        Observation::Object(json!({"spec": {"replicas": 0, "ratio": 0.25}}))
                    }
                    (Question::Objects(_), _) => Observation::Objects(vec![
                        json!({"metadata": {"name": "a"}, "spec": {"n": place}}),
                    ]),
                };
                (question, said)
            })
            .collect(),
    };
    let mut observed = observations(grade::questions(checks));
    observed.extend(observations(grade::last_questions(checks)));
    Evidence {
        history: None,
        baseline: observations(grade::baseline_questions(checks)),
        observed,
        given: Some(Given {
            answer: Answer {
                format_version: 1,
                refused_by: "kubelet".to_owned(),
                constraint: "missing-configmap".to_owned(),
                must_change: "configmap/settings".to_owned(),
                evidence: "configmap \"settings\" not found".to_owned(),
            },
            attempts: 2,
            occurrence: Occurrence::Occurred {
                in_: "event of Pod `shop/cart-1`".to_owned(),
                piece: "configmap \"settings\" not found".to_owned(),
            },
        }),
        files: BTreeMap::from([(
            "review.yaml".to_owned(),
            FileSeen::Text("decision: no\n".to_owned()),
        )]),
    }
}

#[test]
fn a_record_graded_again_gives_the_same_verdicts() {
    let course = support::course("tests/fixtures/course");
    let scenario = grade::resolve(&course, "quiet-queue", "missing-settings", 3).unwrap();
    let evidence = evidence(&scenario.checks);
    let verdicts = grade::verdicts(&scenario.checks, &evidence);
    assert_eq!(outcome(&verdicts), Outcome::NotSolved);
    assert!(!grade::ready_for_last(&scenario.checks, &verdicts));
    let conduct = conduct(1, 2, 0);
    let record = ResultRecord {
        format_version: 1,
        lab: scenario.lab.clone(),
        variant: scenario.variant.clone(),
        seed: scenario.seed,
        content_hash: scenario.content_hash.clone(),
        labctl_version: "0.1.0".to_owned(),
        kubernetes_version: "v1.36.0".to_owned(),
        provider: "sandbox".to_owned(),
        started_at: "2026-03-01T09:50:00Z".to_owned(),
        ended_at: "2026-03-01T10:00:00Z".to_owned(),
        outcome: outcome(&verdicts),
        score: score(&verdicts, &scenario.checks, &conduct),
        verdicts,
        conduct,
        evidence,
    };
    let text = serde_json::to_string_pretty(&record).unwrap();
    let read: ResultRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(read, record);
    assert_eq!(regrade(&scenario, &read), record.verdicts);
    assert!(text.contains(r#""in": "event of Pod `shop/cart-1`""#));
}

#[test]
fn the_eviction_waits_for_all_that_can_be_looked_at() {
    let course = support::course("tests/fixtures/course");
    let scenario = grade::resolve(&course, "quiet-queue", "missing-settings", 3).unwrap();
    let with = |failed: &str| -> Vec<CheckVerdict> {
        let mut verdicts = grade::verdicts(&scenario.checks, &Evidence::default());
        for verdict in &mut verdicts {
            if verdict.id != failed {
                verdict.verdict = Verdict::Passed { evidence: None };
            }
        }
        verdicts
    };
    for (failed, ready) in [
        ("", true),
        ("queue-runs", false),
        ("agents-run", false),
        ("settings", false),
        ("others", false),
        ("comes-back", true),
        ("diagnosis", true),
        ("review", true),
    ] {
        let verdicts = with(failed);
        assert_eq!(
            grade::ready_for_last(&scenario.checks, &verdicts),
            ready,
            "{failed}"
        );
    }
    assert!(!grade::ready_for_last(&scenario.checks, &[]));
}

#[test]
fn a_record_has_a_schema() {
    let schema = schemars::schema_for!(ResultRecord).to_value();
    let pointer = "/$defs/CheckVerdict/properties/says/description";
    assert_eq!(
        schema.pointer(pointer),
        Some(&json!("The sentence that is true when the check passes."))
    );
    assert!(schema.pointer("/$defs/Occurrence").is_some());
}

#[test]
fn each_question_is_asked_once() {
    let course = support::course("../..");
    let scenario = grade::resolve(&course, "pending-pod", "missing-toleration", 3).unwrap();
    let kinds = |questions: &[Question]| -> Vec<String> {
        let kind = |question: &Question| match question {
            Question::Object(object) => object.kind.clone(),
            Question::Objects(objects) => match &objects.namespace {
                Some(_) => format!("{}s", objects.kind),
                None => format!("all {}s", objects.kind),
            },
            Question::Everything => "everything".to_owned(),
            Question::ComesBack { workload, .. } => format!("back: {}", workload.kind),
            Question::Run { command, .. } | Question::RunOften { command, .. } => command.join(" "),
            Question::Log { workload, .. } => format!("log: {}", workload.kind),
        };
        questions.iter().map(kind).collect()
    };
    assert_eq!(
        kinds(&grade::questions(&scenario.checks)),
        [
            "Deployment",
            "ReplicaSets",
            "Pods",
            "all Nodes",
            "all Pods",
            "everything",
            "Deployments",
            "StatefulSets",
            "DaemonSets",
            "Deployments",
            "StatefulSets",
            "DaemonSets",
            "Deployments",
            "StatefulSets",
            "DaemonSets",
        ]
    );
    assert_eq!(
        kinds(&grade::baseline_questions(&scenario.checks)),
        ["Deployment", "all Nodes", "everything"]
    );
    assert_eq!(
        kinds(&grade::last_questions(&scenario.checks)),
        ["back: Deployment"]
    );
}
