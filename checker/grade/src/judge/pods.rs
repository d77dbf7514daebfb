//! Reads what a Pod is up to, in the cluster's own words. Knows no check.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fields;

/// Waiting reasons of a start that goes well so far.
const STARTING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// Whether its controller counts it: it is not being deleted and has not ended.
pub(crate) fn counts(pod: &Value) -> bool {
    !fields::is_ending(pod) && !matches!(fields::text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// How it ended: `Succeeded` or `Failed`; unset while it may go on. Its containers tell a second before its phase does.
pub(crate) fn how_it_ended(pod: &Value) -> Option<&'static str> {
    match fields::text(pod, "/status/phase") {
        "Succeeded" => return Some("Succeeded"),
        "Failed" => return Some("Failed"),
        _ if fields::text(pod, "/spec/restartPolicy") != "Never" => return None,
        _ => {}
    }
    let mut codes = Vec::new();
    for status in fields::list(pod, "/status/containerStatuses") {
        codes.push(fields::number(status, "/state/terminated/exitCode")?);
    }
    let all = codes.len() == fields::list(pod, "/spec/containers").len();
    let went_well = codes.iter().all(|code| *code == 0);
    all.then_some(if went_well { "Succeeded" } else { "Failed" })
}

/// Whether it runs on a node and is Ready, by all that its kubelet says of it: one condition alone can be written by hand.
#[must_use]
pub fn is_ready(pod: &Value) -> bool {
    let statuses = fields::list(pod, "/status/containerStatuses");
    let runs = |container: &Value| {
        let name = fields::name_of_part(container);
        let mut of_it = statuses
            .iter()
            .filter(|it| fields::name_of_part(it) == name);
        of_it.any(|it| it["ready"] == true && it.pointer("/state/running").is_some())
    };
    fields::holds(pod, "Ready")
        && !fields::is_ending(pod)
        && fields::text(pod, "/status/phase") == "Running"
        && !fields::text(pod, "/spec/nodeName").is_empty()
        && !fields::text(pod, "/status/podIP").is_empty()
        && fields::list(pod, "/spec/containers").iter().all(runs)
}

/// How long it has been Ready, at most since it is there and its containers run; zero when that is not known or in the future, as on a
/// clock that is ahead.
pub(super) fn ready_for(pod: &Value, now: Timestamp) -> Duration {
    let started = fields::list(pod, "/status/containerStatuses").iter();
    let started = started.map(|it| fields::text(it, "/state/running/startedAt"));
    let made = fields::text(pod, "/metadata/creationTimestamp");
    let Some(since) = fields::condition(pod, "Ready")
        .and_then(|condition| fields::time(fields::text(condition, "/lastTransitionTime")))
    else {
        return Duration::ZERO;
    };
    let since = started
        .chain([made])
        .filter_map(fields::time)
        .fold(since, Timestamp::max);
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// The revision of its template, as `StatefulSet`s and `DaemonSet`s name it; empty for other Pods.
pub(super) fn revision(pod: &Value) -> &str {
    fields::text(pod, "/metadata/labels/controller-revision-hash")
}

/// What is wrong with one of the Pods that are not ready, the most telling one; `None` when all are ready.
pub(super) fn trouble(pods: &[&Value]) -> Option<String> {
    pods.iter()
        .filter(|pod| !is_ready(pod))
        .map(|pod| of_one(pod))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, text)| text)
}

/// The less the rank, the more it tells.
fn of_one(pod: &Value) -> (u8, String) {
    let name = fields::name(pod);
    let phase = match fields::text(pod, "/status/phase") {
        "" => "Pending",
        phase => phase,
    };
    if let Some(text) = containers(pod).find_map(waiting) {
        return (0, format!("Pod `{name}` is {text}"));
    }
    let scheduled = fields::condition(pod, "PodScheduled");
    if let Some(condition) = scheduled.filter(|it| fields::text(it, "/status") == "False") {
        let message = fields::text(condition, "/message");
        return (1, format!("Pod `{name}` is {phase}: {message}"));
    }
    if let Some(text) = containers(pod).find_map(|status| ended(status, "/state/terminated")) {
        return (2, format!("Pod `{name}` {text}"));
    }
    if phase == "Running" {
        let message = fields::condition(pod, "Ready").map(|it| fields::text(it, "/message"));
        let message = message.filter(|message| !message.is_empty());
        let message = message.map_or(String::new(), |message| format!(": {message}"));
        return (3, format!("Pod `{name}` is not Ready{message}"));
    }
    let starting = containers(pod)
        .map(|status| fields::text(status, "/state/waiting/reason"))
        .find(|reason| !reason.is_empty());
    (4, format!("Pod `{name}` is {}", starting.unwrap_or(phase)))
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    fields::list(pod, "/status/initContainerStatuses")
        .iter()
        .chain(fields::list(pod, "/status/containerStatuses"))
}

/// Why a container does not start, with how it ended the last time.
fn waiting(status: &Value) -> Option<String> {
    let reason = fields::text(status, "/state/waiting/reason");
    if reason.is_empty() || STARTING.contains(&reason) {
        return None;
    }
    let message = match fields::text(status, "/state/waiting/message") {
        "" => String::new(),
        message => format!(": {message}"),
    };
    let last = match ended(status, "/lastState/terminated") {
        Some(ended) => format!("; it {ended}"),
        None => String::new(),
    };
    Some(format!("{reason}{message}{last}"))
}

/// How a container ended.
fn ended(status: &Value, pointer: &str) -> Option<String> {
    let terminated = status.pointer(pointer)?;
    let code = fields::number(terminated, "/exitCode")?;
    let why = [
        fields::text(terminated, "/reason"),
        fields::text(terminated, "/message"),
    ];
    let why: Vec<&str> = why.into_iter().filter(|text| !text.is_empty()).collect();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({})", why.join(": ").trim_end())
    };
    Some(format!("ended with exit code {code}{why}"))
}
