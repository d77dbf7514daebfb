//! The checks as `scenario.yaml` has them, and as [`crate::check`] means them.

use super::objects;
use crate::check::{Check, Role};
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Named, Spanned};
use crate::kinds::{Ask, RawCheck};

/// The checks of a scenario, by their ids: first what the cluster says, then what the learner writes.
pub(crate) fn checks(
    document: &Document<'_>,
    raw: &Named<Spanned<RawCheck>>,
) -> Result<Vec<Check>, Diagnostic> {
    let mut checks = all(document, raw, |id, check| match &check.value.role {
        Some(role) => Ok(role.value),
        None => Err(document.fault(id.defined, message!(CheckWithoutRole, id.value))),
    })?;
    // The base's checks come before a variant's own, and its diagnosis is not to stand among them.
    checks.sort_by_key(|check| check.ask.facts().source);
    Ok(checks)
}

/// The symptom: checks without a role, which look at the cluster as it is.
pub(crate) fn symptom(
    document: &Document<'_>,
    raw: &Named<Spanned<RawCheck>>,
) -> Result<Vec<Check>, Diagnostic> {
    let symptom = all(document, raw, |_, check| {
        if let Some(role) = &check.value.role {
            return Err(document.fault(role.defined, message!(SymptomWithRole)));
        }
        Ok(Role::Objective)
    })?;
    let other = symptom.iter().position(|check| !check.ask.facts().symptom);
    match other {
        None => Ok(symptom),
        Some(place) => Err(document.fault(
            raw.0[place].0.defined,
            message!(
                SymptomOfOtherKind,
                symptom[place].id,
                Ask::symptoms().join(", ")
            ),
        )),
    }
}

fn all(
    document: &Document<'_>,
    raw: &Named<Spanned<RawCheck>>,
    role: impl Fn(&Spanned<String>, &Spanned<RawCheck>) -> Result<Role, Diagnostic>,
) -> Result<Vec<Check>, Diagnostic> {
    let mut checks: Vec<Check> = Vec::new();
    for (id, check) in &raw.0 {
        checks.push(Check {
            id: check_id(document, id)?,
            says: objects::not_empty(document, &check.value.says, "says")?,
            role: role(id, check)?,
            weight: weight(document, check)?,
            see: check.value.see.clone(),
            ask: check.value.ask(document, id.defined)?,
        });
    }
    Ok(checks)
}

fn weight(document: &Document<'_>, check: &Spanned<RawCheck>) -> Result<u32, Diagnostic> {
    match &check.value.weight {
        None => Ok(1),
        Some(weight) if weight.value == 0 => {
            Err(document.fault(weight.defined, message!(NoWeight)))
        }
        Some(weight) => Ok(weight.value),
    }
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
        Err(document.fault(id.defined, message!(CheckId, id.value)))
    }
}
