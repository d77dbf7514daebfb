//! `labctl kubectl`, `shell` and `env`: the session's cluster at hand, without touching the learner's own kubeconfig.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use provider::write_atomically;

use crate::cli::{Format, ShellKind};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Environment, FORMAT};
use crate::session::{Place, Session, Sessions};
use crate::{lab, learner, screen};

pub(super) fn run(
    sessions: &Sessions,
    named: Option<&str>,
    arguments: &[String],
) -> Result<ExitCode> {
    let (place, session) = sessions.current(named)?;
    lab::running(&place, &session)?;
    let mut kubectl = Command::new(place.bin().join("kubectl"));
    kubectl
        .args(arguments)
        .env("KUBECONFIG", place.kubeconfig("learner"));
    Err(cannot_run(&place.bin().join("kubectl"), &kubectl.exec()))
}

pub(super) fn env(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    shell: ShellKind,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let kubeconfig = place.kubeconfig("learner");
    // kubectl does without a file that is not there, and goes to whatever else it finds.
    if !kubeconfig.is_file() {
        let name = &session.name;
        return Err(
            Failure::could_not_ask(format!("session `{name}` has no cluster"))
                .hint(format!("`{}` makes it", lab::start_again(&session))),
        );
    }
    let environment = Environment {
        format_version: FORMAT,
        kubeconfig: place.kubeconfig("learner").display().to_string(),
        session: session.name,
        work: place.work().display().to_string(),
        path_entry: place.bin().display().to_string(),
    };
    if output == Format::Json {
        screen::json(&environment);
        return Ok(());
    }
    let Environment {
        kubeconfig,
        session,
        work,
        path_entry,
        ..
    } = environment;
    screen::out(&match shell {
        ShellKind::Sh => format!(
            "export KUBECONFIG={}\nexport LABCTL_SESSION={session}\nexport LABCTL_WORK={}\nexport PATH={}:\"$PATH\"",
            quoted(&kubeconfig),
            quoted(&work),
            quoted(&path_entry)
        ),
        ShellKind::Fish => format!(
            // `eval (labctl env …)` joins the lines.
            "set -gx KUBECONFIG {};\nset -gx LABCTL_SESSION {session};\nset -gx LABCTL_WORK {};\nset -gx PATH {} $PATH;",
            quoted(&kubeconfig),
            quoted(&work),
            quoted(&path_entry)
        ),
    });
    Ok(())
}

/// A word that sh and fish read as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(super) fn shell(sessions: &Sessions, named: Option<&str>) -> Result<ExitCode> {
    let (place, session) = sessions.current(named)?;
    lab::running(&place, &session)?;
    let program = env::var_os("SHELL").map_or_else(|| PathBuf::from("/bin/sh"), PathBuf::from);
    let mut shell = learner::command(&program, &place)?;
    shell.env("LABCTL_SESSION", &session.name);
    prompt(&mut shell, &program, &place, &session)?;
    screen::say(&format!(
        "kubectl is pointed at session `{}`; `exit` comes back",
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
    let settings = |name: &str| place.folder().join("shell").join(name);
    // The person's settings may put another kubectl first.
    let exports = format!(
        "export KUBECONFIG={} PATH={}:\"$PATH\"\n",
        quoted(&place.kubeconfig("learner").display().to_string()),
        quoted(&place.bin().display().to_string())
    );
    match kind.as_str() {
        "bash" => {
            let file = settings("bashrc");
            let text = format!("[ -f ~/.bashrc ] && . ~/.bashrc\n{exports}PS1=\"({name}) $PS1\"\n");
            write_atomically(&file, text.as_bytes())?;
            shell.arg("--rcfile").arg(file);
        }
        "zsh" => {
            let text = format!(
                "ZDOTDIR=${{LABCTL_ZDOTDIR:-$HOME}}\n[ -f \"$ZDOTDIR/.zshrc\" ] && . \"$ZDOTDIR/.zshrc\"\n{exports}PROMPT=\"({name}) $PROMPT\"\n"
            );
            write_atomically(&settings(".zshrc"), text.as_bytes())?;
            if let Some(own) = env::var_os("ZDOTDIR") {
                shell.env("LABCTL_ZDOTDIR", own);
            }
            shell.env("ZDOTDIR", place.folder().join("shell"));
        }
        "fish" => {
            shell.arg("--init-command").arg(format!(
                "functions -c fish_prompt labctl_own_prompt; function fish_prompt; echo -n '({name}) '; labctl_own_prompt; end"
            ));
        }
        _ => {
            shell.env("PS1", format!("({name}) $ "));
        }
    }
    Ok(())
}

fn cannot_run(program: &Path, error: &std::io::Error) -> Failure {
    Failure::bad_input(format!("failed to run `{}`: {error}", program.display()))
}
