//! What a variant is made of, as one text: when it differs, a session was started from another course.
//!
//! Knows paths, not what the files mean.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{TextFile, layers};
use crate::course::CourseFiles;
use crate::images;

/// SHA-256 in hexadecimal over what makes a variant for a seed what it is: the files that it is read from, and of the workload models
/// those that its manifests run. Not what its author claims of it.
pub(super) fn hash(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    broken: &[TextFile],
    images: &BTreeMap<String, String>,
) -> String {
    let mut parts: Vec<(&str, &[u8])> = Vec::new();
    let folders = [
        format!("labs/{lab}/"),
        format!("{}/", layers::base(lab)),
        format!("scenarios/{lab}/{variant}/"),
    ];
    let cases = format!("scenarios/{lab}/{variant}/cases/");
    for (path, bytes) in &files.0 {
        let belongs = folders
            .iter()
            .any(|folder| path.starts_with(folder.as_str()));
        if belongs && !path.ends_with("/cases.yaml") && !path.starts_with(&cases) {
            parts.push((path, bytes));
        }
    }
    for (name, text) in images {
        let runs = images::repository(text)
            .is_some_and(|image| broken.iter().any(|file| file.text.contains(image)));
        if runs {
            parts.push((name, text.as_bytes()));
        }
    }
    let mut hash = Sha256::new();
    for part in parts
        .iter()
        .flat_map(|(name, bytes)| [name.as_bytes(), *bytes])
    {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
