//! `labctl kubectl`, `shell` and `env`: the session's cluster at hand, without touching the learner's own kubeconfig.

use provider::Role;
use std::collections::BTreeMap;
use std::env;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use provider::write_atomically;
use session::{Place, Session, Sessions, lab};

use crate::cli::{Format, ShellKind};
use crate::failure::{Exit, Failure, Result};
use crate::learner::{self, AWS, WITHOUT_AWS};
use crate::output::{Environment, FORMAT};
use crate::screen;

pub(super) fn run(
    sessions: &Sessions,
    named: Option<&str>,
    arguments: &[String],
) -> Result<ExitCode> {
    let (place, session) = sessions.current(named)?;
    if session.is_written {
        return Err(super::has_no_cluster(&session));
    }
    lab::running(&place, &session)?;
    let mut kubectl = Command::new(place.bin().join("kubectl"));
    kubectl
        .args(arguments)
        .env("KUBECONFIG", place.kubeconfig(Role::Learner));
    Err(cannot_run(&place.bin().join("kubectl"), &kubectl.exec()))
}

pub(super) fn env(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    shell: ShellKind,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let kubeconfig = place.kubeconfig(Role::Learner);
    // kubectl does without a file that is not there, and goes to whatever else it finds.
    if !session.is_written && !kubeconfig.is_file() {
        let name = &session.name;
        return Err(
            Failure::could_not_ask(format!("session `{name}` has no cluster"))
                .hint(format!("`{}` makes it", lab::start_again(&session))),
        );
    }
    let path_entry = place.bin().display().to_string();
    if output == Format::Json {
        let without_aws = WITHOUT_AWS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        screen::json(&Environment {
            format_version: FORMAT,
            kubeconfig: learner::kubeconfig(&place, session.is_written),
            session: session.name,
            work: place.work().display().to_string(),
            without_aws: BTreeMap::from(without_aws),
            path_entry,
        });
        return Ok(());
    }
    let mut variables = learner::variables(&place, session.is_written);
    variables.push(("LABCTL_SESSION", session.name));
    screen::out(&settings(shell, &variables, &path_entry));
    warn_of_credentials();
    Ok(())
}

/// Lines that set these variables and put this folder first on the `PATH`.
fn settings(shell: ShellKind, variables: &[(&str, String)], path_entry: &str) -> String {
    let path_entry = quoted(path_entry);
    let set = variables.iter().map(|(name, value)| match shell {
        ShellKind::Sh => format!("export {name}={}", quoted(value)),
        // `eval (labctl env …)` joins the lines.
        ShellKind::Fish => format!("set -gx {name} {};", quoted(value)),
    });
    let path = match shell {
        ShellKind::Sh => format!("export PATH={path_entry}:\"$PATH\""),
        ShellKind::Fish => format!("set -gx PATH {path_entry} $PATH;"),
    };
    set.chain([path]).collect::<Vec<_>>().join("\n")
}

/// What a terminal has already is the person's own, so it is not taken away; but it is not kept quiet either.
fn warn_of_credentials() {
    let credentials = learner::credentials();
    if !credentials.is_empty() {
        screen::say(&format!(
            "{} stays set in this terminal, and programs other than `aws` and `eksctl` can use it; `labctl shell` drops it",
            credentials.join(", ")
        ));
    }
}

/// A word that sh and fish read as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(super) fn shell(sessions: &Sessions, named: Option<&str>) -> Result<ExitCode> {
    let (place, session) = sessions.current(named)?;
    if !session.is_written {
        lab::running(&place, &session)?;
    }
    let program = env::var_os("SHELL").map_or_else(|| PathBuf::from("/bin/sh"), PathBuf::from);
    let mut shell = learner::command(&program, &place, session.is_written)?;
    shell.env("LABCTL_SESSION", &session.name);
    prompt(&mut shell, &program, &place, &session)?;
    let what = if session.is_written {
        "this is the folder of your files in"
    } else {
        "kubectl is pointed at"
    };
    screen::say(&format!(
        "{what} session `{}`; `exit` comes back",
        session.name
    ));
    // A shell that ended is no failure of labctl's, however its last command ended.
    let _ = shell
        .status()
        .map_err(|error| cannot_run(&program, &error))?;
    Ok(Exit::Success.code())
}

/// The session in the prompt, in the way of each shell, after the person's own settings.
fn prompt(shell: &mut Command, program: &Path, place: &Place, session: &Session) -> Result<()> {
    let name = &session.name;
    let kind = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let file = |name: &str| place.folder().join("shell").join(name);
    match kind.as_str() {
        "bash" => {
            let file = file("bashrc");
            let again = again(ShellKind::Sh, place, session);
            let text = format!("[ -f ~/.bashrc ] && . ~/.bashrc\n{again}PS1=\"({name}) $PS1\"\n");
            write_atomically(&file, text.as_bytes())?;
            shell.arg("--rcfile").arg(file);
        }
        "zsh" => {
            let again = again(ShellKind::Sh, place, session);
            let text = format!(
                "ZDOTDIR=${{LABCTL_ZDOTDIR:-$HOME}}\n[ -f \"$ZDOTDIR/.zshrc\" ] && . \"$ZDOTDIR/.zshrc\"\n{again}PROMPT=\"({name}) $PROMPT\"\n"
            );
            write_atomically(&file(".zshrc"), text.as_bytes())?;
            if let Some(own) = env::var_os("ZDOTDIR") {
                shell.env("LABCTL_ZDOTDIR", own);
            }
            shell.env("ZDOTDIR", place.folder().join("shell"));
        }
        "fish" => {
            shell.arg("--init-command").arg(format!(
                "{}functions -c fish_prompt labctl_own_prompt; function fish_prompt; echo -n '({name}) '; labctl_own_prompt; end",
                again(ShellKind::Fish, place, session)
            ));
        }
        _ => {
            shell.env("PS1", format!("({name}) $ "));
        }
    }
    Ok(())
}

/// The session's variables once more, after the person's own settings, which may have put another kubectl first, named an
/// account or given `aws` another meaning.
fn again(shell: ShellKind, place: &Place, session: &Session) -> String {
    let forget = match shell {
        ShellKind::Sh => format!(
            "unalias aws eksctl 2>/dev/null\nunset -f aws eksctl 2>/dev/null\n\
             for name in $(env | sed -n 's/^\\({AWS}[A-Za-z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done\nunset name\n"
        ),
        ShellKind::Fish => format!(
            "functions -e aws eksctl\n\
             for name in (set --names --export | string match '{AWS}*'); set -e $name; end\n"
        ),
    };
    let bin = place.bin().display().to_string();
    format!(
        "{forget}{}\n",
        settings(shell, &learner::variables(place, session.is_written), &bin)
    )
}

fn cannot_run(program: &Path, error: &std::io::Error) -> Failure {
    Failure::bad_input(format!("failed to run `{}`: {error}", program.display()))
}
