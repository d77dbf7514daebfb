//! `comes_back`: what the eviction of a Pod showed.

use std::time::Duration;

use grade::Evidence;
use grade::check::Check;
use grade::kinds::{Ask, ComesBack};
use grade::observation::{Observation, Observations};
use grade::verdict::Verdict;

use super::{check, workload};

#[test]
fn comes_back_is_judged_by_the_eviction() {
    let check = Check {
        ask: Ask::ComesBack(ComesBack {
            workload: workload("Deployment"),
            hold: Duration::from_secs(2),
            deadline: Duration::from_secs(45),
        }),
        ..check("Deployment", Duration::ZERO)
    };
    let checks = [check];
    assert_eq!(grade::questions(&checks), []);
    let question = grade::last_questions(&checks).remove(0);
    let verdict = |said: Option<Observation>| {
        let answers = said.map(|said| (question.clone(), said));
        let evidence = Evidence {
            observed: Observations {
                taken_at: String::new(),
                answers: answers.into_iter().collect(),
            },
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    let text = str::to_owned;
    assert_eq!(
        verdict(Some(Observation::CameBack {
            evicted: text("cart-a"),
            replacement: text("cart-c"),
            node: text("node-1"),
        })),
        Verdict::Passed {
            evidence: Some(text("on node `node-1`"))
        }
    );
    assert_eq!(
        verdict(Some(Observation::DidNotComeBack {
            evicted: text("cart-a"),
            found: text("Pod `cart-c` is Pending: 0/5 nodes are available"),
        })),
        Verdict::Failed {
            expected: text("a replacement of Pod `cart-a` becomes Ready"),
            found: text("Pod `cart-c` is Pending: 0/5 nodes are available"),
        }
    );
    let undecided = |why: &str| Verdict::Undecided { why: text(why) };
    assert_eq!(
        verdict(Some(Observation::Unreadable(text("timeout")))),
        undecided("timeout")
    );
    assert_eq!(verdict(None), undecided("asked when everything else holds"));
}
