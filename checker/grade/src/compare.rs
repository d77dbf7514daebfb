//! Compares objects before and after, field by field, as Kubernetes means them: empty is absent, and some lists are sets.
//!
//! Knows the bookkeeping that all objects carry, not what any check is about.

pub(crate) mod confined;
pub(crate) mod harmless;
mod pointer;
mod snapshots;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

pub use snapshots::snapshots;

use crate::wording;
use pointer::{Pointers, Relation};

/// Identity, times and bookkeeping: another object with the same content has others.
const BOOKKEEPING: [&str; 14] = [
    "/apiVersion",
    "/kind",
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/metadata/deletionGracePeriodSeconds",
    "/metadata/managedFields",
    "/metadata/selfLink",
    "/metadata/ownerReferences/*/uid",
    "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
    "/metadata/annotations/deployment.kubernetes.io~1revision",
    "/metadata/annotations/deprecated.daemonset.template.generation",
    "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt",
];

/// Lists whose order means nothing.
const SETS: [&str; 8] = [
    "accessModes",
    "conditions",
    "finalizers",
    "imagePullSecrets",
    "ownerReferences",
    "subjects",
    "taints",
    "tolerations",
];

/// Fields where an empty value means something else than none: everything, or a kind of volume.
const EMPTY_COUNTS: [&str; 4] = [
    "emptyDir",
    "labelSelector",
    "namespaceSelector",
    "podSelector",
];

/// Fields whose `false` the API server may leave out.
const FALSE_IS_ABSENT: [&str; 11] = [
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "paused",
    "privileged",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "suspend",
    "tty",
    "unschedulable",
];

/// One field that is not as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its JSON pointer. An element of a list has the place it had before, or that it has now when it is new.
    pub path: String,
    /// What it was; unset when it was absent.
    pub before: Option<Value>,
    /// What it is; unset when it is absent.
    pub after: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is, was) = (
            wording::value(self.after.as_ref()),
            wording::value(self.before.as_ref()),
        );
        write!(f, "{} is {is}, was {was}", self.path)
    }
}

/// What differs between two states of one object.
///
/// Left out are identity, times and bookkeeping, what a pointer of `except` points to, what no pointer of `only` points to (unless `only` is
/// empty), and the status unless `only` has a pointer into it. In a pointer `*` stands for any one segment. Absent, `null`, `{}` and `[]` are
/// equal except where empty means something of its own; elements with a name are compared by it, taints and their like in any order.
#[must_use]
pub fn differences(
    before: &Value,
    after: &Value,
    except: &[String],
    only: &[String],
) -> Vec<Difference> {
    let mut skipped: Vec<&str> = BOOKKEEPING.to_vec();
    skipped.extend(except.iter().map(String::as_str));
    let into_status = |pointer: &String| pointer == "/status" || pointer.starts_with("/status/");
    if !only.iter().any(into_status) {
        skipped.push("/status");
    }
    let only: Vec<&str> = only.iter().map(String::as_str).collect();
    let rules = Rules {
        except: Pointers::new(&skipped),
        only: (!only.is_empty()).then(|| Pointers::new(&only)),
    };
    walk(before, after, &rules)
}

/// What is compared.
struct Rules {
    except: Pointers,
    /// Unset: all.
    only: Option<Pointers>,
}

fn walk(before: &Value, after: &Value, rules: &Rules) -> Vec<Difference> {
    let mut walk = Walk {
        rules,
        path: Vec::new(),
        found: Vec::new(),
    };
    walk.visit(Some(before), Some(after));
    walk.found
}

