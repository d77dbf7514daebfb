//! What the project's own variants tell of teams and times: it is minutes old, as kubectl shows, and every variant tells the same.

use std::collections::{BTreeMap, BTreeSet};

use grade::course::Course;

use super::support;

/// Words for a time that is longer ago than any object's age, or that the clock on the wall may contradict.
const OLDER: [&str; 16] = [
    " ago",
    "yesterday",
    "last night",
    "last week",
    "last month",
    "last year",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "this morning",
    "noon",
    "lunch",
    ":00",
    "hour",
];

#[test]
fn nothing_is_told_that_the_age_of_an_object_contradicts() {
    for (name, scenario) in scenarios(0..40) {
        let manifests = scenario.broken.iter().map(|broken| broken.text.as_str());
        for text in manifests.chain([scenario.brief.as_str()]) {
            let text = text.to_lowercase();
            let older: Vec<&str> = OLDER
                .into_iter()
                .filter(|word| text.contains(word))
                .collect();
            assert_eq!(older, [""; 0], "{name}, seed {}:\n{text}", scenario.seed);
        }
    }
}

#[test]
fn every_variant_tells_the_same_stories_and_at_least_ten() {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let scenarios = scenarios(0..40);
    let variants: BTreeSet<(String, String)> = scenarios
        .iter()
        .map(|(_, scenario)| (scenario.lab.clone(), scenario.variant.clone()))
        .collect();
    // A variant that is alone has none to be told apart from.
    let is_alone = |lab: &str| variants.iter().filter(|it| it.0 == lab).count() == 1;
    for (name, scenario) in scenarios.into_iter().filter(|it| !is_alone(&it.1.lab)) {
        let story = &scenario.parameters["story"];
        let workload = story["workload"].to_string();
        let first = all.entry(workload.clone()).or_insert(story.to_string());
        assert_eq!(*first, story.to_string(), "{name}, seed {}", scenario.seed);
        told.entry(name).or_default().insert(workload);
    }
    for (name, workloads) in told {
        assert!(workloads.len() >= 10, "{name}: {workloads:?}");
    }
}

/// Each variant of the course for these seeds, with its name.
fn scenarios(seeds: std::ops::Range<u64>) -> Vec<(String, grade::Scenario)> {
    let files = support::course("../..");
    let course = Course::load(&files).unwrap();
    let labs = course.labs();
    let variants = labs
        .iter()
        .flat_map(|lab| lab.variants.iter().map(move |variant| (&lab.name, variant)));
    variants
        .flat_map(|(lab, variant)| seeds.clone().map(move |seed| (lab, variant, seed)))
        .map(|(lab, variant, seed)| {
            let scenario = grade::resolve(&files, lab, variant, seed).unwrap();
            (format!("{lab}/{variant}"), scenario)
        })
        // Without a cluster there are no objects, and their ages say nothing.
        .filter(|(_, scenario)| scenario.cluster.is_some())
        .collect()
}
