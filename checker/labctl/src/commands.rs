//! One function for each command, and what several of them share.

mod answer;
mod book;
mod brief;
mod check;
mod debrief;
mod doctor;
mod follow;
mod hint;
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

use crate::cli::{Cli, Command};
use crate::failure::{Exit, Result};
use crate::session::Sessions;

/// Does what was asked.
///
/// # Errors
/// It could not; says why and what to do next.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
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
            match command {
                Command::Start(arguments) => done(start::run(&sessions, output, named, &arguments)),
                Command::Doctor => doctor::run(&sessions, output),
                Command::Status => done(status::run(&sessions, output, named)),
                Command::Brief => done(brief::run(&sessions, output, named)),
                Command::Check { wait, watch } => {
                    let until = match (watch, wait) {
                        (true, _) => check::Until::Watched,
                        (false, Some(deadline)) => check::Until::Solved(deadline),
                        (false, None) => check::Until::Now,
                    };
                    check::run(&sessions, output, named, until)
                }
                Command::Answer(arguments) => {
                    done(answer::run(&sessions, output, named, &arguments))
                }
                Command::Hint { number } => done(hint::run(&sessions, output, named, number)),
                Command::Reset => done(reset::run(&sessions, output, named)),
                Command::Stop { purge } => done(stop::run(&sessions, output, named, purge)),
                Command::Debrief => done(debrief::debrief(&sessions, output, named)),
                Command::Reveal { yes } => done(debrief::reveal(&sessions, output, named, yes)),
                Command::Shell => kubectl::shell(&sessions, named),
                Command::Env { shell } => done(kubectl::env(&sessions, output, named, shell)),
                Command::Kubectl { arguments } => kubectl::run(&sessions, named, &arguments),
                Command::Verify(arguments) => verify::run(&sessions, output, &arguments),
                Command::Log => done(log::run(&sessions, output, named)),
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
