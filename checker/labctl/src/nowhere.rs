//! What `eval "$(labctl env)"` evaluates when there is no environment to give.
//!
//! Nothing at all would leave kubectl pointed at whatever it was pointed at before, with a status that says all is well.

use std::ffi::OsString;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Format, ShellKind};

/// Lines after which kubectl refuses to go anywhere and the shell's status is not 0.
///
/// No file can be below `/dev/null`, so that every client fails; a file that is only missing would send it elsewhere.
pub(crate) fn lines(shell: ShellKind) -> &'static str {
    match shell {
        ShellKind::Sh => "export KUBECONFIG=/dev/null/no-labctl-session; false",
        ShellKind::Fish => "set -gx KUBECONFIG /dev/null/no-labctl-session; false",
    }
}

/// The shell that evaluates what this command prints; `None` when none does.
pub(crate) fn evaluates(cli: &Cli) -> Option<ShellKind> {
    match cli.command {
        Command::Env { shell } if cli.output == Format::Text => Some(shell),
        _ => None,
    }
}

/// The same for a command line that could not be understood.
pub(crate) fn would_evaluate(typed: impl Iterator<Item = OsString>) -> Option<ShellKind> {
    let words: Vec<String> = typed
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let command = Cli::command();
    let is_command = |word: &&String| {
        command
            .get_subcommands()
            .any(|known| known.get_name() == *word)
    };
    let is_for_programs = words.iter().any(|word| word.contains("json"));
    if is_for_programs || words.iter().find(is_command)? != "env" {
        return None;
    }
    let is_fish = words.iter().any(|word| word.contains("fish"));
    Some(if is_fish {
        ShellKind::Fish
    } else {
        ShellKind::Sh
    })
}
