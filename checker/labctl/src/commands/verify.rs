//! `labctl verify`: the author's gate. Reads the course, has it linted and played, and shows what came out.

use std::process::ExitCode;

use grade::diagnostic::Diagnostic;
use grade::{Course, CourseFiles, Scenario};

use crate::cli::{Format, VerifyArgs};
use crate::failure::{Exit, Failure, Result};
use crate::output::{FORMAT, Fault, Verified, VerifiedCase};
use crate::session::Sessions;
use crate::verify::{self, Played};
use crate::{course, screen};

pub(super) fn run(sessions: &Sessions, output: Format, arguments: &VerifyArgs) -> Result<ExitCode> {
    let files = course::files(arguments.course.course.as_deref())?;
    let seeds: Vec<u64> = (1..=arguments.seeds).collect();
    let faults = grade::lint(&files, &seeds, grade::compile_check);
    let cases = if faults.is_empty() {
        let scenarios = scenarios(&files, arguments.what.as_deref(), &seeds)?;
        let played = verify::play(sessions, &scenarios, jobs(arguments))?;
        let cases = played.into_iter();
        cases
            .map(|played| case(&scenarios[played.scenario], played))
            .collect()
    } else {
        Vec::new()
    };
    let verified = Verified {
        format_version: FORMAT,
        passed: faults.is_empty() && cases.iter().all(|case| case.passed),
        faults: faults.iter().map(fault).collect(),
        cases,
    };
    match output {
        Format::Json => screen::json(&verified),
        Format::Text => screen::out(&text(&verified)),
    }
    Ok(match &verified {
        Verified { passed: true, .. } => Exit::Success,
        Verified { faults, .. } if !faults.is_empty() => Exit::BadInput,
        Verified { .. } => Exit::NotSolved,
    }
    .code())
}

fn text(verified: &Verified) -> String {
    let mut text = String::new();
    for case in &verified.cases {
        text += &format!(
            "{} {} {} {} {} {:.1}\n",
            case.variant, case.seed, case.kind, case.name, case.passed, case.seconds
        );
        for p in &case.problems {
            text += p;
            text += "\n";
        }
    }
    for f in &verified.faults {
        text += &f.text;
        text += "\n";
    }
    text
}

fn jobs(arguments: &VerifyArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    arguments.jobs.map_or_else(cores, usize::from)
}

/// The scenarios that were asked for, each variant's seeds together.
fn scenarios(files: &CourseFiles, what: Option<&str>, seeds: &[u64]) -> Result<Vec<Scenario>> {
    let course = Course::load(files)?;
    let (lab, variant) = match what.map(|what| what.split_once('/').unwrap_or((what, ""))) {
        None => (None, ""),
        Some((lab, variant)) => (Some(course.lab(lab)?), variant),
    };
    if let (Some(lab), false) = (lab, variant.is_empty()) {
        lab.variant(variant)?;
    }
    let mut scenarios = Vec::new();
    let labs = course.labs().iter();
    for lab in labs.filter(|one| lab.is_none_or(|lab| lab.name == one.name)) {
        let variants = lab.variants.iter();
        for variant in variants.filter(|one| variant.is_empty() || *one == variant) {
            for seed in seeds {
                scenarios.push(grade::resolve(files, &lab.name, variant, *seed)?);
            }
        }
    }
    Ok(scenarios)
}

fn fault(diagnostic: &Diagnostic) -> Fault {
    Fault {
        file: diagnostic.file.clone(),
        line: diagnostic.place.as_ref().map(|place| place.line),
        message: diagnostic.message.clone(),
        text: diagnostic.to_string(),
    }
}

fn case(scenario: &Scenario, played: Played) -> VerifiedCase {
    VerifiedCase {
        lab: scenario.lab.clone(),
        variant: scenario.variant.clone(),
        seed: scenario.seed,
        kind: played.kind.word().to_owned(),
        name: played.name,
        passed: played.problems.is_empty(),
        seconds: played.took.as_secs_f64(),
        problems: played.problems,
    }
}
