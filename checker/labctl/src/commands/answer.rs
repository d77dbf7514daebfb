//! `labctl answer`: the learner's diagnosis, from a menu, a file or flags.

mod questions;

use std::io::IsTerminal as _;
use std::path::Path;

use grade::Scenario;
use grade::diagnosis::Answer;
use grade::evidence::{Evidence, Given, Occurrence};
use grade::verdict::Verdict;

use crate::cli::{AnswerArgs, Format};
use crate::failure::{Failure, Result};
use crate::output::{Answered, FORMAT};
use crate::session::{Session, Sessions};
use crate::written::{self, Unread};
use crate::{lab, occurrence, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &AnswerArgs,
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
    let heard = occurrence::of_session(&place)?;
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
    let occurrence = occurrence::find(&answer.evidence, &heard, &place.cluster());
    // At a menu minutes may have passed, with hints and checks at other terminals.
    let (session, recorded) = sessions.change(&session, |session| {
        Ok(record(session, &scenario, answer, occurrence))
    })?;
    show(output, session.conduct.attempts, &recorded);
    Ok(())
}

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Recorded {
    /// It is what `check` judges.
    Kept,
    /// So it is, but nobody could look for its line; says why.
    KeptUnseen(String),
    /// It is not kept: the answer before was right, and what is right stays so.
    RightBefore,
    /// It is not kept: the lab is solved.
    Solved,
}

/// Takes an answer down to be judged. A right one is never replaced, the same one again is no new attempt, and once the lab was
/// solved no answer is counted.
fn record(
    session: &mut Session,
    scenario: &Scenario,
    answer: Answer,
    occurrence: Occurrence,
) -> Recorded {
    if session.stands_solved() {
        return Recorded::Solved;
    }
    let before = session.given.as_ref();
    if before.is_some_and(|before| is_right(scenario, before)) {
        return Recorded::RightBefore;
    }
    let is_new = before.is_none_or(|before| before.answer != answer);
    if is_new && !session.is_solved() {
        session.conduct.attempts += 1;
    }
    let recorded = match &occurrence {
        Occurrence::Unreadable(why) => Recorded::KeptUnseen(why.clone()),
        _ => Recorded::Kept,
    };
    session.given = Some(Given {
        answer,
        attempts: session.conduct.attempts,
        occurrence,
    });
    recorded
}

/// Whether this diagnosis passes every check that asks for one.
fn is_right(scenario: &Scenario, given: &Given) -> bool {
    let evidence = Evidence {
        given: Some(given.clone()),
        ..Evidence::default()
    };
    let asks = scenario
        .checks
        .iter()
        .filter(|check| check.ask.diagnosis().is_some());
    let checks: Vec<_> = asks.cloned().collect();
    !checks.is_empty()
        && grade::verdicts(&checks, &evidence)
            .iter()
            .all(|judged| matches!(judged.verdict, Verdict::Passed { .. }))
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