struct Walk<'a> {
    rules: &'a Rules,
    path: Vec<String>,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn visit(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let (before, after) = (self.meant(before), self.meant(after));
        if before == after || self.rules.except.relation(&self.path) == Relation::Inside {
            return;
        }
        let inside = match self
            .rules
            .only
            .as_ref()
            .map(|only| only.relation(&self.path))
        {
            Some(Relation::Outside) => return,
            Some(Relation::Above) => false,
            Some(Relation::Inside) | None => true,
        };
        let whole = inside && self.rules.except.relation(&self.path) == Relation::Outside;
        match (before, after) {
            (Some(Value::Object(_)), Some(Value::Object(_))) => self.fields(before, after),
            (Some(Value::Object(_)), None) | (None, Some(Value::Object(_))) if !whole => {
                self.fields(before, after);
            }
            (Some(Value::Array(_)), Some(Value::Array(_))) => self.list(before, after, whole),
            (Some(Value::Array(_)), None) | (None, Some(Value::Array(_))) if !whole => {
                self.list(before, after, whole);
            }
            _ if inside => self.add(before, after),
            _ => {}
        }
    }

    /// What a value means where it is; `None` when it means the same as no value.
    fn meant<'v>(&self, value: Option<&'v Value>) -> Option<&'v Value> {
        let field = self.path.last().map_or("", String::as_str);
        value.filter(|value| match value {
            Value::Null => false,
            Value::Bool(truth) => *truth || !FALSE_IS_ABSENT.contains(&field),
            Value::Object(fields) => !fields.is_empty() || EMPTY_COUNTS.contains(&field),
            Value::Array(elements) => !elements.is_empty(),
            Value::Number(_) | Value::String(_) => true,
        })
    }

    fn fields(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let names = |value: Option<&Value>| {
            let fields = value.and_then(Value::as_object);
            fields.map_or(Vec::new(), |fields| fields.keys().cloned().collect())
        };
        let mut all: BTreeSet<String> = names(before).into_iter().collect();
        all.extend(names(after));
        for name in all {
            let field = |value: Option<&Value>| value.and_then(|value| value.get(&name)).cloned();
            let (before, after) = (field(before), field(after));
            self.down(name, before.as_ref(), after.as_ref());
        }
    }

    fn list(&mut self, before: Option<&Value>, after: Option<&Value>, whole: bool) {
        let elements = |value: Option<&Value>| {
            let elements = value.and_then(Value::as_array);
            elements.cloned().unwrap_or_default()
        };
        let (old, new) = (elements(before), elements(after));
        let field = self.path.last().map_or("", String::as_str);
        if SETS.contains(&field) && whole {
            if !same_elements(&old, &new) {
                self.add(before, after);
            }
            return;
        }
        let pairs = match (names(&old), names(&new)) {
            (Some(old), Some(new)) => by_name(&old, &new),
            _ if old.len() != new.len() && whole => return self.add(before, after),
            _ => (0..old.len().max(new.len()))
                .map(|place| (Some(place), Some(place)))
                .collect(),
        };
        for (was, is) in pairs {
            let place = was.or(is).unwrap_or_default().to_string();
            let before = was.and_then(|place| old.get(place));
            let after = is.and_then(|place| new.get(place));
            self.down(place, before, after);
        }
    }

    fn down(&mut self, segment: String, before: Option<&Value>, after: Option<&Value>) {
        self.path.push(segment);
        self.visit(before, after);
        self.path.pop();
    }

    fn add(&mut self, before: Option<&Value>, after: Option<&Value>) {
        self.found.push(Difference {
            path: pointer::text(&self.path),
            before: before.cloned(),
            after: after.cloned(),
        });
    }
}

/// The names of a list's elements, when each has one of its own.
fn names(elements: &[Value]) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = elements
        .iter()
        .map(|element| element.get("name").and_then(Value::as_str))
        .collect();
    let names = names?;
    let different: BTreeSet<&str> = names.iter().copied().collect();
    (different.len() == names.len()).then_some(names)
}

/// The places of the elements of each name, before and after.
fn by_name(old: &[&str], new: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
    let place = |names: &[&str], wanted: &str| names.iter().position(|name| *name == wanted);
    let kept = old
        .iter()
        .enumerate()
        .map(|(was, name)| (Some(was), place(new, name)));
    let added = new
        .iter()
        .enumerate()
        .filter(|(_, name)| place(old, name).is_none())
        .map(|(is, _)| (None, Some(is)));
    kept.chain(added).collect()
}

/// Whether two lists have the same elements, in any order.
fn same_elements(old: &[Value], new: &[Value]) -> bool {
    let mut left: Vec<&Value> = new.iter().collect();
    let all_found = old.iter().all(|element| {
        let place = left.iter().position(|other| *other == element);
        place.map(|place| left.swap_remove(place)).is_some()
    });
    all_found && left.is_empty()
}
