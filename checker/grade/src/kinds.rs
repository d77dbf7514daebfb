//! The kinds of checks: one file each, with its written form, its questions, its judge and its facts, and the list that joins them.
//!
//! A kind that is added here appears in `scenario.yaml`, its schema, every match and the book; one that lacks a part does not compile.
//! Nothing outside of this module may tell kinds apart by name: it asks [`Ask::facts`].

mod answer;
mod as_deployed;
mod as_it_was;
mod by_itself;
mod cel;
mod claim;
mod comes_back;
mod findings;
mod hang_ends;
mod kind;
mod logs;
mod placed;
mod reach;
mod reads;
mod refused;
mod repaired;
mod rollout;
mod run;
mod settings;
mod sized;
mod spread;
mod tolerates;
mod traffic;
mod unchanged;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::check::{Check, Role};
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::judge::Undecided;
use crate::observation::{ObjectRef, Question};
use crate::parameters::or_none;
use crate::verdict::{BrokenRule, Verdict};

pub use answer::Diagnosis;
pub use as_deployed::AsDeployed;
pub use as_it_was::{AsItWas, MayChange};
pub use by_itself::ByItself;
pub use cel::{Cel, CelObject, Given};
pub use claim::Claim;
pub use comes_back::ComesBack;
pub use findings::{At, Findings, In, Is, Oddity, Review, Severity};
pub use hang_ends::HangEnds;
pub(crate) use kind::Kind;
pub use kind::{Facts, Source};
pub use logs::{Line, Logs};
pub use placed::{Home, Placed};
pub use reach::{Comes, Reach};
pub use reads::Reads;
pub use refused::{Refused, Refuser};
pub use repaired::{Outcome, Repaired};
pub use rollout::Rollout;
pub use run::Run;
pub use settings::{Settings, ValueType};
pub use sized::Sizing;
pub use spread::{Over, Spread};
pub use tolerates::Tolerates;
pub use traffic::Traffic;
pub use unchanged::{Additions, Unchanged};
pub use written::{Rule, WrittenWork};

/// Makes, from one list, the enum of questions, the written check with its schema, and every match over kinds.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ident,)+) => {
        /// The one question of a check.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Ask {
            $($(#[doc = $doc])+ $kind($kind),)+
        }

        impl Ask {
            /// The kinds, as `scenario.yaml` names them.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// The kinds that a symptom may have, each in backticks.
            pub(crate) fn symptoms() -> Vec<&'static str> {
                let all = [$((concat!("`", stringify!($name), "`"), <$kind as Kind>::FACTS)),+];
                all.into_iter().filter(|(_, facts)| facts.symptom).map(|(name, _)| name).collect()
            }

            /// What holds for every check of this kind.
            #[must_use]
            pub fn facts(&self) -> Facts {
                match self { $(Self::$kind(_) => <$kind as Kind>::FACTS,)+ }
            }

            pub(crate) fn hand_out(&mut self, files: &BTreeMap<String, Vec<u8>>) {
                match self { $(Self::$kind(kind) => kind.hand_out(files),)+ }
            }

            pub(crate) fn questions(&self) -> Vec<Question> {
                match self { $(Self::$kind(kind) => kind.questions(),)+ }
            }

            pub(crate) fn last_questions(&self) -> Vec<Question> {
                match self { $(Self::$kind(kind) => kind.last_questions(),)+ }
            }

            pub(crate) fn baseline_questions(&self) -> Vec<Question> {
                match self { $(Self::$kind(kind) => kind.baseline_questions(),)+ }
            }

            /// The requests that it makes in Pods.
            #[must_use]
            pub fn requests(&self) -> Vec<&Reach> {
                match self { $(Self::$kind(kind) => kind.requests(),)+ }
            }

            pub(crate) fn evicts(&self) -> Option<(&ObjectRef, Duration)> {
                match self { $(Self::$kind(kind) => kind.evicts(),)+ }
            }

            /// Whether it is judged by who wrote what to the cluster since the start.
            #[must_use]
            pub fn asks_history(&self) -> bool {
                match self { $(Self::$kind(kind) => kind.asks_history(),)+ }
            }

            /// Whether it compares objects with what they were: what was changed does not become right again by itself.
            #[must_use]
            pub fn compares(&self) -> bool {
                match self { $(Self::$kind(kind) => kind.compares(),)+ }
            }

            /// Whether its verdict follows from the time of the observations too, and not from what was said alone.
            #[must_use]
            pub fn waits(&self) -> bool {
                match self { $(Self::$kind(kind) => kind.waits(),)+ }
            }

            /// Whether it lets the learner delete this object of the start, because nobody needs it.
            #[must_use]
            pub fn lets_go(&self, object: &Value) -> bool {
                match self { $(Self::$kind(kind) => kind.lets_go(object),)+ }
            }

            /// Whether it lets the learner add to this namespace what harms nobody.
            #[must_use]
            pub fn lets_add_to(&self, namespace: &str) -> bool {
                match self { $(Self::$kind(kind) => kind.lets_add_to(namespace),)+ }
            }

            /// The learner's files that it is judged by, below the work folder.
            #[must_use]
            pub fn files(&self) -> Vec<&str> {
                match self { $(Self::$kind(kind) => kind.files(),)+ }
            }

            /// The rules that it is judged by, where each is a line of the verdict.
            #[must_use]
            pub fn rules(&self) -> Vec<&str> {
                match self { $(Self::$kind(kind) => kind.rules(),)+ }
            }

            pub(crate) fn broken(&self, check: &Check, evidence: &Evidence) -> Result<Vec<BrokenRule>, Undecided> {
                match self { $(Self::$kind(kind) => kind.broken(check, evidence),)+ }
            }

            /// Whether it is judged by what was written alone, so that its verdict does not change while Pods come and go.
            #[must_use]
            pub fn reads_the_specification_only(&self) -> bool {
                match self { $(Self::$kind(kind) => kind.reads_the_specification_only(),)+ }
            }

            /// What a right diagnosis is; unset where it asks for none.
            #[must_use]
            pub fn diagnosis(&self) -> Option<&Diagnosis> {
                match self { $(Self::$kind(kind) => kind.diagnosis(),)+ }
            }

            pub(crate) fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
                match self { $(Self::$kind(kind) => kind.judge(check, evidence),)+ }
            }
        }

        /// One check; exactly one of the questions is there.
        #[derive(Deserialize, JsonSchema)]
        #[schemars(rename = "Check", extend("oneOf" = [$({"required": [stringify!($name)]}),+]))]
        #[serde(deny_unknown_fields)]
        pub(crate) struct RawCheck {
            /// One sentence that is true when the check passes.
            pub(crate) says: Spanned<String>,
            /// Whether it must become true (`objective`) or stay true (`safeguard`). Needed in `checks`, refused in `symptom`.
            pub(crate) role: Option<Spanned<Role>>,
            /// How much of the score it is beside the others of its role, at least 1. Unset: 1.
            pub(crate) weight: Option<Spanned<u32>>,
            /// The place in the book that teaches it: a part or chapter and, in quotes, its page.
            pub(crate) see: Option<String>,
            $(
                $(#[doc = $doc])+
                $name: Option<Spanned<<$kind as Kind>::Written>>,
            )+
        }

        impl RawCheck {
            /// What it asks.
            ///
            /// # Errors
            /// It asks nothing, or more than one thing, or what it asks is at fault.
            pub(crate) fn ask(&self, document: &Document<'_>, place: Location) -> Result<Ask, Diagnostic> {
                let mut given = Vec::new();
                let mut asked = None;
                $(
                    if let Some(written) = &self.$name {
                        given.push(stringify!($name));
                        asked = Some(<$kind as Kind>::read(document, &written.value, written.defined).map(Ask::$kind));
                    }
                )+
                match (asked, given.len()) {
                    (Some(ask), 1) => ask,
                    _ => Err(document.fault(place, message!(NotOneQuestion, Ask::NAMES.join(", "), or_none(&given)))),
                }
            }

            /// All its expressions.
            pub(crate) fn expressions(&self) -> Vec<&Spanned<String>> {
                let mut all = Vec::new();
                $(
                    if let Some(written) = &self.$name {
                        all.extend(<$kind as Kind>::expressions(&written.value));
                    }
                )+
                all
            }
        }
    };
}

