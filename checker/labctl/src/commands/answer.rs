//! `labctl answer`: the learner's diagnosis, from a menu, a file or flags.

use std::io::IsTerminal as _;

use grade::diagnosis::{Answer, CONSTRAINT, Choice, REFUSED_BY};
use grade::evidence::{Given, Occurrence};
use inquire::autocompletion::Replacement;
use inquire::validator::Validation;
use inquire::{Autocomplete, CustomUserError, InquireError, Select, Text};

use crate::cli::{AnswerArgs, Format};
use crate::failure::{Failure, Result};
use crate::occurrence::{self, Said};
use crate::output::{Answered, FORMAT};
use crate::screen;
use crate::session::{Place, Session, Sessions};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &AnswerArgs,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let said = occurrence::of_session(&place)?;
    let answer = match (&arguments.file, flags(arguments)) {
        (Some(file), _) => {
            let text = std::fs::read(file).map_err(|error| {
                Failure::bad_input(format!("failed to read `{}`: {error}", file.display()))
            })?;
            Answer::parse(&file.display().to_string(), &text)?
        }
        (None, Some(text)) => Answer::parse("the flags", text.as_bytes())?,
        (None, None) if std::io::stdin().is_terminal() => ask(&place, &said)?,
        (None, None) => {
            return Err(Failure::bad_input("there is no terminal to ask at").hint(
                "give --refused-by, --constraint, --must-change and --evidence, or a file with them (--file)",
            ));
        }
    };
    if occurrence::is_too_short(&answer.evidence) {
        return Err(
            Failure::bad_input("the line of evidence is too short to be sure of")
                .hint(format!("{}; this was not counted as an answer", at_least())),
        );
    }
    let occurrence = occurrence::find(&answer.evidence, &said, &place.cluster());
    // At a menu minutes may have passed, with hints and checks at other terminals.
    let (session, recorded) =
        sessions.change(&session, |session| Ok(record(session, answer, occurrence)))?;
    let attempt = session.conduct.attempts;
    match output {
        Format::Json => screen::json(&Answered {
            format_version: FORMAT,
            attempt,
            recorded,
        }),
        Format::Text if !recorded => screen::out(
            "the lab is solved, and your diagnosis stands: this one is not recorded; `labctl debrief` tells the cause",
        ),
        Format::Text => screen::out(&format!(
            "✓ recorded ({}); `labctl check` judges it",
            ordinal(attempt)
        )),
    }
    Ok(())
}

/// Records an answer to be judged; `false` when there is nothing left to answer. The same answer again is no new attempt, and
/// once the lab was solved no answer is counted.
fn record(session: &mut Session, answer: Answer, occurrence: Occurrence) -> bool {
    if session.stands_solved() {
        return false;
    }
    let is_new = session
        .given
        .as_ref()
        .is_none_or(|given| given.answer != answer);
    if is_new && !session.is_solved() {
        session.conduct.attempts += 1;
    }
    session.given = Some(Given {
        answer,
        attempts: session.conduct.attempts,
        occurrence,
    });
    true
}

fn at_least() -> String {
    format!("give at least {} characters of it", occurrence::SHORTEST)
}

/// How much of a menu is shown at a time.
const MENU_LINES: usize = 12;

fn flags(arguments: &AnswerArgs) -> Option<String> {
    let answer = serde_json::json!({
        "format_version": 1,
        "refused_by": arguments.refused_by.as_ref()?,
        "constraint": arguments.constraint.as_ref()?,
        "must_change": arguments.must_change.as_ref()?,
        "evidence": arguments.evidence.as_ref()?,
    });
    Some(answer.to_string())
}

/// Asks at the terminal.
fn ask(place: &Place, said: &[Said]) -> Result<Answer> {
    let refused_by = choose("What kept the Pods from running?", REFUSED_BY)?;
    let constraint = choose("Which constraint was not met?", CONSTRAINT)?;
    let must_change = Text::new("Which object had to change?")
        .with_help_message("kind/name, such as deployment/cart")
        .prompt()
        .map_err(ended)?;
    let cluster = place.cluster();
    let known = said.to_vec();
    let evidence = Text::new("One line of evidence")
        .with_help_message(
            "from an event or a log; type a word of it, Tab takes a line that occurred",
        )
        .with_autocomplete(Lines::of(said))
        .with_validator(move |typed: &str| {
            if occurrence::is_too_short(typed) {
                return Ok(Validation::Invalid(at_least().into()));
            }
            let found = occurrence::find(typed, &known, &cluster);
            Ok(if found == Occurrence::NotFound {
                Validation::Invalid("no event and no log of this session says that".into())
            } else {
                Validation::Valid
            })
        })
        .prompt()
        .map_err(ended)?;
    let answer = serde_json::json!({
        "format_version": 1, "refused_by": refused_by, "constraint": constraint,
        "must_change": must_change, "evidence": evidence,
    });
    Ok(Answer::parse("your answer", answer.to_string().as_bytes())?)
}

/// The lines that occurred, to choose from: each once, the newest first.
#[derive(Clone)]
struct Lines(Vec<String>);

impl Lines {
    fn of(said: &[Said]) -> Self {
        let mut lines: Vec<String> = Vec::new();
        for line in said {
            if !lines.contains(&line.text) {
                lines.push(line.text.clone());
            }
        }
        Self(lines)
    }

    fn with(&self, typed: &str) -> impl Iterator<Item = &String> {
        let typed = typed.to_lowercase();
        self.0
            .iter()
            .filter(move |line| line.to_lowercase().contains(&typed))
    }
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

fn choose(question: &str, choices: &[Choice]) -> Result<String> {
    let texts: Vec<&str> = choices.iter().map(|choice| choice.text).collect();
    let picked = Select::new(question, texts)
        .with_page_size(MENU_LINES)
        .raw_prompt()
        .map_err(ended)?;
    Ok(choices[picked.index].key.to_owned())
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

fn ordinal(attempt: u32) -> String {
    match attempt {
        1 => "first attempt".to_owned(),
        2 => "second attempt".to_owned(),
        3 => "third attempt".to_owned(),
        other => format!("attempt {other}"),
    }
}
