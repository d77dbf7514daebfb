//! `comes_back`: what the looks after an eviction come to.

use std::time::Duration;

use grade::Evidence;
use grade::check::Check;
use grade::eviction::{Eviction, PodsSeen, Stopped};
use grade::kinds::{Ask, ComesBack};
use grade::observation::{Observation, Observations};
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{check, workload};

/// The replacement must stay Ready for two seconds, within 45.
fn asked() -> Check {
    Check {
        ask: Ask::ComesBack(ComesBack {
            workload: workload("Deployment"),
            hold: Duration::from_secs(2),
            deadline: Duration::from_secs(45),
        }),
        ..check("Deployment", Duration::ZERO)
    }
}

/// The verdict, twice: a saved observation that is judged again gives the same.
fn verdict(said: Option<Observation>) -> Verdict {
    let checks = [asked()];
    assert_eq!(grade::questions(&checks), []);
    let question = grade::last_questions(&checks).remove(0);
    let answers = said.map(|said| (question, said));
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers: answers.into_iter().collect(),
        },
        ..Evidence::default()
    };
    let saved = serde_json::to_string(&evidence).unwrap();
    let saved: Evidence = serde_json::from_str(&saved).unwrap();
    let [now, again] = [&evidence, &saved].map(|it| grade::verdicts(&checks, it).remove(0).verdict);
    assert_eq!(now, again);
    now
}

fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "uid": name},
        "spec": {"nodeName": "node-1", "containers": [{"name": "cart"}]},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.7",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "cart", "ready": true, "state": {"running": {}}}],
        },
    })
}

fn starting(name: &str, why: &Value) -> Value {
    let mut pod = pod(name);
    pod["status"] = json!({"phase": "Pending", "containerStatuses": [{"name": "cart", "state": {"waiting": why}}]});
    pod
}

fn refused(name: &str) -> Value {
    let mut pod = pod(name);
    pod["status"] = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/5 nodes are available"},
    ]});
    pod
}

fn ending(name: &str, phase: &str) -> Value {
    let mut pod = pod(name);
    pod["metadata"]["deletionTimestamp"] = "2026-03-01T10:00:30Z".into();
    pod["status"]["phase"] = phase.into();
    pod
}

/// Of Pods `cart-a` and `cart-b` the first was evicted; these were seen after it, each from and to so many tenths of a second.
fn evicted(looks: &[(u32, u32, Vec<Value>)], stopped: Stopped) -> Observation {
    let time = |tenths: u32| format!("2026-03-01T10:00:{:02}.{}Z", tenths / 10, tenths % 10);
    let looks = looks.iter().map(|(since, until, pods)| PodsSeen {
        since: time(*since),
        until: time(*until),
        pods: pods.clone(),
    });
    Observation::Evicted(Eviction {
        before: vec![pod("cart-a"), pod("cart-b")],
        evicted: Some("cart-a".to_owned()),
        looks: looks.collect(),
        stopped,
    })
}

#[test]
fn a_replacement_that_stays_ready_for_long_enough_came_back() {
    let back_off = json!({"reason": "CrashLoopBackOff", "message": "back-off 10s"});
    let new = || vec![pod("cart-b"), pod("cart-c")];
    for (why, looks) in [
        ("at once", vec![(0, 20, new())]),
        (
            "after its predecessor",
            vec![
                (0, 9, vec![ending("cart-a", "Running"), pod("cart-b")]),
                (10, 19, vec![pod("cart-b"), starting("cart-c", &json!({}))]),
                (20, 40, new()),
            ],
        ),
        (
            // What changes beside it does not matter.
            "over two looks",
            vec![
                (0, 9, vec![ending("cart-a", "Running"), pod("cart-c")]),
                (10, 20, new()),
            ],
        ),
        (
            "after a refusal while its predecessor held its place",
            vec![
                (0, 90, vec![ending("cart-a", "Running"), refused("cart-c")]),
                (91, 111, new()),
            ],
        ),
        (
            "at the second attempt",
            vec![
                (0, 15, vec![pod("cart-c")]),
                (16, 20, vec![starting("cart-c", &back_off)]),
                (21, 41, vec![pod("cart-c")]),
            ],
        ),
        (
            // The controller thinks better of it.
            "a third Pod",
            vec![
                (0, 15, vec![pod("cart-c")]),
                (16, 36, vec![ending("cart-c", "Running"), pod("cart-d")]),
            ],
        ),
    ] {
        for stopped in [Stopped::Clear, Stopped::Deadline, Stopped::Cancelled] {
            let expected = Verdict::Passed {
                evidence: Some("on node `node-1`".to_owned()),
            };
            assert_eq!(verdict(Some(evicted(&looks, stopped))), expected, "{why}");
        }
    }
}

