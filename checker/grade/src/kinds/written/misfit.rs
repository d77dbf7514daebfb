//! Which fields of a learner's file keep an expression from having a value: those that are empty, and one that is of another type.
//!
//! It puts other values in their place and looks whether the expression has a value then; so it knows no expression's insides.

use std::collections::BTreeMap;

use kube_cel::cel::Value as CelValue;
use serde_json::{Value, json};

use super::super::cel::Given;
use crate::expression::{Fault, data, evaluate_with};

/// What is to be mended, such as "no value for `plan.nodes`"; `None` when that does not show.
pub(super) fn of(given: &Given, name: &str, expression: &str, file: &Value) -> Option<String> {
    let trial = Trial {
        given,
        name,
        expression,
    };
    let (empty, filled): (Vec<Leaf>, Vec<Leaf>) = leaves(file)
        .into_iter()
        .filter(|leaf| !leaf.key.is_empty())
        .partition(|leaf| leaf.value.is_null());
    let mut mended = file.clone();
    for leaf in &empty {
        leaf.put(&mut mended, json!(1));
    }
    let other = match trial.fault(&mended) {
        None => None,
        Some(what) => {
            let mut leaves = filled.iter().chain(&empty);
            let Some(other) = leaves.find_map(|leaf| trial.other_type(&mended, leaf)) else {
                // Behind the empty fields it lacks something else.
                return (!empty.is_empty()).then_some(what);
            };
            other.leaf.put(&mut mended, other.value.clone());
            Some(other)
        }
    };
    // What is read of a file is what may not be taken out of it.
    let read = empty.iter().filter(|leaf| {
        let mut without = mended.clone();
        leaf.take(&mut without);
        !trial.has_value(&without)
    });
    let read: Vec<String> = read.map(|leaf| format!("`{}`", leaf.name)).collect();
    let mut parts = Vec::new();
    if !read.is_empty() {
        parts.push(format!("no value for {}", read.join(", ")));
    }
    // An empty one is told already.
    if let Some(other) = other.filter(|other| !other.leaf.value.is_null()) {
        parts.push(format!(
            "`{}` is {}, where {} is expected",
            other.leaf.name,
            kind(other.leaf.value),
            kind(&other.value)
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A field without fields of its own.
struct Leaf<'a> {
    /// `plan.nodes`.
    name: String,
    /// JSON pointer, which ends with `/` and the field's key.
    place: String,
    /// Empty for the whole file.
    key: &'a str,
    value: &'a Value,
}

impl Leaf<'_> {
    fn put(&self, file: &mut Value, value: Value) {
        if let Some(place) = file.pointer_mut(&self.place) {
            *place = value;
        }
    }

    fn take(&self, file: &mut Value) {
        let above = self.place.rsplit_once('/').map(|(above, _)| above);
        let fields = above.and_then(|above| file.pointer_mut(above)?.as_object_mut());
        if let Some(fields) = fields {
            fields.remove(self.key);
        }
    }
}

/// A field that must be of this value's type.
struct Other<'a> {
    leaf: &'a Leaf<'a>,
    value: Value,
}

/// An expression, and files that it is tried with.
struct Trial<'a> {
    given: &'a Given,
    /// What the expression calls the file.
    name: &'a str,
    expression: &'a str,
}

impl Trial<'_> {
    /// The type that a field must have, when no value of its own type does: what another text changes is no fault of the type.
    fn other_type<'a>(&self, file: &Value, leaf: &'a Leaf<'a>) -> Option<Other<'a>> {
        let values = [json!(1), json!(""), json!([]), json!(true)];
        let (same, others): (Vec<Value>, Vec<Value>) = values
            .into_iter()
            .partition(|value| kind(value) == kind(leaf.value));
        let helps = |value: &Value| {
            let mut other = file.clone();
            leaf.put(&mut other, value.clone());
            self.has_value(&other)
        };
        if same.iter().any(helps) {
            return None;
        }
        let value = others.into_iter().find(helps)?;
        Some(Other { leaf, value })
    }

    fn has_value(&self, file: &Value) -> bool {
        self.fault(file).is_none()
    }

    fn fault(&self, file: &Value) -> Option<String> {
        let variables = BTreeMap::from([(self.name.to_owned(), file.clone())]);
        let variables = self.given.beside(variables);
        match evaluate_with(&self.given.lets, self.expression, &variables) {
            Err(Fault::Objects(what)) => Some(what),
            _ => None,
        }
    }
}

fn leaves(file: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let mut open = vec![Leaf {
        name: String::new(),
        place: String::new(),
        key: "",
        value: file,
    }];
    while let Some(leaf) = open.pop() {
        let Value::Object(fields) = leaf.value else {
            found.push(leaf);
            continue;
        };
        // The first is taken up next.
        open.extend(fields.iter().rev().map(|(name, value)| Leaf {
            name: match leaf.name.as_str() {
                "" => name.clone(),
                above => format!("{above}.{name}"),
            },
            place: format!(
                "{}/{}",
                leaf.place,
                name.replace('~', "~0").replace('/', "~1")
            ),
            key: name,
            value,
        }));
    }
    found
}

/// What an expression came to, where another kind of value was meant.
pub(super) fn of_kind(found: &CelValue, meant: &str) -> String {
    let found = data(found).map_or("of another kind", |found| kind(&found));
    format!("{found}, where {meant} is expected")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EXPRESSION: &str = "((file.plan.nodes * 2 == 6 ? [] : ['nodes']) + (file.plan.pods >= 1 ? [] : ['pods'])
        + (file.choice != 'other' || file.more > 1 ? [] : ['more']) + (file.limits.all(l, l in ['a']) ? [] : ['limits'])).size() == 0";

    #[track_caller]
    fn check(file: &Value, expected: Option<&str>) {
        assert_eq!(
            of(&Given::default(), "file", EXPRESSION, file).as_deref(),
            expected
        );
    }

    #[test]
    fn what_is_empty_or_of_another_type_is_named() {
        check(
            &json!({"plan": {"nodes": null, "pods": null}, "choice": null, "more": null, "limits": []}),
            Some("no value for `choice`, `plan.nodes`, `plan.pods`"),
        );
        check(
            &json!({"plan": {"nodes": 3, "pods": "many"}, "choice": "x", "more": null, "limits": []}),
            Some("`plan.pods` is a text, where a number is expected"),
        );
        check(
            &json!({"plan": {"nodes": 3, "pods": 1}, "choice": "x", "more": null, "limits": "a"}),
            Some("`limits` is a text, where a list is expected"),
        );
        // Another choice would not read `more`: that is no fault of the choice's type.
        check(
            &json!({"plan": {"nodes": 3, "pods": 1}, "choice": "other", "more": "2", "limits": []}),
            Some("`more` is a text, where a number is expected"),
        );
        check(
            &json!({"plan": {"nodes": null, "pods": 1}, "choice": "other", "more": null, "limits": "a"}),
            Some("no value for `more`, `plan.nodes`; `limits` is a text, where a list is expected"),
        );
    }

    #[test]
    fn what_is_not_read_is_no_fault_and_what_is_not_there_is_anothers_to_tell() {
        check(
            &json!({"plan": {"nodes": 3}, "choice": "x", "limits": []}),
            None,
        );
        check(
            &json!({"plan": {"nodes": null}, "choice": "x", "limits": []}),
            Some("no such key: `pods`"),
        );
        check(&json!([]), None);
        check(&Value::Null, None);
    }
}
