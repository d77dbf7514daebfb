//! `labctl reset`: the lab from its beginning, compared with it object by object.

use super::{brief, start};
use crate::cli::Format;
use crate::failure::{Exit, Failure, Result};
use crate::lab::folder;
use crate::phases::Phases;
use crate::session::lock::{self, Doing};
use crate::session::{Place, Session, Sessions, Stage, read_json};
use crate::{lab, next, screen};

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, session) = sessions.current(named)?;
    let _life = lock::life(&place, Doing::Resetting)?;
    let (place, session) = sessions.current(Some(&session.name))?;
    if session.started_at.is_empty() {
        return Err(
            Failure::bad_input(format!("session `{}` has not begun yet", session.name))
                .hint(format!("`{}` sets it up", lab::start_again(&session))),
        );
    }
    let scenario = lab::scenario(&session)?;
    if session.is_written {
        return written(sessions, output, &place, &session, &scenario);
    }
    let before: Vec<serde_json::Value> = read_json(&place.record("start.json"))?;
    let (session, ()) = sessions.change(&session, |session| {
        ask(session);
        Ok(())
    })?;
    let mut phases = Phases::new();
    let cluster_id = match anew(sessions, &place, &scenario, &before, &mut phases) {
        Ok(cluster_id) => cluster_id,
        Err(failure) => {
            drop(phases);
            return Err(cut_off(&session, start::give_up(&place, failure)));
        }
    };
    let (session, ()) = sessions.change(&session, |session| {
        session.stage = Stage::Ready;
        session.cluster_id = cluster_id;
        Ok(())
    })?;
    sessions.make_current(&session.name)?;
    if output == Format::Json {
        let next = session.is_solved().then(|| next::after(sessions, &session));
        brief::show(output, &place, &session, &scenario, next.flatten());
    } else {
        screen::out("the lab is as it was at the start; your own files are where they were");
    }
    Ok(())
}

/// Written work from its beginning: what the learner wrote is kept, and the files are handed out anew.
fn written(
    sessions: &Sessions,
    output: Format,
    place: &Place,
    session: &Session,
    scenario: &grade::Scenario,
) -> Result<()> {
    let aside = folder::set_aside(place, "work.before-reset")?;
    lab::bring_up(sessions, place, scenario, &mut Phases::quiet())?;
    let (session, ()) = sessions.change(session, |session| {
        ask(session);
        session.stage = Stage::Ready;
        Ok(())
    })?;
    sessions.make_current(&session.name)?;
    if output == Format::Json {
        brief::show(output, place, &session, scenario, None);
        return Ok(());
    }
    screen::out("the lab is as it was at the start");
    if let Some(aside) = aside {
        screen::out(&format!("what you wrote is kept in `{}`", aside.display()));
    }
    Ok(())
}

/// A reset counts when it is asked for, and once however often it is cut off. After the solution it costs nothing.
fn ask(session: &mut Session) {
    if session.stage == Stage::Ready && !session.is_solved() {
        session.conduct.resets += 1;
    }
    session.broken_again = session.is_solved();
    session.stage = Stage::Preparing;
}

/// The identity of a cluster that is as the first one was at the start.
fn anew(
    sessions: &Sessions,
    place: &Place,
    scenario: &grade::Scenario,
    before: &[serde_json::Value],
    phases: &mut Phases,
) -> Result<String> {
    phases.begin("removing the cluster");
    lab::remove_cluster(place)?;
    phases.done("cluster removed");
    let set_up = lab::begin(sessions, place, scenario, phases)?;
    lab::compare_with_start(place, before, &set_up, phases)?;
    Ok(set_up.cluster_id)
}

fn cut_off(session: &Session, failure: Failure) -> Failure {
    if failure.exit != Exit::Interrupted {
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
