//! Courses that are right: the fixture's, value by value, and the project's own for many seeds.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

#[path = "course/clusters.rs"]
mod clusters;
#[path = "course/hints.rs"]
mod hints;
#[path = "course/seeds.rs"]
mod seeds;
#[path = "course/stories.rs"]
mod stories;
mod support;
#[path = "course/variants.rs"]
mod variants;

use grade::course::{Course, CourseError};
use grade::scenario::ScenarioError;
use grade::{CourseFiles, Scenario};

fn fixture(seed: u64) -> Scenario {
    grade::resolve(
        &support::course("tests/fixtures/course"),
        "quiet-queue",
        "missing-settings",
        seed,
    )
    .unwrap()
}

#[test]
fn a_course_knows_its_labs() {
    let course = Course::load(&support::course("tests/fixtures/course")).unwrap();
    let lab = &course.labs()[0];
    assert_eq!(
        (lab.name.as_str(), lab.title.as_str(), lab.minutes),
        ("quiet-queue", "A quiet queue", 10)
    );
    assert_eq!(lab.practises, ["reading what a Pod waits for"]);
    assert_eq!(lab.variants, ["missing-settings", "wrong-port"]);
    assert_eq!(
        Course::load(&CourseFiles::default()),
        Err(CourseError::NoLabs)
    );
}

#[test]
fn unknown_labs_and_variants_come_with_the_nearest() {
    let files = support::course("tests/fixtures/course");
    let course = Course::load(&files).unwrap();
    let unknown = course.lab("quite-queue").unwrap_err();
    assert_eq!(unknown.to_string(), "no lab named `quite-queue`");
    assert_eq!(unknown.nearest.as_deref(), Some("quiet-queue"));
    assert_eq!(course.lab("other").unwrap_err().nearest, None);
    assert_eq!(
        grade::resolve(&files, "quite-queue", "x", 1),
        Err(ScenarioError::UnknownLab(unknown))
    );
    let unknown = course
        .lab("quiet-queue")
        .unwrap()
        .variant("wrong-prot")
        .unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "lab `quiet-queue` has no variant `wrong-prot`"
    );
    assert_eq!(unknown.nearest.as_deref(), Some("wrong-port"));
    assert_eq!(
        grade::resolve(&files, "quiet-queue", "wrong-prot", 1),
        Err(ScenarioError::UnknownVariant(unknown))
    );
}

/// Whatever is cut off or garbled, the answer is a scenario or a fault, and the fault has a file.
#[test]
fn no_damage_ends_in_a_panic() {
    let whole = support::course("tests/fixtures/course");
    let mut n_faults = 0;
    for (path, bytes) in &whole.0 {
        for cut in (0..bytes.len()).step_by(23) {
            let garbled: Vec<u8> = bytes
                .iter()
                .enumerate()
                .map(|(place, byte)| if place == cut { byte ^ 0x91 } else { *byte })
                .collect();
            for damaged in [bytes[..cut].to_vec(), garbled] {
                let mut files = whole.clone();
                files.0.insert(path.clone(), damaged);
                match grade::resolve(&files, "quiet-queue", "missing-settings", 7) {
                    Err(ScenarioError::File(fault)) => {
                        assert!(files.0.contains_key(&fault.file), "{fault}");
                        n_faults += 1;
                    }
                    Err(other) => panic!("{path}, {cut}: {other}"),
                    Ok(scenario) => assert_eq!(scenario.seed, 7),
                }
            }
        }
    }
    assert!(n_faults > 100, "{n_faults} faults");
}

#[test]
fn the_course_resolves_for_fifty_seeds() {
    let files = support::course("../..");
    let course = Course::load(&files).unwrap();
    for lab in course.labs() {
        for variant in &lab.variants {
            for seed in 0..50 {
                let scenario = grade::resolve(&files, &lab.name, variant, seed)
                    .unwrap_or_else(|fault| panic!("{}/{variant}, seed {seed}: {fault}", lab.name));
                let words = scenario
                    .leaks
                    .iter()
                    .filter(|word| scenario.brief.to_lowercase().contains(word.as_str()));
                assert_eq!(words.collect::<Vec<_>>(), Vec::<&String>::new());
                for number in 1..=3 {
                    assert!(
                        !grade::hint(&scenario, number, &[]).unwrap().contains("{{"),
                        "hint {number}"
                    );
                }
            }
        }
    }
}
