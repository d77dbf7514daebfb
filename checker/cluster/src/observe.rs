//! Answers questions: what the cluster says, or why it says nothing.

use std::time::Duration;

use futures::future::join_all;
use grade::observation::{ObjectRef, ObjectsRef, Observation, Observations, Question};
use serde_json::Value;
use tokio::time::Instant;

use crate::{Cluster, Refusal, text};

/// How often a state is looked at while it is awaited.
pub(crate) const STEP: Duration = Duration::from_millis(50);

/// How often to look although no watch told of a change: a watch that was cut off is tried again after a pause.
const LOOK: Duration = Duration::from_millis(300);

/// The same where everything is looked at, which takes the API server sixty answers.
const LOOK_AT_EVERYTHING: Duration = Duration::from_secs(2);

/// How long changes are gathered before the next look.
const GATHER: Duration = Duration::from_millis(80);

/// How long the last look of a wait may go on after its end: what it sees is what is told.
const OVERTIME: Duration = Duration::from_secs(5);

/// How a wait for observations ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// They came.
    Came,
    /// The deadline came first.
    TooLate,
}

impl Cluster {
    /// Answers each question before `end`; reading ones at the same time, then those that change the cluster, in order.
    ///
    /// Does *not* fail: what cannot be read, or not in time, is [`Observation::Unreadable`].
    pub async fn observe(&self, questions: &[Question], end: Instant) -> Observations {
        let (changing, reading): (Vec<&Question>, Vec<&Question>) =
            questions.iter().partition(|question| question.changes());
        let answers = join_all(reading.iter().map(|question| self.read(question, end))).await;
        let mut answers: Vec<(Question, Observation)> =
            reading.into_iter().cloned().zip(answers).collect();
        for question in changing {
            answers.push((question.clone(), self.read(question, end).await));
        }
        Observations {
            taken_at: jiff::Timestamp::now().to_string(),
            answers,
        }
    }

    /// Asks again at every change until the answers are as wanted, or until `end` but for a look that has begun; hands back the last ones and how it ended.
    pub async fn observe_until(
        &self,
        questions: &[Question],
        end: Instant,
        mut wanted: impl FnMut(&Observations) -> bool,
    ) -> (Observations, Waited) {
        let mut changes = self.changes(questions, end).await;
        let pause = if questions.contains(&Question::Everything) {
            LOOK_AT_EVERYTHING
        } else {
            LOOK
        };
        loop {
            let look = end.max(Instant::now() + OVERTIME);
            let observations = self.observe(questions, look).await;
            if wanted(&observations) {
                return (observations, Waited::Came);
            }
            if Instant::now() >= end {
                return (observations, Waited::TooLate);
            }
            // A start changes many objects in a moment: the answers are asked for when the others have come, too.
            tokio::select! {
                () = changes.next() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(pause) => {}
            }
            changes.forget();
        }
    }

    async fn read(&self, question: &Question, end: Instant) -> Observation {
        match question {
            Question::Object(object) => self.object(object, end).await,
            Question::Objects(objects) => self.objects(objects, end).await,
            Question::Everything => self.everything(end).await,
            Question::ComesBack {
                workload,
                hold,
                deadline,
            } => self.comes_back(workload, *hold, *deadline, end).await,
            Question::Run { workload, command } => self.run(workload, command, end).await,
            Question::RunOften {
                workload,
                command,
                every,
                times,
                evicts,
            } => {
                let how_often = (*every, *times);
                self.run_often(workload, command, how_often, evicts.as_ref(), end)
                    .await
            }
            Question::Log { workload, since } => self.log(workload, *since, end).await,
        }
    }

    async fn object(&self, object: &ObjectRef, end: Instant) -> Observation {
        match self.read_object(object, end).await {
            Ok(mut value) => {
                forget_managers(&mut value);
                Observation::Object(value)
            }
            Err(refusal) if refusal.is_not_found() => Observation::Absent,
            Err(refusal) => unreadable("read", &text::of_ref(object), &refusal),
        }
    }

    pub(crate) async fn read_object(
        &self,
        object: &ObjectRef,
        end: Instant,
    ) -> Result<Value, Refusal> {
        let place = self.place(&object.api_version, &object.kind, end).await?;
        let path = place.one(object.namespace.as_deref(), &object.name);
        self.get(&path, end).await
    }

    async fn objects(&self, objects: &ObjectsRef, end: Instant) -> Observation {
        match self.read_objects(objects, end).await {
            Ok(mut found) => {
                found.iter_mut().for_each(forget_managers);
                Observation::Objects(found)
            }
            Err(refusal) => {
                let whose = match &objects.namespace {
                    Some(namespace) => format!("objects of kind {} in `{namespace}`", objects.kind),
                    None => format!("objects of kind {}", objects.kind),
                };
                unreadable("list", &whose, &refusal)
            }
        }
    }

    /// The objects in the order of namespace and name, each with its kind.
    pub(crate) async fn read_objects(
        &self,
        objects: &ObjectsRef,
        end: Instant,
    ) -> Result<Vec<Value>, Refusal> {
        let place = self.place(&objects.api_version, &objects.kind, end).await?;
        let namespaces = match (self.namespaces(), &objects.namespace) {
            (Some(own), None) if place.is_namespaced() => {
                own.iter().map(|it| Some(it.as_str())).collect()
            }
            (_, namespace) => vec![namespace.as_deref()],
        };
        let mut items = Vec::new();
        for namespace in namespaces {
            let mut path = place.all(namespace);
            if let Some(selector) = &objects.selector {
                path.push_str("?labelSelector=");
                path.push_str(&escape(selector));
            }
            let mut listed = self.get(&path, end).await?;
            if let Value::Array(found) = listed["items"].take() {
                items.extend(found);
            }
        }
        Ok(items
            .into_iter()
            .map(|mut item| {
                item["apiVersion"] = objects.api_version.as_str().into();
                item["kind"] = objects.kind.as_str().into();
                item
            })
            .collect())
    }
}

/// Who wrote which field last is half of an object's size, and no question is about it.
pub(crate) fn forget_managers(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

/// `failed to list Pods in `shop`: …`, as an observation.
pub(crate) fn unreadable(operation: &str, what: &str, refusal: &Refusal) -> Observation {
    Observation::Unreadable(failed_to(operation, what, refusal))
}

pub(crate) fn failed_to(operation: &str, what: &str, refusal: &Refusal) -> String {
    format!("failed to {operation} {what}: {}", refusal.text())
}

/// A label selector in a query: everything but letters, digits and `-_.` as `%XX`.
fn escape(selector: &str) -> String {
    use std::fmt::Write as _;
    selector.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn selectors_are_escaped() {
        assert_eq!(
            escape("app=led ger,tier in (a,b)"),
            "app%3Dled%20ger%2Ctier%20in%20%28a%2Cb%29"
        );
    }
}
