//! `as_it_was`: whatever the lab does not ask to be changed is as it was before the learner came, in the whole cluster.
//!
//! Compares two lists of everything. What comes and goes by itself is in `by_itself.rs`, what may be added to the subject's namespace
//! in `additions.rs`; the rest is damage, and named: object, field, before, after. Whether what may change is right is asked by other checks.

mod additions;
mod by_itself;
mod cluster;
mod room;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{CelObject, Facts, Kind, Source, unchanged};
use crate::check::Check;
use crate::compare::{self, Difference, harmless};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, passed, pods, rewritten};
use crate::observation::{ObjectRef, Observation, Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;
use cluster::{Cluster, Identity};

/// Everything but what the lab asks to be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct AsItWas {
    /// The workload that is broken. What is in its namespace is the learner's, as far as it harms nobody.
    pub subject: ObjectRef,
    /// Other namespaces that are the learner's in the same way.
    pub namespaces: Vec<String>,
    /// What else a right repair changes.
    pub may_change: Vec<MayChange>,
    /// What whoever is on call may delete.
    pub may_go: Vec<CelObject>,
}

/// Objects that a right repair changes, beside the subject.
#[derive(Debug, Clone, PartialEq)]
pub struct MayChange {
    /// Which objects.
    pub objects: CelObject,
    /// JSON pointers of what may differ; empty: all of it, and that it is made, or made anew.
    pub fields: Vec<String>,
}

/// Whatever is not said here is as it was before the learner came, in the whole cluster.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AsItWas")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The workload that is broken; its own checks say what may change of it. To its namespace may be added what harms nobody.
    subject: Spanned<RawObject>,
    /// Other namespaces to which what harms nobody may be added.
    #[serde(default)]
    namespaces: Vec<String>,
    /// What else a right repair changes. A `PersistentVolume` follows its claim.
    #[serde(default)]
    may_change: Vec<RawMayChange>,
    /// What nobody needs, as the learner is told: it may be deleted, and not changed.
    #[serde(default)]
    may_go: Vec<Spanned<RawObject>>,
}

/// Objects that a right repair changes.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "MayChange")]
#[serde(deny_unknown_fields)]
struct RawMayChange {
    /// Which objects.
    objects: Spanned<RawObject>,
    /// JSON pointers of what may differ; `*` stands for any one part. Unset: all of it, and that it is made, or made anew.
    #[serde(default)]
    fields: Vec<Spanned<String>>,
}

impl Kind for AsItWas {
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
        let may_change = written.may_change.iter().map(|it| {
            Ok(MayChange {
                objects: objects::object(document, &it.objects)?,
                fields: unchanged::pointers(document, &it.fields)?,
            })
        });
        Ok(Self {
            subject: objects::workload(document, &written.subject)?,
            namespaces: written.namespaces.clone(),
            may_change: may_change.collect::<Result<_, _>>()?,
            may_go: written
                .may_go
                .iter()
                .map(|it| objects::object(document, it))
                .collect::<Result<_, _>>()?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::Everything]
    }

    fn baseline_questions(&self) -> Vec<Question> {
        self.questions()
    }

    fn lets_go(&self, object: &Value) -> bool {
        self.is_needless(&Identity::of(object))
    }

    fn lets_add_to(&self, namespace: &str) -> bool {
        Some(namespace) == self.subject.namespace.as_deref()
            || self.namespaces.iter().any(|own| own == namespace)
    }

    fn compares(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let (before, unlisted) =
            everything(&evidence.baseline).map_err(|why| format!("baseline: {why}"))?;
        if let [first, ..] = unlisted {
            return Err(format!("baseline: {first}"));
        }
        let (after, unlisted) = everything(&evidence.observed)?;
        let damage = self.damage(
            &Cluster::of(before),
            &Cluster::of(after),
            unlisted.is_empty(),
        );
        if !damage.is_empty() {
            return Ok(failed(
                "nothing else changed since the start",
                wording::first_three(&damage),
            ));
        }
        match unlisted {
            [] => Ok(passed()),
            unlisted => Err(wording::first_three(unlisted)),
        }
    }
}

fn everything(observed: &Observations) -> Result<(&[Value], &[String]), Undecided> {
    match observed.to(&Question::Everything) {
        Some(Observation::Everything { objects, unlisted }) => Ok((objects, unlisted)),
        Some(Observation::Unreadable(why)) => Err(why.clone()),
        Some(_) => Err("the observation of everything is of another kind".to_owned()),
        None => Err("everything: not asked".to_owned()),
    }
}

/// How far an object may be another.
enum May<'a> {
    /// As far as its own checks let it; but it has no new owners and finalizers.
    BeTheSubject,
    /// In all.
    BeAnything,
    /// In these fields.
    Differ(&'a [String]),
}

