//! What the learner wrote into the cluster and something in it may repeat: a container that logs its environment, a kubelet that quotes a probe.
//!
//! Whoever repeats it, it is the learner's word and no evidence; unless it was said before. Knows neither causes nor where a line was found.

use jiff::Timestamp;
use serde_json::Value;

use crate::audit::Entry;

/// A field whose content the audit log does not show as a container will say it.
const ENCODED: &str = "binaryData";

/// A variable that is put into another text.
const EXPANDED: &str = "$(";

/// All that the learner wrote, but events: those name their writer themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spoken {
    words: Vec<Words>,
}

/// What one write said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    /// RFC 3339, UTC.
    at: String,
    by: String,
    namespace: Option<String>,
    /// All texts and names of fields in it, each in a line with single spaces.
    texts: Vec<String>,
    /// Whether a container may say from it what is not in the texts.
    hides: bool,
}

impl Spoken {
    /// By the entries of the audit log.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let written = entries
            .iter()
            .filter(|entry| !entry.is_component && entry.code < 300 && entry.resource != "events");
        let words = written.map(|entry| {
            let mut texts = Vec::new();
            collect(&entry.sent, &mut texts);
            let hides = |text: &String| text == ENCODED || text.contains(EXPANDED);
            Words {
                at: entry.time.clone(),
                by: entry.user.clone(),
                namespace: entry.namespace.clone(),
                // The log never has what a Secret holds, and whoever reads it may say it. One that nobody wrote says what it said at the start.
                hides: entry.resource == "secrets" || texts.iter().any(hides),
                texts,
            }
        });
        Self {
            words: words.collect(),
        }
    }

    /// Who wrote this piece of a line before it was said at that time; `None` when nobody did.
    pub(crate) fn repeated(&self, piece: &str, at: &str) -> Option<&str> {
        let earlier = self.words.iter().filter(|words| is_before(&words.at, at));
        let mut same = earlier.filter(|words| words.texts.iter().any(|text| text.contains(piece)));
        same.next().map(|words| words.by.as_str())
    }

    /// The same for the log of a container in this namespace, which may say what the audit log does not show.
    pub(crate) fn logged(&self, piece: &str, at: &str, namespace: &str) -> Option<&str> {
        let hidden = self.words.iter().find(|words| {
            words.hides && words.namespace.as_deref() == Some(namespace) && is_before(&words.at, at)
        });
        self.repeated(piece, at)
            .or(hidden.map(|words| words.by.as_str()))
    }
}

/// Whether one time is no later than the other; RFC 3339, with and without parts of a second.
fn is_before(one: &str, other: &str) -> bool {
    let read = |time: &str| time.parse::<Timestamp>().ok();
    matches!((read(one), read(other)), (Some(one), Some(other)) if one <= other)
}

/// All texts and names of fields of a value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            texts.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
            // A patch, or what was last applied, is a text of its own.
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                collect(&inner, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            texts.push(name.clone());
            collect(value, texts);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LINE: &str = "2 node(s) had untolerated taint(s)";

    fn entry(resource: &str, name: Option<&str>, sent: Value) -> Entry {
        Entry {
            time: "2026-01-01T00:00:10.5Z".to_owned(),
            verb: "patch".to_owned(),
            user: "learner".to_owned(),
            impersonated: None,
            resource: resource.to_owned(),
            namespace: Some("shop".to_owned()),
            name: name.map(str::to_owned),
            code: 200,
            is_component: false,
            sent,
        }
    }

    fn spoken(sent: Value) -> Spoken {
        Spoken::of(&[entry("deployments", Some("till"), sent)])
    }

    #[test]
    fn only_a_secret_that_somebody_wrote_hides_something() {
        let reads =
            json!({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "access"}}}]});
        let said = |secret: &[Entry], at: &str| {
            let read = entry("deployments", Some("till"), reads.clone());
            let entries = [&[read], secret].concat();
            Spoken::of(&entries).logged(LINE, at, "shop").is_some()
        };
        let written = [entry("secrets", Some("access"), Value::Null)];
        assert!(!said(&[], "2026-01-01T00:00:11Z"));
        assert!(said(&written, "2026-01-01T00:00:11Z"));
        assert!(!said(&written, "2026-01-01T00:00:10Z"));
    }

    #[test]
    fn what_was_written_first_is_the_writers_word_and_what_was_said_first_is_not() {
        let env = json!({"spec": {"containers": [{"env": [{"name": "SEEN", "value": format!("0/4:  {LINE}")}]}]}});
        let spoken = spoken(env);
        assert_eq!(
            spoken.repeated(LINE, "2026-01-01T00:00:11Z"),
            Some("learner")
        );
        assert_eq!(spoken.repeated(LINE, "2026-01-01T00:00:10Z"), None);
        assert_eq!(
            spoken.repeated("something else was said", "2026-01-01T00:00:11Z"),
            None
        );
        assert_eq!(
            spoken.logged("something else was said", "2026-01-01T00:00:11Z", "shop"),
            None
        );
    }

    #[test]
    fn what_a_container_may_say_in_pieces_or_encoded_is_nobodys_evidence() {
        for sent in [
            json!({"args": ["$(A) $(B)"]}),
            json!({"binaryData": {"a": "eA=="}}),
        ] {
            let spoken = spoken(sent);
            assert_eq!(
                spoken.logged(LINE, "2026-01-01T00:00:11Z", "shop"),
                Some("learner")
            );
            assert_eq!(
                spoken.logged(LINE, "2026-01-01T00:00:11Z", "kube-system"),
                None
            );
            assert_eq!(spoken.repeated(LINE, "2026-01-01T00:00:11Z"), None);
        }
    }
}
