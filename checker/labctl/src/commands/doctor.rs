//! `labctl doctor`: whether this machine has what labctl needs.

mod clean;

use std::process::{Command, ExitCode};

use provider::{Part, Provider, State};
use session::{Sessions, lab};

use crate::cli::Format;
use crate::failure::{Exit, Result};
use crate::output::{Doctor, FORMAT, Finding};
use crate::screen;

/// What a session needs, with room for the tools beside it.
const MEMORY_MIB: u64 = 1024;

pub(super) fn run(sessions: &Sessions, output: Format, clean: bool) -> Result<ExitCode> {
    if clean {
        return clean::run(output);
    }
    let mut findings = vec![
        system(),
        program(sessions),
        folder("folder of sessions", &sessions.folders.state),
        folder("folder of built programs", &sessions.folders.cache),
        memory(),
        running(sessions),
    ];
    findings.extend(provider::survey().iter().map(kind));
    Ok(show(output, findings))
}

/// Shows findings; the exit code says whether all is good that has to be.
pub(super) fn show(output: Format, findings: Vec<Finding>) -> ExitCode {
    let all_good = findings.iter().all(|it| it.good || it.optional);
    match output {
        Format::Json => screen::json(&Doctor {
            format_version: FORMAT,
            findings,
        }),
        Format::Text => {
            for finding in &findings {
                let mark = match finding {
                    Finding { good: true, .. } => "✓",
                    Finding { optional: true, .. } => "-",
                    Finding { .. } => "✗",
                };
                screen::out(&format!("{mark} {:<26}{}", finding.what, finding.found));
            }
        }
    }
    if all_good {
        Exit::Success
    } else {
        Exit::NotSolved
    }
    .code()
}

pub(super) fn finding(what: &str, good: bool, found: impl Into<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        good,
        optional: false,
        found: found.into(),
    }
}

/// A part of what kind needs; nobody has to have it.
fn kind(part: &Part) -> Finding {
    let (good, found) = match &part.found {
        Ok(found) => (true, found.clone()),
        Err(error) => {
            let hint = error.hint().map_or(String::new(), |it| format!(": {it}"));
            let said = error.to_string().replace('\n', "; ");
            (
                false,
                format!("{said}; only `--provider kind` needs it{hint}"),
            )
        }
    };
    Finding {
        optional: true,
        ..finding(part.what, good, found)
    }
}

fn system() -> Finding {
    let found = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
    if std::env::consts::OS == "linux" {
        finding("system", true, found)
    } else {
        finding("system", false, format!("{found}: only Linux is tested"))
    }
}

/// The sandbox program, or Go to build it.
fn program(sessions: &Sessions) -> Finding {
    let what = "sandbox program";
    match Provider::default().program(&sessions.folders.cache) {
        Ok(Some(path)) => finding(what, true, path.display().to_string()),
        Err(error) => finding(what, false, error.to_string()),
        Ok(None) => match Command::new("go").arg("version").output() {
            Ok(output) if output.status.success() => {
                let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                finding(
                    what,
                    true,
                    format!("not built yet; `labctl start` builds it with {version}"),
                )
            }
            _ => finding(
                what,
                false,
                "not built, and there is no Go to build it: install Go 1.26 or newer (https://go.dev/dl)",
            ),
        },
    }
}

fn folder(what: &str, path: &std::path::Path) -> Finding {
    let probe = path.join(".doctor");
    match provider::write_atomically(&probe, b"") {
        Ok(()) => {
            // It was only to see whether it can be written.
            let _ = std::fs::remove_file(probe);
            finding(what, true, path.display().to_string())
        }
        Err(error) => finding(
            what,
            false,
            format!("{error}: LABCTL_HOME names another folder"),
        ),
    }
}

fn memory() -> Finding {
    let what = "free memory";
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text.lines().find_map(|line| {
        let kib = line
            .strip_prefix("MemAvailable:")?
            .trim()
            .strip_suffix(" kB")?;
        kib.parse::<u64>().ok()
    });
    match available {
        Some(kib) => finding(
            what,
            kib / 1024 >= MEMORY_MIB,
            format!("{} MiB, a session wants {MEMORY_MIB} MiB", kib / 1024),
        ),
        None => finding(what, true, "cannot tell on this system"),
    }
}

fn running(sessions: &Sessions) -> Finding {
    let mut texts = Vec::new();
    for name in sessions.names() {
        let word = match lab::state(&sessions.place(&name)) {
            Ok(State::Ready(_)) => "running".to_owned(),
            Ok(State::Busy { .. }) => "starting or ending".to_owned(),
            Ok(State::Stopped) => "stopped".to_owned(),
            Ok(State::Absent) => "without a cluster".to_owned(),
            Err(failure) => format!("cannot be told ({})", failure.message),
        };
        texts.push(format!("`{name}` {word}"));
    }
    let found = if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(", ")
    };
    finding("sessions", true, found)
}