#[test]
fn what_was_seen_last_is_told_at_the_deadline_and_undecided_before_it() {
    let back_off = json!({"reason": "CrashLoopBackOff", "message": "back-off 10s"});
    for (found, looks) in [
        ("no replacement was created", vec![]),
        (
            "no replacement was created",
            vec![(0, 450, vec![pod("cart-b")])],
        ),
        (
            "no replacement was created",
            vec![(0, 450, vec![ending("cart-c", "Running")])],
        ),
        (
            "no replacement was created",
            vec![(0, 450, vec![pod("cart-a"), pod("cart-b")])],
        ),
        (
            "Pod `cart-c` is not Ready: CrashLoopBackOff, back-off 10s",
            vec![(0, 450, vec![pod("cart-b"), starting("cart-c", &back_off)])],
        ),
        (
            "Pod `cart-c` was not Ready for long enough",
            vec![
                (0, 430, vec![pod("cart-b")]),
                (431, 450, vec![pod("cart-c")]),
            ],
        ),
        (
            // Each of them is Ready, none for two seconds.
            "Pod `cart-e` was not Ready for long enough",
            vec![
                (0, 15, vec![pod("cart-c")]),
                (16, 31, vec![pod("cart-d")]),
                (32, 47, vec![pod("cart-e")]),
            ],
        ),
    ] {
        assert_eq!(
            verdict(Some(evicted(&looks, Stopped::Deadline))),
            Verdict::Failed {
                expected: "a replacement of Pod `cart-a` becomes Ready".to_owned(),
                found: found.to_owned(),
            }
        );
        assert_eq!(
            verdict(Some(evicted(&looks, Stopped::Cancelled))),
            undecided(&format!(
                "Pod `cart-a` was evicted, and the time was up before it was clear whether its replacement stays Ready: {found}"
            ))
        );
        let refused = Stopped::Refused("failed to list the Pods of it: forbidden".to_owned());
        assert_eq!(
            verdict(Some(evicted(&looks, refused))),
            undecided("failed to list the Pods of it: forbidden")
        );
    }
}

#[test]
fn a_refusal_that_lasts_is_the_answer_once_the_evicted_pod_made_room() {
    let refusal = Verdict::Failed {
        expected: "a replacement of Pod `cart-a` becomes Ready".to_owned(),
        found: "Pod `cart-c` is Pending: 0/5 nodes are available".to_owned(),
    };
    let waits = |phase: &str| vec![ending("cart-a", phase), refused("cart-c")];
    let alone = || vec![refused("cart-c")];
    for (looks, is_clear) in [
        (vec![(0, 50, alone())], true),
        (vec![(0, 49, alone())], false),
        (
            vec![
                (0, 20, alone()),
                (21, 50, vec![pod("cart-b"), refused("cart-c")]),
            ],
            true,
        ),
        (vec![(0, 300, waits("Running"))], false),
        // All of its containers have ended: it holds no place.
        (vec![(0, 50, waits("Succeeded"))], true),
        (vec![(0, 300, waits("Running")), (301, 340, alone())], false),
        (
            vec![
                (0, 30, alone()),
                (31, 35, vec![pod("cart-c")]),
                (36, 70, alone()),
            ],
            false,
        ),
    ] {
        let observed = evicted(&looks, Stopped::Cancelled);
        let Observation::Evicted(eviction) = &observed else {
            unreachable!("made so")
        };
        assert_eq!(
            eviction.is_clear(Duration::from_secs(2)),
            is_clear,
            "{looks:?}"
        );
        if is_clear {
            assert_eq!(verdict(Some(observed)), refusal);
        }
    }
}

#[test]
fn what_was_not_evicted_or_not_asked_is_told() {
    let nothing = Observation::Evicted(Eviction {
        before: vec![starting("cart-a", &json!({}))],
        evicted: None,
        looks: Vec::new(),
        stopped: Stopped::Clear,
    });
    assert_eq!(
        verdict(Some(nothing)),
        Verdict::Failed {
            expected: "a ready Pod, whose replacement is looked for".to_owned(),
            found: "Deployment `cart` has no ready Pod to evict".to_owned(),
        }
    );
    assert_eq!(
        verdict(Some(Observation::Unreadable("timeout".to_owned()))),
        undecided("timeout")
    );
    assert_eq!(verdict(None), undecided("asked when everything else holds"));
}

fn undecided(why: &str) -> Verdict {
    Verdict::Undecided {
        why: why.to_owned(),
    }
}
