//! `settings`: the environment of a workload's containers is as it was, but for what somebody may set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, before_and_now, failed, passed};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// Where a Pod template has its containers.
const CONTAINERS: [&str; 2] = [
    "/spec/template/spec/initContainers",
    "/spec/template/spec/containers",
];

/// The settings of a workload are as they were, but for some.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The workload.
    pub workload: ObjectRef,
    /// Variables that may be set, changed or taken away, and what they are.
    pub may_change: BTreeMap<String, ValueType>,
}

/// What the value of a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A whole number that is not negative.
    Number,
    /// Any text.
    Text,
}

/// The variables of a workload's containers are as they were, each where it was, but for those that may change.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Settings")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// Variables that may be set, changed or taken away, on each of its containers, and what their values are.
    #[serde(default)]
    may_change: BTreeMap<String, ValueType>,
}

impl Kind for Settings {
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
            may_change: written.may_change.clone(),
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::Object(self.workload.clone())]
    }

    fn baseline_questions(&self) -> Vec<Question> {
        self.questions()
    }

    fn reads_the_specification_only(&self) -> bool {
        true
    }

    fn compares(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let title = wording::one(&self.workload);
        let (before, after) = before_and_now(evidence, &self.workload)?;
        let expected = self.expected();
        let Some(after) = after else {
            return Ok(failed(expected, format!("{title} is gone")));
        };
        let faults: Vec<String> = CONTAINERS
            .iter()
            .flat_map(|at| self.of_containers(fields::list(before, at), fields::list(after, at)))
            .collect();
        Ok(if faults.is_empty() {
            passed()
        } else {
            failed(expected, wording::first_three(&faults))
        })
    }
}

impl Settings {
    fn expected(&self) -> String {
        let names: Vec<&str> = self.may_change.keys().map(String::as_str).collect();
        match names.as_slice() {
            [] => "its settings as they were".to_owned(),
            names => format!("its settings as they were, but for {}", names.join(" and ")),
        }
    }

    /// What differs from the start. Containers that are new are not this check's.
    fn of_containers(&self, before: &[Value], after: &[Value]) -> Vec<String> {
        let mut faults = Vec::new();
        for container in before {
            let name = fields::name_of_part(container);
            match after.iter().find(|it| fields::name_of_part(it) == name) {
                None => faults.push(format!("container `{name}` is gone")),
                Some(now) => {
                    let told = self.of_container(container, now).into_iter();
                    faults.extend(told.map(|it| format!("{it}, in container `{name}`")));
                }
            }
        }
        faults
    }

    fn of_container(&self, before: &Value, after: &Value) -> Vec<String> {
        let [old, new] = [before, after].map(|it| fields::list(it, "/env"));
        let find = |all: &'_ [Value], name: &str| {
            all.iter()
                .find(|it| fields::name_of_part(it) == name)
                .cloned()
        };
        let mut faults = Vec::new();
        if before.get("envFrom") != after.get("envFrom") {
            faults.push("`envFrom` is another".to_owned());
        }
        for (place, variable) in new.iter().enumerate() {
            let name = fields::name_of_part(variable);
            let was = find(old, name);
            if find(&new[..place], name).is_some() {
                faults.push(format!("{name} is set twice"));
            } else if let Some(wanted) = self.may_change.get(name) {
                if !wanted.fits(variable) {
                    faults.push(format!(
                        "{} is {}",
                        said(Some(variable), name),
                        wanted.not()
                    ));
                }
            } else if was.as_ref() != Some(variable) {
                let was = said(was.as_ref(), name);
                faults.push(format!("{}, was {was}", said(Some(variable), name)));
            }
        }
        let gone = old.iter().filter(|variable| {
            let name = fields::name_of_part(variable);
            find(new, name).is_none() && !self.may_change.contains_key(name)
        });
        faults
            .extend(gone.map(|it| format!("{} is gone", said(Some(it), fields::name_of_part(it)))));
        faults
    }
}

impl ValueType {
    fn fits(self, variable: &Value) -> bool {
        let value = variable.get("value").and_then(Value::as_str);
        match self {
            Self::Number => value.is_some_and(|value| value.parse::<u32>().is_ok()),
            Self::Text => value.is_some(),
        }
    }

    fn not(self) -> &'static str {
        match self {
            Self::Number => "no whole number",
            Self::Text => "no text",
        }
    }
}

/// A variable with its value: `WARM_ENI_TARGET=1`, or its name where it comes from elsewhere.
fn said(variable: Option<&Value>, name: &str) -> String {
    match variable.map(|it| it.get("value").and_then(Value::as_str)) {
        None => "not set".to_owned(),
        Some(Some(value)) => format!("{name}={value}"),
        Some(None) => format!("{name} from elsewhere"),
    }
}
