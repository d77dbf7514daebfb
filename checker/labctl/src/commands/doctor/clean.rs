//! `labctl doctor --clean`: removes clusters of kind whose session is gone, and says what it left and why.
//!
//! A cluster is removed only where it tells of its session and that is certainly gone: of whatever cannot be looked at, nothing is removed.

use std::path::Path;
use std::process::ExitCode;

use provider::Found;
use session::is_session;

use crate::cli::Format;
use crate::failure::{Exit, Result};
use crate::output::{Cleaned, FORMAT, Left};
use crate::screen;
use crate::verify::playground;

pub(super) fn run(output: Format) -> Result<ExitCode> {
    let (mut removed, mut left) = (Vec::new(), Vec::new());
    for found in provider::found()? {
        if let Some(why) = stays(&found) {
            let cluster = found.name;
            left.push(Left { cluster, why });
            continue;
        }
        provider::remove(&found)?;
        if output == Format::Text {
            screen::out(&format!(
                "removed cluster `{}` of kind: its session is gone",
                found.name
            ));
        }
        removed.push(found.name);
    }
    match output {
        Format::Json => screen::json(&Cleaned {
            format_version: FORMAT,
            removed,
            left,
        }),
        Format::Text => {
            for Left { cluster, why } in &left {
                screen::out(&format!("left cluster `{cluster}` of kind: {why}"));
            }
            if removed.is_empty() && left.is_empty() {
                screen::out("kind has no cluster of labctl's");
            }
        }
    }
    Ok(Exit::Success.code())
}

/// Why a cluster is not removed; `None` when its session is gone.
fn stays(found: &Found) -> Option<String> {
    let Some(session) = &found.session else {
        return Some(format!(
            "it does not tell of which session it is; `kind delete cluster --name {}` removes it",
            found.name
        ));
    };
    let folder = session.display();
    match is_session(session) {
        Ok(true) => Some(format!("its session is there, in `{folder}`")),
        Err(error) => Some(format!("cannot tell whether `{folder}` is there: {error}")),
        Ok(false) if is_played(session) => Some("a `labctl verify` is using it".to_owned()),
        Ok(false) => None,
    }
}

fn is_played(session: &Path) -> bool {
    // home/state/sessions/NAME
    let home = session.ancestors().nth(3);
    home.is_some_and(playground::is_in_use)
}
