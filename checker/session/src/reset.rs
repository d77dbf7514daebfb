//! Resets a lab: from its beginning, compared with it object by object.

use std::path::PathBuf;

use grade::Scenario;
use provider::{Provider, State};

use crate::caller::{Caller, Progress, Step, aside};
use crate::events::What;
use crate::failure::{Failure, Result, Why};
use crate::lab::{self, Again, History, Start, folder};
use crate::lock::{self, Doing};
use crate::place::Place;
use crate::start::give_up;
use crate::state::{Session, Stage};
use crate::store::Sessions;

/// A lab that is as it was at its start.
#[derive(Debug)]
pub struct Reset {
    /// Of which session.
    pub session: Session,
    /// What it is.
    pub scenario: Scenario,
    /// Where the learner's files are kept that were replaced; unset where they stay.
    pub aside: Option<PathBuf>,
}

/// Resets the session that is named, or the current one.
///
/// # Errors
/// There is none, it has not begun, or its lab does not come to be as it was; then nothing is left running.
pub async fn reset(sessions: &Sessions, named: Option<&str>, caller: Caller<'_>) -> Result<Reset> {
    let (place, session) = sessions.current(named)?;
    let _life = lock::life(&place, Doing::Resetting, caller).await?;
    let (place, session) = sessions.current(Some(&session.name))?;
    if session.so_far.started_at.is_empty() {
        return Err(
            Failure::bad_input(format!("session `{}` has not begun yet", session.name))
                .hint(format!("`{}` sets it up", lab::start_again(&session))),
        );
    }
    let scenario = lab::scenario(&session)?;
    let (cluster_id, aside) = if session.is_written {
        let aside = folder::set_aside(&place, "work.before-reset")?;
        lab::bring_up(sessions, &place, &scenario, caller).await?;
        (String::new(), aside)
    } else {
        let before = Start::read(&place)?;
        let asked = sessions.change(&session, caller, |session| {
            ask(session);
            Ok(())
        });
        let (session, ()) = asked.await?;
        match anew(sessions, &place, &scenario, &before, caller).await {
            Ok(cluster_id) => (cluster_id, None),
            Err(failure) => return Err(cut_off(&session, give_up(&place, failure).await)),
        }
    };
    let done = sessions.change(&session, caller, |session| {
        if session.is_written {
            ask(session);
        }
        session.stage = Stage::Ready;
        session.cluster_id = cluster_id;
        Ok(())
    });
    let (session, ()) = done.await?;
    sessions.make_current(&session.name)?;
    Ok(Reset {
        session,
        scenario,
        aside,
    })
}

/// A reset counts when it is asked for, and once however often it is cut off. After the solution it costs nothing.
fn ask(session: &mut Session) {
    if session.stage == Stage::Ready {
        session.happened(What::Reset);
    }
    session.stage = Stage::Preparing;
}

/// The identity of a cluster that is as the first one was at the start: the same, where that is cheaper and comes to be so.
async fn anew(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    before: &Start,
    caller: Caller<'_>,
) -> Result<String> {
    let (site, state) = (place.site(), lab::state(place)?);
    if let (true, State::Ready(ready)) = (site.resets_in_place(), state) {
        caller.tell(Progress::Begun(Step::Restoring));
        let into = place.next_history();
        aside(move || site.copy_history(&into)).await?;
        match lab::restore(place, scenario, before, caller).await? {
            Again::AsAtTheStart => {
                caller.tell(Progress::Over(Step::Restoring));
                return Ok(ready.cluster_id);
            }
            Again::Differs(why) => caller.tell(Progress::NotRestored { why: &why }),
        }
        // What was done since is in the copy.
        return made_anew(
            sessions,
            place,
            scenario,
            &before.objects,
            History::Dropped,
            caller,
        )
        .await;
    }
    made_anew(
        sessions,
        place,
        scenario,
        &before.objects,
        History::Kept,
        caller,
    )
    .await
}

async fn made_anew(
    sessions: &Sessions,
    place: &Place,
    scenario: &Scenario,
    before: &[serde_json::Value],
    history: History,
    caller: Caller<'_>,
) -> Result<String> {
    let step = if place.provider() == Provider::Context {
        Step::Clearing
    } else {
        Step::Removing
    };
    caller.tell(Progress::Begun(step));
    lab::remove_cluster(place, history).await?;
    caller.tell(Progress::Over(step));
    let set_up = lab::begin(sessions, place, scenario, caller).await?;
    lab::compare_with_start(place, before, &set_up, caller).await?;
    if place.site().resets_in_place() {
        // What is restored the next time is this one.
        Start::keep(place, set_up.start).await?;
    }
    Ok(set_up.cluster_id)
}

fn cut_off(session: &Session, failure: Failure) -> Failure {
    if failure.why != Why::Interrupted {
        return failure;
    }
    let how = lab::start_again(session);
    let counted = if session.is_solved() {
        ""
    } else {
        "the reset is counted; "
    };
    failure.hint(format!("{counted}`{how}` finishes it"))
}
