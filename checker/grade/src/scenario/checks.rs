//! The checks as `scenario.yaml` has them, and as [`crate::check`] means them.

mod answer;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_yaml::{Location, Spanned};

use super::objects;
use crate::check::{Ask, Cel, Check, ComesBack, Files, Role, Rollout, Unchanged};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::duration;
use crate::parameters::or_none;
pub(crate) use answer::RawAnswer;
pub(crate) use written::{RawCel, RawCheck, RawFiles};
use written::{RawComesBack, RawRollout, RawUnchanged};

/// The checks of a scenario; ids are unique among them.
pub(crate) fn checks(
    document: &Document<'_>,
    raw: &[Spanned<RawCheck>],
) -> Result<Vec<Check>, Diagnostic> {
    all(document, raw, |check| match &check.value.role {
        Some(role) => Ok(role.value),
        None => Err(document.fault(
            check.defined,
            format!(
                "check `{}` has no `role`: objective or safeguard",
                check.value.id.value
            ),
        )),
    })
}

/// The symptom: checks without a role, which look at the cluster as it is.
pub(crate) fn symptom(
    document: &Document<'_>,
    raw: &[Spanned<RawCheck>],
) -> Result<Vec<Check>, Diagnostic> {
    all(document, raw, |check| {
        let RawCheck {
            id,
            role,
            unchanged,
            comes_back,
            answer,
            files,
            ..
        } = &check.value;
        if let Some(role) = role {
            return Err(document.fault(role.defined, "a symptom has no `role`"));
        }
        let given = [
            unchanged.is_some(),
            comes_back.is_some(),
            answer.is_some(),
            files.is_some(),
        ];
        if given.contains(&true) {
            return Err(document.fault(
                check.defined,
                format!(
                    "symptom `{}` asks what only a check can: a symptom has `rollout` or `cel`",
                    id.value
                ),
            ));
        }
        Ok(Role::Objective)
    })
}

fn all(
    document: &Document<'_>,
    raw: &[Spanned<RawCheck>],
    role: impl Fn(&Spanned<RawCheck>) -> Result<Role, Diagnostic>,
) -> Result<Vec<Check>, Diagnostic> {
    let mut checks: Vec<Check> = Vec::new();
    for check in raw {
        let id = check_id(document, &check.value.id)?;
        if checks.iter().any(|other| other.id == id) {
            return Err(document.fault(
                check.value.id.defined,
                format!("two checks have the id `{id}`"),
            ));
        }
        checks.push(Check {
            says: objects::not_empty(document, &check.value.says, "says")?,
            role: role(check)?,
            see: check.value.see.clone(),
            ask: ask(document, check)?,
            id,
        });
    }
    Ok(checks)
}

fn check_id(document: &Document<'_>, id: &Spanned<String>) -> Result<String, Diagnostic> {
    let mut letters = id.value.chars();
    let starts_well = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    if starts_well
        && letters
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    {
        Ok(id.value.clone())
    } else {
        Err(document.fault(
            id.defined,
            format!(
                "`{}` is no id: lower case letters, digits and hyphens, a letter first",
                id.value
            ),
        ))
    }
}

fn ask(document: &Document<'_>, check: &Spanned<RawCheck>) -> Result<Ask, Diagnostic> {
    let RawCheck {
        rollout,
        cel,
        unchanged,
        comes_back,
        answer,
        files,
        ..
    } = &check.value;
    let questions = [
        ("rollout", rollout.as_ref().map(|raw| raw.check(document))),
        ("cel", cel.as_ref().map(|raw| raw.check(document))),
        (
            "unchanged",
            unchanged.as_ref().map(|raw| raw.value.check(document)),
        ),
        (
            "comes_back",
            comes_back.as_ref().map(|raw| raw.check(document)),
        ),
        ("answer", answer.as_ref().map(|raw| raw.check(document))),
        ("files", files.as_ref().map(|raw| raw.check(document))),
    ];
    let names = questions.each_ref().map(|(name, _)| *name);
    let (given, mut asks): (Vec<&str>, Vec<_>) = questions
        .into_iter()
        .filter_map(|(name, ask)| Some((name, ask?)))
        .unzip();
    match (asks.pop(), given.len()) {
        (Some(ask), 1) => ask,
        _ => Err(document.fault(
            check.defined,
            format!(
                "a check has exactly one of: {}; found: {}",
                names.join(", "),
                or_none(&given)
            ),
        )),
    }
}

