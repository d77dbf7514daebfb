//! `labctl verify`: the author's gate. Reads the course, has it linted and played, and shows what came out.

use std::path::Path;
use std::process::ExitCode;

use grade::diagnostic::Diagnostic;
use grade::kinds::Source;
use grade::{Claims, Course, CourseFiles, Scenario, Surroundings};
use provider::{Chosen, write_atomically};
use session::{Caller, Sessions, course, existing, fits};

use crate::cli::{Format, VerifyArgs};
use crate::failure::{Exit, Result};
use crate::interrupt;
use crate::output::{FORMAT, Fault, LeftOut, SkippedTry, Verified, VerifiedCase};
use crate::screen;
use crate::verify::compared::{compare, read};
use crate::verify::junit::junit;
use crate::verify::report::report;
use crate::verify::starts::starts;
use crate::verify::table::table;
use crate::verify::touched::Touched;
use crate::verify::{self, Played, Skipped, Wanted};

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    arguments: &VerifyArgs,
) -> Result<ExitCode> {
    let files = course::files(arguments.course.course.as_deref())?;
    // A file that cannot be read is told before anything is played.
    let other = arguments.compare.as_deref().map(read).transpose()?;
    let seeds: Vec<u64> = arguments.seeds.clone().collect();
    let faults = grade::lint(&files, &seeds, grade::compile_check);
    let mut cases = Vec::new();
    let mut cut_off = None;
    let mut n_starts = 0;
    let mut scenarios = Vec::new();
    let mut left_out: Vec<LeftOut> = Vec::new();
    let mut skipped: Vec<SkippedTry> = Vec::new();
    if faults.is_empty() {
        let mut chosen = arguments.provider.chosen()?.unwrap_or_default();
        let mut at = Surroundings::default();
        let mut jobs = jobs(arguments, chosen.provider);
        if let Some(existing) = &mut chosen.existing {
            existing.suffix = existing::suffix();
            at = existing::surroundings(existing);
            // Two of them would be in the same namespaces.
            jobs = 1;
        }
        scenarios = of_course(&files, arguments.what.as_deref(), &seeds, &at)?;
        scenarios = those_that_fit(scenarios, chosen.provider).await?;
        let claims = scenarios
            .iter()
            .map(|of| {
                let claimed = grade::claims_for(&files, &of.lab, &of.variant, of.seed, &at);
                Ok(claimed?)
            })
            .collect::<Result<Vec<Claims>>>()?;
        let wanted = wanted(arguments, chosen)?;
        let ended = verify::play(sessions, &scenarios, &claims, jobs, &wanted).await?;
        n_starts = ended.played.iter().map(|played| played.n_starts).sum();
        let played = ended.played.into_iter();
        cases.extend(played.map(|played| case(&scenarios[played.scenario], played)));
        left_out.extend(ended.left_out.iter().map(|(number, cases)| LeftOut {
            lab: scenarios[*number].lab.clone(),
            variant: scenarios[*number].variant.clone(),
            seed: scenarios[*number].seed,
            cases: *cases,
        }));
        let not_tried = ended.skipped.into_iter();
        skipped.extend(not_tried.map(|(number, it)| skipped_try(&scenarios[number], it)));
        cut_off = ended.cut_off;
    }
    let n_failed = cases.iter().map(|case| case.failed_starts.len()).sum();
    let starts = starts(n_starts, n_failed);
    let passed = faults.is_empty()
        && cut_off.is_none()
        && cases.iter().all(|case| case.passed)
        && !starts.are_too_many();
    let can_fail = |case: &VerifiedCase, id: &str| {
        let is_same = |one: &&Scenario| (&one.lab, &one.variant) == (&case.lab, &case.variant);
        let checks = scenarios.iter().find(is_same).map(|one| &one.checks);
        let check = checks.and_then(|checks| checks.iter().find(|check| check.id == id));
        check.is_some_and(|check| check.ask.facts().source != Source::Diagnosis)
    };
    let verified = Verified {
        format_version: FORMAT,
        passed,
        faults: faults.iter().map(fault).collect(),
        report: report(&cases, &left_out, can_fail),
        compared: other.map(|other| compare(&cases, &other)),
        left_out,
        skipped,
        cut_off: cut_off.as_ref().map(|failure| failure.message.clone()),
        starts,
        cases,
    };
    if let Some(file) = &arguments.junit {
        write_atomically(file, junit(&verified).as_bytes())?;
    }
    match output {
        Format::Json => screen::json(&verified),
        Format::Text => screen::out(&table(&verified)),
    }
    if let Some(failure) = cut_off {
        return Ok(Exit::from(failure.why).code());
    }
    Ok(match &verified {
        Verified { passed: true, .. } => Exit::Success,
        Verified { faults, .. } if !faults.is_empty() => Exit::BadInput,
        Verified { .. } => Exit::NotSolved,
    }
    .code())
}

