//! `logs`: what the Pods of a workload wrote into their logs.
//!
//! What a program says of itself is evidence only where nobody can have it say something else: beside it, a check looks at the template.
//! Knows no lab.

use std::time::Duration;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::evidence::Evidence;
use crate::judge::{Undecided, failed, passed_by};
use crate::observation::{LogSeen, ObjectRef, Observation, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// How much of a line is told, in characters.
const TOLD: usize = 160;

/// The logs of a workload's Pods have a line, or have none of a sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// The workload.
    pub workload: ObjectRef,
    /// Which line is asked for.
    pub line: Line,
    /// How far back; unset: since each container began.
    pub since: Option<Duration>,
}

/// A line of a log, as a regular expression that a part of it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Every Pod that runs has written such a line.
    Says(String),
    /// No Pod that runs has written such a line.
    Never(String),
}

/// What the first containers of a workload's Pods that run have written since they began. Exactly one of `says` and `never` is there.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Logs")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// A regular expression: every Pod has a line of which a part matches.
    says: Option<Spanned<String>>,
    /// A regular expression: no Pod has a line of which a part matches.
    never: Option<Spanned<String>>,
    /// How far back to look, at least `1s`. Unset: since the container began, 2000 lines at most.
    since: Option<Spanned<String>>,
}

impl Kind for Logs {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        place: Location,
    ) -> Result<Self, Diagnostic> {
        let line = match (&written.says, &written.never) {
            (Some(says), None) => Line::Says(expression(document, says)?),
            (None, Some(never)) => Line::Never(expression(document, never)?),
            _ => return Err(document.fault(place, message!(NotOneLine))),
        };
        let since = match &written.since {
            None => None,
            Some(text) => {
                let since = duration::read(document, text)?;
                if since < Duration::from_secs(1) {
                    return Err(document.fault(text.defined, message!(NoSecond)));
                }
                Some(since)
            }
        };
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            line,
            since,
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![self.question()]
    }

    /// A line falls out of the last seconds.
    fn waits(&self) -> bool {
        self.since.is_some()
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let logs = match evidence.observed.to(&self.question()) {
            Some(Observation::Logs(logs)) => logs,
            Some(Observation::Unreadable(why)) => return Err(why.clone()),
            Some(_) => return Err("the observation of the logs is of another kind".to_owned()),
            None => return Err("the logs: not asked".to_owned()),
        };
        if logs.is_empty() {
            return Err(format!("no Pod of {} runs", wording::one(&self.workload)));
        }
        let (Line::Says(text) | Line::Never(text)) = &self.line;
        let matcher = Regex::new(text).map_err(|error| error.to_string())?;
        let line_of = |log: &LogSeen| {
            let line = log.lines.iter().rev().find(|line| matcher.is_match(line))?;
            Some(format!(
                "Pod `{}` wrote: {}",
                log.pod,
                wording::shorten(line, TOLD)
            ))
        };
        let written = logs.iter().find_map(line_of);
        let without = logs.iter().find(|log| line_of(log).is_none());
        Ok(match (&self.line, written, without) {
            (Line::Says(_), _, Some(log)) => {
                let last = log.lines.last().map_or_else(
                    || "nothing".to_owned(),
                    |last| format!("at last: {}", wording::shorten(last, TOLD)),
                );
                failed(self.expected(), format!("Pod `{}` wrote {last}", log.pod))
            }
            (Line::Never(_), Some(written), _) => failed(self.expected(), written),
            (Line::Says(_) | Line::Never(_), _, _) => {
                let pods: Vec<String> = logs.iter().map(|log| format!("`{}`", log.pod)).collect();
                passed_by(format!("by the logs of {}", pods.join(", ")))
            }
        })
    }
}

impl Logs {
    fn question(&self) -> Question {
        Question::Log {
            workload: self.workload.clone(),
            since: self.since,
        }
    }

    fn expected(&self) -> String {
        let when = self.since.map_or_else(
            || "since it began".to_owned(),
            |since| format!("in the last {}", duration::text(since)),
        );
        match &self.line {
            Line::Says(text) => format!("every Pod wrote a line like `{text}` {when}"),
            Line::Never(text) => format!("no Pod wrote a line like `{text}` {when}"),
        }
    }
}

fn expression(document: &Document<'_>, text: &Spanned<String>) -> Result<String, Diagnostic> {
    let expression = objects::not_empty(document, text, "a line of a log")?;
    if Regex::new(&expression).is_err() {
        return Err(document.fault(text.defined, message!(NoRegularExpression, expression)));
    }
    Ok(expression)
}
