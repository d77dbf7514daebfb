//! `labctl hint`: the next hint, which may depend on what holds by now.

use crate::cli::Format;
use crate::failure::{Failure, Result};
use crate::output::{FORMAT, Hinted};
use crate::session::{Session, Sessions};
use crate::{judging, lab, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    again: Option<usize>,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let of = scenario.hints.len();
    let verdicts = judging::glance(&place, &session, &scenario);
    // How many were had is asked when the hint is counted: another may be taken at the same time.
    let (session, given) = sessions.change(&session, |session| {
        let had = session.conduct.hints as usize;
        let number = number(session, again, of)?;
        let text = grade::hint(&scenario, number, &verdicts)?;
        let counted = number > had && !session.is_solved();
        if counted {
            session.conduct.hints += 1;
        }
        let was_last = had == of && again.is_none();
        Ok((number, text, counted, was_last))
    })?;
    let (number, text, counted, was_last) = given;
    if output == Format::Json {
        screen::json(&Hinted {
            format_version: FORMAT,
            number,
            of,
            counted,
            text,
        });
        return Ok(());
    }
    screen::out(&screen::bold(&format!("hint {number} of {of}")));
    screen::out(&screen::markdown(&text));
    if session.stands_solved() {
        screen::say(
            "\nthe lab is solved: a hint costs nothing now, and `labctl debrief` tells all of it",
        );
    } else if session.is_solved() {
        screen::say("\nthe lab was solved before: a hint costs nothing now");
    } else if was_last {
        screen::say("\nthere are no more hints; `labctl reveal` gives up and shows the debrief");
    }
    Ok(())
}

/// The hint that was asked for, or the next one. Once it is solved, all may be read.
fn number(session: &Session, again: Option<usize>, of: usize) -> Result<usize> {
    let had = session.conduct.hints as usize;
    let readable = if session.is_solved() { of } else { had };
    match again {
        None => Ok((had + 1).min(of)),
        Some(number) if (1..=readable).contains(&number) => Ok(number),
        Some(number) if number > of => Err(Failure::bad_input(format!(
            "no hint {number}: there are {of}"
        ))),
        Some(number) => Err(
            Failure::bad_input(format!("you have not had hint {number} yet"))
                .hint("`labctl hint` gives the next one"),
        ),
    }
}
