//! A folder for a new lab where another one was: nothing of the old lab's is handed out as the new one's.

use crate::failure::Result;
use crate::lab::folder;
use crate::screen;
use crate::session::{Place, Session};

/// Keeps the learner's old files aside and says where, and removes the records, which are kept as results.
///
/// # Errors
/// A file cannot be moved or removed.
pub(super) fn clear(place: &Place, old: Option<&Session>) -> Result<()> {
    // The name does not tell the variant: it may never have been solved.
    let name = match old {
        Some(old) => format!("work.before-{}-seed-{}", old.lab, old.seed),
        None => "work.before".to_owned(),
    };
    if let Some(aside) = folder::set_aside(place, &name)? {
        screen::say(&format!(
            "your files of the lab before are kept in `{}`",
            aside.display()
        ));
    }
    place.remove_records()
}
