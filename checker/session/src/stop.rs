//! Stops a session, and removes it when that is wanted.

use provider::State;

use crate::caller::{Caller, Progress, Step};
use crate::failure::Result;
use crate::lab::{self, History};
use crate::lock::{self, Doing};
use crate::state::Session;
use crate::store::Sessions;

/// A session whose cluster does not run.
#[derive(Debug)]
pub struct Stopped {
    /// As it was.
    pub session: Session,
    /// Whether it had to be stopped.
    pub ran: bool,
}

/// Stops the session that is named, or the current one; removes it with all its files when `purge` is set.
///
/// # Errors
/// There is none, its cluster does not end, or a file cannot be removed.
pub async fn stop(
    sessions: &Sessions,
    named: Option<&str>,
    purge: bool,
    caller: Caller<'_>,
) -> Result<Stopped> {
    let (place, session) = sessions.current(named)?;
    let doing = if purge {
        Doing::Removing
    } else {
        Doing::Stopping
    };
    let _life = lock::life(&place, doing, caller).await?;
    // Another may have removed it meanwhile.
    let (place, session) = sessions.current(Some(&session.name))?;
    let ran = !matches!(lab::state(&place)?, State::Absent | State::Stopped);
    if ran {
        let step = Step::Stopping {
            session: &session.name,
        };
        caller.tell(Progress::Begun(step));
        lab::stop(&place).await?;
        caller.tell(Progress::Over(step));
    }
    if purge {
        // A provider may keep a stopped cluster elsewhere than in the session's folder.
        lab::remove_cluster(&place, History::Dropped).await?;
        sessions.purge(&session.name, caller).await?;
    }
    Ok(Stopped { session, ran })
}
