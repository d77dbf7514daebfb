//! `labctl start`: a new session, or one brought back.

use session::start::{How, Wanted, start};
use session::{Caller, Sessions};

use super::{brief, say_has_no_cluster};
use crate::cli::{Format, StartArgs};
use crate::failure::Result;
use crate::{next, screen};

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &StartArgs,
    caller: Caller<'_>,
) -> Result<()> {
    let chosen = arguments.provider.chosen();
    let wanted = Wanted {
        lab: &arguments.lab,
        variant: arguments.variant.as_deref(),
        seed: arguments.seed,
        course: arguments.course.course.as_deref(),
        chosen: chosen.as_ref(),
        named,
    };
    let started = start(sessions, wanted, caller).await?;
    let session = &started.session;
    match (started.how, session.is_written) {
        (How::SetUp, true) => {
            say_has_no_cluster("nothing is started, and your files are all there is");
        }
        (How::SetUp, false) => {}
        (How::Ran | How::Back, true) => {
            say_has_no_cluster("nothing is started, and your files are as you left them");
        }
        (How::Ran, false) => screen::say(&format!("session `{}` is running", session.name)),
        (How::Back, false) => screen::say(&format!(
            "session `{}` is back with your changes",
            session.name
        )),
    }
    let is_new = started.how == How::SetUp;
    let next = (!is_new && session.is_solved()).then(|| next::after(sessions, session));
    let next = next.flatten();
    if let Some(seed) = next.filter(|_| session.stands_solved()) {
        screen::say(&format!(
            "it is solved already; `{}` starts another one",
            next::command(session, seed)
        ));
    }
    let place = sessions.place(&session.name);
    brief::show(output, &place, session, &started.scenario, next);
    Ok(())
}
