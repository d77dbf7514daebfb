//! `labctl progress`: how far the learner has come in the course, lab by lab, and what to take next.

use std::process::ExitCode;

use super::list;
use crate::cli::{CourseArgs, Format};
use crate::failure::{Exit, Result};
use crate::output::{FORMAT, LabProgress, Progressed, SolvedVariant};
use crate::{book, screen};

pub(super) fn run(output: Format, arguments: &CourseArgs) -> Result<ExitCode> {
    let listed = list::listed(arguments)?;
    let labs = listed.labs.into_iter().map(|lab| LabProgress {
        name: lab.name,
        title: lab.title,
        progress: lab.progress,
    });
    let progressed = summed(labs.collect(), listed.next);
    match output {
        Format::Json => screen::json(&progressed),
        Format::Text => show(&progressed),
    }
    Ok(Exit::Success.code())
}

fn summed(labs: Vec<LabProgress>, next: Option<String>) -> Progressed {
    let sum = |of: fn(&SolvedVariant) -> u32| {
        let solved = labs.iter().flat_map(|lab| &lab.progress.solved);
        solved.map(of).sum()
    };
    Progressed {
        format_version: FORMAT,
        n_variants: labs.iter().map(|lab| lab.progress.n_variants).sum(),
        n_solved: labs.iter().map(|lab| lab.progress.solved.len()).sum(),
        points: sum(|solved| solved.points),
        of: sum(|solved| solved.of),
        hints: sum(|solved| solved.hints),
        attempts: sum(|solved| solved.attempts),
        resets: sum(|solved| solved.resets),
        labs,
        next,
    }
}

fn show(progressed: &Progressed) {
    let Progressed {
        n_variants,
        n_solved,
        points,
        of,
        ..
    } = progressed;
    let labs = screen::plural(progressed.labs.len(), "lab");
    let variants = screen::plural(*n_variants, "variant");
    screen::out(&screen::bold(&format!(
        "{n_solved} of {variants} in {labs} solved"
    )));
    if *n_solved > 0 {
        let how = screen::conduct(progressed.hints, progressed.attempts, progressed.resets);
        screen::out(&format!("  with {points} of {of} points, {how}"));
    }
    screen::out("");
    for lab in &progressed.labs {
        screen::out(&line(lab));
    }
    if let Some(next) = &progressed.next {
        screen::out(&format!("\nnext: {next}"));
    }
    screen::say(&screen::dim(&format!(
        "\nwhat each practises: labctl list; what the course wants to teach: {}",
        book::reference("The map")
    )));
}

/// `  pending-pod             ■■□□□□□  2 of 7, best 100`.
fn line(lab: &LabProgress) -> String {
    let (solved, all) = (lab.progress.solved.len(), lab.progress.n_variants);
    let bar = "■".repeat(solved) + &"□".repeat(all.saturating_sub(solved));
    let best = lab.progress.best;
    let best = best.map_or_else(String::new, |best| format!(", best {best}"));
    format!("  {:<24}{bar}  {solved} of {all}{best}", lab.name)
}
