//! `as_deployed`: the specification of a workload is as its team deployed it, but for what a repair changes and what harms nobody.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, Kind, Source, unchanged};
use crate::check::Check;
use crate::compare::{self, confined, harmless};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::judge::{Undecided, before_and_now, failed, passed};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// A workload is otherwise as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct AsDeployed {
    /// The workload.
    pub workload: ObjectRef,
    /// JSON pointers into the Pod's specification that a repair changes, such as `/tolerations`; `*` stands for any one segment.
    pub except: Vec<String>,
    /// JSON pointers into the workload's own specification that a repair changes, such as `/strategy`.
    pub except_own: Vec<String>,
}

/// The specification of a workload is as its team deployed it, but for what a repair changes and what harms nobody: annotations, a
/// label of the Pods, a probe or a hook that is added, preferred affinity, a processor limit, what is kept of old revisions, and a security
/// context by which no container may do more than it might.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AsDeployed")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The workload.
    workload: Spanned<RawObject>,
    /// JSON pointers into the Pod's specification that a repair changes, such as `/tolerations`; `*` stands for any one part.
    #[serde(default)]
    except: Vec<Spanned<String>>,
    /// The same into the workload's own specification, such as `/strategy`.
    #[serde(default)]
    except_own: Vec<Spanned<String>>,
}

impl Kind for AsDeployed {
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
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            except: unchanged::pointers(document, &written.except)?,
            except_own: unchanged::pointers(document, &written.except_own)?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::Object(self.workload.clone())]
    }

    fn baseline_questions(&self) -> Vec<Question> {
        self.questions()
    }

    fn reads_the_specification_only(&self) -> bool {
        true
    }

    fn compares(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let title = wording::one(&self.workload);
        let (before, after) = before_and_now(evidence, &self.workload)?;
        let expected = "no difference from the start";
        let Some(after) = after else {
            return Ok(failed(expected, format!("{title} is gone")));
        };
        let of_pod = self
            .except
            .iter()
            .map(|it| format!("/spec/template/spec{it}"));
        let own = self.except_own.iter().map(|it| format!("/spec{it}"));
        let except: Vec<String> = of_pod.chain(own).collect();
        let mut found = compare::differences(before, after, &except, &["/spec".to_owned()]);
        found.retain(|difference| !harmless::is_harmless(difference));
        if confined::is_kept(before, after) {
            found.retain(|difference| !confined::is_about(&difference.path));
        }
        if found.is_empty() {
            return Ok(passed());
        }
        let told: Vec<String> = found.iter().map(|it| format!("{title}: {it}")).collect();
        Ok(failed(expected, wording::first_three(&told)))
    }
}
