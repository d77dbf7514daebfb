//! `comes_back`: one Pod is evicted, and its replacement becomes Ready and stays so.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::eviction::{CameOf, Eviction, Stopped};
use crate::evidence::Evidence;
use crate::judge::{Undecided, failed, passed_by};
use crate::observation::{ObjectRef, Observation, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// Evict one Pod: its replacement becomes Ready.
#[derive(Debug, Clone, PartialEq)]
pub struct ComesBack {
    /// The workload whose Pod is evicted.
    pub workload: ObjectRef,
    /// How long the replacement must stay Ready.
    pub hold: Duration,
    /// How long to wait for all of it.
    pub deadline: Duration,
}

/// The replacement of an evicted Pod becomes ready.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ComesBack")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The workload whose Pod is evicted.
    workload: Spanned<RawObject>,
    /// How long the replacement must stay ready. Unset: a moment suffices.
    hold: Option<Spanned<String>>,
    /// How long to wait for all of it; longer than `hold`.
    deadline: Spanned<String>,
}

impl ComesBack {
    fn question(&self) -> Question {
        Question::ComesBack {
            workload: self.workload.clone(),
            hold: self.hold,
            deadline: self.deadline,
        }
    }
}

impl Kind for ComesBack {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: true,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let hold = duration::or_zero(document, written.hold.as_ref())?;
        let deadline = duration::read(document, &written.deadline)?;
        if deadline <= hold {
            return Err(document.fault(
                written.deadline.defined,
                message!(DeadlineTooShort, duration::text(hold)),
            ));
        }
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            hold,
            deadline,
        })
    }

    fn last_questions(&self) -> Vec<Question> {
        vec![self.question()]
    }

    fn evicts(&self) -> Option<(&ObjectRef, Duration)> {
        Some((&self.workload, self.hold))
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        match evidence.observed.to(&self.question()) {
            Some(Observation::Evicted(eviction)) => self.came_of(eviction),
            Some(Observation::Unreadable(why)) => Err(why.clone()),
            Some(_) => Err("the observation of the eviction is of another kind".to_owned()),
            None => Err("asked when everything else holds".to_owned()),
        }
    }
}

impl ComesBack {
    fn came_of(&self, eviction: &Eviction) -> Result<Verdict, Undecided> {
        let evicted = eviction.name();
        let expected = format!("a replacement of Pod `{evicted}` becomes Ready");
        let found = match eviction.came_of(self.hold) {
            CameOf::NothingToEvict => {
                let found = format!("{} has no ready Pod to evict", wording::one(&self.workload));
                return Ok(failed(
                    "a ready Pod, whose replacement is looked for",
                    found,
                ));
            }
            CameOf::Back { node } => return Ok(passed_by(format!("on node `{node}`"))),
            CameOf::Refused(found) => return Ok(failed(expected, found)),
            CameOf::Open(found) => found,
        };
        match &eviction.stopped {
            Stopped::Deadline => Ok(failed(expected, found)),
            Stopped::Refused(why) => Err(why.clone()),
            Stopped::Clear | Stopped::Cancelled => Err(format!(
                "Pod `{evicted}` was evicted, and the time was up before it was clear whether its replacement stays Ready: {found}"
            )),
        }
    }
}
