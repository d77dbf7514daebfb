//! `reach` over what `curl` and `nslookup` said in a Pod: what passes, how each failure is told, and what cannot be told.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use grade::Evidence;
use grade::check::{Check, Role};
use grade::kinds::{Ask, Comes, Reach};
use grade::observation::{ObjectRef, Observation, Observations, Question};
use grade::verdict::Verdict;
use serde_json::json;

fn object(api_version: &str, kind: &str) -> ObjectRef {
    ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: "stock".to_owned(),
    }
}

fn service() -> ObjectRef {
    object("v1", "Service")
}

/// The verdict in a line, and the command by which it was asked.
fn verdict(to: &str, comes: Comes, said: &Observation) -> (String, String) {
    let check = [Check {
        id: "reach".to_owned(),
        says: "it is reached".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::Reach(Reach {
            from: object("apps/v1", "Deployment"),
            to: to.to_owned(),
            comes,
        }),
    }];
    let mut asked = String::new();
    let answers = grade::questions(&check).into_iter().map(|question| {
        let answer = match &question {
            Question::Run { command, .. } => {
                asked = command.join(" ");
                said.clone()
            }
            _ => Observation::Object(
                json!({"metadata": {"name": "stock"}, "spec": {"clusterIP": "172.20.3.4"}}),
            ),
        };
        (question, answer)
    });
    let evidence = Evidence {
        observed: Observations {
            taken_at: String::new(),
            answers: answers.collect(),
        },
        ..Evidence::default()
    };
    let verdicts = grade::verdicts(&check, &evidence);
    let told = match &verdicts.first().unwrap().verdict {
        Verdict::Passed { evidence } => format!("passed: {}", evidence.as_deref().unwrap()),
        Verdict::Failed { expected, found } => format!("{expected}, not {found}"),
        Verdict::Undecided { why } => format!("undecided: {why}"),
    };
    (told, asked)
}

fn ran(code: Option<i32>, said: &str) -> Observation {
    Observation::Ran {
        pod: "cart-1".to_owned(),
        code,
        said: said.to_owned(),
    }
}

#[test]
fn a_url_is_asked_by_curl() {
    let url = "http://stock.shop:8080/";
    let wanted = "http://stock.shop:8080/ answers with status 200, not asked in Pod `cart-1`:";
    for (code, said, expected) in [
        (
            Some(0),
            "200",
            "passed: asked in Pod `cart-1`: status 200".to_owned(),
        ),
        (Some(0), "503", format!("{wanted} status 503")),
        (Some(6), "000", format!("{wanted} no such name")),
        (
            Some(7),
            "000",
            format!("{wanted} the connection is refused"),
        ),
        (Some(28), "000", format!("{wanted} no answer in time")),
        (
            Some(52),
            "000",
            format!("{wanted} the connection ends without an answer"),
        ),
        (None, "", format!("{wanted} no answer in time")),
        (
            Some(2),
            "curl: option -m: requires parameter",
            "undecided: `curl` ended with 2 and said: curl: option -m: requires parameter"
                .to_owned(),
        ),
        (
            Some(0),
            "",
            "undecided: `curl` ended with 0 and said: ".to_owned(),
        ),
    ] {
        let (told, asked) = verdict(url, Comes::Status(200), &ran(code, said));
        assert_eq!(told, expected, "{code:?} {said}");
        assert_eq!(
            asked,
            "curl -s -o /dev/null -w %{http_code} -m 5 http://stock.shop:8080/"
        );
    }
    let (told, _) = verdict(url, Comes::Nothing, &ran(Some(28), "000"));
    assert_eq!(told, "passed: asked in Pod `cart-1`: no answer in time");
    let (told, _) = verdict(url, Comes::Nothing, &ran(Some(0), "404"));
    assert_eq!(
        told,
        "http://stock.shop:8080/ is out of reach, not asked in Pod `cart-1`: status 404"
    );
}

