//! `labctl`: listens to the person, asks the other crates, shows what they say. Decides nothing itself.

mod audit;
mod book;
mod browser;
mod cli;
mod commands;
mod course;
mod failure;
mod interrupt;
mod judging;
mod lab;
mod learner;
mod occurrence;
mod output;
mod pager;
mod phases;
mod screen;
mod session;
mod skeleton;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version are what was asked for; printing fails only when nobody reads.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    interrupt::listen();
    let format = cli.output;
    match commands::run(cli) {
        Ok(code) => code,
        Err(failure) => {
            screen::failure(format, &failure);
            failure.exit.code()
        }
    }
}
