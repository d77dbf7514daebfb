//! Starts a lab: a new session, or one brought back.

use std::path::{Path, PathBuf};

use grade::course::Lab;
use grade::{CourseFiles, Scenario, Surroundings, pick_variant};
use provider::{Chosen, State};

use crate::caller::{Caller, Progress};
use crate::events::What;
use crate::failure::{Failure, Result, Why};
use crate::lab::{self, History, Start};
use crate::lock::{self, Doing};
use crate::place::Place;
use crate::results::Results;
use crate::state::{Session, Stage};
use crate::store::Sessions;
use crate::{course, existing, fits, fresh, next};

/// How many picks are looked at for one that can run where it is wanted.
const PICKS: usize = 40;

/// What somebody wants to start. What is unset is as it is in the session that is there, or picked.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which lab.
    pub lab: &'a str,
    /// One way it can be broken.
    pub variant: Option<&'a str>,
    /// What picks the parameters, and the variant.
    pub seed: Option<u64>,
    /// Another course's folder.
    pub course: Option<&'a Path>,
    /// Where its cluster comes from; unset: from where it did, or the sandbox.
    pub chosen: Option<&'a Chosen>,
    /// The session's name; unset: the lab's, and the current session is stopped.
    pub named: Option<&'a str>,
}

/// How a lab came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was set up.
    SetUp,
    /// It was there and ran; where it has no cluster, it was there.
    Ran,
    /// Its cluster was started again.
    Back,
}

/// A lab that the learner has.
#[derive(Debug)]
pub struct Started {
    /// Of which session.
    pub session: Session,
    /// What it is.
    pub scenario: Scenario,
    /// How it came to be there.
    pub how: How,
}

/// Starts a lab, or brings its session back.
///
/// # Errors
/// There is no such lab, another is open under its name, or it does not start; then nothing is left running.
pub async fn start(sessions: &Sessions, wanted: Wanted<'_>, caller: Caller<'_>) -> Result<Started> {
    // A slip in the lab's name is told first, whatever session there is.
    let files = course::files(wanted.course)?;
    let course = grade::Course::load(&files)?;
    let lab = course.lab(wanted.lab)?;
    let name = wanted.named.unwrap_or(&lab.name);
    let _life = lock::life(&sessions.place(name), Doing::Starting, caller).await?;
    let existing = sessions.find(name)?;
    let same = existing
        .as_ref()
        .filter(|session| is_the_same(sessions, session, wanted));
    if let Some(session) = same.filter(|session| session.stage == Stage::Ready) {
        return resume(sessions, wanted, session, caller).await;
    }
    if let Some(session) = same {
        // A start or a reset was cut off: the same lab again, and what the learner did so far still counts.
        let scenario = lab::scenario(session)?;
        leave_current(sessions, wanted, name, caller).await?;
        let chosen = sessions.place(name).chosen();
        return begin(sessions, session, scenario, &chosen, caller).await;
    }
    if let Some(session) = existing.as_ref().filter(|session| is_open(session)) {
        let provider = sessions.place(name).provider().name();
        let on = if session.is_written {
            String::new()
        } else {
            format!(", on `{provider}`")
        };
        return Err(Failure::bad_input(format!(
            "session `{name}` is another lab or seed ({}, seed {}{on}) and not solved yet",
            session.lab, session.seed
        ))
        .hint(format!(
            "`labctl stop --purge --session {name}` ends it; `--session NAME` starts one beside it"
        )));
    }
    let (scenario, chosen) = picked(sessions, &files, lab, wanted, caller).await?;
    leave_current(sessions, wanted, name, caller).await?;
    let mut session = Session::new(name, &scenario);
    session.variant_named = wanted.variant.is_some();
    session.course = absolute_course(wanted);
    fresh::clear(&sessions.place(name), existing.as_ref(), caller)?;
    sessions.create(&session, caller).await?;
    begin(sessions, &session, scenario, &chosen, caller).await
}

