//! `labctl answer`: the learner's diagnosis, from a menu, a file or flags.

mod questions;

use std::io::IsTerminal as _;
use std::path::Path;

use grade::diagnosis::Answer;
use session::answer::{Recorded, give};
use session::heard::heard;
use session::written::{self, Unread};
use session::{Caller, Sessions, lab, occurrence};

use crate::cli::{AnswerArgs, Format};
use crate::failure::{Failure, Result};
use crate::output::{Answered, FORMAT};
use crate::screen;

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &AnswerArgs,
    caller: Caller<'_>,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    if !scenario
        .checks
        .iter()
        .any(|check| check.ask.diagnosis().is_some())
    {
        return Err(
            Failure::bad_input(format!("lab `{}` asks for no diagnosis", session.lab))
                .hint("`labctl check` says what it asks for"),
        );
    }
    let heard = heard(&place).await?;
    let answer = match (&arguments.file, flags(arguments)) {
        (Some(file), _) => from_file(file)?,
        (None, Some(answer)) => answer,
        (None, None) if std::io::stdin().is_terminal() => {
            questions::ask(&place, &heard, &scenario.menu)?
        }
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
    let occurrence = occurrence::find(&answer.evidence, &heard, &place.site());
    let (session, recorded) =
        give(sessions, &session, &scenario, answer, occurrence, caller).await?;
    show(output, session.so_far.conduct.attempts, &recorded);
    Ok(())
}

fn show(output: Format, attempt: u32, recorded: &Recorded) {
    let ordinal = ordinal(attempt);
    let text = match (output, recorded) {
        (Format::Json, _) => {
            screen::json(&Answered {
                format_version: FORMAT,
                attempt,
                recorded: matches!(recorded, Recorded::Kept | Recorded::KeptUnseen(_)),
            });
            return;
        }
        (Format::Text, Recorded::Kept) => {
            format!("✓ recorded ({ordinal}); `labctl check` judges it")
        }
        (Format::Text, Recorded::KeptUnseen(why)) => {
            format!("✓ recorded ({ordinal}); `labctl check` cannot judge it now: {why}")
        }
        (Format::Text, Recorded::RightBefore) => format!(
            "✓ the diagnosis that you gave before is right and stays ({ordinal}); this one was not counted"
        ),
        (Format::Text, Recorded::Solved) => {
            "the lab is solved, and your diagnosis stands: this one is not recorded; `labctl debrief` tells the cause".to_owned()
        }
    };
    screen::out(&text);
}

fn at_least() -> String {
    format!("give at least {} characters of it", occurrence::SHORTEST)
}

fn from_file(path: &Path) -> Result<Answer> {
    let name = path.display();
    let text = written::text(path).map_err(|unread| {
        Failure::bad_input(match unread {
            Unread::Absent => format!("there is no file `{name}`"),
            Unread::Unusable(what) => format!("`{name}` {what}"),
            Unread::Refused(why) => format!("failed to read `{name}`: {why}"),
        })
    })?;
    Ok(Answer::parse(&name.to_string(), text.as_bytes())?)
}

/// The answer that the flags give; the command line was refused if one of them is wrong.
fn flags(arguments: &AnswerArgs) -> Option<Answer> {
    Some(Answer {
        format_version: 1,
        refused_by: arguments.refused_by.clone()?,
        constraint: arguments.constraint.clone()?,
        must_change: arguments.must_change.clone()?,
        evidence: arguments.evidence.as_ref()?.trim().to_owned(),
    })
}

fn ordinal(attempt: u32) -> String {
    match attempt {
        1 => "first attempt".to_owned(),
        2 => "second attempt".to_owned(),
        3 => "third attempt".to_owned(),
        other => format!("attempt {other}"),
    }
}
