//! `traffic` and `logs` over what was seen in Pods: what passes, how what is lost is told, and what cannot be told.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::time::Duration;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Comes, Line, Logs, Reach, Traffic};
use grade::observation::{LogSeen, ObjectRef, Observation, Observations, Question, RunSeen};
use grade::verdict::Verdict;
use serde_json::json;

fn object(api_version: &str, kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

fn deployment(name: &str) -> ObjectRef {
    object("apps/v1", "Deployment", name)
}

fn check(ask: Ask) -> [Check; 1] {
    [Check {
        id: "asked".to_owned(),
        says: "it holds".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask,
    }]
}

/// The verdict in a line, where all questions are answered so.
fn told(ask: Ask, answer: impl Fn(&Question) -> Observation) -> String {
    let check = check(ask);
    let all = [grade::questions(&check), grade::last_questions(&check)].concat();
    let answers = all.into_iter().map(|question| {
        let said = answer(&question);
        (question, said)
    });
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers: answers.collect(),
        },
        ..Evidence::default()
    };
    let verdicts = grade::verdicts(&check, &evidence);
    match &verdicts.first().unwrap().verdict {
        Verdict::Passed { evidence } => format!("passed: {}", evidence.as_deref().unwrap()),
        Verdict::Failed { expected, found } => format!("{expected}, not {found}"),
        Verdict::Undecided { why } => format!("undecided: {why}"),
    }
}

fn traffic(comes: Comes, evicts: Option<&str>) -> Ask {
    let to = match comes {
        Comes::Status(_) => "http://stock:8080/",
        _ => "stock",
    };
    Ask::Traffic(Traffic {
        request: Reach {
            from: deployment("cart"),
            to: to.to_owned(),
            comes,
        },
        every: Duration::from_millis(500),
        times: 6,
        evicts: evicts.map(deployment),
    })
}

/// What `curl` said each half second, with its exit codes.
fn seen(evicted: Option<&str>, runs: &[(i32, &str)]) -> Observation {
    let runs = (0..).zip(runs).map(|(number, (code, said))| RunSeen {
        after: Duration::from_millis(500 * number),
        code: Some(*code),
        said: (*said).to_owned(),
    });
    Observation::RanOften {
        pod: "cart-1".to_owned(),
        evicted: evicted.map(str::to_owned),
        runs: runs.collect(),
    }
}

#[test]
fn each_request_that_is_lost_is_told_with_its_time_and_cause() {
    let url = || traffic(Comes::Status(200), None);
    let answers = |runs: &'static [(i32, &'static str)]| told(url(), |_| seen(None, runs));
    assert_eq!(
        answers(&[(0, "200"), (0, "200")]),
        "passed: none of 2 requests from Pod `cart-1` was lost"
    );
    assert_eq!(
        answers(&[(0, "200"), (7, "000"), (0, "503"), (0, "200")]),
        "each time: http://stock:8080/ answers with status 200, not 2 of 4 requests from Pod `cart-1` came to something else: \
         the connection is refused after 0.5 s, status 503 after 1.0 s"
    );
    assert_eq!(
        answers(&[
            (28, "000"),
            (28, "000"),
            (28, "000"),
            (28, "000"),
            (0, "200")
        ]),
        "each time: http://stock:8080/ answers with status 200, not 4 of 5 requests from Pod `cart-1` came to something else: \
         no answer in time after 0.0 s, no answer in time after 0.5 s, no answer in time after 1.0 s, 1 more"
    );
    assert_eq!(
        answers(&[(0, "200"), (2, "curl: no such option")]),
        "undecided: `curl` ended with 2 and said: curl: no such option"
    );
    let why = || Observation::Unreadable("no Pod of Deployment `shop/cart` runs".to_owned());
    assert_eq!(
        told(url(), |_| why()),
        "undecided: no Pod of Deployment `shop/cart` runs"
    );
}

