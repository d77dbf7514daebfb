//! Whether a line of evidence really occurred in a session: in an event that Kubernetes wrote, in how a kubelet says that a container ended,
//! or in a container's log.

pub(crate) mod ends;

use grade::evidence::Occurrence;
use provider::{Container, Site};
use serde::Deserialize;
use serde_json::Value;

use crate::audit::{self, Entry};
use crate::failure::Result;
use crate::lab;
use crate::own::Own;
use crate::place::{Place, read_json};
use crate::spoken::Spoken;

/// How many characters a line of evidence has at least: shorter pieces occur by chance.
pub const SHORTEST: usize = 20;

/// What one event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// "event of Pod `shop/cart-1`".
    pub place: String,
    /// Of the event, `FailedScheduling`, or of the container's end, `OOMKilled`; empty for a line of a log.
    pub reason: String,
    /// Its message.
    pub text: String,
    /// When: RFC 3339, UTC.
    pub at: String,
    /// Who wrote it, when it was not Kubernetes.
    pub forger: Option<String>,
    /// Whether it tells of something that went wrong.
    pub is_warning: bool,
}

/// What is known of the events of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The newest first.
    pub said: Vec<Said>,
    /// Why some of them may be lost; unset when none is.
    pub gap: Option<String>,
    /// Whose lines count: those about the lab's own objects, not about what the learner made.
    pub(crate) own: Own,
    /// What the learner wrote, which is nobody's evidence when something repeats it.
    pub(crate) spoken: Spoken,
}

/// When the cluster was set up: what a baseline has first.
#[derive(Deserialize)]
struct SetUp {
    taken_at: String,
}

/// What the events of a running session said.
///
/// # Errors
/// Its cluster does not run.
pub fn of_session(place: &Place) -> Result<Heard> {
    let history = lab::history(place)?;
    // Without a baseline nothing is judged, and the check says so.
    let set_up = read_json::<SetUp>(&place.record("baseline.json"));
    let begun = set_up.map(|set_up| set_up.taken_at).unwrap_or_default();
    let entries = audit::read(&history);
    let own = Own::of(place, &entries);
    Ok(Heard {
        said: all_said(&entries, &own),
        gap: history.gap(&begun),
        own,
        spoken: Spoken::of(&entries),
    })
}

/// What was said of the lab's own objects by events and by kubelets, the newest first.
fn all_said(entries: &[Entry], own: &Own) -> Vec<Said> {
    let mut said = events(entries, own);
    said.extend(ends::of(entries, own));
    said.sort_by(|one, other| other.at.cmp(&one.at));
    said
}

/// What all these events said of the lab's own objects.
fn events(entries: &[Entry], own: &Own) -> Vec<Said> {
    entries
        .iter()
        .filter(|entry| entry.resource == "events" && entry.code < 300)
        .filter_map(|entry| {
            let text = ["/message", "/note"]
                .iter()
                .find_map(|place| entry.sent.pointer(place)?.as_str())?;
            let about = entry
                .sent
                .get("involvedObject")
                .or_else(|| entry.sent.get("regarding"));
            // While nodes join, Kubernetes' own Pods are refused for a moment: that shows nothing about a workload.
            if about.is_some_and(|about| about["namespace"] == "kube-system") {
                return None;
            }
            let is_own = about.is_none_or(|about| {
                let text = |field: &str| about[field].as_str().unwrap_or_default();
                own.has(text("kind"), text("namespace"), text("name"))
            });
            // One that was written by hand is told as such, whatever it is about.
            if entry.is_component && !is_own {
                return None;
            }
            Some(Said {
                place: format!("event of {}", about.map_or_else(String::new, object)),
                reason: entry.sent["reason"].as_str().unwrap_or_default().to_owned(),
                text: text.to_owned(),
                at: entry.time.clone(),
                forger: (!entry.is_component).then(|| entry.user.clone()),
                is_warning: entry.sent["type"] == "Warning",
            })
        })
        .collect()
}

fn object(about: &Value) -> String {
    let text = |field: &str| about[field].as_str().unwrap_or_default();
    match text("namespace") {
        "" => format!("{} `{}`", text("kind"), text("name")),
        namespace => format!("{} `{namespace}/{}`", text("kind"), text("name")),
    }
}

/// Whether a line is so short that it says nothing.
#[must_use]
pub fn is_too_short(line: &str) -> bool {
    words(line).chars().count() < SHORTEST
}

/// Looks for a line among the events and then in the logs of the containers. A line that is nowhere did not occur, unless events are lost.
#[must_use]
pub fn find(line: &str, heard: &Heard, site: &Site) -> Occurrence {
    let line = words(line);
    if is_too_short(&line) {
        return Occurrence::NotFound;
    }
    let found: Vec<(&Said, String)> = heard
        .said
        .iter()
        .filter_map(|said| Some((said, piece(&line, &said.text)?)))
        .collect();
    // A line may hold more than one message: the longest is what it was copied for.
    let is_real = |(said, piece): &&(&Said, String)| {
        said.forger.is_none() && heard.spoken.repeated(piece, &said.at).is_none()
    };
    let real = found.iter().filter(is_real);
    if let Some((said, piece)) = real.max_by_key(|(_, piece)| piece.len()) {
        return Occurrence::Occurred {
            in_: said.place.clone(),
            piece: piece.clone(),
        };
    }
    let logged = in_logs(&line, site, heard);
    if let Some(Logged::Said { in_, piece }) = logged {
        return Occurrence::Occurred { in_, piece };
    }
    let forger = found.iter().find_map(|(said, piece)| {
        let repeated = || heard.spoken.repeated(piece, &said.at).map(str::to_owned);
        said.forger.clone().or_else(repeated)
    });
    let repeated = match logged {
        Some(Logged::Repeated { by }) => Some(by),
        _ => None,
    };
    match (forger.or(repeated), &heard.gap) {
        (Some(by), _) => Occurrence::Forged { by },
        (None, Some(gap)) => Occurrence::Unreadable(format!(
            "{gap}, so nobody can say whether this line occurred; `labctl reset` begins a new log"
        )),
        (None, None) => Occurrence::NotFound,
    }
}

