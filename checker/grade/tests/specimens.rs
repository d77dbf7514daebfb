//! Every message that an author can meet, once: the fixture's course with one defect, and all that is said of it, word for word.
//!
//! `specimens/<code>/defect.yaml` says what is changed, `expected.txt` what is said; `SNAPSHOTS=overwrite` rewrites the latter. A
//! message without a specimen fails, and so does a specimen without a message.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use grade::CourseFiles;
use grade::diagnosis::Answer;
use grade::diagnostic::{Diagnostic, Message};
use serde::Deserialize;
use snapbox::{Assert, Data};

/// The name of a diagnosis that somebody gives, which is no file of a course.
const ANSWER: &str = "answer.yaml";

/// One change of a file: a text for another, a text or bytes for all that is there, or nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// Path from the course's root; one that ends with `/` is a folder.
    file: String,
    from: Option<String>,
    to: Option<String>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    #[serde(default)]
    gone: bool,
}

impl Change {
    fn apply(&self, files: &mut CourseFiles) {
        let text = match (&self.from, &self.to, &self.text, &self.bytes) {
            _ if self.gone => {
                let before = files.0.len();
                files.0.retain(|path, _| !path.starts_with(&self.file));
                assert!(files.0.len() < before, "`{}` is not there", self.file);
                return;
            }
            (Some(from), Some(to), None, None) => {
                let text = files.text(&self.file).unwrap();
                assert!(text.contains(from), "`{from}` is not in `{}`", self.file);
                text.replace(from, to).into_bytes()
            }
            (None, None, Some(text), None) => text.clone().into_bytes(),
            (None, None, None, Some(bytes)) => bytes.clone(),
            _ => panic!("no change of `{}`", self.file),
        };
        files.0.insert(self.file.clone(), text);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specimens")
}

/// What is said of the course with this defect.
fn said(code: &str) -> Vec<Diagnostic> {
    let path = folder().join(code).join("defect.yaml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "message `{code}` has no specimen, {}: {error}",
            path.display()
        )
    });
    let changes: Vec<Change> = serde_yaml::from_str(&text).unwrap();
    let mut files = support::course("tests/fixtures/course");
    for change in &changes {
        change.apply(&mut files);
    }
    match files.0.remove(ANSWER) {
        Some(answer) => Answer::parse(ANSWER, &answer).err().into_iter().collect(),
        None => grade::lint(&files, &[7], grade::compile_check),
    }
}

#[test]
fn every_message_has_a_specimen_that_says_it() {
    let assert = Assert::new().action_env("SNAPSHOTS");
    for code in Message::CODES {
        let faults = said(code);
        let codes: Vec<&str> = faults.iter().map(|fault| fault.message.code()).collect();
        assert!(codes.contains(code), "`{code}` is not said, but {codes:?}");
        let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let expected = Data::read_from(&folder().join(code).join("expected.txt"), None);
        assert.eq(texts.join("\n\n"), expected.raw());
    }
}

#[test]
fn every_specimen_is_of_a_message() {
    let codes: BTreeSet<String> = Message::CODES
        .iter()
        .map(|code| (*code).to_owned())
        .collect();
    assert_eq!(
        codes.len(),
        Message::CODES.len(),
        "two messages have one code"
    );
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), codes);
}