#[test]
fn the_pod_that_was_evicted_meanwhile_is_named_and_there_must_be_one() {
    let evicting = || traffic(Comes::Status(200), Some("stock"));
    assert_eq!(
        told(evicting(), |_| seen(
            Some("stock-1"),
            &[(0, "200"), (0, "200")]
        )),
        "passed: none of 2 requests from Pod `cart-1`, beside the eviction of Pod `stock-1`, was lost"
    );
    assert_eq!(
        told(evicting(), |_| seen(None, &[(0, "200")])),
        "a ready Pod, which is evicted meanwhile, not Deployment `stock` has no ready Pod to evict"
    );
}

#[test]
fn it_is_asked_last_and_compared_with_the_service_of_now() {
    let ask = || {
        traffic(
            Comes::Addresses(Some(object("v1", "Service", "stock"))),
            None,
        )
    };
    let checks = check(ask());
    assert_eq!(
        grade::questions(&checks),
        [Question::Object(object("v1", "Service", "stock"))]
    );
    let last = grade::last_questions(&checks);
    let [
        Question::RunOften {
            command,
            times: 6,
            evicts: None,
            ..
        },
    ] = last.as_slice()
    else {
        panic!("{last:?}");
    };
    assert_eq!(command, &["nslookup", "stock"]);
    let found = "Server:\t\t172.20.0.10\n\nName:\tstock\nAddress: 172.20.3.4\n";
    let at = |address: &'static str| {
        told(ask(), move |question| match question {
            Question::Object(_) => Observation::Object(
                json!({"metadata": {"name": "stock"}, "spec": {"clusterIP": address}}),
            ),
            _ => seen(None, &[(0, found), (0, found)]),
        })
    };
    assert_eq!(
        at("172.20.3.4"),
        "passed: none of 2 requests from Pod `cart-1` was lost"
    );
    assert_eq!(
        at("172.20.3.5"),
        "each time: `stock` leads to the address of Service `stock`, not 2 of 2 requests from Pod `cart-1` came to something else: \
         172.20.3.4 after 0.0 s, 172.20.3.4 after 0.5 s"
    );
}

fn logs(line: Line, since: Option<u64>) -> Ask {
    Ask::Logs(Logs {
        workload: deployment("cart"),
        line,
        since: since.map(Duration::from_secs),
    })
}

fn written(lines: &[(&str, &[&str])]) -> Observation {
    let seen = lines.iter().map(|(pod, lines)| LogSeen {
        pod: (*pod).to_owned(),
        lines: lines.iter().map(|&line| line.to_owned()).collect(),
    });
    Observation::Logs(seen.collect())
}

#[test]
fn every_pod_has_written_a_line_or_none_has() {
    let says = || logs(Line::Says("^stock: 2[0-9]+$".to_owned()), None);
    let both: &[(&str, &[&str])] = &[
        ("cart-1", &["begun", "stock: 200"]),
        ("cart-2", &["stock: 204"]),
    ];
    let one: &[(&str, &[&str])] = &[
        ("cart-1", &["stock: 200"]),
        ("cart-2", &["begun", "stock: refused"]),
    ];
    let none: &[(&str, &[&str])] = &[("cart-1", &[])];
    assert_eq!(
        told(says(), |_| written(both)),
        "passed: by the logs of `cart-1`, `cart-2`"
    );
    assert_eq!(
        told(says(), |_| written(one)),
        "every Pod wrote a line like `^stock: 2[0-9]+$` since it began, not Pod `cart-2` wrote at last: stock: refused"
    );
    assert_eq!(
        told(says(), |_| written(none)),
        "every Pod wrote a line like `^stock: 2[0-9]+$` since it began, not Pod `cart-1` wrote nothing"
    );
    let never = || logs(Line::Never("refused".to_owned()), Some(10));
    assert_eq!(
        told(never(), |_| written(both)),
        "passed: by the logs of `cart-1`, `cart-2`"
    );
    assert_eq!(
        told(never(), |_| written(one)),
        "no Pod wrote a line like `refused` in the last 10s, not Pod `cart-2` wrote: stock: refused"
    );
    assert_eq!(
        told(never(), |_| written(&[])),
        "undecided: no Pod of Deployment `cart` runs"
    );
}
