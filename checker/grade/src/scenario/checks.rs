//! The checks as `scenario.yaml` has them, and as [`crate::check`] means them.

use super::objects;
use crate::check::{Check, Role};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Spanned};
use crate::kinds::{Ask, RawCheck};

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
    let symptom = all(document, raw, |check| {
        if let Some(role) = &check.value.role {
            return Err(document.fault(role.defined, "a symptom has no `role`"));
        }
        Ok(Role::Objective)
    })?;
    let other = symptom.iter().position(|check| !check.ask.facts().symptom);
    match other {
        None => Ok(symptom),
        Some(place) => Err(document.fault(
            raw[place].defined,
            format!(
                "symptom `{}` asks what only a check can: a symptom has one of {}",
                symptom[place].id,
                Ask::symptoms().join(", ")
            ),
        )),
    }
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
            ask: check.value.ask(document, check.defined)?,
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
