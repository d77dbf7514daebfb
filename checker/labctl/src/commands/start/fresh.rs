//! A folder for a new lab where another one was: nothing of the old lab's is handed out as the new one's.

use std::path::PathBuf;

use crate::failure::{Failure, Result};
use crate::screen;
use crate::session::{Place, Session};

/// Keeps the learner's old files aside and says where, and removes the records, which are kept as results.
///
/// # Errors
/// A file cannot be moved or removed.
pub(super) fn clear(place: &Place, old: Option<&Session>) -> Result<()> {
    keep_work(place, old)?;
    place.remove_records()
}

fn keep_work(place: &Place, old: Option<&Session>) -> Result<()> {
    let work = place.work();
    let mut entries = std::fs::read_dir(&work).into_iter().flatten();
    if entries.next().is_none() {
        return Ok(());
    }
    let aside = aside(place, old);
    std::fs::rename(&work, &aside).map_err(|error| {
        Failure::bad_input(format!(
            "failed to keep `{}` as `{}`: {error}",
            work.display(),
            aside.display()
        ))
    })?;
    screen::say(&format!(
        "your files of the lab before are kept in `{}`",
        aside.display()
    ));
    Ok(())
}

/// A folder that is not there yet. Its name does not tell the variant: it may never have been solved.
fn aside(place: &Place, old: Option<&Session>) -> PathBuf {
    let name = match old {
        Some(old) => format!("work.before-{}-seed-{}", old.lab, old.seed),
        None => "work.before".to_owned(),
    };
    let first = place.folder().join(&name);
    let more = (2..).map(|number| place.folder().join(format!("{name}-{number}")));
    std::iter::once(first.clone())
        .chain(more)
        .find(|folder| !folder.exists())
        .unwrap_or(first)
}
