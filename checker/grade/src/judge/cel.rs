//! Judges `cel`: an expression over named objects is true.

use std::collections::BTreeMap;

use kube_cel::cel::Value as CelValue;
use serde_json::Value;

use super::{Undecided, failed, one, passed, several};
use crate::check::{Cel, CelObject};
use crate::expression::{self, Fault};
use crate::observation::Observations;
use crate::verdict::Verdict;
use crate::wording;

pub(super) fn judge(cel: &Cel, says: &str, observed: &Observations) -> Result<Verdict, Undecided> {
    let variables = variables(cel, observed)?;
    let expected = cel.expected.as_deref().unwrap_or(says);
    match truth(&cel.expression, &variables)? {
        Truth::True => Ok(passed()),
        Truth::False => Ok(failed(expected, found(cel, &variables))),
        Truth::Missing(what) => {
            let names = names(cel, &variables);
            Ok(failed(expected, format!("{what} ({names})")))
        }
    }
}

/// What an expression that must be a boolean came to.
pub(super) enum Truth {
    True,
    False,
    /// The objects lack something that the expression reads; says what.
    Missing(String),
}

/// What an expression that must be a boolean comes to.
pub(super) fn truth(
    expression: &str,
    variables: &BTreeMap<String, Value>,
) -> Result<Truth, Undecided> {
    match expression::evaluate(expression, variables) {
        Ok(CelValue::Bool(true)) => Ok(Truth::True),
        Ok(CelValue::Bool(false)) => Ok(Truth::False),
        Ok(other) => Err(format!(
            "the expression of this check is no boolean: {}",
            other.type_of()
        )),
        Err(Fault::Objects(what)) => Ok(Truth::Missing(what)),
        Err(Fault::Expression(why)) => Err(format!("the expression of this check is wrong: {why}")),
    }
}

fn variables(cel: &Cel, observed: &Observations) -> Result<BTreeMap<String, Value>, Undecided> {
    let looked = cel.objects.iter().map(|(name, object)| {
        let value = match object {
            CelObject::One(object) => one(observed, object)?.cloned().unwrap_or(Value::Null),
            CelObject::Many(objects) => Value::Array(several(observed, objects)?.to_vec()),
        };
        Ok((name.clone(), value))
    });
    looked.collect()
}

fn found(cel: &Cel, variables: &BTreeMap<String, Value>) -> String {
    let Some(found) = &cel.found else {
        let expression = wording::shorten(&cel.expression, 120);
        return format!("{}; `{expression}` is false", names(cel, variables));
    };
    match expression::text(found, variables) {
        Ok(text) if !text.trim().is_empty() => text,
        _ => names(cel, variables),
    }
}

/// What each object is: "Deployment `cart`, no Service `cart`, 3 Pods in `shop`".
fn names(cel: &Cel, variables: &BTreeMap<String, Value>) -> String {
    let names = cel
        .objects
        .iter()
        .map(|(name, object)| match (object, variables.get(name)) {
            (CelObject::One(object), Some(Value::Null)) => format!("no {}", wording::one(object)),
            (CelObject::One(object), _) => wording::one(object),
            (CelObject::Many(objects), Some(Value::Array(all))) => {
                let kind = wording::count(all.len(), &objects.kind);
                let several = wording::several(objects);
                let where_ = several.strip_prefix(&wording::plural(&objects.kind));
                format!("{kind}{}", where_.unwrap_or_default())
            }
            (CelObject::Many(objects), _) => wording::several(objects),
        });
    names.collect::<Vec<_>>().join(", ")
}
