//! Which variant runs where, and why not: what each needs, compared with what each provider offers.
//!
//! Knows the course; makes nothing.

use grade::course::Lab;
use grade::{CourseFiles, Surroundings};
use provider::Provider;
use session::fits::{Lack, lacks};

use crate::output::{ListedVariant, Runs, Where};

/// Stands for the suffix of a session's namespaces.
const ANY_SUFFIX: &str = "-any";

/// Where each variant of a lab runs. What it needs may depend on what the seed picks: seeds 1 to `seeds` are looked at. A variant that cannot
/// be read is told by whoever starts it.
pub(crate) fn of(files: &CourseFiles, lab: &Lab, seeds: u64) -> Vec<ListedVariant> {
    let variants = lab.variants.iter().map(|variant| ListedVariant {
        variant: variant.clone(),
        on: on(files, lab, variant, seeds),
    });
    variants.collect()
}

fn on(files: &CourseFiles, lab: &Lab, variant: &str, seeds: u64) -> Vec<Where> {
    let needs = |suffix: &str| -> Vec<_> {
        let at = Surroundings {
            suffix: suffix.to_owned(),
            registry: None,
        };
        let scenarios = (1..=seeds)
            .filter_map(|seed| grade::resolve_for(files, &lab.name, variant, seed, &at).ok());
        scenarios.filter_map(|it| grade::needs(&it)).collect()
    };
    let made_for_it = needs("");
    if made_for_it.is_empty() {
        return Vec::new();
    }
    let somebodys = needs(ANY_SUFFIX);
    let on = |provider: Provider| {
        let needs = match provider {
            Provider::Sandbox | Provider::Kind => &made_for_it,
            Provider::Context => &somebodys,
        };
        let all = needs
            .iter()
            .map(|needs| lacks(Some(needs), provider.offers()));
        let all: Vec<Vec<Lack>> = all.collect();
        let n_lacking = all.iter().filter(|lacks| !lacks.is_empty()).count();
        let mut kinds: Vec<String> = all
            .iter()
            .flatten()
            .map(|it| it.kind().to_owned())
            .collect();
        kinds.sort();
        kinds.dedup();
        Where {
            provider: provider.name().to_owned(),
            runs: if n_lacking == all.len() {
                Runs::Never
            } else {
                Runs::Yes
            },
            with_every_seed: n_lacking == 0 || n_lacking == all.len(),
            lacks: kinds,
        }
    };
    Provider::ALL.map(on).into()
}

/// `the sandbox (all), kind (5 of 7 variants)`; `None` for written work. Where none can run is not named.
pub(crate) fn text(variants: &[ListedVariant]) -> Option<String> {
    let places = &variants.iter().find(|it| !it.on.is_empty())?.on;
    let of = |provider: &str, runs: Runs| {
        let on = variants.iter().flat_map(|variant| &variant.on);
        on.filter(|it| it.provider == provider && it.runs == runs)
            .count()
    };
    let all = variants.len();
    let share = |count: usize| match count {
        count if count == all => "all".to_owned(),
        count => format!("{count} of {all} variants"),
    };
    let mut there = Vec::new();
    for place in places {
        let name = &place.provider;
        let runs = of(name, Runs::Yes);
        if runs > 0 {
            there.push(format!("{} ({})", called(name), share(runs)));
        }
    }
    Some(there.join(", "))
}

/// A provider in a sentence.
fn called(name: &str) -> String {
    if name == Provider::Sandbox.name() {
        format!("the {name}")
    } else {
        name.to_owned()
    }
}

const PAGE: &str = "\
<!-- Written by `labctl reference --folder book/src/reference`; not by hand. -->

# What runs where

A lab's cluster comes from a *provider*. The **sandbox** is Kubernetes in one process on your machine, and is meant where nothing else is said. **kind** is a cluster of your own `kind`: `--provider kind`. **context** is a cluster that exists already,
in namespaces of the lab's own: `--context NAME`.

What a variant needs follows from its scenario: node groups, subnets that run out of addresses, volumes that live in one zone, objects outside of its namespaces, namespaces of certain names, a look at the whole cluster, its audit log, policies that hold, a CoreDNS that is configured beforehand, a world outside that is always alike, room for its Pods. It is compared with what a provider offers before anything is made. Whether your machine has room for the Pods of a variant on kind is for your machine to say: `labctl start` does.
The names of variants tell what may be wrong in a lab, though not what is.
";

/// Where the gate was played on kind, and what differed there; written by hand when it was.
const VERIFIED: &str = include_str!("places/on_kind.md");

/// The book's page.
pub(crate) fn page(labs: &[(String, Vec<ListedVariant>)]) -> String {
    let mut page = PAGE.to_owned();
    for (lab, variants) in labs {
        page.push_str(&format!("\n## {lab}\n\n"));
        if variants.iter().all(|variant| variant.on.is_empty()) {
            page.push_str("Written work: it needs no cluster.\n");
            continue;
        }
        page.push_str("| Variant | sandbox | kind | context |\n|---|---|---|---|\n");
        for variant in variants {
            let cells: Vec<String> = variant.on.iter().map(cell).collect();
            let cells = cells.join(" | ");
            page.push_str(&format!("| `{}` | {cells} |\n", variant.variant));
        }
    }
    page.push_str(VERIFIED);
    page
}

fn cell(place: &Where) -> String {
    let lacks = place.lacks.join(", ");
    match (place.runs, place.with_every_seed) {
        (Runs::Yes, true) => "yes".to_owned(),
        (Runs::Yes, false) => format!("yes, but for seeds that need {lacks}"),
        (Runs::Never, _) => format!("never: it needs {lacks}"),
    }
}
