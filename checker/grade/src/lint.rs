//! What an author can be told without a cluster: every fault of every lab and variant, for several seeds.
//!
//! Whether the images and their tags have a workload model, and whether fixes fix, is for the author's gate on a real
//! cluster.

mod leaks;

use std::collections::BTreeSet;

use crate::check::{Check, Role};
use crate::course::{CourseFiles, Lab};
use crate::diagnosis::Menu;
use crate::diagnostic::{Diagnostic, Message, Place, message};
use crate::document::Document;
use crate::duration;
use crate::fix::Fix;
use crate::hint;
use crate::kinds::Ask;
use crate::scenario::{Machine, RawScenario, Surroundings, VariantReader};
use crate::template::{self, Names};
use crate::verdict::{CheckVerdict, Verdict};
use crate::{claims, images};

/// How many hints every variant has.
const HINTS: usize = 3;

/// What marks a place that is to be filled in.
const MARKER: &str = "TODO";

/// How many constraints a lab offers at least that are right in none of its variants.
const DECOYS: usize = 6;

/// How many fixes every variant has at least.
const FIXES: usize = 2;

/// Whether an expression compiles, and if not, why.
pub type Compile = fn(&str) -> Result<(), String>;

/// All faults of a course, in the order of its files. A fault that several seeds have is named once.
#[must_use]
pub fn lint(files: &CourseFiles, seeds: &[u64], compile: Compile) -> Vec<Diagnostic> {
    let mut faults = Faults::default();
    let names = files.lab_names();
    if names.is_empty() {
        faults.add(Diagnostic::new("labs", message!(NoLab)));
    }
    unknown_files(files, &names, &mut faults);
    unfilled(files, &mut faults);
    faults.take(images::read(files));
    for name in &names {
        let Some(lab) = faults.take(Lab::read(files, name)) else {
            continue;
        };
        unlisted_variants(files, &lab, &mut faults);
        copies(files, &lab, &mut faults);
        let menu = faults.take(Menu::read(files, name));
        let mut right = BTreeSet::new();
        for variant in &lab.variants {
            for seed in seeds {
                let here = Surroundings::default();
                let reader = VariantReader::new(files, &lab, variant, *seed, &here);
                if let Some(reader) = faults.take(reader) {
                    let checks = lint_variant(&reader, compile, &mut faults);
                    let diagnoses = checks.iter().filter_map(|check| check.ask.diagnosis());
                    right.extend(diagnoses.flat_map(|diagnosis| diagnosis.constraint.clone()));
                }
            }
        }
        if let Some(menu) = menu {
            offered(name, &menu, &right, &mut faults);
        }
    }
    faults.all
}

type LineAndColumn = (usize, usize);

/// Faults, each place once.
#[derive(Default)]
struct Faults {
    all: Vec<Diagnostic>,
    seen: BTreeSet<(String, Option<LineAndColumn>, String)>,
}

impl Faults {
    fn add(&mut self, fault: Diagnostic) {
        let place = fault.place.as_ref().map(|place| (place.line, place.column));
        // At one place only what the seed filled in differs, so the text tells apart only faults without a place.
        let text = if place.is_none() {
            fault.message.to_string()
        } else {
            String::new()
        };
        if self.seen.insert((fault.file.clone(), place, text)) {
            self.all.push(fault);
        }
    }

    fn take<T>(&mut self, read: Result<T, Diagnostic>) -> Option<T> {
        read.map_err(|fault| self.add(fault)).ok()
    }
}

/// Names the faults of a variant; its checks, when they could be read.
fn lint_variant(reader: &VariantReader<'_>, compile: Compile, faults: &mut Faults) -> Vec<Check> {
    faults.take(reader.brief());
    faults.take(reader.debrief());
    faults.take(reader.start());
    let broken = faults.take(reader.broken());
    let hints = faults.take(reader.hints()).unwrap_or_default();
    if hints.len() != HINTS {
        faults.add(Diagnostic::new(
            format!("{}/hints", reader.folder),
            message!(HintsMissing, HINTS, hints.len()),
        ));
    }
    let Some(raw) = faults.take(reader.read_scenario_file()) else {
        return Vec::new();
    };
    if raw.has_cluster() && broken.is_some_and(|broken| broken.is_empty()) {
        faults.add(Diagnostic::new(
            format!("{}/broken", reader.folder),
            message!(NothingBroken),
        ));
    }
    faults.take(reader.handed_out(&raw));
    let document = reader.document();
    expressions(document, &raw, compile, faults);
    let Some(machine) = faults.take(reader.machine(&raw)) else {
        return Vec::new();
    };
    completeness(document, &machine, faults);
    evictions(document, &machine.checks, faults);
    if let Some(claims) = faults.take(claims::read(reader, &machine.checks)) {
        cases(reader, &claims, faults);
    }
    for source in hints.iter().flatten() {
        for names in situations(reader, &machine.checks) {
            faults.take(template::render(&source.file, &source.text, &names));
        }
    }
    for leak in leaks::find(reader, &machine, document) {
        faults.add(leak);
    }
    machine.checks
}

