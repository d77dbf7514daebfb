//! What a learner did in a session, one after the other, and what that comes to.
//!
//! Pure: knows no file and no clock. Every count is computed from the events, and none is kept beside them.

use grade::diagnosis::Answer;
use grade::evidence::{Given, Occurrence};
use grade::score::Conduct;
use grade::verdict::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of a session's `record/events.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The learner got the lab. Not when it is brought back.
    Started,
    /// A hint was shown.
    Hint {
        /// From 1; one that was had before, too.
        number: u32,
    },
    /// A diagnosis was given.
    Answer {
        /// The diagnosis itself.
        answer: Answer,
        /// What became of looking for its line of evidence.
        occurrence: Occurrence,
        /// Whether it is what is judged from then on: not after a right one, nor when the lab is solved.
        kept: bool,
    },
    /// It was judged.
    Check {
        /// What that came to.
        outcome: Outcome,
        /// What it was worth.
        points: u32,
    },
    /// It was solved: for the first time, or once more after a reset.
    Solved,
    /// The learner asked for the lab from its beginning.
    Reset,
    /// The learner gave up and saw the solution.
    Revealed,
    /// What an earlier labctl, which kept no events, had counted by then.
    CarriedOver(Box<Counted>),
}

/// What a session of format 1 had counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// When the learner first got it, RFC 3339; empty before.
    pub started_at: String,
    /// When it was first solved.
    pub solved_at: Option<String>,
    /// Whether it was solved and then reset.
    #[serde(default)]
    pub broken_again: bool,
    /// How the learner went about it.
    pub conduct: Conduct,
    /// The diagnosis that was given last.
    pub given: Option<Given>,
}

/// What the events come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoFar {
    /// When the learner first got it, RFC 3339; empty before.
    pub started_at: String,
    /// When it was first solved.
    pub solved_at: Option<String>,
    /// Whether it was solved and then reset.
    pub broken_again: bool,
    /// How the learner went about it. What is done after the solution costs nothing.
    pub conduct: Conduct,
    /// How often it was judged.
    pub checks: u32,
    /// The diagnosis that is judged.
    pub given: Option<Given>,
}

/// What these events come to, the oldest first.
#[must_use]
pub fn so_far(events: &[Event]) -> SoFar {
    let mut so_far = SoFar::default();
    for event in events {
        so_far.add(event);
    }
    so_far
}

