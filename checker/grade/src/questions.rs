//! What has to be asked for a set of checks. Asks nothing itself and judges no answer.

use crate::check::{Ask, CelObject, Check, ComesBack, Rollout};
use crate::observation::{ObjectsRef, Question};

/// What to ask the cluster as it is, in the order of the checks, each question once.
///
/// Nothing for `comes_back`, which changes the cluster ([`last_questions`]), nor for `answer` and `files`, which are not the cluster's.
#[must_use]
pub fn questions(checks: &[Check]) -> Vec<Question> {
    once(checks.iter().flat_map(|check| match &check.ask {
        Ask::Rollout(rollout) => of_rollout(rollout),
        Ask::Cel(cel) => cel.objects.values().map(of_object).collect(),
        Ask::Unchanged(unchanged) => unchanged.objects.iter().map(of_object).collect(),
        Ask::ComesBack(_) | Ask::Answer(_) | Ask::Files(_) => Vec::new(),
    }))
}

/// What to ask when all else passes, because asking it changes the cluster.
#[must_use]
pub fn last_questions(checks: &[Check]) -> Vec<Question> {
    once(checks.iter().filter_map(|check| match &check.ask {
        Ask::ComesBack(comes_back) => Some(of_comes_back(comes_back)),
        _ => None,
    }))
}

/// What to ask before the learner comes: what `unchanged` compares with.
#[must_use]
pub fn baseline_questions(checks: &[Check]) -> Vec<Question> {
    once(checks.iter().flat_map(|check| match &check.ask {
        Ask::Unchanged(unchanged) => unchanged.objects.iter().map(of_object).collect(),
        _ => Vec::new(),
    }))
}

/// The question that gives what a name or an entry of a check stands for.
pub(crate) fn of_object(object: &CelObject) -> Question {
    match object {
        CelObject::One(object) => Question::Object(object.clone()),
        CelObject::Many(objects) => Question::Objects(objects.clone()),
    }
}

/// The question of a `comes_back` check.
pub(crate) fn of_comes_back(check: &ComesBack) -> Question {
    Question::ComesBack {
        workload: check.workload.clone(),
        hold: check.hold,
        deadline: check.deadline,
    }
}

/// All Pods of the workload's namespace; which of them are the workload's is told by their owners.
pub(crate) fn pods_beside(rollout: &Rollout) -> ObjectsRef {
    beside(rollout, "v1", "Pod")
}

/// All `ReplicaSet`s of the workload's namespace.
pub(crate) fn replica_sets_beside(rollout: &Rollout) -> ObjectsRef {
    beside(rollout, "apps/v1", "ReplicaSet")
}

fn beside(rollout: &Rollout, api_version: &str, kind: &str) -> ObjectsRef {
    ObjectsRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: rollout.workload.namespace.clone(),
        selector: None,
    }
}

fn of_rollout(rollout: &Rollout) -> Vec<Question> {
    let mut questions = vec![Question::Object(rollout.workload.clone())];
    if rollout.workload.kind == "Deployment" {
        questions.push(Question::Objects(replica_sets_beside(rollout)));
    }
    questions.push(Question::Objects(pods_beside(rollout)));
    questions
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
