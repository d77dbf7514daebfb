//! One function for each command, and what several of them share.

mod answer;
mod book;
mod brief;
mod check;
mod debrief;
mod doctor;
mod existing;
mod follow;
mod hint;
mod image;
mod kubectl;
mod list;
mod log;
mod new;
mod progress;
mod quiz;
mod reference;
mod reset;
mod schema;
mod start;
mod status;
mod stop;
mod verify;

use std::process::ExitCode;

use clap::CommandFactory as _;
use session::stop::Ending;
use session::{Caller, Progress, Session, Sessions};

use crate::cli::{Cli, Command};
use crate::failure::{Exit, Failure, Result};
use crate::phases::Phases;
use crate::{heard, interrupt, screen};

/// Does what was asked.
///
/// # Errors
/// It could not; says why and what to do next.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    let (output, named) = (cli.output, cli.session);
    let named = named.as_deref();
    let done = |result: Result<()>| result.map(|()| Exit::Success.code());
    match cli.command {
        Command::List(course) => done(list::run(output, &course)),
        Command::Progress(course) => progress::run(output, &course),
        Command::Book(arguments) => book::run(output, &arguments),
        Command::Quiz(arguments) => quiz::run(output, &arguments),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "labctl", &mut std::io::stdout());
            done(Ok(()))
        }
        Command::New(arguments) => done(new::run(output, &arguments)),
        Command::Schema { folder } => done(schema::run(&folder)),
        Command::Reference { folder } => done(reference::run(Cli::command(), &folder)),
        command => {
            let sessions = Sessions::open()?;
            let phases = Phases::new();
            let tell = |what: Progress<'_>| heard::show(&phases, what);
            let caller = Caller::new(interrupt::asked(), &tell);
            match command {
                Command::Start(arguments) => {
                    start::run(&sessions, output, named, &arguments, caller).await
                }
                Command::Doctor { clean, existing } => match existing.existing() {
                    Some(existing) => existing::doctor(output, &existing, caller).await,
                    None => doctor::run(&sessions, output, clean),
                },
                Command::Image(arguments) => {
                    done(image::run(&sessions, output, &arguments, caller).await)
                }
                Command::Allow { existing } => {
                    done(existing::allow(output, &existing, caller).await)
                }
                Command::Status => done(status::run(&sessions, output, named)),
                Command::Brief => done(brief::run(&sessions, output, named)),
                Command::Check { wait, watch } => {
                    let until = match (watch, wait) {
                        (true, _) => check::Until::Watched,
                        (false, Some(deadline)) => check::Until::Solved(deadline),
                        (false, None) => check::Until::Now,
                    };
                    check::run(&sessions, output, named, until, caller).await
                }
                Command::Answer(arguments) => {
                    done(answer::run(&sessions, output, named, &arguments, caller).await)
                }
                Command::Hint { number } => {
                    done(hint::run(&sessions, output, named, number, caller).await)
                }
                Command::Reset => done(reset::run(&sessions, output, named, caller).await),
                Command::Stop { purge, forget } => {
                    let how = match (purge, forget) {
                        (_, true) => Ending::Forget,
                        (true, false) => Ending::Purge,
                        (false, false) => Ending::Stop,
                    };
                    done(stop::run(&sessions, output, named, how, caller).await)
                }
                Command::Debrief => done(debrief::debrief(&sessions, output, named)),
                Command::Reveal { yes } => {
                    done(debrief::reveal(&sessions, output, named, yes, caller).await)
                }
                Command::Shell => kubectl::shell(&sessions, named),
                Command::Env { shell } => done(kubectl::env(&sessions, output, named, shell)),
                Command::Kubectl { arguments } => kubectl::run(&sessions, named, &arguments),
                Command::Verify(arguments) => verify::run(&sessions, output, &arguments).await,
                Command::Log { all } => done(log::run(&sessions, output, named, all)),
                Command::List(_)
                | Command::Progress(_)
                | Command::Book(_)
                | Command::Quiz(_)
                | Command::Completions { .. }
                | Command::New(_)
                | Command::Schema { .. }
                | Command::Reference { .. } => done(Ok(())),
            }
        }
    }
}

/// That a command is about a cluster, and this session has none.
fn has_no_cluster(session: &Session) -> Failure {
    Failure::bad_input(format!(
        "session `{}` has no cluster: lab `{}` is written work",
        session.name, session.lab
    ))
    .hint("`labctl shell` opens the folder of your files; `labctl check` judges them")
}

/// The same where it is no fault.
fn say_has_no_cluster(what: &str) {
    screen::say(&format!("this lab has no cluster: {what}"));
}
