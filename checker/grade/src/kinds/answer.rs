//! `answer`: the learner's diagnosis names the cause, with a line that really occurred.
//!
//! Says which part is wrong, never what would be right.

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnosis::{self, Answer, same_object};
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::{Evidence, Occurrence};
use crate::judge::{Undecided, failed, passed_by};
use crate::scenario::objects;
use crate::verdict::Verdict;

/// What a right diagnosis of this scenario is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Accepted keys of the question "what kept it from running?", such as `scheduler`.
    pub refused_by: Vec<String>,
    /// Accepted keys of "which constraint was not met?", such as `untolerated-taint`.
    pub constraint: Vec<String>,
    /// Accepted objects that had to change, `kind/name` in lower case, such as `deployment/ledger`.
    pub must_change: Vec<String>,
    /// A regular expression that the line of evidence must match, besides having really occurred in this session.
    pub evidence: String,
}

/// What a right diagnosis is.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Answer")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Accepted keys for what kept it from running.
    refused_by: Spanned<Vec<Spanned<String>>>,
    /// Accepted keys for the constraint that was not met.
    constraint: Spanned<Vec<Spanned<String>>>,
    /// Accepted objects, kind in lower case: `deployment/cart`.
    must_change: Spanned<Vec<Spanned<String>>>,
    /// A regular expression that the line of evidence must match; it must also have occurred in the session.
    evidence: Spanned<String>,
}

/// Reads a key of a list of choices.
type ReadKey = fn(&Document<'_>, &Spanned<String>) -> Result<String, Diagnostic>;

impl Diagnosis {
    /// A right answer, with the first of these lines that shows the cause as evidence; `None` when none does.
    #[must_use]
    pub fn right_answer<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> Option<Answer> {
        let shows = Regex::new(&self.evidence).ok()?;
        let first = |accepted: &[String]| accepted.first().cloned();
        Some(Answer {
            format_version: 1,
            refused_by: first(&self.refused_by)?,
            constraint: first(&self.constraint)?,
            must_change: first(&self.must_change)?,
            evidence: lines
                .into_iter()
                .find(|line| shows.is_match(line))?
                .to_owned(),
        })
    }

    /// A line that shows the cause as this one does, and that nobody wrote; `None` where all of the line is what shows it.
    #[must_use]
    pub fn unheard(&self, line: &str) -> Option<String> {
        let shows = Regex::new(&self.evidence).ok()?;
        let piece = shows.find(line)?.as_str();
        (piece.len() < line.len())
            .then(|| format!("as was never said so far: {piece}, and that seventeen times over"))
    }
}

impl Kind for Diagnosis {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Diagnosis,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        for (field, list) in [
            ("refused_by", &written.refused_by),
            ("constraint", &written.constraint),
            ("must_change", &written.must_change),
        ] {
            if list.value.is_empty() {
                return Err(document.fault(list.defined, message!(NoRightAnswer, field)));
            }
        }
        for object in &written.must_change.value {
            let parts = object
                .value
                .split_once('/')
                .filter(|(kind, name)| !kind.is_empty() && !name.is_empty() && !name.contains('/'));
            if parts.is_none_or(|(kind, _)| kind != kind.to_lowercase()) {
                return Err(document.fault(object.defined, message!(NoObjectName, object.value)));
            }
        }
        let evidence = objects::not_empty(document, &written.evidence, "evidence")?;
        if regex::Regex::new(&evidence).is_err() {
            return Err(document.fault(
                written.evidence.defined,
                message!(NoRegularExpression, evidence),
            ));
        }
        let known = |list: &[Spanned<String>], read: ReadKey| {
            let keys = list.iter().map(|key| read(document, key));
            keys.collect::<Result<Vec<String>, Diagnostic>>()
        };
        let objects = written.must_change.value.iter();
        Ok(Self {
            refused_by: known(&written.refused_by.value, diagnosis::refused_by)?,
            constraint: known(&written.constraint.value, diagnosis::constraint)?,
            must_change: objects.map(|object| object.value.clone()).collect(),
            evidence,
        })
    }

    fn diagnosis(&self) -> Option<&Diagnosis> {
        Some(self)
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let Some(given) = &evidence.given else {
            return Err("not given yet (labctl answer)".to_owned());
        };
        let shows = Regex::new(&self.evidence)
            .map_err(|_| format!("`{}` of this check is no regular expression", self.evidence))?;
        let answer = &given.answer;
        let mut faults = Vec::new();
        if !self.refused_by.contains(&answer.refused_by) {
            faults.push("what refused it is not right".to_owned());
        }
        if !self.constraint.contains(&answer.constraint) {
            faults.push("the constraint is not right".to_owned());
        }
        if !self
            .must_change
            .iter()
            .any(|object| same_object(object, &answer.must_change))
        {
            faults.push("the object that must change is not right".to_owned());
        }
        faults.extend(match &given.occurrence {
            Occurrence::NotFound => {
                Some("this line was not in the session's events or logs".to_owned())
            }
            Occurrence::Forged { by } => Some(format!("`{by}` wrote that line, not Kubernetes")),
            Occurrence::Occurred { piece, .. } if !shows.is_match(piece) => {
                Some("the line of evidence does not show the cause".to_owned())
            }
            Occurrence::Unreadable(why) if faults.is_empty() => return Err(why.clone()),
            Occurrence::Unreadable(_) | Occurrence::Occurred { .. } => None,
        });
        if faults.is_empty() {
            Ok(passed_by(match given.attempts {
                0 | 1 => "first attempt".to_owned(),
                later => format!("attempt {later}"),
            }))
        } else {
            Ok(failed(
                "a diagnosis that names the cause",
                faults.join("; "),
            ))
        }
    }
}
