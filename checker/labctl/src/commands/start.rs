//! `labctl start`: a new session, or one brought back.

use grade::course::Lab;
use grade::{CourseFiles, Scenario, pick_variant};
use provider::sandbox::process::{self, State};

use super::brief;
use crate::cli::{Format, StartArgs};
use crate::failure::{Exit, Failure, Result};
use crate::phases::Phases;
use crate::session::{Session, Sessions, Stage, write_json};
use crate::{course, judging, lab, screen};

pub(super) fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    arguments: &StartArgs,
) -> Result<()> {
    // A slip in the lab's name is told first, whatever session there is.
    let files = course::files(arguments.course.course.as_deref())?;
    let course = grade::Course::load(&files)?;
    let lab = course.lab(&arguments.lab)?;
    let name = named.unwrap_or(&lab.name);
    let existing = sessions.find(name)?;
    let same = existing
        .as_ref()
        .filter(|session| is_the_same(session, arguments));
    if let Some(session) = same.filter(|session| session.stage == Stage::Ready) {
        return resume(sessions, output, named, session);
    }
    if let Some(session) = same {
        // A start or a reset was cut off: the same lab again, and what the learner did so far still counts.
        leave_current(sessions, named, name)?;
        return begin(sessions, output, session.clone(), &lab::scenario(session)?);
    }
    let is_open = |session: &Session| {
        session.stage == Stage::Ready && session.solved_at.is_none() && !session.conduct.revealed
    };
    if let Some(session) = existing.filter(is_open) {
        return Err(Failure::bad_input(format!(
            "session `{name}` is another lab or seed ({}, seed {}) and not solved yet",
            session.lab, session.seed
        ))
        .hint(format!(
            "`labctl stop --purge --session {name}` ends it; `--session NAME` starts one beside it"
        )));
    }
    let scenario = choose(&files, lab, arguments)?;
    leave_current(sessions, named, name)?;
    let mut session = Session::new(name, &scenario);
    session.variant_named = arguments.variant.is_some();
    session.course = absolute_course(arguments);
    begin(sessions, output, session, &scenario)
}

/// Whether the arguments ask for the session that is there: what they do not say is as it is.
fn is_the_same(session: &Session, arguments: &StartArgs) -> bool {
    session.lab == arguments.lab
        && arguments.seed.is_none_or(|seed| seed == session.seed)
        && arguments
            .variant
            .as_ref()
            .is_none_or(|variant| *variant == session.variant)
        && (arguments.course.course.is_none() || absolute_course(arguments) == session.course)
}

fn absolute_course(arguments: &StartArgs) -> Option<std::path::PathBuf> {
    let course = arguments.course.course.as_ref()?;
    Some(std::path::absolute(course).unwrap_or_else(|_| course.clone()))
}

/// The variant for the seed, both picked where they were not named.
fn choose(files: &CourseFiles, lab: &Lab, arguments: &StartArgs) -> Result<Scenario> {
    let seed = arguments
        .seed
        .unwrap_or_else(|| fastrand::u64(1..1_000_000));
    let variant = match &arguments.variant {
        Some(variant) => lab.variant(variant)?,
        None => pick_variant(lab, seed),
    };
    Ok(grade::resolve(files, &lab.name, variant, seed)?)
}

/// Stops the current session when another one takes its place, and says so.
fn leave_current(sessions: &Sessions, named: Option<&str>, name: &str) -> Result<()> {
    let Some(current) = sessions.current_name().filter(|current| current != name) else {
        return Ok(());
    };
    if named.is_some() {
        return Ok(());
    }
    let place = sessions.place(&current);
    let runs = !matches!(
        process::state(&place.cluster())?,
        State::Absent | State::Stopped
    );
    if runs {
        process::stop(&place.cluster())?;
        screen::say(&format!(
            "stopped session `{current}`; `labctl start` with its lab brings it back"
        ));
    }
    Ok(())
}

/// A new session; whatever cluster is left of an old one of the name is removed.
fn begin(
    sessions: &Sessions,
    output: Format,
    mut session: Session,
    scenario: &Scenario,
) -> Result<()> {
    let place = sessions.place(&session.name);
    lab::remove_cluster(&place)?;
    sessions.save(&session)?;
    sessions.make_current(&session.name)?;
    let mut phases = Phases::new();
    let set_up = match lab::begin(sessions, &place, scenario, &mut phases) {
        Ok(set_up) => set_up,
        Err(failure) => {
            drop(phases);
            return Err(give_up(&place, failure));
        }
    };
    write_json(&place.record("start.json"), &set_up.start)?;
    session.stage = Stage::Ready;
    session.cluster_id = set_up.cluster_id;
    session.started_at = judging::now();
    sessions.save(&session)?;
    brief::show(output, &place, &session, scenario);
    Ok(())
}

/// A start that failed leaves nothing running.
fn give_up(place: &crate::session::Place, failure: Failure) -> Failure {
    match process::stop(&place.cluster()) {
        Ok(()) if failure.exit == Exit::Interrupted => Failure {
            message: "interrupted; nothing is left running".to_owned(),
            ..failure
        },
        Ok(()) => failure,
        Err(error) => Failure {
            message: format!("{}; and {error}", failure.message),
            ..failure
        },
    }
}

/// A session that is there, with the learner's changes.
fn resume(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    session: &Session,
) -> Result<()> {
    let place = sessions.place(&session.name);
    let scenario = lab::scenario(session)?;
    leave_current(sessions, named, &session.name)?;
    sessions.make_current(&session.name)?;
    if matches!(process::state(&place.cluster())?, State::Ready(_)) {
        screen::say(&format!("session `{}` is running", session.name));
    } else {
        process::stop(&place.cluster())?;
        let mut phases = Phases::new();
        let up = lab::bring_up(sessions, &place, &scenario, &mut phases);
        if let Err(failure) = up {
            drop(phases);
            return Err(give_up(&place, failure));
        }
        screen::say(&format!(
            "session `{}` is back with your changes",
            session.name
        ));
    }
    if session.solved_at.is_some() {
        screen::say(&format!(
            "it is solved already; `labctl start {} --seed {}` starts another one",
            session.lab,
            session.seed + 1
        ));
    }
    brief::show(output, &place, session, &scenario);
    Ok(())
}