impl AsItWas {
    /// One sentence for each thing that is not as it was.
    fn damage(&self, before: &Cluster<'_>, after: &Cluster<'_>, all_listed: bool) -> Vec<String> {
        let mut damage = Vec::new();
        for (name, old) in before.objects() {
            // What goes with its namespace is told of the namespace.
            let is_left_out = by_itself::comes_and_goes(name, old, before)
                || !self.is_compared(name, old)
                || !after.has_namespace(name);
            if is_left_out {
                continue;
            }
            match after.get(name) {
                None if self.may_go(name, old) => {}
                // Perhaps its kind could not be listed.
                None if !all_listed && !after.has_kind(name) => {}
                None => damage.push(format!("{name} is gone")),
                Some(new) => damage.extend(self.differences(name, old, new)),
            }
        }
        for (name, new) in after.objects() {
            let is_left_out = before.get(name).is_some()
                || by_itself::comes_and_goes(name, new, after)
                || !self.is_compared(name, new)
                || !before.has_namespace(name);
            if !is_left_out && let Some(why) = self.refused(name, new, after) {
                damage.push(format!("{name} is new{why}"));
            }
        }
        damage.extend(self.rewritten(after));
        damage
    }

    /// Whether it is none of those of which anything may change.
    fn is_compared(&self, name: &Identity<'_>, object: &Value) -> bool {
        !matches!(self.may(name, object), May::BeAnything)
    }

    fn may(&self, name: &Identity<'_>, object: &Value) -> May<'_> {
        if name.is(&self.subject) {
            return May::BeTheSubject;
        }
        if name.kind == "PersistentVolume" && self.is_of_such_a_claim(object) {
            return May::BeAnything;
        }
        match self.may_change.iter().find(|it| name.is_among(&it.objects)) {
            Some(it) if it.fields.is_empty() => May::BeAnything,
            Some(it) => May::Differ(&it.fields),
            None => May::Differ(&[]),
        }
    }

    /// Whether a `PersistentVolume` is of a claim of which anything may change.
    fn is_of_such_a_claim(&self, volume: &Value) -> bool {
        let claim = Identity {
            group: "",
            kind: "PersistentVolumeClaim",
            namespace: fields::text(volume, "/spec/claimRef/namespace"),
            name: fields::text(volume, "/spec/claimRef/name"),
        };
        self.may_change
            .iter()
            .any(|it| it.fields.is_empty() && claim.is_among(&it.objects))
    }

    /// Whether it is in a namespace of the learner's, or the namespace itself.
    fn is_own(&self, name: &Identity<'_>) -> bool {
        self.lets_add_to(match name.kind {
            "Namespace" => name.name,
            _ => name.namespace,
        })
    }

    /// Whether it may be deleted: the subject, of which others ask whether it is there, what nobody needs, and a Pod of the subject's
    /// namespace that had ended.
    fn may_go(&self, name: &Identity<'_>, old: &Value) -> bool {
        name.is(&self.subject)
            || self.is_needless(name)
            || (self.is_own(name) && name.kind == "Pod" && pods::how_it_ended(old).is_some())
    }

    fn is_needless(&self, name: &Identity<'_>) -> bool {
        self.may_go.iter().any(|it| name.is_among(it))
    }

    /// Why it may not be added; unset when it may.
    fn refused(&self, name: &Identity<'_>, new: &Value, after: &Cluster<'_>) -> Option<String> {
        if name.is(&self.subject) {
            return None;
        }
        if self.is_own(name) {
            return additions::refused(name, new, after, &self.subject);
        }
        Some(String::new())
    }

    fn differences(&self, name: &Identity<'_>, old: &Value, new: &Value) -> Vec<String> {
        if fields::is_ending(new) && !fields::is_ending(old) {
            return if self.is_needless(name) {
                Vec::new()
            } else {
                vec![format!("{name} is being deleted")]
            };
        }
        let found = match self.may(name, new) {
            May::BeAnything => Vec::new(),
            May::BeTheSubject => compare::differences(old, new, &[], &owners()),
            May::Differ(fields) => {
                let mut found = compare::differences(old, new, fields, &[]);
                if name.kind == "Node" {
                    found.extend(compare::differences(old, new, &[], &node_size()));
                }
                if self.is_own(name) {
                    found.retain(|difference| !harmless::is_harmless(difference));
                }
                found
            }
        };
        let told = found.iter().map(|it| tell(name, it));
        told.collect()
    }

    /// Pods of other workloads that are not what their workload says.
    fn rewritten(&self, after: &Cluster<'_>) -> Vec<String> {
        let is_subjects = |workload: &Value| {
            fields::name(workload) == self.subject.name
                && Some(fields::namespace(workload)) == self.subject.namespace.as_deref()
        };
        let pods = after
            .objects()
            .filter(|(name, pod)| name.kind == "Pod" && !fields::is_ending(pod));
        pods.filter_map(|(name, pod)| {
            let made_by = after.made_by(pod)?;
            if is_subjects(made_by.workload) {
                return None;
            }
            let field = rewritten::field(pod, made_by.template, made_by.kind)?;
            Some(format!(
                "{name} is not what its {} says: {field}",
                made_by.kind
            ))
        })
        .collect()
    }
}

/// What makes an object go with another, or stay when it was deleted.
fn owners() -> [String; 2] {
    ["/metadata/ownerReferences", "/metadata/finalizers"].map(str::to_owned)
}

/// The size of a node is in its status.
fn node_size() -> [String; 2] {
    ["/status/capacity", "/status/allocatable"].map(str::to_owned)
}

/// One difference as a sentence; what a Secret holds is not told.
fn tell(name: &Identity<'_>, difference: &Difference) -> String {
    if name.kind == "Secret" {
        return format!("{name}: {} is another", difference.path);
    }
    format!("{name}: {difference}")
}