#[test]
fn a_name_is_asked_by_nslookup() {
    let server = "Server:\t\t172.20.0.10\nAddress:\t172.20.0.10:53\n\n";
    let found = |address: &str| {
        format!("{server}Name:\tstock.shop.svc.cluster.local\nAddress: {address}\n\n")
    };
    let to_service = || Comes::Addresses(Some(service()));
    for (comes, code, said, expected) in [
        (
            to_service(),
            0,
            found("172.20.3.4"),
            "passed: asked in Pod `cart-1`: 172.20.3.4",
        ),
        (
            to_service(),
            0,
            found("10.0.16.9"),
            "`stock` leads to the address of Service `stock`, not asked in Pod `cart-1`: 10.0.16.9",
        ),
        (
            Comes::Addresses(None),
            0,
            found("10.0.16.9"),
            "passed: asked in Pod `cart-1`: 10.0.16.9",
        ),
        (
            Comes::Addresses(None),
            1,
            format!("{server}** server can't find stock: NXDOMAIN\n"),
            "`stock` has an address, not asked in Pod `cart-1`: no such name",
        ),
        (
            Comes::Addresses(None),
            1,
            format!("{server}** server can't find stock: SERVFAIL\n"),
            "`stock` has an address, not asked in Pod `cart-1`: the name server fails",
        ),
        (
            Comes::Addresses(None),
            1,
            ";; connection timed out; no servers could be reached\n".to_owned(),
            "`stock` has an address, not asked in Pod `cart-1`: no answer in time",
        ),
        (
            Comes::Nothing,
            1,
            format!("{server}** server can't find stock: NXDOMAIN\n"),
            "passed: asked in Pod `cart-1`: no such name",
        ),
        (
            Comes::Nothing,
            0,
            found("172.20.3.4"),
            "stock is out of reach, not asked in Pod `cart-1`: 172.20.3.4",
        ),
    ] {
        let (told, asked) = verdict("stock", comes, &ran(Some(code), &said));
        assert_eq!(told, expected);
        assert_eq!(asked, "nslookup stock");
    }
}

#[test]
fn a_name_server_that_fails_does_not_say_that_there_is_no_such_name() {
    let not = "a name server says that there is no `nobody`, not asked in Pod `cart-1`: ";
    for (said, expected) in [
        ("** server can't find nobody: NXDOMAIN\n", None),
        (
            "** server can't find nobody: SERVFAIL\n",
            Some("the name server fails"),
        ),
        (
            ";; connection timed out; no servers could be reached\n",
            Some("no answer in time"),
        ),
    ] {
        let (told, _) = verdict("nobody", Comes::NoSuchName, &ran(Some(1), said));
        match expected {
            Some(found) => assert_eq!(told, format!("{not}{found}")),
            None => assert_eq!(told, "passed: asked in Pod `cart-1`: no such name"),
        }
    }
}

#[test]
fn the_name_of_an_address_is_asked_for() {
    let said = "Server:\t\t172.20.0.10\nAddress:\t172.20.0.10:53\n\n10.0.20.172.in-addr.arpa\tname = kube-dns.kube-system.svc.cluster.local\n\n";
    let (told, asked) = verdict("172.20.0.10", Comes::Addresses(None), &ran(Some(0), said));
    assert_eq!(asked, "nslookup 172.20.0.10");
    assert_eq!(
        told,
        "passed: asked in Pod `cart-1`: kube-dns.kube-system.svc.cluster.local"
    );
    let none = "** server can't find 10.0.20.172.in-addr.arpa: NXDOMAIN\n";
    let (told, _) = verdict("172.20.0.10", Comes::Addresses(None), &ran(Some(1), none));
    assert_eq!(
        told,
        "172.20.0.10 has a name, not asked in Pod `cart-1`: no such name"
    );
}

#[test]
fn without_a_pod_that_runs_it_cannot_be_told() {
    let why = "no Pod of Deployment `shop/cart` runs";
    for comes in [Comes::Status(200), Comes::Nothing] {
        let (told, _) = verdict(
            "http://stock/",
            comes,
            &Observation::Unreadable(why.to_owned()),
        );
        assert_eq!(told, format!("undecided: {why}"));
    }
}
