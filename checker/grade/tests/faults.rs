//! More faults of course files, word for word: `specimens.rs` has one of each message, these tell where else one stands and what it names.
//! Each case is the fixture's course with one text replaced.
//! `SNAPSHOTS=overwrite cargo test -p grade --test faults` rewrites the texts.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a test may fail anywhere"
)]

#[path = "faults/checks.rs"]
mod checks;
#[path = "faults/clusters.rs"]
mod clusters;
#[path = "faults/handed_out.rs"]
mod handed_out;
#[path = "faults/lab_files.rs"]
mod lab_files;
#[path = "faults/manifests_and_fixes.rs"]
mod manifests_and_fixes;
#[path = "faults/parameter_files.rs"]
mod parameter_files;
mod support;
#[path = "faults/templates.rs"]
mod templates;

use grade::CourseFiles;
use snapbox::{IntoData, assert_data_eq, data::Inline};

const VARIANT: &str = "scenarios/quiet-queue/missing-settings";

/// The fixture's course with one text replaced. The text must be there.
fn with(file: &str, from: &str, to: &str) -> CourseFiles {
    let mut files = support::course("tests/fixtures/course");
    let text = files.text(file).unwrap().to_owned();
    assert!(text.contains(from), "`{from}` is not in `{file}`");
    files
        .0
        .insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    files
}

fn fault(files: &CourseFiles, variant: &str) -> String {
    let verdicts = [];
    match grade::resolve(files, "quiet-queue", variant, 7) {
        Err(error) => error.to_string(),
        Ok(scenario) => {
            if let Err(error) = grade::claims(files, "quiet-queue", variant, 7) {
                return error.to_string();
            }
            match (1..=3).find_map(|number| grade::hint(&scenario, number, &verdicts).err()) {
                Some(error) => error.to_string(),
                None => "no fault".to_owned(),
            }
        }
    }
}

#[track_caller]
fn check(file: &str, from: &str, to: &str, expected: Inline) {
    let file = if file.starts_with("broken/") || file.starts_with("base/") {
        format!(
            "scenarios/quiet-queue/base/{}",
            file.trim_start_matches("base/")
        )
    } else if file.contains('/') && !file.starts_with("labs") && !file.starts_with("scenarios")
        || !file.contains('/')
    {
        format!("{VARIANT}/{file}")
    } else {
        file.to_owned()
    };
    let variant = if file.contains("/wrong-port/") {
        "wrong-port"
    } else {
        "missing-settings"
    };
    assert_data_eq!(fault(&with(&file, from, to), variant), expected.raw());
}
