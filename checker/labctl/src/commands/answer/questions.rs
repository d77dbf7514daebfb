//! The four questions at a terminal. Each is checked as it is answered, so nothing that was answered is asked again.

use std::borrow::Cow;

use grade::diagnosis::{self, Answer, Choice, Menu};
use grade::evidence::Occurrence;
use inquire::autocompletion::Replacement;
use inquire::validator::Validation;
use inquire::{Autocomplete, CustomUserError, InquireError, Select, Text};
use session::Place;
use session::occurrence::{self, Heard, Said};

use super::at_least;
use crate::failure::{Failure, Result};

/// How much of a menu is shown at a time.
const MENU_LINES: usize = 12;

/// What a menu shows when what was typed is in none of its lines.
const NOTHING: Choice = Choice {
    key: Cow::Borrowed(""),
    text: Cow::Borrowed("(nothing matches: Backspace takes letters away)"),
};

/// From so many letters on, a word that has a digit too is a name that the cluster made up.
const MADE_UP: usize = 8;

/// Asks at the terminal.
pub(super) fn ask(place: &Place, heard: &Heard, menu: &Menu) -> Result<Answer> {
    let refused_by = choose("What kept the Pods from running?", &menu.refused_by)?;
    let constraint = choose("Which constraint was not met?", &menu.constraint)?;
    let must_change = Text::new("Which object had to change?")
        .with_help_message("kind/name, such as deployment/cart")
        .with_validator(|typed: &str| Ok(validation(object(typed))))
        .prompt()
        .map_err(ended)?;
    let site = place.site();
    let known = heard.clone();
    let evidence = Text::new("One line of evidence")
        .with_help_message(
            "from an event or a log; type a word of it, Tab takes a line that occurred",
        )
        .with_autocomplete(Lines::of(&heard.said))
        .with_validator(move |typed: &str| {
            Ok(validation(line(typed, |typed| {
                occurrence::find(typed, &known, &site)
            })))
        })
        .prompt()
        .map_err(ended)?;
    Ok(Answer {
        format_version: 1,
        refused_by,
        constraint,
        must_change: object(&must_change).map_err(Failure::bad_input)?,
        evidence: evidence.trim().to_owned(),
    })
}

/// The object that was typed, in its normal form, or what is wrong with it.
fn object(typed: &str) -> std::result::Result<String, String> {
    diagnosis::object(typed)
        .ok_or_else(|| "write it as kind/name, such as deployment/cart".to_owned())
}

/// What is wrong with a line of evidence. One that cannot be looked for is the check's to tell.
fn line(typed: &str, find: impl Fn(&str) -> Occurrence) -> std::result::Result<(), String> {
    if occurrence::is_too_short(typed) {
        return Err(at_least());
    }
    if find(typed) == Occurrence::NotFound {
        return Err("no event and no log of this session says that".to_owned());
    }
    Ok(())
}

fn validation<T>(checked: std::result::Result<T, String>) -> Validation {
    match checked {
        Ok(_) => Validation::Valid,
        Err(wrong) => Validation::Invalid(wrong.into()),
    }
}

/// Asks until one of the choices is picked; what is typed picks those that have all its words.
fn choose(question: &str, choices: &[Choice]) -> Result<String> {
    let mut all = choices.to_vec();
    all.push(NOTHING);
    let texts: Vec<&str> = all.iter().map(|choice| choice.text.as_ref()).collect();
    loop {
        let picked = Select::new(question, texts.clone())
            .with_page_size(MENU_LINES)
            .with_scorer(&|typed, _, _, place| shows(&all, typed, place))
            .raw_prompt()
            .map_err(ended)?;
        if let Some(choice) = choices.get(picked.index) {
            return Ok(choice.key.clone().into_owned());
        }
    }
}

/// Whether a menu shows its line at this place, which grows less from line to line; the last line only when it shows no other.
fn shows(all: &[Choice], typed: &str, place: usize) -> Option<i64> {
    let (last, choices) = all.split_last()?;
    let is_shown = match choices.get(place) {
        Some(choice) => matches(choice, typed),
        None => last.key.is_empty() && !choices.iter().any(|choice| matches(choice, typed)),
    };
    is_shown.then(|| -i64::try_from(place).unwrap_or_default())
}

fn matches(choice: &Choice, typed: &str) -> bool {
    let line = format!("{} {}", choice.text, choice.key).to_lowercase();
    typed
        .to_lowercase()
        .split_whitespace()
        .all(|word| line.contains(word))
}

/// The lines that occurred, to choose from: warnings first, then the newest, and of those that differ only in a made-up name one.
#[derive(Clone)]
struct Lines(Vec<String>);

