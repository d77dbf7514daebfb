//! `labctl list`: the labs, how far the learner has come in them, and what to take next.

use grade::Course;
use session::results::Results;
use session::{Sessions, course};

use crate::cli::{CourseArgs, Format};
use crate::failure::Result;
use crate::output::{FORMAT, Listed, ListedLab, SolvedVariant};
use crate::{needs, next, places, screen};

/// How many seeds of each variant are looked at: nobody waits for a list.
const SEEDS: u64 = 2;

pub(super) fn run(output: Format, arguments: &CourseArgs) -> Result<()> {
    let listed = listed(arguments)?;
    if output == Format::Json {
        screen::json(&listed);
        return Ok(());
    }
    for lab in &listed.labs {
        show(lab);
    }
    if let Some(next) = listed.next {
        screen::out(&format!("\nnext: {next}"));
    }
    Ok(())
}

/// The labs, with what was done in them.
pub(super) fn listed(arguments: &CourseArgs) -> Result<Listed> {
    let files = course::files(arguments.course.as_deref())?;
    let course = Course::load(&files)?;
    // The labs can be told without a home folder, too: nothing was done in them then.
    let sessions = Sessions::open().ok();
    let results = sessions.as_ref().map(|all| Results::of(&all.folders));
    let labs = course.labs().iter().map(|lab| ListedLab {
        name: lab.name.clone(),
        title: lab.title.clone(),
        minutes: lab.minutes,
        practises: lab.practises.clone(),
        n_variants: lab.variants.len(),
        needs: needs::of(&files, lab),
        variants: places::of(&files, lab, SEEDS),
        progress: next::progress(lab, results.as_ref()),
    });
    let labs: Vec<ListedLab> = labs.collect();
    Ok(Listed {
        format_version: FORMAT,
        next: next(sessions.as_ref(), &labs, arguments),
        labs,
    })
}

/// The command for a lab that is not solved in every way, or for any: one that is begun comes first, then the shortest.
fn next(sessions: Option<&Sessions>, labs: &[ListedLab], arguments: &CourseArgs) -> Option<String> {
    let lab = labs.iter().min_by_key(|lab| {
        let n_solved = lab.progress.solved.len();
        (n_solved == lab.n_variants, n_solved == 0, lab.minutes)
    })?;
    // A session of this name that is solved would only be brought back.
    let solved = sessions
        .and_then(|sessions| Some((sessions, sessions.peek(&lab.name)?)))
        .filter(|(_, session)| session.is_solved() && session.lab == lab.name);
    let another = solved.and_then(|(sessions, session)| {
        Some(next::command(&session, next::after(sessions, &session)?))
    });
    let course = arguments.course.as_ref().map(|course| {
        let course = course.display();
        format!(" --course {course}")
    });
    Some(another.unwrap_or_else(|| {
        let course = course.unwrap_or_default();
        format!("labctl start {}{course}", lab.name)
    }))
}

fn show(lab: &ListedLab) {
    let variants = screen::plural(lab.n_variants, "variant");
    screen::out(&format!(
        "{}  {}",
        screen::bold(&lab.name),
        screen::dim(&format!(
            "{}, {} minutes, {variants}",
            lab.title, lab.minutes
        ))
    ));
    for line in &lab.practises {
        screen::out(&format!("  - {line}"));
    }
    screen::out(&format!("  needs {}", needs::text(&lab.needs)));
    if let Some(places) = places::text(&lab.variants) {
        screen::out(&format!("  runs on {places}"));
    }
    let so_far = next::so_far(&lab.progress);
    screen::out(&format!(
        "  {}",
        so_far.as_deref().unwrap_or("not solved yet")
    ));
    for solved in &lab.progress.solved {
        screen::out(&line(solved));
    }
}

/// `    ✓ missing-toleration   100 points  2026-11-26  seed 7, 1 hint`.
fn line(solved: &SolvedVariant) -> String {
    let day = solved.solved_at.get(..10).unwrap_or(&solved.solved_at);
    let points = screen::plural(solved.points as usize, "point");
    let seed = solved.seed;
    let how = screen::conduct(solved.hints, solved.attempts, solved.resets);
    format!(
        "    ✓ {:<24}{points:<12}{day}  seed {seed}, {how}",
        solved.variant
    )
}
