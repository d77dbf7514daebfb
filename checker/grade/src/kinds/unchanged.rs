//! `unchanged`: objects are as they were before the learner came.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CelObject, Facts, Kind, Source};
use crate::check::Check;
use crate::compare;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, one, passed, several};
use crate::observation::{Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// Objects equal their baseline, apart from status, identity, times and bookkeeping.
#[derive(Debug, Clone, PartialEq)]
pub struct Unchanged {
    /// Which objects; a set that was empty in the baseline is an error of the author's.
    pub objects: Vec<CelObject>,
    /// JSON pointers that may differ, such as `/spec/template/spec/tolerations`; `*` stands for any one segment.
    pub except: Vec<String>,
    /// JSON pointers to compare; empty: all.
    pub only: Vec<String>,
    /// Whether objects that were not in the baseline are a difference.
    pub additions: Additions,
}

/// What a new object among those that must stay unchanged means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Additions {
    /// New objects are no difference.
    #[default]
    Allowed,
    /// A new object is a difference.
    Refused,
}

/// Objects equal what they were when the learner came.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Unchanged")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Which objects, at least one.
    objects: Spanned<Vec<Spanned<RawObject>>>,
    /// JSON pointers that may differ; `*` stands for any one part.
    #[serde(default)]
    except: Vec<Spanned<String>>,
    /// JSON pointers to compare. Unset: all but status, identity, times and bookkeeping.
    #[serde(default)]
    only: Vec<Spanned<String>>,
    /// Whether new objects are a difference.
    #[serde(default)]
    additions: Additions,
}

impl Kind for Unchanged {
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
        if written.objects.value.is_empty() {
            return Err(document.fault(written.objects.defined, message!(UnchangedNothing)));
        }
        let objects = written.objects.value.iter();
        Ok(Self {
            objects: objects
                .map(|object| objects::object(document, object))
                .collect::<Result<_, _>>()?,
            except: pointers(document, &written.except)?,
            only: pointers(document, &written.only)?,
            additions: written.additions,
        })
    }

    fn questions(&self) -> Vec<Question> {
        self.objects.iter().map(CelObject::question).collect()
    }

    fn baseline_questions(&self) -> Vec<Question> {
        self.questions()
    }

    fn reads_the_specification_only(&self) -> bool {
        let is_status = |pointer: &String| pointer.starts_with("/status");
        !self.only.iter().any(is_status)
    }

    fn compares(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let mut found = Vec::new();
        for objects in &self.objects {
            found.extend(of_set(self, objects, evidence)?);
        }
        if found.is_empty() {
            Ok(passed())
        } else {
            Ok(failed(
                "no difference from the start",
                wording::first_three(&found),
            ))
        }
    }
}

/// JSON pointers as they are written.
pub(super) fn pointers(
    document: &Document<'_>,
    raw: &[Spanned<String>],
) -> Result<Vec<String>, Diagnostic> {
    let check = |pointer: &Spanned<String>| {
        let text = &pointer.value;
        if text.len() > 1 && text.starts_with('/') && !text.ends_with('/') {
            Ok(text.clone())
        } else {
            Err(document.fault(pointer.defined, message!(NoPointer, text)))
        }
    };
    raw.iter().map(check).collect()
}

fn of_set(
    check: &Unchanged,
    objects: &CelObject,
    evidence: &Evidence,
) -> Result<Vec<String>, Undecided> {
    let before = all(&evidence.baseline, objects).map_err(|why| format!("baseline: {why}"))?;
    if before.is_empty() {
        let what = match objects {
            CelObject::One(object) => wording::one(object),
            CelObject::Many(objects) => wording::several(objects),
        };
        return Err(format!(
            "the baseline has no {what}: there is nothing to compare with"
        ));
    }
    let after = all(&evidence.observed, objects)?;
    let same = |one: &Value, other: &Value| {
        fields::name(one) == fields::name(other)
            && fields::namespace(one) == fields::namespace(other)
    };
    let kind = match objects {
        CelObject::One(object) => &object.kind,
        CelObject::Many(objects) => &objects.kind,
    };
    let mut found = Vec::new();
    for old in &before {
        let title = format!("{kind} `{}`", fields::name(old));
        match after.iter().find(|new| same(old, new)) {
            None => found.push(format!("{title} is gone")),
            Some(new) => found.extend(
                compare::differences(old, new, &check.except, &check.only)
                    .iter()
                    .map(|difference| match kind.as_str() {
                        // What a Secret holds is not told.
                        "Secret" => format!("{title}: {} is another", difference.path),
                        _ => format!("{title}: {difference}"),
                    }),
            ),
        }
    }
    if check.additions == Additions::Refused {
        let added = after
            .iter()
            .filter(|new| !before.iter().any(|old| same(old, new)));
        found.extend(added.map(|new| format!("{kind} `{}` is new", fields::name(new))));
    }
    Ok(found)
}

fn all<'a>(
    observations: &'a Observations,
    objects: &CelObject,
) -> Result<Vec<&'a Value>, Undecided> {
    match objects {
        CelObject::One(object) => Ok(one(observations, object)?.into_iter().collect()),
        CelObject::Many(objects) => several(observations, objects),
    }
}
