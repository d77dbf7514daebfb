//! `labctl`: listens to the person, asks the other crates, shows what they say. Decides nothing itself.

mod asynchronous;
mod book;
mod browser;
mod cli;
mod commands;
mod failure;
mod heard;
mod interrupt;
mod learner;
mod needs;
mod next;
mod nowhere;
mod output;
mod pager;
mod phases;
mod places;
mod screen;
mod skeleton;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, ShellKind};
use failure::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version are what was asked for; printing fails only when nobody reads.
            let _ = error.print();
            if !error.use_stderr() {
                return ExitCode::SUCCESS;
            }
            evaluated(nowhere::would_evaluate(std::env::args_os()));
            return Exit::BadInput.code();
        }
    };
    interrupt::listen();
    let format = cli.output;
    let shell = nowhere::evaluates(&cli);
    match asynchronous::block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(failure) => {
            evaluated(shell);
            screen::failure(format, &failure);
            Exit::from(failure.why).code()
        }
    }
}

/// What a shell is to evaluate after a failure.
fn evaluated(shell: Option<ShellKind>) {
    if let Some(shell) = shell {
        screen::out(nowhere::lines(shell));
    }
}
