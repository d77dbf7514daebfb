//! What can be heard in a session: from the audit log and the containers' logs, or, of a cluster that exists, from its API server.

use std::time::Duration;

use provider::{Container, Provider, Role};
use serde_json::Value;
use tokio::time::Instant;

use crate::existing;
use crate::failure::Result;
use crate::lab;
use crate::occurrence::{self, Heard, Said, ends};
use crate::own::Own;
use crate::place::Place;
use crate::spoken::Spoken;

/// How long the API server may take.
const SAY_WITHIN: Duration = Duration::from_secs(20);

/// What the events and the containers of a running session said.
///
/// Who wrote an event of a cluster that exists cannot be told: it counts as Kubernetes' own.
///
/// # Errors
/// Its cluster does not run, or does not answer.
pub async fn heard(place: &Place) -> Result<Heard> {
    if place.provider() != Provider::Context {
        return occurrence::of_session(place);
    }
    lab::ready(place)?;
    let end = Instant::now() + SAY_WITHIN;
    let cluster = existing::connect(place, Role::Checker, end).await?;
    let own = Own::of(place, &[]);
    let mut said: Vec<Said> = cluster
        .events(end)
        .await?
        .iter()
        .filter_map(|it| event(it, &own))
        .collect();
    let pods = cluster.pods(end).await?;
    let is_own = |pod: &&Value| {
        let [namespace, name] =
            ["namespace", "name"].map(|field| pod["metadata"][field].as_str().unwrap_or_default());
        own.has("Pod", namespace, name)
    };
    said.extend(pods.iter().filter(is_own).flat_map(ends::of_pod));
    said.sort_by(|one, other| other.at.cmp(&one.at));
    for log in cluster.logs(&pods, end).await {
        let container = Container {
            namespace: log.namespace,
            pod: log.pod,
            name: log.container,
        };
        if own.logs(&container) {
            let place = format!("log of container `{}`", container.name);
            said.extend(log.lines.into_iter().map(|text| Said {
                place: place.clone(),
                reason: String::new(),
                text,
                at: String::new(),
                forger: None,
                is_warning: false,
            }));
        }
    }
    Ok(Heard {
        said,
        gap: None,
        own,
        spoken: Spoken::default(),
    })
}

fn event(event: &Value, own: &Own) -> Option<Said> {
    let text = |at: &str| {
        event
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let about =
        ["kind", "namespace", "name"].map(|field| text(&format!("/involvedObject/{field}")));
    let [kind, namespace, name] = about;
    own.has(kind, namespace, name).then(|| Said {
        place: format!("event of {kind} `{namespace}/{name}`"),
        reason: text("/reason").to_owned(),
        text: text("/message").to_owned(),
        at: text("/metadata/creationTimestamp").to_owned(),
        forger: None,
        is_warning: text("/type") == "Warning",
    })
}
