//! `labctl start`: a new session, or one brought back.

mod fresh;

use grade::course::Lab;
use grade::{CourseFiles, Scenario, pick_variant};
use provider::sandbox::process::{self, State};

use super::brief;
use crate::cli::{Format, StartArgs};
use crate::failure::{Exit, Failure, Result};
use crate::lab::folder;
use crate::phases::Phases;
use crate::results::Results;
use crate::session::lock::{self, Doing};
use crate::session::{Place, Session, Sessions, Stage, write_json};
use crate::{course, judging, lab, next, screen};

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
    let _life = lock::life(&sessions.place(name), Doing::Starting)?;
    let existing = sessions.find(name)?;
    let same = existing
        .as_ref()
        .filter(|session| is_the_same(session, arguments));
    if let Some(session) = same.filter(|session| session.stage == Stage::Ready) {
        return resume(sessions, output, named, session);
    }
    if let Some(session) = same {
        // A start or a reset was cut off: the same lab again, and what the learner did so far still counts.
        let scenario = lab::scenario(session)?;
        leave_current(sessions, named, name)?;
        return begin(sessions, output, session, &scenario);
    }
    if let Some(session) = existing.as_ref().filter(|session| is_open(session)) {
        return Err(Failure::bad_input(format!(
            "session `{name}` is another lab or seed ({}, seed {}) and not solved yet",
            session.lab, session.seed
        ))
        .hint(format!(
            "`labctl stop --purge --session {name}` ends it; `--session NAME` starts one beside it"
        )));
    }
    let scenario = choose(sessions, &files, lab, arguments)?;
    leave_current(sessions, named, name)?;
    let mut session = Session::new(name, &scenario);
    session.variant_named = arguments.variant.is_some();
    session.course = absolute_course(arguments);
    fresh::clear(&sessions.place(name), existing.as_ref())?;
    sessions.create(&session)?;
    begin(sessions, output, &session, &scenario)
}

/// Whether a session is the learner's to go on with: a new one may not take its place.
fn is_open(session: &Session) -> bool {
    let was_handed_over = !session.started_at.is_empty();
    was_handed_over && !session.is_solved() && !session.conduct.revealed
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

/// The variant for the seed. Where neither was named, one that is not solved yet.
fn choose(
    sessions: &Sessions,
    files: &CourseFiles,
    lab: &Lab,
    arguments: &StartArgs,
) -> Result<Scenario> {
    let any = || fastrand::u64(1..1_000_000);
    let (seed, variant) = match (arguments.seed, &arguments.variant) {
        (seed, Some(variant)) => (seed.unwrap_or_else(any), lab.variant(variant)?),
        (Some(seed), None) => (seed, pick_variant(lab, seed)),
        (None, None) => {
            let results = Results::of(&sessions.folders);
            let seed = next::seed(files, lab, &results, any(), None);
            (seed, pick_variant(lab, seed))
        }
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
    let _life = lock::life(&place, Doing::Stopping)?;
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

/// A session that is to be set up; whatever cluster is left on its folder is removed. It becomes current once it is there.
fn begin(
    sessions: &Sessions,
    output: Format,
    session: &Session,
    scenario: &Scenario,
) -> Result<()> {
    let place = sessions.place(&session.name);
    lab::remove_cluster(&place)?;
    let mut phases = Phases::new();
    if scenario.cluster.is_none() {
        folder::say_has_none("nothing is started, and your files are all there is");
    }
    let set_up = match lab::begin(sessions, &place, scenario, &mut phases) {
        Ok(set_up) => set_up,
        Err(failure) => {
            drop(phases);
            return Err(give_up(&place, failure));
        }
    };
    write_json(&place.record("start.json"), &set_up.start)?;
    let (session, ()) = sessions.change(session, |session| {
        session.stage = Stage::Ready;
        session.cluster_id = set_up.cluster_id;
        // A reset that was cut off does not turn the clock back.
        if session.started_at.is_empty() {
            session.started_at = judging::now();
        }
        Ok(())
    })?;
    sessions.make_current(&session.name)?;
    brief::show(output, &place, &session, scenario, None);
    Ok(())
}

/// A start or a reset that failed leaves nothing running.
pub(super) fn give_up(place: &Place, failure: Failure) -> Failure {
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
    if session.is_written {
        lab::bring_up(sessions, &place, &scenario, &mut Phases::quiet())?;
        folder::say_has_none("nothing is started, and your files are as you left them");
    } else if matches!(process::state(&place.cluster())?, State::Ready(_)) {
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
    sessions.make_current(&session.name)?;
    let next = session.is_solved().then(|| next::after(sessions, session));
    let next = next.flatten();
    if let Some(seed) = next.filter(|_| session.stands_solved()) {
        screen::say(&format!(
            "it is solved already; `{}` starts another one",
            next::command(session, seed)
        ));
    }
    brief::show(output, &place, session, &scenario, next);
    Ok(())
}
