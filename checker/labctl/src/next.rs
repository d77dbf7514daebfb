//! How far somebody has come in a lab, and the command that takes what comes next.
//!
//! Knows results and the course. Must not know clusters; what comes next is for `session` to say.

use grade::course::Lab;
use session::results::{Kept, Results};
use session::{Session, Sessions, course};

use crate::output::{Progress, SolvedVariant};
pub(crate) use session::next::after;

/// What was solved of a lab, each variant by its best result.
pub(crate) fn progress(lab: &Lab, results: Option<&Results>) -> Progress {
    let kept = results.map_or_else(Vec::new, |results| results.of_lab(&lab.name));
    let solved = lab.variants.iter().filter_map(|variant| {
        let of_variant = kept
            .iter()
            .filter(|kept| kept.is_solved() && kept.variant == *variant);
        // Of equal ones the first that was solved.
        of_variant.rev().max_by_key(|kept| kept.score.points)
    });
    let mut solved: Vec<SolvedVariant> = solved.map(told).collect();
    solved.sort_by(|one, other| one.solved_at.cmp(&other.solved_at));
    Progress {
        n_variants: lab.variants.len(),
        best: solved.iter().map(|solved| solved.points).max(),
        solved,
    }
}

fn told(kept: &Kept) -> SolvedVariant {
    SolvedVariant {
        variant: kept.variant.clone(),
        seed: kept.seed,
        points: kept.score.points,
        of: kept.score.of,
        hints: kept.conduct.hints,
        attempts: kept.conduct.attempts,
        resets: kept.conduct.resets,
        solved_at: kept.ended_at.clone(),
    }
}

/// `3 of 5 solved, best 100`; `None` when none is.
pub(crate) fn so_far(progress: &Progress) -> Option<String> {
    let best = progress.best?;
    Some(format!(
        "{} of {} solved, best {best}",
        progress.solved.len(),
        progress.n_variants
    ))
}

/// How far the learner has come in a session's lab; `None` when its course cannot be read any more.
pub(crate) fn of_session(sessions: &Sessions, session: &Session) -> Option<Progress> {
    let files = course::files(session.course.as_deref()).ok()?;
    let course = grade::Course::load(&files).ok()?;
    let lab = course.lab(&session.lab).ok()?;
    Some(progress(lab, Some(&Results::of(&sessions.folders))))
}

/// The command that starts a seed where a session was.
pub(crate) fn command(session: &Session, seed: u64) -> String {
    let mut command = format!("labctl start {} --seed {seed}", session.lab);
    if let Some(course) = &session.course {
        command.push_str(&format!(" --course {}", course.display()));
    }
    if session.name != session.lab {
        command.push_str(&format!(" --session {}", session.name));
    }
    command
}

/// The end of a sentence about what to do next: `, or labctl start … for another one`; empty without a seed.
pub(crate) fn or_another(session: &Session, seed: Option<u64>) -> String {
    seed.map_or(String::new(), |seed| {
        format!(", or {} for another one", command(session, seed))
    })
}