/// What of the line is in this text: all of it when the learner gave a piece of the message, the message when it is a whole
/// line of `kubectl`, and as much as there is of it when a narrow terminal cut that line off.
fn piece(line: &str, text: &str) -> Option<String> {
    let text = words(text);
    if text.contains(line) {
        return Some(line.to_owned());
    }
    if text.len() >= SHORTEST && line.contains(&text) {
        return Some(text);
    }
    let cut = line.trim_end_matches(['.', '…']).trim_end();
    let begins = cut.match_indices(' ').map(|(space, _)| &cut[space + 1..]);
    begins
        .take_while(|rest| rest.len() >= SHORTEST)
        .find(|rest| text.starts_with(rest))
        .map(str::to_owned)
}

/// The same words, however they were broken into lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the lab's own containers logged in a session.
#[must_use]
pub fn logged(place: &Place, heard: &Heard) -> Vec<String> {
    let mut lines = Vec::new();
    let is_own = |container: &Container| heard.own.logs(container);
    place.site().each_line(&is_own, &mut |logged| {
        lines.push(logged.text.to_owned());
        false
    });
    lines
}

/// What became of looking for a line in the logs.
enum Logged {
    Said {
        in_: String,
        piece: String,
    },
    /// A container only said what somebody had written.
    Repeated {
        by: String,
    },
}

fn in_logs(line: &str, site: &Site, heard: &Heard) -> Option<Logged> {
    let mut found = None;
    let is_own = |container: &Container| heard.own.logs(container);
    site.each_line(&is_own, &mut |logged| {
        let Some(piece) = piece(line, logged.text) else {
            return false;
        };
        let Container {
            namespace, name, ..
        } = logged.container;
        let by = heard.spoken.logged(&piece, logged.at, namespace);
        let in_ = format!("log of container `{name}`");
        found = Some(match by {
            None => Logged::Said { in_, piece },
            Some(by) => Logged::Repeated { by: by.to_owned() },
        });
        matches!(found, Some(Logged::Said { .. }))
    });
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use provider::Provider;

    use super::*;

    fn nowhere() -> Site {
        Provider::default().at(Path::new("/nonexistent"))
    }

    const REFUSED: &str = "0/4 nodes are available: 2 node(s) had untolerated taint(s).";

    fn heard(forger: Option<&str>) -> Heard {
        Heard {
            said: vec![Said {
                place: "event of Pod `a/b`".to_owned(),
                reason: "FailedScheduling".to_owned(),
                text: REFUSED.to_owned(),
                at: "2026-01-01T00:00:00Z".to_owned(),
                forger: forger.map(str::to_owned),
                is_warning: true,
            }],
            gap: None,
            own: Own::default(),
            spoken: Spoken::default(),
        }
    }

    #[test]
    fn a_line_that_may_be_lost_is_not_told_to_be_missing() {
        let lost = Heard {
            gap: Some("the log is gone".to_owned()),
            ..heard(None)
        };
        let nowhere = nowhere();
        let missing = find("5 node(s) had something else entirely", &lost, &nowhere);
        assert!(
            matches!(&missing, Occurrence::Unreadable(why) if why.starts_with("the log is gone")),
            "{missing:?}"
        );
        assert!(matches!(
            find(REFUSED, &lost, &nowhere),
            Occurrence::Occurred { .. }
        ));
    }

    #[test]
    fn a_line_is_found_whole_in_pieces_and_inside_kubectls_line() {
        let nowhere = nowhere();
        let real = |piece: &str| Occurrence::Occurred {
            in_: "event of Pod `a/b`".to_owned(),
            piece: piece.to_owned(),
        };
        for (line, expected) in [
            (REFUSED, real(REFUSED)),
            (
                "2 node(s) had   untolerated taint(s)",
                real("2 node(s) had untolerated taint(s)"),
            ),
            (
                "Warning  FailedScheduling  5m  default-scheduler  0/4 nodes are available: 2 node(s) had untolerated taint(s).",
                real(REFUSED),
            ),
            (
                "FailedScheduling  5m  default-scheduler  0/4 nodes are available: 2 node(s) had unt…",
                real("0/4 nodes are available: 2 node(s) had unt"),
            ),
            (
                "default-scheduler 0/4 nodes are available: 2 node(s) had something else",
                Occurrence::NotFound,
            ),
            ("default-scheduler 0/4 nodes are", Occurrence::NotFound),
            ("untolerated taint", Occurrence::NotFound),
            (
                "0/4 nodes are available: 3 node(s) had untolerated taint(s).",
                Occurrence::NotFound,
            ),
        ] {
            assert_eq!(find(line, &heard(None), &nowhere), expected, "{line}");
        }
    }

    #[test]
    fn a_forged_event_names_its_writer() {
        let found = find(REFUSED, &heard(Some("learner")), &nowhere());
        assert_eq!(
            found,
            Occurrence::Forged {
                by: "learner".to_owned()
            }
        );
    }
}
