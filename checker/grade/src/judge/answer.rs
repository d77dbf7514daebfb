//! Judges `answer`: the learner's diagnosis names the cause, with a line that really occurred.
//!
//! Says which part is wrong, never what would be right.

use regex::Regex;

use super::{Undecided, failed, passed_by};
use crate::check::Diagnosis;
use crate::diagnosis::{Answer, same_object};
use crate::evidence::{Given, Occurrence};
use crate::verdict::Verdict;

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
}

pub(super) fn judge(right: &Diagnosis, given: Option<&Given>) -> Result<Verdict, Undecided> {
    let Some(given) = given else {
        return Err("not given yet (labctl answer)".to_owned());
    };
    let evidence = Regex::new(&right.evidence).map_err(|_| {
        format!(
            "`{}` of this check is no regular expression",
            right.evidence
        )
    })?;
    let answer = &given.answer;
    let mut faults = Vec::new();
    if !right.refused_by.contains(&answer.refused_by) {
        faults.push("what refused it is not right".to_owned());
    }
    if !right.constraint.contains(&answer.constraint) {
        faults.push("the constraint is not right".to_owned());
    }
    if !right
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
        Occurrence::Forged { by } => Some(format!("`{by}` wrote that event, not Kubernetes")),
        Occurrence::Occurred { piece, .. } if !evidence.is_match(piece) => {
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
