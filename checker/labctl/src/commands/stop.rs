//! `labctl stop`.

use session::stop::{Ending, stop};
use session::{Caller, Sessions, lab};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::{FORMAT, Stopped};
use crate::screen;

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    how: Ending,
    caller: Caller<'_>,
) -> Result<()> {
    let stopped = stop(sessions, named, how, caller).await?;
    let purge = how != Ending::Stop;
    let session = stopped.session;
    let name = session.name.clone();
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
    } else if stopped.ran {
        screen::out(&lab::how_back(&session));
        if let Some(context) = stopped.context {
            screen::say(&format!(
                "the lab stays in the cluster of context `{context}`, and its Pods go on; `labctl stop --purge` removes it"
            ));
        }
    } else if session.is_written {
        screen::out(&format!(
            "session `{name}` has no cluster, so nothing runs; your files stay where they are"
        ));
    } else {
        screen::out(&format!("session `{name}` was not running"));
    }
    Ok(())
}