/// That a lab offers every right key of its variants, and enough that are right in none.
fn offered(lab: &str, menu: &Menu, right: &BTreeSet<String>, faults: &mut Faults) {
    let file = format!("labs/{lab}/diagnosis.yaml");
    let is_offered = |key: &&String| menu.constraint.iter().any(|choice| choice.key == **key);
    if let Some(missing) = right.iter().find(|key| !is_offered(key)) {
        faults.add(Diagnostic::new(
            &file,
            message!(RightKeyNotOffered, missing),
        ));
    }
    let decoys = menu
        .constraint
        .iter()
        .filter(|choice| !right.contains(choice.key.as_ref()));
    let n_decoys = decoys.count();
    if n_decoys < DECOYS {
        let message = message!(TooFewDecoys, DECOYS, n_decoys);
        faults.add(Diagnostic::new(&file, message));
    }
}

/// That there are enough fixes, and a wrong one that does nothing.
fn cases(reader: &VariantReader<'_>, claims: &claims::Claims, faults: &mut Faults) {
    let fault =
        |message: Message| Diagnostic::new(format!("{}/cases.yaml", reader.folder), message);
    let n_fixes = claims.fixes.len();
    if n_fixes < FIXES {
        faults.add(fault(message!(TooFewFixes, FIXES, n_fixes)));
    }
    if claims.wrong.iter().all(Fix::does_something) {
        faults.add(fault(message!(NoIdleWrongFix)));
    }
}

/// That there is something to see at the start and something to reach.
fn completeness(document: &Document<'_>, machine: &Machine, faults: &mut Faults) {
    if machine.symptom.is_empty() && machine.cluster.is_some() {
        faults.add(Diagnostic::new(document.file, message!(NoSymptom)));
    }
    if machine
        .checks
        .iter()
        .all(|check| check.role != Role::Objective)
    {
        faults.add(Diagnostic::new(document.file, message!(NoObjective)));
    }
}

/// That what is evicted is also asked whether it is complete, for no longer than its replacement is watched: only then do its
/// Pods have to be what the template says, and only then does the next look find the replacement old enough.
fn evictions(document: &Document<'_>, checks: &[Check], faults: &mut Faults) {
    for check in checks {
        let Some((evicted, watched)) = check.ask.evicts() else {
            continue;
        };
        let rollout = checks.iter().find_map(|check| match &check.ask {
            Ask::Rollout(rollout) if rollout.workload == *evicted => Some(rollout),
            _ => None,
        });
        let id = &check.id;
        match rollout {
            None => faults.add(Diagnostic::new(
                document.file,
                message!(EvictionWithoutRollout, id),
            )),
            Some(rollout) if rollout.hold > watched => faults.add(Diagnostic::new(
                document.file,
                message!(EvictionHoldTooShort, id, duration::text(rollout.hold)),
            )),
            Some(_) => {}
        }
    }
}

/// That every expression of a check compiles.
fn expressions(document: &Document<'_>, raw: &RawScenario, compile: Compile, faults: &mut Faults) {
    for expression in raw
        .symptom
        .0
        .iter()
        .chain(&raw.checks.value.0)
        .flat_map(|(_, check)| check.value.expressions())
        // What is glued into one is named when its check is read.
        .filter(|expression| !expression.value.contains("${"))
    {
        if let Err(why) = compile(&expression.value) {
            faults.add(document.fault(expression.defined, message!(ExpressionWrong, why)));
        }
    }
}

/// The verdicts under which a hint may be asked for: all alike, and each check alone unlike the others.
fn situations(reader: &VariantReader<'_>, checks: &[Check]) -> Vec<Names> {
    let passed = || Verdict::Passed { evidence: None };
    let failed = || Verdict::Failed {
        expected: "one".to_owned(),
        found: "another".to_owned(),
    };
    let mut situations: Vec<Vec<Verdict>> = vec![
        checks.iter().map(|_| passed()).collect(),
        checks.iter().map(|_| failed()).collect(),
        checks
            .iter()
            .map(|_| Verdict::Undecided {
                why: "no answer".to_owned(),
            })
            .collect(),
    ];
    for alone in 0..checks.len() {
        let with = |one: fn() -> Verdict, others: fn() -> Verdict| {
            (0..checks.len())
                .map(|place| if place == alone { one() } else { others() })
                .collect()
        };
        situations.push(with(passed, failed));
        situations.push(with(failed, passed));
    }
    let verdict = |(check, verdict): (&Check, Verdict)| CheckVerdict {
        id: check.id.clone(),
        says: check.says.clone(),
        role: check.role,
        verdict,
        see: check.see.clone(),
        broken: Vec::new(),
    };
    situations
        .into_iter()
        .map(|verdicts| {
            let verdicts: Vec<CheckVerdict> = checks.iter().zip(verdicts).map(verdict).collect();
            hint::names(reader.names(), checks, &verdicts)
        })
        .collect()
}

