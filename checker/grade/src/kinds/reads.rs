//! `reads`: a workload's container reads its settings from where they are kept: variables, files and arguments.
//!
//! What a template asks for and an object lacks is no fault here: then no Pod runs, which another check says. So it passes at the start,
//! however the workload is broken, and tells nothing of the cause. What a Secret holds is never told.

mod given;
mod others;

use std::collections::BTreeMap;

use base64::Engine;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{CelObject, Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, before_and_now, failed, one, passed};
use crate::observation::{ObjectRef, Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;
use given::Given;

/// What a container of a workload reads comes from where it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Reads {
    /// The workload; its first container is meant.
    pub workload: ObjectRef,
    /// By variable, or by the absolute path of a file: the object, and the key that had its value at the start.
    pub kept: BTreeMap<String, (ObjectRef, String)>,
    /// By variable: values that it may have beside that of the start, written into the template or, of one that is kept, where it is kept.
    pub one_of: BTreeMap<String, Vec<String>>,
    /// Arguments that it may have beside those of the start.
    pub arguments: Vec<Vec<String>>,
    /// Variables that name where it writes.
    pub writes: Vec<String>,
}

/// The first container of a workload reads its settings from where they are kept, with the values that they had at the start; whatever else it
/// reads is as it was. A volume that is made with its Pod (`emptyDir`) holds nothing to read: it may come and go.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Reads")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// By variable, or by the absolute path of a file, where its value is kept.
    #[serde(default)]
    kept: BTreeMap<String, Kept>,
    /// By variable, values that it may have beside the one of the start: written into the template, or where it is kept, if it is.
    #[serde(default)]
    one_of: BTreeMap<String, Vec<String>>,
    /// Arguments that it may have, beside those of the start. `-a=1`, `--a=1` and `-a 1` are the same, in any order, and so are `5s` and `5000ms`.
    #[serde(default)]
    arguments: Vec<Vec<String>>,
    /// Variables that name a folder where the program writes. They may name any that is in a volume made with its Pod.
    #[serde(default)]
    writes: Vec<String>,
}

/// Where a setting is kept.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Kept")]
#[serde(deny_unknown_fields)]
struct Kept {
    /// A `ConfigMap` or a `Secret`.
    object: Spanned<RawObject>,
    /// The key that has the value at the start. It may be read by another key with the same value.
    key: String,
}

impl Kind for Reads {
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
        let kept = written.kept.iter().map(|(name, kept)| {
            match objects::object(document, &kept.object)? {
                CelObject::One(object) => Ok((name.clone(), (object, kept.key.clone()))),
                CelObject::Many(_) => {
                    Err(document.fault(kept.object.defined, message!(NameMissing)))
                }
            }
        });
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            kept: kept.collect::<Result<_, _>>()?,
            one_of: written.one_of.clone(),
            arguments: written.arguments.clone(),
            writes: written.writes.clone(),
        })
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = vec![Question::Object(self.workload.clone())];
        for (object, _) in self.kept.values() {
            let question = Question::Object(object.clone());
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        questions
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
        let expected = "each setting from where it is kept, or as it was or was meant";
        let Some(after) = after else {
            return Ok(failed(expected, format!("{title} is gone")));
        };
        let (Some(old), Some(new)) = (
            first_container(before, None),
            first_container(after, Some(before)),
        ) else {
            return Ok(failed(expected, "its container is gone"));
        };
        let [old_pod, new_pod] = [before, after].map(pod);
        let mut faults = Vec::new();
        for (name, (object, key)) in &self.kept {
            faults.extend(self.off(name, object, key, (new_pod, new), evidence)?);
        }
        faults.extend(others::faults(self, (old_pod, old), (new_pod, new)));
        Ok(if faults.is_empty() {
            passed()
        } else {
            failed(expected, wording::first_three(&faults))
        })
    }
}

impl Reads {
    /// Whether it is one of the values that a setting may have beside that of the start.
    fn may_be(&self, name: &str, value: &[u8]) -> bool {
        let all = self.one_of.get(name);
        all.is_some_and(|all| all.iter().any(|one| one.as_bytes() == value))
    }

    /// What is off with one setting that is kept in an object.
    fn off(
        &self,
        name: &str,
        object: &ObjectRef,
        key: &str,
        (pod, container): (&Value, &Value),
        evidence: &Evidence,
    ) -> Result<Option<String>, Undecided> {
        let is_file = name.starts_with('/');
        let wanted = value(&evidence.baseline, object, key)
            .map_err(|why| format!("baseline: {why}"))?
            .ok_or_else(|| format!("the baseline has no {} with `{key}`", wording::one(object)))?;
        let mut held = BTreeMap::new();
        for (object, _) in self.kept.values() {
            let found = one(&evidence.observed, object)?;
            held.insert((object.kind.as_str(), object.name.as_str()), found);
        }
        let has_key = |kind: &str, name: &str, key: &str| {
            let object = held.get(&(kind, name)).copied().flatten();
            object.is_some_and(|it| it["data"].get(key).is_some())
        };
        let given = if is_file {
            given::file(pod, container, name, &has_key)
        } else {
            given::variable(container, name, &has_key)
        };
        let kept_in = wording::one(object);
        Ok(match given {
            Given::Key {
                kind, name: from, ..
            } if kind != object.kind || from != object.name => Some(format!(
                "`{name}` comes from {kind} `{from}`, not from {kept_in}"
            )),
            Given::Key { key: asked, .. } => value(&evidence.observed, object, &asked)?
                .filter(|now| !is_same(&wanted, now, is_file) && !self.may_be(name, now))
                .map(|_| format!("`{name}` is what {kept_in} has as `{asked}`: another value")),
            Given::Text(_) => Some(format!(
                "`{name}` is written into the Pod template, and kept in {kept_in}"
            )),
            Given::Elsewhere(what) => {
                Some(format!("`{name}` comes from {what}, not from {kept_in}"))
            }
            Given::Nothing if is_file && given::mount(container, name).is_none() => {
                Some(format!("nothing is mounted at `{name}`"))
            }
            // The volume has no such file, and then the program does not run.
            Given::Nothing if is_file => None,
            Given::Nothing => Some(format!("`{name}` is not set")),
        })
    }
}

fn pod(workload: &Value) -> &Value {
    &workload["spec"]["template"]["spec"]
}

/// The first container of a workload, or the one of that name where another workload says which.
fn first_container<'a>(workload: &'a Value, like: Option<&Value>) -> Option<&'a Value> {
    let all = fields::list(workload, "/spec/template/spec/containers");
    let Some(like) = like else {
        return all.first();
    };
    let name = fields::name_of_part(first_container(like, None)?);
    all.iter().find(|it| fields::name_of_part(it) == name)
}

/// What an object has as a key: the text of a `ConfigMap`, the bytes of a Secret.
fn value(
    observed: &Observations,
    object: &ObjectRef,
    key: &str,
) -> Result<Option<Vec<u8>>, Undecided> {
    let Some(found) = one(observed, object)? else {
        return Ok(None);
    };
    let text = found["data"].get(key).and_then(Value::as_str);
    Ok(text.map(|text| {
        if object.kind == "Secret" {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text);
            // What is no base64 the API server refuses.
            bytes.unwrap_or_default()
        } else {
            text.as_bytes().to_vec()
        }
    }))
}

/// Whether two values are the same; at the end of a file an editor adds a line break.
fn is_same(one: &[u8], other: &[u8], is_file: bool) -> bool {
    if is_file {
        one.trim_ascii_end() == other.trim_ascii_end()
    } else {
        one == other
    }
}
