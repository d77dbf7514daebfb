//! Questions to a cluster and what the cluster said. Plain data: `grade` writes the questions, `cluster` asks them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::eviction::Eviction;

/// Names a kind of object and where to look for it, as `kubectl get` would.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    /// Group and version, such as `apps/v1` or `v1`.
    pub api_version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Unset for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
}

/// Several objects of one kind.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ObjectsRef {
    /// Group and version, such as `apps/v1` or `v1`.
    pub api_version: String,
    /// Kind, such as `Pod`.
    pub kind: String,
    /// Unset: of all namespaces, or cluster-scoped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Label selector as `kubectl -l` takes it; unset: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
}

impl ObjectsRef {
    /// All objects of a kind, of all namespaces.
    #[must_use]
    pub fn all(api_version: &str, kind: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            selector: None,
        }
    }

    /// Of those the ones in one namespace; unset: in all.
    #[must_use]
    pub fn in_namespace(self, namespace: Option<&str>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            ..self
        }
    }
}

/// One thing to ask a cluster. Equal questions are asked once.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// What is this object now?
    Object(ObjectRef),
    /// Which objects of this kind are there now?
    Objects(ObjectsRef),
    /// What does the whole cluster hold now, of every kind that it lists, but what comes and goes by itself?
    Everything,
    /// What is seen of this workload's Pods once one of them is evicted?
    ///
    /// It changes the cluster. Asked last, when all else passes.
    ComesBack {
        /// The workload whose Pod is evicted.
        workload: ObjectRef,
        /// How long the replacement must stay Ready: once it has, nobody need look on.
        hold: Duration,
        /// How long to look.
        deadline: Duration,
    },
    /// What does this command say in a Pod of this workload that runs? It changes nothing.
    Run {
        /// The workload.
        workload: ObjectRef,
        /// The program and its arguments.
        command: Vec<String>,
    },
    /// What does this command say in a Pod of this workload that runs, each time of many, one after the other begun?
    ///
    /// Asked last, when all else passes: it takes long, and changes the cluster where it evicts.
    RunOften {
        /// The workload.
        workload: ObjectRef,
        /// The program and its arguments.
        command: Vec<String>,
        /// The time from the begin of one to the begin of the next.
        every: Duration,
        /// How many.
        times: u32,
        /// Of whose Pods one that is ready is evicted once the first has begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evicts: Option<ObjectRef>,
    },
    /// What has the first container of each Pod of this workload that runs said since it began?
    Log {
        /// The workload.
        workload: ObjectRef,
        /// How far back, at least a second; unset: since it began, the last 2000 lines.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Duration>,
    },
}

impl Question {
    /// Whether asking it changes the cluster.
    #[must_use]
    pub const fn changes(&self) -> bool {
        matches!(
            self,
            Self::ComesBack { .. }
                | Self::RunOften {
                    evicts: Some(_),
                    ..
                }
        )
    }
}

/// What the cluster said to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The object, as the API server returned it.
    Object(Value),
    /// The API server said that the object (or its namespace) does not exist. Not an error.
    Absent,
    /// The objects, in the order of namespace and name. May be empty.
    Objects(Vec<Value>),
    /// All objects of the cluster, each with its kind.
    Everything {
        /// In no order that means something.
        objects: Vec<Value>,
        /// What could not be listed, and why: a sentence for each kind.
        unlisted: Vec<String>,
    },
    /// What was seen after a Pod was evicted, or that none was Ready.
    Evicted(Eviction),
    /// A command was run in a Pod.
    Ran {
        /// The Pod's name.
        pod: String,
        /// The exit code; unset: it had not ended by the time in which it should have.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i32>,
        /// What it said.
        said: String,
    },
    /// A command was run in a Pod, many times.
    RanOften {
        /// The Pod's name.
        pod: String,
        /// The name of the Pod that was evicted meanwhile; unset: none was, or none was ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evicted: Option<String>,
        /// Each time, in the order in which they began.
        runs: Vec<RunSeen>,
    },
    /// The logs of some containers, in the order of their Pods' names.
    Logs(Vec<LogSeen>),
    /// The question could not be answered; says why, naming the operation and the object. Never a fault of the learner's work.
    Unreadable(String),
}

/// One of many times that a command was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunSeen {
    /// When it began, counted from the first.
    pub after: Duration,
    /// The exit code; unset: it had not ended by the time in which it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// What it said.
    pub said: String,
}

/// What a container said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogSeen {
    /// The Pod's name.
    pub pod: String,
    /// Its lines, the oldest first.
    pub lines: Vec<String>,
}

/// A set of questions with what the cluster said to each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Observations {
    /// When they were taken: RFC 3339, UTC. Empty when nothing was taken. What takes time has the times of its looks.
    pub taken_at: String,
    /// In the order of the questions, each question once.
    pub answers: Vec<(Question, Observation)>,
}

impl Observations {
    /// What was said to this question; `None` when it was not asked.
    #[must_use]
    pub fn to(&self, question: &Question) -> Option<&Observation> {
        self.answers
            .iter()
            .find_map(|(asked, said)| (asked == question).then_some(said))
    }

    /// The same, had it stayed so for this long: the clock is a part of what was seen. Without a time it is as it was, and so is what
    /// took time.
    #[must_use]
    pub fn later(&self, by: Duration) -> Self {
        let taken_at = match (
            self.taken_at.parse::<Timestamp>(),
            SignedDuration::try_from(by),
        ) {
            (Ok(taken_at), Ok(by)) => taken_at.saturating_add(by).map(|later| later.to_string()),
            _ => Ok(self.taken_at.clone()),
        };
        Self {
            taken_at: taken_at.unwrap_or_else(|_| self.taken_at.clone()),
            answers: self.answers.clone(),
        }
    }

    /// Adds the answers to questions that took time, which have times of their own: when the others were taken stays as it is. A question
    /// asked again keeps the later answer.
    pub fn extend(&mut self, timelines: Self) {
        self.answers
            .retain(|(asked, _)| timelines.to(asked).is_none());
        self.answers.extend(timelines.answers);
    }
}
