//! `labctl debrief`, when solved, and `labctl reveal`, which gives up.

use std::io::IsTerminal as _;

use inquire::Confirm;
use session::{Caller, Session, Sessions, hint, lab};

use crate::cli::Format;
use crate::failure::{Failure, Result};
use crate::output::{Debriefed, FORMAT};
use crate::{next, screen};

pub(super) fn debrief(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (_, session) = sessions.current(named)?;
    if !session.is_solved() && !session.so_far.conduct.revealed {
        return Err(
            Failure::bad_input(format!("session `{}` is not solved yet", session.name)).hint(
                "`labctl check` says what is open; `labctl reveal` gives up and shows the debrief",
            ),
        );
    }
    show(sessions, output, &session)
}

pub(super) async fn reveal(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    yes: bool,
    caller: Caller<'_>,
) -> Result<()> {
    let (_, session) = sessions.current(named)?;
    if !yes && !session.is_solved() && !session.so_far.conduct.revealed {
        confirm()?;
    }
    let session = hint::reveal(sessions, &session, caller).await?;
    show(sessions, output, &session)
}

fn confirm() -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::bad_input("giving up needs to be confirmed")
            .hint("`labctl reveal --yes` gives up; the record says so"));
    }
    let sure = Confirm::new("Give up and see the solution? The record will say so.")
        .with_default(false)
        .prompt()
        .unwrap_or(false);
    if sure {
        Ok(())
    } else {
        Err(Failure::bad_input("not given up").hint("`labctl hint` gives a hint"))
    }
}

fn show(sessions: &Sessions, output: Format, session: &Session) -> Result<()> {
    let scenario = lab::scenario(session)?;
    let next_seed = next::after(sessions, session);
    match output {
        Format::Json => screen::json(&Debriefed {
            format_version: FORMAT,
            variant: session.variant.clone(),
            text: scenario.debrief,
            next_seed,
        }),
        Format::Text => {
            screen::out(&screen::dim(&format!(
                "{}/{}, seed {}",
                session.lab, session.variant, session.seed
            )));
            screen::out(&screen::markdown(&scenario.debrief));
            if let Some(seed) = next_seed {
                let another = next::command(session, seed);
                screen::say(&format!("\nnext: {another} for another one"));
            }
        }
    }
    Ok(())
}
