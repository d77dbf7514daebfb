//! `labctl hint`: the next hint, which may depend on what holds by now.

use session::hint::hint;
use session::{Caller, Sessions, lab};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Hinted};
use crate::screen;

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    again: Option<usize>,
    caller: Caller<'_>,
) -> Result<()> {
    let (_, session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let (session, given) = hint(sessions, &session, &scenario, again, caller).await?;
    let (number, of) = (given.number, given.of);
    if output == Format::Json {
        screen::json(&Hinted {
            format_version: FORMAT,
            number,
            of,
            counted: given.counted,
            text: given.text,
        });
        return Ok(());
    }
    screen::out(&screen::bold(&format!("hint {number} of {of}")));
    screen::out(&screen::markdown(&given.text));
    if session.stands_solved() {
        screen::say(
            "\nthe lab is solved: a hint costs nothing now, and `labctl debrief` tells all of it",
        );
    } else if session.is_solved() {
        screen::say("\nthe lab was solved before: a hint costs nothing now");
    } else if given.was_last {
        screen::say("\nthere are no more hints; `labctl reveal` gives up and shows the debrief");
    }
    Ok(())
}
