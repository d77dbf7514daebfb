//! The shape of a cluster does not tell the variants of a lab apart: a program that sees what a learner sees at the start guesses no
//! better than chance. Needs no cluster: nodes, manifests and texts are those of the resolved scenarios.
//!
//! Where the line is: shape is what is there, how much of it and what it is called: node groups and nodes, kinds and numbers of objects, workloads
//! and their replicas, the keys and lengths of notes, the words of the brief. The fault itself is no shape, for a learner is meant to find it: a
//! field that is wrong, the message of an event, and what must be of a certain size for it (the addresses of a subnet, the type of an instance).
//! All objects are of one moment, so ages tell nothing.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

#[path = "shape/guess.rs"]
mod guess;
#[path = "shape/seen.rs"]
mod seen;
mod support;

use grade::course::Course;

use guess::{Sample, alone, together};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// What tells today all the same, by lab, and why. Whoever makes one of these equal takes it off; nothing is added.
const STILL_TELLS: &[(&str, &str, &str)] = &[
    (
        "pending-pod",
        "replicas of what is down",
        "pvc-pending runs one Pod: a volume that one node at a time can have is what its fault is about",
    ),
    (
        "pending-pod",
        "files handed out",
        "ip-exhaustion has a second task, a review, for which a file is filled in",
    ),
    (
        "pending-pod",
        "objects of kind PersistentVolume",
        "half of the seeds of pvc-pending have a volume in the wrong zone: the fault itself; as a decoy it would keep every variant from kind, whose volumes have no zone",
    ),
    (
        "pending-pod",
        "replicas of each workload",
        "the one Pod of pvc-pending, and the Pods of the template before in a roll-out of spread",
    ),
];

#[test]
fn the_shape_of_a_cluster_does_not_tell_the_variants_apart() {
    let files = support::course("../..");
    let course = Course::load(&files).unwrap();
    // One variant alone is not to be told from others.
    let labs = course.labs().iter();
    for lab in labs.filter(|lab| lab.variants.len() > 1) {
        let samples: Vec<Sample> = lab
            .variants
            .iter()
            .flat_map(|variant| SEEDS.map(move |seed| (variant, seed)))
            .map(|(variant, seed)| Sample {
                variant: variant.clone(),
                features: seen::features(
                    &grade::resolve(&files, &lab.name, variant, seed).unwrap(),
                ),
            })
            .collect();
        told(&lab.name, samples);
    }
}

/// No feature that is not known to tell does, nor do all others together; and what is known to tell still does.
#[track_caller]
fn told(lab: &str, samples: Vec<Sample>) {
    let known: Vec<&str> = STILL_TELLS
        .iter()
        .filter(|(of, ..)| *of == lab)
        .map(|(_, known, _)| *known)
        .collect();
    let is_known = |name: &str| known.iter().any(|known| is_of(name, known));
    let scores = alone(&samples);
    let told: Vec<String> = scores
        .iter()
        .filter(|it| it.tells)
        .map(|it| format!("{:.2} bits by `{}`: {}", it.bits, it.feature, it.values))
        .collect();
    let report = format!("{lab}:\n{}", told.join("\n"));
    let tells = |known: &str| {
        scores
            .iter()
            .any(|it| it.tells && is_of(&it.feature, known))
    };
    let new: Vec<&str> = scores
        .iter()
        .filter(|it| it.tells && !is_known(&it.feature))
        .map(|it| it.feature.as_str())
        .collect();
    assert_eq!(new, [""; 0], "these tell the variants apart\n{report}");
    let gone: Vec<&str> = known.iter().copied().filter(|it| !tells(it)).collect();
    assert_eq!(
        gone, [""; 0],
        "these tell nothing any more: take them off the list\n{report}"
    );
    let rest: Vec<Sample> = samples.into_iter().map(|it| it.without(is_known)).collect();
    let guessed = together(&rest);
    assert!(
        guessed.right <= guessed.luck,
        "all else together is right in {:.0} %, by luck in {:.0} % at most\n{report}",
        guessed.right * 100.0,
        guessed.luck * 100.0
    );
}

/// Whether a feature is the one that is known to tell, or one of those whose name it begins.
fn is_of(feature: &str, known: &str) -> bool {
    feature == known || (known.ends_with(": ") && feature.starts_with(known))
}

#[test]
fn what_tells_is_found_and_what_does_not_is_not() {
    let sample = |number: usize| Sample {
        variant: ["a", "b", "c", "d", "e"][number % 5].to_owned(),
        features: [
            (
                "tells one of five".to_owned(),
                (number % 5 == 2).to_string(),
            ),
            ("tells nothing".to_owned(), (number / 5 % 4).to_string()),
            ("is always the same".to_owned(), String::new()),
        ]
        .into(),
    };
    let samples: Vec<Sample> = (0..100).map(sample).collect();
    let telling: Vec<(String, bool)> = alone(&samples)
        .into_iter()
        .map(|it| (it.feature, it.tells))
        .collect();
    assert_eq!(telling[0], ("tells one of five".to_owned(), true));
    assert!(telling[1..].iter().all(|(_, tells)| !tells), "{telling:?}");
    let guessed = together(&samples);
    assert!(
        guessed.right > guessed.luck,
        "{} {}",
        guessed.right,
        guessed.luck
    );
    let without = samples
        .into_iter()
        .map(|it| it.without(|name| name == "tells one of five"));
    let guessed = together(&without.collect::<Vec<_>>());
    assert!(
        guessed.right <= guessed.luck,
        "{} {}",
        guessed.right,
        guessed.luck
    );
}
