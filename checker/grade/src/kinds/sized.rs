//! `sized`: every container asks for what it was measured to use, within the platform's rule.
//!
//! Asked of the template and of the Pods, whose claims can be changed in place; from the first Pod on a node on, or when all Pods have been
//! ready for a while: before, it would tell the cause.

use std::cmp::Ordering;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::evidence::Evidence;
use crate::expression::compare_quantities;
use crate::fields;
use crate::judge::owned::{self, Owned};
use crate::judge::{Undecided, failed, passed};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// How many times what was measured a request may be.
const REQUEST_AT_MOST: u32 = 2;

/// The same for a limit.
const LIMIT_AT_MOST: u32 = 4;

/// Requests and the memory limit of every container follow from what one Pod was measured to use.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizing {
    /// The workload.
    pub workload: ObjectRef,
    /// Measured, in thousandths of a processor.
    pub processor_millis: u32,
    /// Measured, in MiB.
    pub memory_mib: u32,
    /// Whether each container has a processor limit too, within the same rule. Otherwise that is its team's.
    pub limits_processor: bool,
    /// How long all its Pods have been ready when it is asked; unset: it is asked from the first Pod on a node on.
    pub once_ready: Option<Duration>,
}

impl Sizing {
    /// The most that one Pod may ask for: thousandths of a processor, and MiB.
    pub(crate) fn most(&self) -> (u32, u32) {
        let most = |measured: u32| measured.saturating_mul(REQUEST_AT_MOST);
        (most(self.processor_millis), most(self.memory_mib))
    }
}

/// Every container asks for at least what was measured and at most twice that, and its memory limit is at most four times as much.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Sized")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// What one Pod was measured to use, in thousandths of a processor.
    processor_millis: u32,
    /// What one Pod was measured to use, in MiB.
    memory_mib: u32,
    /// Whether each container has a processor limit too, of at most four times as much. Unset: that is its team's.
    #[serde(default)]
    limits_processor: bool,
    /// Ask only when all its Pods have been ready for so long. Unset: from the first Pod on a node on.
    once_ready: Option<Spanned<String>>,
}

impl Kind for Sizing {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            processor_millis: written.processor_millis,
            memory_mib: written.memory_mib,
            limits_processor: written.limits_processor,
            once_ready: written
                .once_ready
                .as_ref()
                .map(|time| duration::read(document, time))
                .transpose()?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        owned::questions(&self.workload)
    }

    fn waits(&self) -> bool {
        self.once_ready.is_some()
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let judge = |owned: &Owned<'_>| Ok(self.sizes(owned));
        match self.once_ready {
            Some(time) => Owned::once_ready(&self.workload, check, &evidence.observed, time, judge),
            None => Owned::once_on_nodes(&self.workload, check, &evidence.observed, judge),
        }
    }
}

impl Sizing {
    fn sizes(&self, owned: &Owned<'_>) -> Verdict {
        let template = owned
            .object
            .pointer("/spec/template")
            .map(|it| ("the template".to_owned(), it));
        let pods = owned
            .pods
            .iter()
            .map(|pod| (format!("Pod `{}`", fields::name(pod)), *pod));
        let mut faults: Vec<String> = Vec::new();
        for (whose, pod) in template.into_iter().chain(pods) {
            let containers = fields::list(pod, "/spec/containers").iter();
            faults.extend(
                containers
                    .filter(|it| !self.is_within(it))
                    .map(|it| format!("{}, in {whose}", self.claims(it))),
            );
        }
        if faults.is_empty() {
            passed()
        } else {
            failed(self.expected(), wording::first_three(&faults))
        }
    }

    fn is_within(&self, container: &Value) -> bool {
        let (cpu, memory) = (
            format!("{}m", self.processor_millis),
            format!("{}Mi", self.memory_mib),
        );
        let (most_cpu, most_memory) = (
            format!("{}m", self.processor_millis * REQUEST_AT_MOST),
            format!("{}Mi", self.memory_mib * REQUEST_AT_MOST),
        );
        let (cpu_limit, memory_limit) = (
            format!("{}m", self.processor_millis * LIMIT_AT_MOST),
            format!("{}Mi", self.memory_mib * LIMIT_AT_MOST),
        );
        let between = |amount: Option<String>, least: &str, most: &str| {
            amount.is_some_and(|amount| {
                compare_quantities(&amount, least).is_some_and(Ordering::is_ge)
                    && compare_quantities(&amount, most).is_some_and(Ordering::is_le)
            })
        };
        between(requested(container, "cpu"), &cpu, &most_cpu)
            && between(requested(container, "memory"), &memory, &most_memory)
            && between(limit(container, "memory"), &memory, &memory_limit)
            && (!self.limits_processor || between(limit(container, "cpu"), &cpu, &cpu_limit))
    }

    fn expected(&self) -> String {
        let processor_limit = if self.limits_processor {
            format!(
                "a processor limit of at most {}m, ",
                self.processor_millis * LIMIT_AT_MOST
            )
        } else {
            String::new()
        };
        format!(
            "processor {}m to {}m, memory {}Mi to {}Mi, {processor_limit}a memory limit of at most {}Mi (ConfigMap `measured-use`, and the rule `sizing`, of the platform)",
            self.processor_millis,
            self.processor_millis * REQUEST_AT_MOST,
            self.memory_mib,
            self.memory_mib * REQUEST_AT_MOST,
            self.memory_mib * LIMIT_AT_MOST
        )
    }

    fn claims(&self, container: &Value) -> String {
        let text = |amount: Option<String>| amount.unwrap_or_else(|| "none".to_owned());
        let processor_limit = if self.limits_processor {
            format!("processor limit {}, ", text(limit(container, "cpu")))
        } else {
            String::new()
        };
        format!(
            "processor {}, memory {}, {processor_limit}memory limit {}",
            text(requested(container, "cpu")),
            text(requested(container, "memory")),
            text(limit(container, "memory"))
        )
    }
}

/// What a container asks for: its request, or its limit where it states no request, as Kubernetes reads it.
fn requested(container: &Value, resource: &str) -> Option<String> {
    amount(container, "requests", resource).or_else(|| limit(container, resource))
}

fn limit(container: &Value, resource: &str) -> Option<String> {
    amount(container, "limits", resource)
}

fn amount(container: &Value, of: &str, resource: &str) -> Option<String> {
    match container.pointer(&format!("/resources/{of}/{resource}"))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