fn jobs(arguments: &VerifyArgs, provider: provider::Provider) -> usize {
    let usual = || match provider {
        // A case waits most of its time.
        provider::Provider::Sandbox => {
            std::thread::available_parallelism().map_or(1, usize::from) + 3
        }
        // Each node of kind is a machine of its own; on a cluster that exists it is one whatever is asked for.
        provider::Provider::Kind | provider::Provider::Context => 1,
    };
    arguments.jobs.map_or_else(usual, usize::from)
}

/// What is wanted of all that could be played.
fn wanted(arguments: &VerifyArgs, chosen: Chosen) -> Result<Wanted> {
    let folder = arguments.course.course.as_deref().unwrap_or(Path::new("."));
    let since = arguments.since.as_deref();
    Ok(Wanted {
        chosen,
        cheats: arguments.cheats,
        fresh: arguments.fresh,
        failed: arguments.failed,
        cases: arguments.cases.clone(),
        since: since
            .map(|revision| Touched::since(revision, folder))
            .transpose()?,
        budget: arguments.budget,
    })
}

/// Those that can run there; tells of the others, each variant once.
async fn those_that_fit(
    scenarios: Vec<Scenario>,
    provider: provider::Provider,
) -> Result<Vec<Scenario>> {
    let mut fitting = Vec::new();
    for scenario in scenarios {
        let lacks = fits::obstacles(&scenario, provider, Caller::quiet(interrupt::asked())).await?;
        if let Some(refusal) = fits::refusal(&lacks, provider.name(), true) {
            let Scenario {
                lab, variant, seed, ..
            } = &scenario;
            screen::say(&format!(
                "not played: {lab}/{variant}, seed {seed}: {}",
                refusal.message
            ));
        } else {
            fitting.push(scenario);
        }
    }
    Ok(fitting)
}

/// The scenarios that were asked for, each variant's seeds together.
fn of_course(
    files: &CourseFiles,
    what: Option<&str>,
    seeds: &[u64],
    at: &Surroundings,
) -> Result<Vec<Scenario>> {
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
                let of_seed = grade::resolve_for(files, &lab.name, variant, *seed, at)?;
                scenarios.push(of_seed);
            }
        }
    }
    Ok(scenarios)
}

fn fault(diagnostic: &Diagnostic) -> Fault {
    Fault {
        file: diagnostic.file.clone(),
        line: diagnostic.place.as_ref().map(|place| place.line),
        code: diagnostic.message.code().to_owned(),
        message: diagnostic.message.to_string(),
        text: diagnostic.to_string(),
    }
}

fn skipped_try(scenario: &Scenario, skipped: Skipped) -> SkippedTry {
    SkippedTry {
        lab: scenario.lab.clone(),
        variant: scenario.variant.clone(),
        seed: scenario.seed,
        kind: skipped.kind.to_owned(),
        name: skipped.name,
        why: skipped.why,
    }
}

fn case(scenario: &Scenario, played: Played) -> VerifiedCase {
    VerifiedCase {
        lab: scenario.lab.clone(),
        variant: scenario.variant.clone(),
        seed: scenario.seed,
        kind: played.kind.word().to_owned(),
        name: played.name,
        passed: played.came.problems.is_empty(),
        seconds: played.seconds,
        is_remembered: played.is_remembered,
        problems: played.came.problems,
        verdicts: played.came.verdicts,
        events: played.came.events,
        began: played.came.began,
        failed_starts: played.failed_starts,
    }
}
