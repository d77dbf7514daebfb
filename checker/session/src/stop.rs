//! Stops a session, and removes it when that is wanted.

use provider::State;

use crate::caller::{Caller, Progress, Step};
use crate::existing;
use crate::failure::{Failure, Result};
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
    /// The context of the cluster that exists in which the lab stays.
    pub context: Option<String>,
}

/// What becomes of a session that is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It stays, and can be started again.
    Stop,
    /// It is removed with all its files.
    Purge,
    /// The same without asking the cluster that exists in which its lab is: that one is gone for good.
    Forget,
}

/// Stops the session that is named, or the current one.
///
/// # Errors
/// There is none, its cluster does not end, a file cannot be removed, or one is to be forgotten whose cluster is labctl's own.
pub async fn stop(
    sessions: &Sessions,
    named: Option<&str>,
    how: Ending,
    caller: Caller<'_>,
) -> Result<Stopped> {
    let purge = how != Ending::Stop;
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
    let existing = place.chosen().existing;
    if how == Ending::Forget {
        if existing.is_none() {
            return Err(Failure::bad_input(format!(
                "the cluster of session `{}` is none that somebody else could have removed",
                session.name
            ))
            .hint("`labctl stop --purge` removes it"));
        }
        existing::forget(&place)?;
    }
    if ran && !(purge && existing.is_some()) {
        let step = Step::Stopping {
            session: &session.name,
        };
        caller.tell(Progress::Begun(step));
        lab::stop(&place).await?;
        caller.tell(Progress::Over(step));
    }
    if purge {
        // A provider may keep a stopped cluster elsewhere than in the session's folder.
        let removing = lab::remove_cluster(&place, History::Dropped);
        if existing.is_some() {
            caller.tell(Progress::Begun(Step::Clearing));
            caller.unless_interrupted(Box::pin(removing)).await?;
            caller.tell(Progress::Over(Step::Clearing));
        } else {
            removing.await?;
        }
        sessions.purge(&session.name, caller).await?;
    }
    let context = existing.filter(|_| !purge).map(|it| it.context);
    Ok(Stopped {
        session,
        ran,
        context,
    })
}
