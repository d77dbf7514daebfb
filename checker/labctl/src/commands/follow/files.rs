//! `labctl check --watch` of written work: looks again whenever a file was saved.
//!
//! Reads the files again and again and compares, instead of asking the system to be told: that also holds where folders are shared with
//! another machine, for editors that put a new file in the old one's place, and needs no library; a look costs less than a millisecond.

use std::time::Duration;

use grade::evidence::Evidence;
use session::judging;

use super::{Followed, Showing};
use crate::cli::Format;
use crate::failure::Result;

/// How soon after a save it is looked at.
const STEP: Duration = Duration::from_millis(40);

/// Looks until solved, or Ctrl-C.
pub(crate) async fn watch(
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    output: Format,
) -> Result<()> {
    let mut showing = Showing::open(lab, output);
    let work = lab.place.work();
    let mut is_first = true;
    let watching = async {
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            let files = judging::files(&work, lab.scenario);
            if !is_first && files == evidence.files {
                continue;
            }
            is_first = false;
            evidence.files = files;
            let verdicts = grade::verdicts(&lab.scenario.checks, evidence);
            if showing.show(&verdicts) {
                return Ok(());
            }
        }
    };
    lab.caller.unless_interrupted(watching).await
}
