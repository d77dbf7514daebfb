//! `labctl reset`: the lab from its beginning, compared with it object by object.

use session::reset::reset;
use session::{Caller, Sessions};

use super::brief;
use crate::cli::Format;
use crate::failure::Result;
use crate::{next, screen};

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    caller: Caller<'_>,
) -> Result<()> {
    let done = reset(sessions, named, caller).await?;
    let session = &done.session;
    if output == Format::Json {
        let wants_another = session.is_solved() && !session.is_written;
        let next = wants_another.then(|| next::after(sessions, session));
        let place = sessions.place(&session.name);
        brief::show(output, &place, session, &done.scenario, next.flatten());
        return Ok(());
    }
    if !session.is_written {
        screen::out("the lab is as it was at the start; your own files are where they were");
        return Ok(());
    }
    screen::out("the lab is as it was at the start");
    if let Some(aside) = done.aside {
        screen::out(&format!("what you wrote is kept in `{}`", aside.display()));
    }
    Ok(())
}
