//! What to take next: a seed whose variant is not solved yet.
//!
//! Knows results and the course. Must not know clusters; which variant a seed picks is for `grade` to say.

use std::collections::BTreeSet;

use grade::course::Lab;
use grade::{CourseFiles, Scenario};

use crate::course;
use crate::results::Results;
use crate::state::Session;
use crate::store::Sessions;

/// How many seeds are looked at for one of the wanted variant.
const SEEDS: u64 = 1000;

/// How many of those that fit are looked at for another story.
const STORIES: usize = 12;

/// The seed to take after a session; `None` when its course cannot be read any more.
#[must_use]
pub fn after(sessions: &Sessions, session: &Session) -> Option<u64> {
    let files = course::files(session.course.as_deref()).ok()?;
    let course = grade::Course::load(&files).ok()?;
    let lab = course.lab(&session.lab).ok()?;
    let last = grade::resolve(&files, &session.lab, &session.variant, session.seed).ok();
    let results = Results::of(&sessions.folders);
    let from = session.seed.wrapping_add(1);
    Some(seed(&files, lab, &results, from, last.as_ref()))
}

/// The first seed from this one on that brings a variant which is not solved yet, as long as there is one, and not the last one
/// again; with another story than the last, if one of the first that fit has it.
#[must_use]
pub fn seed(
    files: &CourseFiles,
    lab: &Lab,
    results: &Results,
    from: u64,
    last: Option<&Scenario>,
) -> u64 {
    let kept = results.of_lab(&lab.name);
    let done: BTreeSet<&str> = kept
        .iter()
        .filter(|kept| kept.is_solved())
        .map(|kept| kept.variant.as_str())
        .collect();
    let wanted = wanted(lab, &done, last.map(|last| last.variant.as_str()));
    let is_new = |seed: &u64| kept.iter().all(|kept| kept.seed != *seed);
    let fitting: Vec<u64> = (0..SEEDS)
        .map(|step| from.wrapping_add(step))
        .filter(|seed| wanted.contains(&grade::pick_variant(lab, *seed)))
        .filter(is_new)
        .take(STORIES)
        .collect();
    let is_another = |seed: &&u64, told: &str| {
        let variant = grade::pick_variant(lab, **seed);
        let scenario = grade::resolve(files, &lab.name, variant, **seed).ok();
        scenario.is_some_and(|scenario| team(&scenario) != Some(told))
    };
    // Without a last one, and where none has a story, every seed brings another.
    let picked = match last.and_then(team) {
        Some(told) => fitting
            .iter()
            .find(|seed| is_another(seed, told))
            .or(fitting.first()),
        None => fitting.first(),
    };
    picked.copied().unwrap_or(from)
}

/// The variants of which one should come: what is not solved, without the last; else what there is.
fn wanted<'a>(lab: &'a Lab, done: &BTreeSet<&str>, last: Option<&str>) -> Vec<&'a str> {
    let all = || lab.variants.iter().map(String::as_str);
    let is_open = |variant: &&str| !done.contains(variant);
    let is_another = |variant: &&str| Some(*variant) != last;
    let choices: [Vec<&str>; 3] = [
        all().filter(is_open).filter(is_another).collect(),
        all().filter(is_open).collect(),
        all().filter(is_another).collect(),
    ];
    let chosen = choices.into_iter().find(|variants| !variants.is_empty());
    chosen.unwrap_or_else(|| all().collect())
}

/// Whose workload is down: what learners remember a story by. `None` when the variant has no parameter `story` with a `team`.
fn team(scenario: &Scenario) -> Option<&str> {
    scenario.parameters.get("story")?.get("team")?.as_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use provider::{Folders, write_atomically};
    use serde_json::json;

    use super::*;

    /// Solves whatever is proposed, from this seed on, and returns the scenarios in their order.
    fn take(count: usize, first: u64) -> Vec<Scenario> {
        let files = course::files(None).unwrap();
        let course = grade::Course::load(&files).unwrap();
        let lab = course.lab("pending-pod").unwrap();
        let home = tempfile::tempdir().unwrap();
        let folders = Folders {
            state: home.path().to_owned(),
            cache: home.path().to_owned(),
        };
        let results = Results::of(&folders);
        let mut taken: Vec<Scenario> = Vec::new();
        while taken.len() < count {
            let last = taken.last();
            let from = last.map_or(first, |last| last.seed.wrapping_add(1));
            let seed = seed(&files, lab, &results, from, last);
            let variant = grade::pick_variant(lab, seed);
            let record = json!({
                "lab": lab.name, "variant": variant, "seed": seed, "outcome": "solved", "ended_at": "",
                "conduct": {"hints": 0, "attempts": 1, "resets": 0, "revealed": false},
                "score": {"points": 100, "of": 100},
            });
            let file = folders
                .state
                .join(format!("results/pending-pod/{seed}.json"));
            write_atomically(&file, record.to_string().as_bytes()).unwrap();
            taken.push(grade::resolve(&files, &lab.name, variant, seed).unwrap());
        }
        taken
    }

    #[test]
    fn each_variant_comes_once_before_one_comes_again() {
        for first in [1, 443_704, u64::MAX - 3] {
            let taken = take(5, first);
            let variants: BTreeSet<&str> = taken.iter().map(|one| one.variant.as_str()).collect();
            assert_eq!(variants.len(), 5, "from seed {first}");
        }
    }

    #[test]
    fn neighbours_differ_in_variant_and_team() {
        let taken = take(12, 443_704);
        for pair in taken.windows(2) {
            assert_ne!(pair[0].variant, pair[1].variant);
            assert_ne!(
                team(&pair[0]),
                team(&pair[1]),
                "seeds {} and {}",
                pair[0].seed,
                pair[1].seed
            );
        }
    }
}
