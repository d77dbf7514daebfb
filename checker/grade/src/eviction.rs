//! What was seen after a Pod was evicted, look by look, and what that comes to. Evicts nothing and has no clock: the looks have their times.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields;
use crate::judge::pods::{self, is_ready};

/// How long the scheduler's refusal must last, once the evicted Pod has made room, to be the answer.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// One Pod of a workload was evicted, and its Pods were looked at from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Eviction {
    /// The Pods of the workload before.
    pub before: Vec<Value>,
    /// The uid of the one that was evicted; unset where none was Ready, and none was evicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evicted: Option<String>,
    /// What was seen after it, the oldest first.
    pub looks: Vec<PodsSeen>,
    /// Why nobody looked on.
    pub stopped: Stopped,
}

/// The Pods of a workload as they were for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PodsSeen {
    /// When they were first seen so: RFC 3339, UTC.
    pub since: String,
    /// When they were last seen so: RFC 3339, UTC.
    pub until: String,
    /// The Pods, in the order of their names.
    pub pods: Vec<Value>,
}

/// Why nobody looked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Nothing that could be seen would change what it comes to.
    Clear,
    /// The deadline of the check had come.
    Deadline,
    /// Whoever asked wanted to know before the deadline of the check.
    Cancelled,
    /// The Pods could not be looked at when the deadline had come; says why, naming the operation and the object.
    Refused(String),
}

/// What an eviction comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CameOf {
    /// No Pod was Ready.
    NothingToEvict,
    /// The replacement was Ready for long enough.
    Back {
        /// Where it runs.
        node: String,
    },
    /// The replacement was refused for too long; says by what words.
    Refused(String),
    /// Neither so far; says what was seen last.
    Open(String),
}

impl Eviction {
    /// Whether later looks cannot change what it comes to.
    #[must_use]
    pub fn is_clear(&self, hold: Duration) -> bool {
        !matches!(self.came_of(hold), CameOf::Open(_))
    }

    /// The name of the Pod that was evicted.
    pub(crate) fn name(&self) -> &str {
        let mut before = self.before.iter();
        let evicted = before.find(|pod| self.evicted.as_deref() == Some(uid(pod)));
        evicted.map_or("", fields::name)
    }

    /// What it comes to when the replacement must be Ready for `hold`.
    pub(crate) fn came_of(&self, hold: Duration) -> CameOf {
        let Some(evicted) = &self.evicted else {
            return CameOf::NothingToEvict;
        };
        let known: Vec<&str> = self.before.iter().map(uid).collect();
        let mut ready_since: Option<(&str, &str)> = None;
        let mut refused_since: Option<&str> = None;
        let mut found = "no replacement was created".to_owned();
        for look in &self.looks {
            match Replacement::of(&look.pods, &known) {
                Replacement::Ready(pod) => {
                    refused_since = None;
                    let since = match ready_since {
                        Some((same, since)) if same == uid(pod) => since,
                        _ => &look.since,
                    };
                    if between(since, &look.until).is_some_and(|time| time >= hold) {
                        let node = fields::text(pod, "/spec/nodeName").to_owned();
                        return CameOf::Back { node };
                    }
                    let name = fields::name(pod);
                    found = format!("Pod `{name}` was not Ready for long enough");
                    ready_since = Some((uid(pod), since));
                }
                Replacement::Refused(by) => {
                    ready_since = None;
                    found = by;
                    // The Pod on its way out may still hold the place that the replacement needs.
                    let is_gone = !look
                        .pods
                        .iter()
                        .any(|pod| uid(pod) == evicted && !has_ended(pod));
                    if !is_gone {
                        refused_since = None;
                        continue;
                    }
                    let since = *refused_since.get_or_insert(&look.since);
                    if between(since, &look.until).is_some_and(|time| time >= REFUSED_FOR) {
                        return CameOf::Refused(found);
                    }
                }
                Replacement::NotReady(lack) => {
                    (ready_since, refused_since) = (None, None);
                    found = lack;
                }
                Replacement::None => ready_since = None,
            }
        }
        CameOf::Open(found)
    }
}

/// The best of the Pods that were not there before.
enum Replacement<'a> {
    None,
    Ready(&'a Value),
    /// The scheduler refuses it, in these words.
    Refused(String),
    /// It lacks this.
    NotReady(String),
}

impl<'a> Replacement<'a> {
    fn of(pods: &'a [Value], known: &[&str]) -> Self {
        let is_new = |pod: &&Value| !known.contains(&uid(pod)) && pods::counts(pod);
        let mut best = Self::None;
        for pod in pods.iter().filter(is_new) {
            if is_ready(pod) {
                return Self::Ready(pod);
            }
            let name = fields::name(pod);
            best = match fields::condition(pod, "PodScheduled") {
                Some(scheduled) if fields::text(scheduled, "/status") == "False" => {
                    let message = fields::text(scheduled, "/message");
                    Self::Refused(format!("Pod `{name}` is Pending: {message}"))
                }
                _ => Self::NotReady(format!("Pod `{name}` is not Ready{}", waiting(pod))),
            };
        }
        best
    }
}

/// What the first waiting container waits for: `: CrashLoopBackOff, back-off 10s …`.
fn waiting(pod: &Value) -> String {
    let mut statuses = fields::list(pod, "/status/containerStatuses").iter();
    match statuses.find_map(|container| container.pointer("/state/waiting")) {
        Some(state) => {
            let [reason, message] = ["/reason", "/message"].map(|field| fields::text(state, field));
            format!(": {reason}, {message}")
        }
        None => String::new(),
    }
}

/// Whether all its containers have ended: then it holds no place, though it is there.
fn has_ended(pod: &Value) -> bool {
    matches!(fields::text(pod, "/status/phase"), "Failed" | "Succeeded")
}

/// The time between two times; `None` when one of them is none.
fn between(since: &str, until: &str) -> Option<Duration> {
    let [since, until]: [Option<Timestamp>; 2] = [since, until].map(fields::time);
    Duration::try_from(until?.duration_since(since?)).ok()
}

fn uid(object: &Value) -> &str {
    fields::text(object, "/metadata/uid")
}
