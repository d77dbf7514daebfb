//! Judges `unchanged`: objects are as they were before the learner came.

use serde_json::Value;

use super::{Undecided, failed, one, passed, several};
use crate::check::{Additions, CelObject, Unchanged};
use crate::compare;
use crate::evidence::Evidence;
use crate::fields;
use crate::observation::Observations;
use crate::verdict::Verdict;
use crate::wording;

pub(super) fn judge(check: &Unchanged, evidence: &Evidence) -> Result<Verdict, Undecided> {
    let mut found = Vec::new();
    for objects in &check.objects {
        found.extend(of_set(check, objects, evidence)?);
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
                    .map(|difference| format!("{title}: {difference}")),
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
        CelObject::Many(objects) => Ok(several(observations, objects)?.iter().collect()),
    }
}
