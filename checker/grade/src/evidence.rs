//! Everything that verdicts rest on: saved, and judged again, it gives the same verdicts.
//!
//! Plain data; who gathers it and how is not known here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnosis::Answer;
use crate::observation::Observations;

/// What there is to judge by.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What the cluster said before the learner came.
    pub baseline: Observations,
    /// What the cluster says now.
    pub observed: Observations,
    /// What was written to the cluster since the start; unset where no check asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// The learner's diagnosis; unset until one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// The learner's files, by their path below the work folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileSeen>,
}

/// Who wrote what to the cluster since the start, as its audit log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// It is there from the start on.
    Told {
        /// When the last write of anybody came: RFC 3339, UTC.
        until: String,
        /// The writes of everybody but Kubernetes' own parts, and the scheduler's bindings; the oldest first.
        writes: Vec<Write>,
    },
    /// It is lost, all or in part; says why.
    Lost(String),
}

/// One write that the API server did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Write {
    /// When the request came: RFC 3339, UTC.
    pub at: String,
    /// Whose name the audit log has.
    pub by: String,
    /// Whether a part of Kubernetes did it.
    pub is_component: bool,
    /// `create`, `update`, `patch`, `delete` or `deletecollection`; empty in records that have none.
    #[serde(default)]
    pub verb: String,
    /// Plural, with the subresource: `pods/binding`.
    pub resource: String,
    /// Unset for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Unset for a whole collection, and for a new object whose name the API server made up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was sent, of a write to a node: the object, a patch of it, or the steps of a JSON patch. Null where the log does not have it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sent: Value,
}

/// A diagnosis as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// The diagnosis itself.
    pub answer: Answer,
    /// How many were given so far, this one included.
    pub attempts: u32,
    /// What became of looking for its line of evidence.
    pub occurrence: Occurrence,
}

/// Whether a line of evidence really occurred in this session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// Kubernetes or a container wrote it.
    Occurred {
        /// Where, such as "event of Pod `shop/cart-1`".
        #[serde(rename = "in")]
        in_: String,
        /// What of the line occurred there: all of it, or the message in it.
        piece: String,
    },
    /// It is in an event that somebody wrote by hand, or somebody wrote the words before anything in the cluster said them.
    Forged {
        /// Whose name the audit log has.
        by: String,
    },
    /// No event and no log of the session has it.
    NotFound,
    /// It could not be looked for; says why.
    Unreadable(String),
}

/// What was seen of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileSeen {
    /// Its text.
    Text(String),
    /// There is no such file.
    Absent,
    /// What has its name cannot be read as a text; says what it is, such as `is a pipe, not a file`. The learner's to mend.
    Unusable(String),
    /// It could not be read; says why.
    Unreadable(String),
}
