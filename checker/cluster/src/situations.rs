//! The crate against an API server whose answers are given one by one: a request that no test expects fails it, and so does an
//! expected one that does not come. Time stands still and jumps to whatever is awaited next.

mod logs;
mod looks;
mod restores;
mod waits;

use std::time::Duration;

use grade::observation::{ObjectRef, ObjectsRef, Question};
use http::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_test::mock;

use crate::Cluster;

/// What the API server does with one request.
enum Answer {
    /// 200 with this object.
    Ok(Value),
    /// A refusal with these words in a Status, as the API server writes its own.
    Status(u16, &'static str),
    /// A refusal in plain text, as what stands before an aggregated API writes it.
    Plain(u16, &'static str),
    /// A watch that sends these events and is cut off.
    Cut(Vec<Value>),
    /// Nothing, for ever.
    Hangs,
}

/// One expected request, `GET /api/v1/pods`, a watch as `WATCH /api/v1/pods`, and its answer.
type Expected = (&'static str, Answer);

type Server = mock::Handle<Request<Body>, Response<Body>>;

/// A cluster that speaks to a server whose answers are to be given.
fn cluster() -> (Cluster, Server) {
    let (service, server) = mock::pair();
    let client = kube::Client::new(service, "default");
    (
        Cluster::speaking(client, "https://cluster".to_owned()),
        server,
    )
}

/// Does the work against a server that expects these requests, those of one moment in any order, and no other.
async fn against<T>(expected: Vec<Expected>, work: impl AsyncFnOnce(Cluster) -> T) -> T {
    let (cluster, server) = cluster();
    let (done, ()) = tokio::join!(work(cluster), serve(server, expected));
    done
}

async fn serve(mut server: Server, mut expected: Vec<Expected>) {
    let mut never = Vec::new();
    while let Some((request, answer)) = server.next_request().await {
        let asked = name(&request);
        let Some(place) = expected.iter().position(|(name, _)| *name == asked) else {
            panic!("`{asked}` was not expected");
        };
        match expected.remove(place).1 {
            Answer::Hangs => never.push(answer),
            other => answer.send_response(response(other)),
        }
    }
    let missing: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    assert!(missing.is_empty(), "never asked: {missing:?}");
}

fn name(request: &Request<Body>) -> String {
    let is_watch = request
        .uri()
        .query()
        .unwrap_or_default()
        .contains("watch=true");
    let method = if is_watch {
        "WATCH"
    } else {
        request.method().as_str()
    };
    format!("{method} {}", request.uri().path())
}

fn response(answer: Answer) -> Response<Body> {
    let (code, text) = match answer {
        Answer::Ok(value) => (200, value.to_string()),
        Answer::Status(code, message) => (code, status(code, message).to_string()),
        Answer::Plain(code, text) => (code, text.to_owned()),
        Answer::Cut(events) => (
            200,
            events
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        Answer::Hangs => panic!("what hangs has no response"),
    };
    Response::builder()
        .status(code)
        // What would make a client ask again, if it listened.
        .header("Retry-After", "1")
        .body(Body::from(text.into_bytes()))
        .unwrap()
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": code})
}

fn within(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

/// What discovery says of `v1` and of `apps/v1`.
fn served(resources: &[(&str, &str)]) -> Answer {
    let resources: Vec<Value> = resources
        .iter()
        .map(|(name, kind)| json!({"name": name, "kind": kind, "namespaced": true, "verbs": ["list", "watch"]}))
        .collect();
    Answer::Ok(json!({"resources": resources}))
}

fn core() -> Answer {
    served(&[("pods", "Pod")])
}

fn apps() -> Answer {
    served(&[("deployments", "Deployment"), ("replicasets", "ReplicaSet")])
}

/// The server that stands in for `apps` is not there.
fn apps_is_gone() -> Vec<Expected> {
    let why = "service/nothing in \"default\" is not present";
    let condition = json!({"type": "Available", "status": "False", "message": why});
    vec![
        (
            "GET /apis/apps/v1",
            Answer::Plain(503, "service unavailable\n"),
        ),
        (
            "GET /apis/apiregistration.k8s.io/v1/apiservices/v1.apps",
            Answer::Ok(json!({"status": {"conditions": [condition]}})),
        ),
    ]
}

fn deployment_ref(name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

fn deployment(name: &str) -> Question {
    Question::Object(deployment_ref(name))
}

fn pods() -> Question {
    Question::Objects(ObjectsRef::all("v1", "Pod").in_namespace(Some("shop")))
}
