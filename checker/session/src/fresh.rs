//! A folder for a new lab where another one was: nothing of the old lab's is handed out as the new one's.

use crate::caller::{Caller, Progress};
use crate::failure::Result;
use crate::lab::folder;
use crate::place::Place;
use crate::state::Session;

/// Keeps the learner's old files aside and tells where, and removes the records, which are kept as results.
///
/// # Errors
/// A file cannot be moved or removed.
pub(crate) fn clear(place: &Place, old: Option<&Session>, caller: Caller<'_>) -> Result<()> {
    // The name does not tell the variant: it may never have been solved.
    let name = match old {
        Some(old) => format!("work.before-{}-seed-{}", old.lab, old.seed),
        None => "work.before".to_owned(),
    };
    if let Some(aside) = folder::set_aside(place, &name)? {
        caller.tell(Progress::KeptAside(aside));
    }
    place.remove_records()
}