impl SoFar {
    /// Whether it was solved at some time.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.solved_at.is_some()
    }

    /// With one event more.
    pub(crate) fn add(&mut self, event: &Event) {
        let is_free = self.is_solved();
        match &event.what {
            What::Started if self.started_at.is_empty() => self.started_at.clone_from(&event.at),
            What::Hint { number } if !is_free => {
                self.conduct.hints = self.conduct.hints.max(*number);
            }
            What::Started | What::Hint { .. } | What::Answer { kept: false, .. } => {}
            What::Answer {
                answer, occurrence, ..
            } => self.answer(answer, occurrence),
            What::Check { .. } => self.checks += 1,
            What::Solved => {
                self.solved_at.get_or_insert_with(|| event.at.clone());
                self.broken_again = false;
            }
            What::Reset => {
                self.conduct.resets += u32::from(!is_free);
                self.broken_again = is_free;
            }
            What::Revealed => self.conduct.revealed |= !is_free,
            What::CarriedOver(counted) => {
                let Counted {
                    started_at,
                    solved_at,
                    broken_again,
                    conduct,
                    given,
                } = counted.as_ref().clone();
                *self = Self {
                    started_at,
                    solved_at,
                    broken_again,
                    conduct,
                    given,
                    checks: self.checks,
                };
            }
        }
    }

    /// The same diagnosis again is no new attempt.
    fn answer(&mut self, answer: &Answer, occurrence: &Occurrence) {
        let before = self.given.as_ref();
        let is_new = before.is_none_or(|before| before.answer != *answer);
        self.conduct.attempts += u32::from(is_new && !self.is_solved());
        self.given = Some(Given {
            answer: answer.clone(),
            attempts: self.conduct.attempts,
            occurrence: occurrence.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(constraint: &str, kept: bool) -> What {
        What::Answer {
            answer: Answer {
                format_version: 1,
                refused_by: "scheduler".to_owned(),
                constraint: constraint.to_owned(),
                must_change: "deployment/cart".to_owned(),
                evidence: String::new(),
            },
            occurrence: Occurrence::NotFound,
            kept,
        }
    }

    /// An event a second.
    fn events(all: Vec<What>) -> Vec<Event> {
        let timed = all.into_iter().enumerate().map(|(second, what)| Event {
            at: format!("2026-01-01T00:00:{second:02}Z"),
            what,
        });
        timed.collect()
    }

    /// `hints attempts resets checks`.
    #[track_caller]
    fn counts(all: Vec<What>, expected: &str) -> SoFar {
        let so_far = so_far(&events(all));
        let Conduct {
            hints,
            attempts,
            resets,
            ..
        } = so_far.conduct;
        let found = format!("{hints} {attempts} {resets} {}", so_far.checks);
        assert_eq!(found, expected);
        so_far
    }

    fn check() -> What {
        What::Check {
            outcome: Outcome::NotSolved,
            points: 20,
        }
    }

    #[test]
    fn what_counts_counts_once() {
        counts(vec![], "0 0 0 0");
        let hint = |number| What::Hint { number };
        counts(
            vec![What::Started, hint(1), hint(1), hint(2), hint(1)],
            "2 0 0 0",
        );
        counts(
            vec![
                answer("taint", true),
                answer("taint", true),
                answer("quota", true),
                answer("taint", false),
            ],
            "0 2 0 0",
        );
        counts(vec![What::Reset, check(), What::Reset, check()], "0 0 2 2");
    }

    #[test]
    fn after_the_solution_nothing_costs() {
        let so_far = counts(
            vec![
                What::Started,
                What::Hint { number: 1 },
                answer("taint", true),
                What::Solved,
                What::Reset,
                What::Hint { number: 3 },
                answer("quota", true),
                What::Revealed,
                check(),
            ],
            "1 1 0 1",
        );
        assert!(so_far.broken_again && !so_far.conduct.revealed);
        assert_eq!(so_far.started_at, "2026-01-01T00:00:00Z");
        assert_eq!(so_far.solved_at.as_deref(), Some("2026-01-01T00:00:03Z"));
        assert_eq!(so_far.given.unwrap().attempts, 1);
    }

    #[test]
    fn solved_once_more_stands_and_keeps_its_first_time() {
        let so_far = counts(vec![What::Solved, What::Reset, What::Solved], "0 0 0 0");
        assert!(!so_far.broken_again);
        assert_eq!(so_far.solved_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn what_an_earlier_labctl_counted_goes_on() {
        let counted = Counted {
            started_at: "2025-01-01T00:00:00Z".to_owned(),
            solved_at: None,
            broken_again: false,
            conduct: Conduct {
                hints: 2,
                attempts: 1,
                resets: 3,
                revealed: false,
            },
            given: None,
        };
        let all = vec![
            What::CarriedOver(Box::new(counted)),
            What::Hint { number: 3 },
            What::Reset,
        ];
        assert_eq!(counts(all, "3 1 4 0").started_at, "2025-01-01T00:00:00Z");
    }

    #[test]
    fn a_line_is_one_flat_object() {
        let line = |what| {
            let at = "2026-01-01T00:00:00Z".to_owned();
            let event = Event { at, what };
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
            text
        };
        assert_eq!(
            line(What::Started),
            r#"{"at":"2026-01-01T00:00:00Z","event":"started"}"#
        );
        assert_eq!(
            line(What::Hint { number: 2 }),
            r#"{"at":"2026-01-01T00:00:00Z","event":"hint","number":2}"#
        );
        line(answer("taint", true));
        line(check());
    }
}