/// What a skeleton leaves for its author, but for the files that are handed to a learner to be filled in.
fn unfilled(files: &CourseFiles, faults: &mut Faults) {
    for path in files.0.keys() {
        let is_handed_out =
            matches!(path.split('/').nth(2), Some("start")) && path.starts_with("labs/");
        // A file that is no text has no marker, and its reader names it.
        let Ok(text) = files.text(path) else { continue };
        let marked = (1..).zip(text.lines()).filter_map(|(number, line)| {
            let byte = line.find(MARKER)?;
            Some((number, line[..byte].chars().count() + 1))
        });
        for (line, column) in marked.filter(|_| !is_handed_out) {
            let fault = Diagnostic::new(path, message!(ToBeFilledIn, MARKER));
            faults.add(fault.at(Place::of(text, line, column)));
        }
    }
}

/// Files that nothing reads are slips of the pen: `hint/1.md`, `broken/queue.yml`.
fn unknown_files(files: &CourseFiles, labs: &[String], faults: &mut Faults) {
    for (path, _) in files.below("labs") {
        let parts: Vec<&str> = path.split('/').collect();
        if !matches!(
            parts.as_slice(),
            [_, "lab.yaml" | "brief.md" | "diagnosis.yaml"] | [_, "start", _, ..]
        ) {
            let fault = Diagnostic::new(format!("labs/{path}"), message!(NobodyReads));
            faults.add(fault.note("a lab has lab.yaml, brief.md, diagnosis.yaml and start/"));
        }
    }
    for (path, _) in files.below("scenarios") {
        let fault = |message: Message| Diagnostic::new(format!("scenarios/{path}"), message);
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["images", name] if ends_with(name, "yaml") => {}
            [_, "base", "scenario.yaml" | "cases.yaml"] => {}
            [_, "base", inside @ ..]
                if matches!(inside, ["broken" | "hints", _]) && known_inside(inside) => {}
            [_, "base", ..] => faults.add(fault(message!(NobodyReads)).note("a base has scenario.yaml, cases.yaml, broken/<any>.yaml and hints/<number>.md")),
            ["images", ..] => faults.add(fault(message!(NobodyReads)).note("images/ has <any>.yaml")),
            [lab, ..] if !labs.iter().any(|name| name == lab) => {
                let names = labs.iter().map(String::as_str);
                faults.add(fault(message!(NoSuchLab, lab)).known("labs", lab, names));
            }
            [_, _, inside @ ..] if known_inside(inside) => {}
            _ => faults.add(fault(message!(NobodyReads)).note(
                "a variant has scenario.yaml, cases.yaml, cases/<any>, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>",
            )),
        }
    }
}

fn known_inside(inside: &[&str]) -> bool {
    match inside {
        ["scenario.yaml" | "cases.yaml" | "debrief.md"] | ["start" | "cases", _, ..] => true,
        ["broken", name] => ends_with(name, "yaml"),
        ["hints", name] => (1..=HINTS).any(|number| *name == format!("{number}.md")),
        _ => false,
    }
}

fn ends_with(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == ending)
}

/// Folders of variants that `lab.yaml` does not name, which nobody would ever get.
fn unlisted_variants(files: &CourseFiles, lab: &Lab, faults: &mut Faults) {
    let folder = format!("scenarios/{}", lab.name);
    let there: BTreeSet<&str> = files
        .below(&folder)
        .filter_map(|(path, _)| Some(path.split_once('/')?.0))
        .collect();
    for variant in there {
        if variant != "base" && !lab.variants.iter().any(|listed| listed == variant) {
            faults.add(Diagnostic::new(
                format!("{folder}/{variant}"),
                message!(VariantUnlisted, lab.name),
            ));
        }
    }
}

/// Files of a variant that are the base's, or another text that the base has word for word.
fn copies(files: &CourseFiles, lab: &Lab, faults: &mut Faults) {
    let base = format!("scenarios/{}/base", lab.name);
    for variant in &lab.variants {
        let folder = format!("scenarios/{}/{variant}", lab.name);
        for (path, bytes) in files.below(&folder) {
            if files
                .0
                .get(&format!("{base}/{path}"))
                .is_some_and(|other| other == bytes)
            {
                let fault = Diagnostic::new(format!("{folder}/{path}"), message!(CopyOfBase));
                faults.add(fault.note(format!(
                    "remove it: `{base}/{path}` counts for every variant"
                )));
            }
        }
    }
}
