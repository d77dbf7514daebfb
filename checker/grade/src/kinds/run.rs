//! `run`: the workloads of some namespaces have all their Pods ready.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// Kinds of workloads that are asked for.
const KINDS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

/// All workloads of some namespaces run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Namespaces, at least one.
    pub namespaces: Vec<String>,
    /// A workload that need not run: the one that is broken.
    pub except: Vec<ObjectRef>,
}

/// Every Deployment, `StatefulSet` and `DaemonSet` of some namespaces has all its Pods, of its latest template, ready.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Run")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Namespaces, at least one; each has a workload.
    namespaces: Spanned<Vec<String>>,
    /// Workloads that need not run, such as the one that is broken.
    #[serde(default)]
    except: Vec<Spanned<RawObject>>,
}

impl Kind for Run {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        if written.namespaces.value.is_empty() {
            return Err(document.fault(written.namespaces.defined, message!(NoNamespaces)));
        }
        let except = written.except.iter();
        Ok(Self {
            namespaces: written.namespaces.value.clone(),
            except: except
                .map(|workload| objects::workload(document, workload))
                .collect::<Result<_, _>>()?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        self.sets().map(Question::Objects).collect()
    }

    fn waits(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let mut faults = Vec::new();
        for namespace in &self.namespaces {
            let mut n_workloads = 0;
            for set in self
                .sets()
                .filter(|set| set.namespace.as_ref() == Some(namespace))
            {
                let workloads = several(&evidence.observed, &set)?;
                n_workloads += workloads.len();
                let asked = workloads
                    .iter()
                    .filter(|workload| !self.is_excepted(&set.kind, workload));
                faults.extend(asked.filter_map(|workload| lack(&set.kind, workload)));
            }
            if n_workloads == 0 {
                faults.push(format!("namespace `{namespace}` has no workload"));
            }
        }
        Ok(if faults.is_empty() {
            passed()
        } else {
            failed(
                "every other workload with all its Pods ready",
                wording::first_three(&faults),
            )
        })
    }
}

impl Run {
    fn sets(&self) -> impl Iterator<Item = ObjectsRef> {
        let of_namespace = |namespace: &String| {
            KINDS.map(|kind| ObjectsRef::all("apps/v1", kind).in_namespace(Some(namespace)))
        };
        self.namespaces.iter().flat_map(of_namespace)
    }

    fn is_excepted(&self, kind: &str, workload: &Value) -> bool {
        self.except.iter().any(|excepted| {
            excepted.kind == kind
                && excepted.name == fields::name(workload)
                && excepted.namespace.as_deref() == Some(fields::namespace(workload))
        })
    }
}

/// What a workload lacks; `None` when it runs.
fn lack(kind: &str, workload: &Value) -> Option<String> {
    let (wanted, ready, updated) = if kind == "DaemonSet" {
        (
            "/status/desiredNumberScheduled",
            "/status/numberReady",
            "/status/updatedNumberScheduled",
        )
    } else {
        (
            "/spec/replicas",
            "/status/readyReplicas",
            "/status/updatedReplicas",
        )
    };
    let [wanted, ready, updated] =
        [wanted, ready, updated].map(|pointer| fields::count(workload, pointer));
    let name = fields::name(workload);
    if kind == "DaemonSet" && wanted == 0 {
        return Some(format!("DaemonSet `{name}` has no node to run on"));
    }
    let fewest = ready.min(updated);
    (fewest < wanted).then(|| format!("{kind} `{name}` has {fewest} of {wanted} Pods ready"))
}
