//! The checks as `scenario.yaml` has them. Knows shapes; what they mean is worked out in the module above.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_yaml::Spanned;

use super::RawAnswer;
use crate::check::{Additions, Role};
use crate::scenario::objects::RawObject;

/// One check; exactly one of the questions is there.
#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Check",
    extend("oneOf" = [
        {"required": ["rollout"]}, {"required": ["cel"]}, {"required": ["unchanged"]},
        {"required": ["comes_back"]}, {"required": ["answer"]}, {"required": ["files"]},
    ])
)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCheck {
    /// Lower case letters, digits and hyphens, a letter first.
    #[schemars(with = "String")]
    pub(crate) id: Spanned<String>,
    /// One sentence that is true when the check passes.
    #[schemars(with = "String")]
    pub(crate) says: Spanned<String>,
    /// Whether it must become true (`objective`) or stay true (`safeguard`). Needed in `checks`, refused in `symptom`.
    #[schemars(with = "Option<Role>")]
    pub(crate) role: Option<Spanned<Role>>,
    /// The place in the book that teaches it: a part or chapter and, in quotes, its page.
    pub(crate) see: Option<String>,
    /// A workload is complete.
    pub(crate) rollout: Option<RawRollout>,
    /// An expression over objects is true.
    pub(crate) cel: Option<RawCel>,
    /// Objects are as they were when the learner came.
    #[schemars(with = "Option<RawUnchanged>")]
    pub(crate) unchanged: Option<Spanned<RawUnchanged>>,
    /// A Pod is evicted, and its replacement becomes ready. Asked last, only when all else passes.
    pub(crate) comes_back: Option<RawComesBack>,
    /// The diagnosis of the learner is right.
    pub(crate) answer: Option<RawAnswer>,
    /// A file that the learner wrote is right.
    pub(crate) files: Option<RawFiles>,
}

/// A workload has all its wanted replicas, updated, ready and available, and has had for a while.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Rollout")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRollout {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    #[schemars(with = "RawObject")]
    pub(crate) workload: Spanned<RawObject>,
    /// How many it must have, at least 1. Refused for a `DaemonSet`, whose nodes decide.
    #[schemars(with = "Option<u32>")]
    pub(crate) replicas: Option<Spanned<u32>>,
    /// How long it must have been so. Unset: a moment suffices.
    #[schemars(with = "Option<String>")]
    pub(crate) hold: Option<Spanned<String>>,
}

/// An expression over named objects is true.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Cel")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCel {
    /// What each name in the expression stands for. One object, or `null` when it is absent, if it has a `name`; else a list.
    #[schemars(with = "BTreeMap<String, RawObject>")]
    pub(crate) objects: BTreeMap<String, Spanned<RawObject>>,
    /// In the Common Expression Language; evaluates to a boolean. A field that is missing makes the check fail and is named: ask `has(…)` first.
    #[schemars(with = "String")]
    pub(crate) expression: Spanned<String>,
    /// What to show as expected. Unset: the expression.
    pub(crate) expected: Option<String>,
    /// A second expression, whose text is shown as found. Unset: the expression and what its objects are.
    #[schemars(with = "Option<String>")]
    pub(crate) found: Option<Spanned<String>>,
}

/// Objects equal what they were when the learner came.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Unchanged")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawUnchanged {
    /// Which objects, at least one.
    #[schemars(with = "Vec<RawObject>")]
    pub(crate) objects: Spanned<Vec<Spanned<RawObject>>>,
    /// JSON pointers that may differ; `*` stands for any one part.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) except: Vec<Spanned<String>>,
    /// JSON pointers to compare. Unset: all but status, identity, times and bookkeeping.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) only: Vec<Spanned<String>>,
    /// Whether new objects are a difference.
    #[serde(default)]
    pub(crate) additions: Additions,
}

/// The replacement of an evicted Pod becomes ready.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ComesBack")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawComesBack {
    /// The workload whose Pod is evicted.
    #[schemars(with = "RawObject")]
    pub(crate) workload: Spanned<RawObject>,
    /// How long the replacement must stay ready. Unset: a moment suffices.
    #[schemars(with = "Option<String>")]
    pub(crate) hold: Option<Spanned<String>>,
    /// How long to wait for all of it; longer than `hold`.
    #[schemars(with = "String")]
    pub(crate) deadline: Spanned<String>,
}

/// The learner's written work is right.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Files")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFiles {
    /// Below the work folder of the session.
    #[schemars(with = "String")]
    pub(crate) path: Spanned<String>,
    /// In the Common Expression Language, over `file`: the YAML or JSON document as a value.
    #[schemars(with = "String")]
    pub(crate) expression: Spanned<String>,
    /// What to show as expected. Unset: the expression.
    pub(crate) expected: Option<String>,
    /// A second expression over `file`, whose text is shown as found. Unset: that the file says otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) found: Option<Spanned<String>>,
}
