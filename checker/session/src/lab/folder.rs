//! A lab without a cluster: a folder with the files to work on, made and made anew.
//!
//! Knows no process and no cluster.

use std::path::PathBuf;

use grade::Scenario;
use grade::observation::Observations;
use provider::make_folder;

use super::{SetUp, layout};
use crate::failure::{Failure, Result};
use crate::place::{Place, write_json};

/// The folder as the learner gets it; files that are there already stay.
///
/// # Errors
/// A file cannot be written.
pub(super) fn begin(place: &Place, scenario: &Scenario) -> Result<SetUp> {
    layout::lay_out_folder(place, scenario)?;
    write_json(&place.record("baseline.json"), &Observations::default())?;
    Ok(SetUp {
        cluster_id: String::new(),
        start: Vec::new(),
    })
}

/// Keeps the learner's files aside and says where, so that the next ones are handed out anew. The folder itself stays: a shell may be open
/// in it.
///
/// # Errors
/// A file cannot be moved; those before it are.
pub fn set_aside(place: &Place, name: &str) -> Result<Option<PathBuf>> {
    let work = place.work();
    let mut entries = std::fs::read_dir(&work).into_iter().flatten().peekable();
    if entries.peek().is_none() {
        return Ok(None);
    }
    let aside = free(place, name);
    make_folder(&aside)?;
    for entry in entries.flatten() {
        let (from, to) = (entry.path(), aside.join(entry.file_name()));
        std::fs::rename(&from, &to).map_err(|error| {
            Failure::bad_input(format!(
                "failed to keep `{}` as `{}`: {error}",
                from.display(),
                to.display()
            ))
        })?;
    }
    Ok(Some(aside))
}

/// A folder of this name that is not there yet.
fn free(place: &Place, name: &str) -> PathBuf {
    let first = place.folder().join(name);
    let more = (2..).map(|number| place.folder().join(format!("{name}-{number}")));
    std::iter::once(first.clone())
        .chain(more)
        .find(|folder| !folder.exists())
        .unwrap_or(first)
}
