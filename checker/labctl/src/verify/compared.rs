//! Two runs of the gate beside each other: which checks came to something else, and which events only one of them heard.
//!
//! Reads what both say; plays nothing and fails nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use session::occurrence::Heard;

use super::plain::plain;
use crate::failure::{Failure, Result};
use crate::output::{
    ComparedRuns, EventDiffers, VerdictDiffers, VerifiedCase, VerifiedEvent, VerifiedVerdict,
};
use crate::screen;

/// What is compared of what `verify --output json` wrote.
#[derive(Deserialize)]
struct Run {
    cases: Vec<VerifiedCase>,
}

/// What tells a case from all others.
type Key<'a> = (&'a str, &'a str, u64, &'a str, &'a str);

/// What was heard of events and of how containers ended, each once; not what somebody wrote by hand.
pub(super) fn events(heard: &Heard) -> Vec<VerifiedEvent> {
    let kubernetes = heard
        .said
        .iter()
        .filter(|it| it.forger.is_none() && !it.reason.is_empty());
    let events: BTreeSet<VerifiedEvent> = kubernetes
        .map(|it| VerifiedEvent {
            of: plain(&it.place),
            reason: it.reason.clone(),
            message: plain(&it.text),
        })
        .collect();
    events.into_iter().collect()
}

/// The cases of an earlier run.
///
/// # Errors
/// The file is none of `verify --output json`, or cannot be read.
pub(crate) fn read(file: &Path) -> Result<Vec<VerifiedCase>> {
    let failed = |why: String| {
        let failure = Failure::bad_input(format!("failed to read `{}`: {why}", file.display()));
        failure.hint("`labctl verify --output json` writes such a file")
    };
    let text = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let run: Run = serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
    Ok(run.cases)
}

/// What differs in the cases that both played.
pub(crate) fn compare(here: &[VerifiedCase], there: &[VerifiedCase]) -> ComparedRuns {
    let others: BTreeMap<Key<'_>, &VerifiedCase> =
        there.iter().map(|case| (key(case), case)).collect();
    let both: Vec<(&VerifiedCase, &VerifiedCase)> = here
        .iter()
        .filter_map(|case| Some((case, *others.get(&key(case))?)))
        .collect();
    let verdicts = both.iter().flat_map(|(here, there)| verdicts(here, there));
    let scenario = |case: &VerifiedCase| (case.lab.clone(), case.variant.clone(), case.seed);
    let of_scenarios = both.chunk_by(|(one, _), (other, _)| scenario(one) == scenario(other));
    let mut events: Vec<EventDiffers> = of_scenarios.flat_map(of_scenario).collect();
    // What one of them never heard says most.
    events.sort_by_key(|it| !it.here.is_empty() && !it.there.is_empty());
    ComparedRuns {
        n_cases: both.len(),
        verdicts: verdicts.collect(),
        events,
    }
}

fn key(case: &VerifiedCase) -> Key<'_> {
    let VerifiedCase {
        lab,
        variant,
        seed,
        kind,
        name,
        ..
    } = case;
    (lab, variant, *seed, kind, name)
}

/// The checks of a case that came to something else.
fn verdicts(here: &VerifiedCase, there: &VerifiedCase) -> Vec<VerdictDiffers> {
    let text = |verdict: &VerifiedVerdict| {
        let found = verdict.found.as_deref().map(plain);
        let found = found.map_or_else(String::new, |found| format!(", found {found}"));
        format!("{}{found}", verdict.verdict.word())
    };
    let pairs = here.verdicts.iter().filter_map(|one| {
        let other = there.verdicts.iter().find(|it| it.check == one.check)?;
        Some((one.check.clone(), text(one), text(other)))
    });
    pairs
        .filter(|(_, here, there)| here != there)
        .map(|(check, one, other)| VerdictDiffers {
            case: full_name(here),
            check,
            here: one,
            there: other,
        })
        .collect()
}

/// The events of one scenario that were not heard in the same cases.
fn of_scenario(both: &[(&VerifiedCase, &VerifiedCase)]) -> Vec<EventDiffers> {
    let mut heard: BTreeMap<&VerifiedEvent, [Vec<String>; 2]> = BTreeMap::new();
    for (here, there) in both {
        for (side, case) in [here, there].into_iter().enumerate() {
            for event in &case.events {
                heard.entry(event).or_default()[side].push(name(case));
            }
        }
    }
    let Some((first, _)) = both.first() else {
        return Vec::new();
    };
    heard
        .into_iter()
        .filter(|(_, [here, there])| here != there)
        .map(|(event, [here, there])| EventDiffers {
            lab: first.lab.clone(),
            variant: first.variant.clone(),
            seed: first.seed,
            event: event.clone(),
            here,
            there,
        })
        .collect()
}

