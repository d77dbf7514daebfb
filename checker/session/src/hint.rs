//! Hints, and giving up: what is had of the solution before it is found.

use grade::Scenario;

use crate::caller::Caller;
use crate::events::What;
use crate::failure::{Failure, Result};
use crate::judging;
use crate::state::Session;
use crate::store::Sessions;

/// A hint that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Whether it was counted: not when it is shown again, or the lab is solved.
    pub counted: bool,
    /// Whether there were no more, so that the last one was given again.
    pub was_last: bool,
    /// Markdown.
    pub text: String,
}

/// Gives the hint with the number of `again`, which was had before, or the next one; what it says may depend on what holds by now.
///
/// # Errors
/// There is no such hint, or it was not had yet.
pub async fn hint(
    sessions: &Sessions,
    session: &Session,
    scenario: &Scenario,
    again: Option<usize>,
    caller: Caller<'_>,
) -> Result<(Session, Hint)> {
    let of = scenario.hints.len();
    let place = sessions.place(&session.name);
    let verdicts = judging::glance(&place, session, scenario, caller).await;
    // How many were had is asked when the hint is counted: another may be taken at the same time.
    let given = sessions.change(session, caller, |session| {
        let had = session.so_far.conduct.hints as usize;
        let number = number(session, again, of)?;
        let text = grade::hint(scenario, number, &verdicts)?;
        let counted = number > had && !session.is_solved();
        session.happened(What::Hint {
            number: u32::try_from(number).unwrap_or(u32::MAX),
        });
        Ok(Hint {
            number,
            of,
            counted,
            was_last: had == of && again.is_none(),
            text,
        })
    });
    given.await
}

/// The hint that was asked for, or the next one. Once it is solved, all may be read.
fn number(session: &Session, again: Option<usize>, of: usize) -> Result<usize> {
    let had = session.so_far.conduct.hints as usize;
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

/// Gives up, for good. It may have been solved while somebody was asked whether they are sure: then it changes nothing.
///
/// # Errors
/// The session is gone.
pub async fn reveal(sessions: &Sessions, session: &Session, caller: Caller<'_>) -> Result<Session> {
    let given_up = sessions.change(session, caller, |session| {
        if !session.so_far.conduct.revealed {
            session.happened(What::Revealed);
        }
        Ok(())
    });
    Ok(given_up.await?.0)
}