/// A scenario that can run where it is wanted, and what is chosen of that. Makes nothing.
///
/// # Errors
/// What was asked for cannot run there, or no lab may be made there.
async fn picked(
    sessions: &Sessions,
    files: &CourseFiles,
    lab: &Lab,
    wanted: Wanted<'_>,
    caller: Caller<'_>,
) -> Result<(Scenario, Chosen)> {
    let name = wanted.named.unwrap_or(&lab.name);
    let chosen = wanted.chosen.cloned();
    let mut chosen = chosen.unwrap_or_else(|| sessions.place(name).chosen());
    let provider = chosen.provider;
    let mut surroundings = Surroundings::default();
    if let Some(existing) = &mut chosen.existing {
        existing.suffix = existing::suffix();
        surroundings = existing::surroundings(existing);
    }
    let mut scenario = choose(sessions, files, lab, wanted, &surroundings)?;
    let mut lacks = fits::obstacles(&scenario, provider, caller).await?;
    // What was not asked for is picked among what can run there.
    for _ in 1..PICKS {
        if lacks.is_empty() || wanted.seed.is_some() {
            break;
        }
        scenario = choose(sessions, files, lab, wanted, &surroundings)?;
        lacks = fits::obstacles(&scenario, provider, caller).await?;
    }
    if let Some(refusal) = fits::refusal(&lacks, provider.name(), wanted.variant.is_some()) {
        return Err(refusal);
    }
    let existing = chosen.existing.as_ref();
    if let Some(existing) = existing.filter(|_| scenario.cluster.is_some()) {
        // Before anything else is changed; what it says then is asked again when the lab is made.
        let reached = existing::reach(existing, caller).await?;
        existing::admit(existing, &reached).await?;
    }
    Ok((scenario, chosen))
}

/// What a start would make in a cluster that exists, object by object, and what its API server says of each. Makes nothing.
///
/// # Errors
/// There is no such lab, it cannot run there, or no cluster that exists was chosen.
pub async fn dry_run(
    sessions: &Sessions,
    wanted: Wanted<'_>,
    caller: Caller<'_>,
) -> Result<Vec<(String, Result<(), String>)>> {
    let files = course::files(wanted.course)?;
    let course = grade::Course::load(&files)?;
    let lab = course.lab(wanted.lab)?;
    let (scenario, chosen) = picked(sessions, &files, lab, wanted, caller).await?;
    let existing = chosen.existing.ok_or_else(|| {
        Failure::bad_input("a dry run is of a cluster that exists, and none is named")
            .hint("`--context NAME` names one; everywhere else the cluster is the lab's own")
    })?;
    existing::dry_run(&existing, &scenario, caller).await
}

/// Whether a session is the learner's to go on with: a new one may not take its place.
fn is_open(session: &Session) -> bool {
    let was_handed_over = !session.so_far.started_at.is_empty();
    was_handed_over && !session.is_solved() && !session.so_far.conduct.revealed
}

/// Whether what is wanted is the session that is there.
fn is_the_same(sessions: &Sessions, session: &Session, wanted: Wanted<'_>) -> bool {
    let there = sessions.place(&session.name).chosen();
    let of = |chosen: &Chosen| chosen.existing.as_ref().map(|it| it.context.clone());
    let is_there = |it: &Chosen| it.provider == there.provider && of(it) == of(&there);
    session.lab == wanted.lab
        && (session.is_written || wanted.chosen.is_none_or(is_there))
        && wanted.seed.is_none_or(|seed| seed == session.seed)
        && wanted
            .variant
            .is_none_or(|variant| variant == session.variant)
        && (wanted.course.is_none() || absolute_course(wanted) == session.course)
}

fn absolute_course(wanted: Wanted<'_>) -> Option<PathBuf> {
    let course = wanted.course?;
    Some(std::path::absolute(course).unwrap_or_else(|_| course.to_owned()))
}