fn name(case: &VerifiedCase) -> String {
    format!("{} {}", case.kind, case.name).trim_end().to_owned()
}

fn full_name(case: &VerifiedCase) -> String {
    let VerifiedCase {
        lab, variant, seed, ..
    } = case;
    format!("{lab}/{variant}, seed {seed}: {}", name(case))
}

/// The same in lines for people.
pub(super) fn lines(compared: &ComparedRuns) -> Vec<String> {
    let ComparedRuns {
        n_cases,
        verdicts,
        events,
    } = compared;
    let head = format!(
        "compared with the other run: {}",
        screen::plural(*n_cases, "case")
    );
    let mut lines = vec![format!("\n{}", screen::bold(&head))];
    lines.extend(verdicts.iter().map(|it| {
        let VerdictDiffers {
            case,
            check,
            here,
            there,
        } = it;
        format!("{case}: check `{check}`\n    here:  {here}\n    there: {there}")
    }));
    lines.extend(events.iter().map(|it| {
        let VerifiedEvent {
            of,
            reason,
            message,
        } = &it.event;
        let side = |cases: &[String]| match cases {
            [] => "never".to_owned(),
            cases => format!(
                "{}: {}",
                screen::plural(cases.len(), "case"),
                cases.join(", ")
            ),
        };
        format!(
            "{}/{}, seed {}: {of}: {reason}: {message}\n    here:  {}\n    there: {}",
            it.lab,
            it.variant,
            it.seed,
            side(&it.here),
            side(&it.there)
        )
    }));
    if verdicts.is_empty() && events.is_empty() {
        lines.push("no difference".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Word;

    fn case(name: &str, verdict: Word, found: Option<&str>, events: &[&str]) -> VerifiedCase {
        VerifiedCase {
            lab: "shop".to_owned(),
            variant: "cart".to_owned(),
            seed: 1,
            kind: "wrong fix".to_owned(),
            name: name.to_owned(),
            passed: true,
            seconds: 1.0,
            is_remembered: false,
            problems: Vec::new(),
            verdicts: vec![VerifiedVerdict {
                check: "runs".to_owned(),
                verdict,
                found: found.map(str::to_owned),
            }],
            events: events
                .iter()
                .map(|reason| VerifiedEvent {
                    of: "event of Pod `shop/cart-<hash>`".to_owned(),
                    reason: (*reason).to_owned(),
                    message: String::new(),
                })
                .collect(),
            began: None,
            failed_starts: Vec::new(),
        }
    }

    #[test]
    fn only_what_differs_in_cases_of_both_is_told_and_what_one_never_heard_first() {
        let pending = Some("Pod `cart-7d9f8b6c5-x2x4z` is Pending");
        let here = [
            case("nothing", Word::Failed, pending, &["Pulled", "Started"]),
            case("delete", Word::Failed, None, &["Killing", "Started"]),
            case("alone", Word::Failed, None, &["Alone"]),
        ];
        let there = [
            case("delete", Word::Passed, None, &["Pulled", "Started"]),
            case(
                "nothing",
                Word::Failed,
                Some("Pod `cart-5b6c5d9f8-2xz4x` is Pending"),
                &["Pulled", "Started"],
            ),
        ];
        let compared = compare(&here, &there);
        assert_eq!(compared.n_cases, 2);
        let told: Vec<&str> = compared
            .verdicts
            .iter()
            .map(|it| it.case.as_str())
            .collect();
        assert_eq!(told, ["shop/cart, seed 1: wrong fix delete"]);
        let sides: Vec<(&str, usize, usize)> = compared
            .events
            .iter()
            .map(|it| (it.event.reason.as_str(), it.here.len(), it.there.len()))
            .collect();
        assert_eq!(sides, [("Killing", 1, 0), ("Pulled", 1, 2)]);
        assert_eq!(
            lines(&compared)[2..],
            [
                "shop/cart, seed 1: event of Pod `shop/cart-<hash>`: Killing: \n    here:  1 case: wrong fix delete\n    there: never",
                "shop/cart, seed 1: event of Pod `shop/cart-<hash>`: Pulled: \n    here:  1 case: wrong fix nothing\n    there: 2 cases: wrong fix nothing, wrong fix delete",
            ]
        );
    }
}
