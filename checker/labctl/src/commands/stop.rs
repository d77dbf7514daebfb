//! `labctl stop`.

use provider::sandbox::process::{self, State};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Stopped};
use crate::phases::Phases;
use crate::session::Sessions;
use crate::session::lock::{self, Doing};
use crate::{lab, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    purge: bool,
) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let doing = if purge {
        Doing::Removing
    } else {
        Doing::Stopping
    };
    let _life = lock::life(&place, doing)?;
    // Another labctl may have removed it meanwhile.
    let (place, session) = sessions.current(Some(&session.name))?;
    let name = session.name.clone();
    let runs = !matches!(
        process::state(&place.cluster())?,
        State::Absent | State::Stopped
    );
    if runs {
        let mut phases = Phases::new();
        phases.begin(&format!("stopping session `{name}`"));
        process::stop(&place.cluster())?;
        phases.done(&format!("session `{name}` stopped"));
    }
    if purge {
        sessions.purge(&name)?;
    }
    if output == Format::Json {
        screen::json(&Stopped {
            format_version: FORMAT,
            session: name,
            purged: purge,
        });
    } else if purge {
        screen::out(&format!("session `{name}` is removed with all its files"));
        if let Ok((_, left)) = sessions.current(None) {
            screen::say(&format!("the current session is `{}`", left.name));
        }
    } else if runs {
        screen::out(&lab::how_back(&session));
    } else if session.is_written {
        screen::out(&format!(
            "session `{name}` has no cluster, so nothing runs; your files stay where they are"
        ));
    } else {
        screen::out(&format!("session `{name}` was not running"));
    }
    Ok(())
}
