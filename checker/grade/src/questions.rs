//! What has to be asked for a set of checks. Asks nothing itself and judges no answer.

use crate::check::Check;
use crate::observation::Question;

/// What to ask the cluster as it is, in the order of the checks, each question once.
///
/// Nothing for what changes the cluster ([`last_questions`]), nor for what the learner writes, which is not the cluster's.
#[must_use]
pub fn questions(checks: &[Check]) -> Vec<Question> {
    once(checks.iter().flat_map(|check| check.ask.questions()))
}

/// What to ask when all else passes, because asking it changes the cluster.
#[must_use]
pub fn last_questions(checks: &[Check]) -> Vec<Question> {
    once(checks.iter().flat_map(|check| check.ask.last_questions()))
}

/// What to ask before the learner comes: what verdicts compare with.
#[must_use]
pub fn baseline_questions(checks: &[Check]) -> Vec<Question> {
    once(
        checks
            .iter()
            .flat_map(|check| check.ask.baseline_questions()),
    )
}

fn once(questions: impl Iterator<Item = Question>) -> Vec<Question> {
    let mut all = Vec::new();
    for question in questions {
        if !all.contains(&question) {
            all.push(question);
        }
    }
    all
}