impl RawRollout {
    fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        let workload = objects::workload(document, &self.workload)?;
        let nodes_decide = workload.kind == "DaemonSet";
        let replicas = match &self.replicas {
            Some(replicas) if nodes_decide => {
                return Err(document.fault(
                    replicas.defined,
                    "a DaemonSet has no `replicas`: its nodes decide",
                ));
            }
            Some(replicas) if replicas.value == 0 => {
                return Err(document.fault(
                    replicas.defined,
                    "`replicas` must be at least 1: scaling to zero is no fix",
                ));
            }
            None if !nodes_decide => {
                return Err(document.fault(
                    self.workload.defined,
                    format!(
                        "rollout of {} `{}` has no `replicas`",
                        workload.kind, workload.name
                    ),
                ));
            }
            replicas => replicas.as_ref().map(|replicas| replicas.value),
        };
        Ok(Ask::Rollout(Rollout {
            workload,
            replicas,
            hold: time_or_zero(document, self.hold.as_ref())?,
        }))
    }
}

impl RawCel {
    fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        let mut named = BTreeMap::new();
        for (name, object) in &self.objects {
            check_identifier(document, name, object.defined)?;
            named.insert(name.clone(), objects::object(document, object)?);
        }
        let found = found(document, self.found.as_ref())?;
        Ok(Ask::Cel(Cel {
            objects: named,
            expression: objects::not_empty(document, &self.expression, "expression")?,
            expected: self.expected.clone(),
            found,
        }))
    }
}

impl RawUnchanged {
    fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        if self.objects.value.is_empty() {
            return Err(document.fault(
                self.objects.defined,
                "`objects` is empty: nothing can change",
            ));
        }
        Ok(Ask::Unchanged(Unchanged {
            objects: self
                .objects
                .value
                .iter()
                .map(|object| objects::object(document, object))
                .collect::<Result<_, _>>()?,
            except: pointers(document, &self.except)?,
            only: pointers(document, &self.only)?,
            additions: self.additions,
        }))
    }
}

impl RawComesBack {
    fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        let hold = time_or_zero(document, self.hold.as_ref())?;
        let deadline = time(document, &self.deadline)?;
        if deadline <= hold {
            return Err(document.fault(
                self.deadline.defined,
                format!(
                    "`deadline` must be longer than `hold`, {}",
                    duration::text(hold)
                ),
            ));
        }
        Ok(Ask::ComesBack(ComesBack {
            workload: objects::workload(document, &self.workload)?,
            hold,
            deadline,
        }))
    }
}

impl RawFiles {
    fn check(&self, document: &Document<'_>) -> Result<Ask, Diagnostic> {
        let path = objects::not_empty(document, &self.path, "path")?;
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(document.fault(
                self.path.defined,
                format!("`{path}` is no path below the work folder"),
            ));
        }
        let expression = objects::not_empty(document, &self.expression, "expression")?;
        Ok(Ask::Files(Files {
            path,
            expression,
            expected: self.expected.clone(),
            found: found(document, self.found.as_ref())?,
        }))
    }
}

fn found(
    document: &Document<'_>,
    found: Option<&Spanned<String>>,
) -> Result<Option<String>, Diagnostic> {
    found
        .map(|found| objects::not_empty(document, found, "found"))
        .transpose()
}

fn time(document: &Document<'_>, text: &Spanned<String>) -> Result<Duration, Diagnostic> {
    duration::parse(&text.value).map_err(|why| document.fault(text.defined, why))
}

fn time_or_zero(
    document: &Document<'_>,
    text: Option<&Spanned<String>>,
) -> Result<Duration, Diagnostic> {
    text.map_or(Ok(Duration::ZERO), |text| time(document, text))
}

fn pointers(document: &Document<'_>, raw: &[Spanned<String>]) -> Result<Vec<String>, Diagnostic> {
    let check = |pointer: &Spanned<String>| {
        let text = &pointer.value;
        if text.len() > 1 && text.starts_with('/') && !text.ends_with('/') {
            Ok(text.clone())
        } else {
            Err(document.fault(
                pointer.defined,
                format!("`{text}` is no JSON pointer: write it as `/spec/template`"),
            ))
        }
    };
    raw.iter().map(check).collect()
}

fn check_identifier(
    document: &Document<'_>,
    name: &str,
    place: Location,
) -> Result<(), Diagnostic> {
    let mut letters = name.chars();
    let starts_well = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts_well && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        Ok(())
    } else {
        Err(document.fault(
            place,
            format!("`{name}` is no name in an expression: letters, digits and underscores"),
        ))
    }
}