/// The variant for the seed. Where neither was named, one that is not solved yet.
fn choose(
    sessions: &Sessions,
    files: &CourseFiles,
    lab: &Lab,
    wanted: Wanted<'_>,
    surroundings: &Surroundings,
) -> Result<Scenario> {
    let any = || fastrand::u64(1..1_000_000);
    let (seed, variant) = match (wanted.seed, wanted.variant) {
        (seed, Some(variant)) => (seed.unwrap_or_else(any), lab.variant(variant)?),
        (Some(seed), None) => (seed, pick_variant(lab, seed)),
        (None, None) => {
            let results = Results::of(&sessions.folders);
            let seed = next::seed(files, lab, &results, any(), None);
            (seed, pick_variant(lab, seed))
        }
    };
    Ok(grade::resolve_for(
        files,
        &lab.name,
        variant,
        seed,
        surroundings,
    )?)
}

/// Stops the current session when another one takes its place, and tells so.
async fn leave_current(
    sessions: &Sessions,
    wanted: Wanted<'_>,
    name: &str,
    caller: Caller<'_>,
) -> Result<()> {
    let Some(current) = sessions.current_name().filter(|current| current != name) else {
        return Ok(());
    };
    if wanted.named.is_some() {
        return Ok(());
    }
    let place = sessions.place(&current);
    let _life = lock::life(&place, Doing::Stopping, caller).await?;
    if !matches!(lab::state(&place)?, State::Absent | State::Stopped) {
        lab::stop(&place).await?;
        caller.tell(Progress::Left { session: &current });
    }
    Ok(())
}

/// A session that is to be set up; whatever cluster is left on its folder is removed. It becomes current once it is there.
async fn begin(
    sessions: &Sessions,
    session: &Session,
    scenario: Scenario,
    chosen: &Chosen,
    caller: Caller<'_>,
) -> Result<Started> {
    let place = sessions.place(&session.name);
    let history = if session.so_far.started_at.is_empty() {
        History::Dropped
    } else {
        History::Kept
    };
    lab::remove_cluster(&place, history).await?;
    chosen.keep(place.folder())?;
    let set_up = match lab::begin(sessions, &place, &scenario, caller).await {
        Ok(set_up) => set_up,
        Err(failure) => return Err(give_up(&place, failure).await),
    };
    Start::keep(&place, set_up.start).await?;
    let changed = sessions.change(session, caller, |session| {
        session.stage = Stage::Ready;
        session.cluster_id = set_up.cluster_id;
        // A reset that was cut off does not turn the clock back.
        if session.so_far.started_at.is_empty() {
            session.happened(What::Started);
        }
        Ok(())
    });
    let (session, ()) = changed.await?;
    sessions.make_current(&session.name)?;
    Ok(Started {
        session,
        scenario,
        how: How::SetUp,
    })
}

/// A start or a reset that failed leaves nothing running.
pub(crate) async fn give_up(place: &Place, failure: Failure) -> Failure {
    match lab::stop(place).await {
        Ok(()) if failure.why == Why::Interrupted => Failure {
            message: "interrupted; nothing is left running".to_owned(),
            ..failure
        },
        Ok(()) => failure,
        Err(error) if error.message == failure.message => failure,
        Err(error) => Failure {
            message: format!("{}; and {}", failure.message, error.message),
            ..failure
        },
    }
}

/// A session that is there, with the learner's changes.
async fn resume(
    sessions: &Sessions,
    wanted: Wanted<'_>,
    session: &Session,
    caller: Caller<'_>,
) -> Result<Started> {
    let place = sessions.place(&session.name);
    let scenario = lab::scenario(session)?;
    leave_current(sessions, wanted, &session.name, caller).await?;
    let how = if session.is_written {
        lab::bring_up(sessions, &place, &scenario, caller).await?;
        How::Ran
    } else if matches!(lab::state(&place)?, State::Ready(_)) {
        How::Ran
    } else {
        lab::stop(&place).await?;
        if let Err(failure) = lab::bring_up(sessions, &place, &scenario, caller).await {
            return Err(give_up(&place, failure).await);
        }
        How::Back
    };
    sessions.make_current(&session.name)?;
    Ok(Started {
        session: session.clone(),
        scenario,
        how,
    })
}
