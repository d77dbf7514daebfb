//! `labctl start`: a new session, or one brought back.

use std::process::ExitCode;

use session::start::{How, Wanted, dry_run, start};
use session::{Caller, Sessions};

use super::{brief, say_has_no_cluster};
use crate::cli::{Format, StartArgs};
use crate::failure::{Exit, Result};
use crate::output::{DryRun, FORMAT, WouldMake};
use crate::{next, screen};

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &StartArgs,
    caller: Caller<'_>,
) -> Result<ExitCode> {
    let chosen = arguments.provider.chosen()?;
    let wanted = Wanted {
        lab: &arguments.lab,
        variant: arguments.variant.as_deref(),
        seed: arguments.seed,
        course: arguments.course.course.as_deref(),
        chosen: chosen.as_ref(),
        named,
    };
    if arguments.dry_run {
        return Ok(show_dry_run(
            output,
            &dry_run(sessions, wanted, caller).await?,
        ));
    }
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
    Ok(Exit::Success.code())
}

/// What would be made. The exit code says whether all of it would.
fn show_dry_run(output: Format, objects: &[(String, Result<(), String>)]) -> ExitCode {
    let is_refused = objects.iter().any(|(_, said)| said.is_err());
    if output == Format::Json {
        let objects = objects.iter().map(|(object, said)| WouldMake {
            object: object.clone(),
            refused: said.clone().err(),
        });
        screen::json(&DryRun {
            format_version: FORMAT,
            objects: objects.collect(),
        });
    } else {
        for (object, said) in objects {
            match said {
                Ok(()) => screen::out(&format!("would make {object}")),
                Err(why) => screen::out(&format!("would fail to make {object}: {why}")),
            }
        }
        screen::say(
            "nothing was made: the API server was asked what it would do (in `default`, for what is in a namespace that is not there yet)",
        );
        if is_refused {
            screen::say("`labctl doctor` with the same `--context` says which rights are missing");
        }
    }
    if is_refused {
        Exit::NotSolved.code()
    } else {
        Exit::Success.code()
    }
}