kinds! {
    /// A workload is complete.
    rollout: Rollout,
    /// An expression over objects is true.
    cel: Cel,
    /// Objects are as they were when the learner came.
    unchanged: Unchanged,
    /// The specification of a workload is as its team deployed it, but for what a repair changes and what harms nobody.
    as_deployed: AsDeployed,
    /// The scheduler put the Pods of a workload on nodes that are there, and nobody's hand helped.
    by_itself: ByItself,
    /// Whatever a repair need not change is as it was, in the whole cluster.
    as_it_was: AsItWas,
    /// A Pod is evicted, and its replacement becomes ready. Asked last, only when all else passes.
    comes_back: ComesBack,
    /// The Pod template may run where the workload belongs and nowhere else, today and tomorrow.
    placed: Placed,
    /// The Pod template tolerates taints by their key, and leaves a node that died.
    tolerates: Tolerates,
    /// The Pod template keeps its Pods evenly apart, over zones or nodes, today and tomorrow, and lets them run and be rolled out.
    spread: Spread,
    /// Every container asks for what it was measured to use, within the platform's rule.
    sized: Sizing,
    /// A program that hangs is ended in time, by a probe that asks the program itself.
    hang_ends: HangEnds,
    /// A claim is bound to the volume that it should have.
    claim: Claim,
    /// The environment of a workload's containers is as it was, but for what may be set.
    settings: Settings,
    /// A workload's first container reads its settings from where they are kept.
    reads: Reads,
    /// A request from a Pod of a workload gets the answer that it should, or none.
    reach: Reach,
    /// Requests go on while a Pod is evicted, or for a while, and none is lost. Asked last, only when all else passes.
    traffic: Traffic,
    /// The log of a workload's Pods has a line, or has none of a sort.
    logs: Logs,
    /// The workloads of some namespaces have all their Pods ready.
    run: Run,
    /// Every Pod of a workload is refused. A symptom.
    refused: Refused,
    /// The diagnosis of the learner is right.
    answer: Diagnosis,
    /// What the learner wrote is right, by rules of which each is a line of the verdict.
    written: WrittenWork,
    /// The learner's list of what is weak in a design is right.
    findings: Findings,
    /// Of the findings that may be repaired on the cluster, those that the learner ranks first are.
    repaired: Repaired,
}