impl Lines {
    fn of(said: &[Said]) -> Self {
        let mut shapes: Vec<String> = Vec::new();
        let (warnings, others): (Vec<&Said>, Vec<&Said>) =
            said.iter().partition(|said| said.is_warning);
        let lines = warnings.into_iter().chain(others).filter(|said| {
            let shape = shape(&said.text);
            let is_new = !shapes.contains(&shape);
            if is_new {
                shapes.push(shape);
            }
            is_new
        });
        Self(lines.map(|said| said.text.clone()).collect())
    }

    fn with(&self, typed: &str) -> impl Iterator<Item = &String> {
        let typed = typed.to_lowercase();
        self.0
            .iter()
            .filter(move |line| line.to_lowercase().contains(&typed))
    }
}

/// The line without the names that are another's in the next event of the kind.
fn shape(line: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let words = line.split_inclusive(|letter: char| !is_word(letter));
    words
        .map(|piece| {
            let word = piece.trim_end_matches(|letter: char| !is_word(letter));
            let has = |kind: fn(&char) -> bool| word.chars().any(|letter| kind(&letter));
            let is_made_up = word.len() >= MADE_UP
                && has(char::is_ascii_digit)
                && has(char::is_ascii_alphabetic);
            if is_made_up {
                format!("*{}", &piece[word.len()..])
            } else {
                piece.to_owned()
            }
        })
        .collect()
}

impl Autocomplete for Lines {
    fn get_suggestions(
        &mut self,
        typed: &str,
    ) -> std::result::Result<Vec<String>, CustomUserError> {
        Ok(self.with(typed).take(MENU_LINES).cloned().collect())
    }

    fn get_completion(
        &mut self,
        typed: &str,
        highlighted: Option<String>,
    ) -> std::result::Result<Replacement, CustomUserError> {
        Ok(highlighted.or_else(|| self.with(typed).next().cloned()))
    }
}

fn ended(error: InquireError) -> Failure {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Failure::interrupted()
        }
        other => Failure::bad_input(format!("failed to ask at the terminal: {other}"))
            .hint("`labctl answer --file FILE` needs no terminal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, is_warning: bool) -> Said {
        Said {
            reason: String::new(),
            place: "event of Pod `shop/cart`".to_owned(),
            text: text.to_owned(),
            at: String::new(),
            forger: None,
            is_warning,
        }
    }

    #[test]
    fn the_same_event_of_several_pods_is_offered_once_and_warnings_come_first() {
        let lines = Lines::of(&[
            said("Container started", false),
            said(
                "Failed to create pod sandbox: sandbox \"5f0c9a7be1\": no address",
                true,
            ),
            said(
                "Failed to create pod sandbox: sandbox \"77aa01bc9f\": no address",
                true,
            ),
            said("0/5 nodes are available: 3 Insufficient cpu", true),
            said("0/5 nodes are available: 5 Insufficient cpu", true),
        ]);
        assert_eq!(
            lines.0,
            [
                "Failed to create pod sandbox: sandbox \"5f0c9a7be1\": no address",
                "0/5 nodes are available: 3 Insufficient cpu",
                "0/5 nodes are available: 5 Insufficient cpu",
                "Container started",
            ]
        );
    }

    #[test]
    fn a_menu_shows_what_has_all_typed_words_or_that_nothing_has() {
        let mut all = diagnosis::CONSTRAINT.to_vec();
        all.push(NOTHING);
        let shown = |typed: &str| -> Vec<&str> {
            let places = (0..all.len()).filter(|place| shows(&all, typed, *place).is_some());
            places.map(|place| all[place].key.as_ref()).collect()
        };
        assert_eq!(shown("").len(), diagnosis::CONSTRAINT.len());
        assert_eq!(shown("address POD"), ["no-pod-address"]);
        assert_eq!(shown("pod-address"), ["no-pod-address"]);
        assert_eq!(shown("teapot"), [""]);
    }

    #[test]
    fn an_object_is_checked_as_it_is_typed() {
        assert_eq!(
            object("deploy fulfilment"),
            Ok("deployment/fulfilment".to_owned())
        );
        for wrong in ["", "transcoder", "a b c"] {
            assert_eq!(
                object(wrong),
                Err("write it as kind/name, such as deployment/cart".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_line_is_refused_when_it_is_short_or_did_not_occur() {
        let long = "a line that is long enough";
        assert_eq!(line("short", |_| Occurrence::NotFound), Err(at_least()));
        assert!(line(long, |_| Occurrence::NotFound).is_err());
        let unseen = |_: &str| Occurrence::Unreadable("the log is gone".to_owned());
        assert_eq!(line(long, unseen), Ok(()));
    }
}
