//! `labctl hint`: the next hint, which may depend on what holds by now.

use crate::cli::Format;
use crate::failure::{Failure, Result};
use crate::output::{FORMAT, Hinted};
use crate::session::Sessions;
use crate::{judging, lab, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    again: Option<usize>,
) -> Result<()> {
    let (place, mut session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let of = scenario.hints.len();
    let had = session.conduct.hints as usize;
    let number = match again {
        Some(number) if number == 0 || number > had => {
            return Err(
                Failure::bad_input(format!("you have not had hint {number} yet"))
                    .hint("`labctl hint` gives the next one"),
            );
        }
        Some(number) => number,
        None => (had + 1).min(of),
    };
    let verdicts = judging::glance(&place, &session, &scenario);
    let text = grade::hint(&scenario, number, &verdicts)?;
    if number > had {
        session.conduct.hints += 1;
        sessions.save(&session)?;
    }
    if output == Format::Json {
        screen::json(&Hinted {
            format_version: FORMAT,
            number,
            of,
            text,
        });
        return Ok(());
    }
    screen::out(&screen::bold(&format!("hint {number} of {of}")));
    screen::out(&screen::markdown(&text));
    if had == of && again.is_none() {
        screen::say("\nthere are no more hints; `labctl reveal` gives up and shows the debrief");
    }
    Ok(())
}
