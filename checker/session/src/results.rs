//! The best result of each lab, variant and seed that was ever checked. It outlives the session that it came from.
//!
//! Knows files. Must not know clusters, nor what makes a result good but what the record says of itself.

use std::path::{Path, PathBuf};

use grade::ResultRecord;
use grade::score::Conduct;
use grade::verdict::Outcome;
use provider::Folders;
use provider::lock::Lock;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::caller::Caller;
use crate::failure::{Failure, Result};
use crate::place::write_json;
use crate::state::Session;

/// All results of a person.
#[derive(Debug, Clone)]
pub struct Results(PathBuf);

/// What of a kept record is told later.
#[derive(Debug, Clone, Deserialize)]
pub struct Kept {
    /// Which lab.
    pub lab: String,
    /// Which variant.
    pub variant: String,
    /// Which seed.
    pub seed: u64,
    /// When it was judged, RFC 3339.
    pub ended_at: String,
    /// How the learner went about it.
    pub conduct: Conduct,
    /// What it is worth.
    pub score: Points,
    outcome: Outcome,
}

/// The sum of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Points {
    /// What was reached.
    pub points: u32,
    /// What could be.
    pub of: u32,
}

impl Kept {
    /// Solved by the learner: one whose solution was shown is repaired, and still to be solved.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.outcome == Outcome::Solved && !self.conduct.revealed
    }

    /// Whether it is what a session came to.
    #[must_use]
    pub fn is_of(&self, session: &Session) -> bool {
        self.lab == session.lab && self.variant == session.variant && self.seed == session.seed
    }

    /// Better ones are greater.
    fn rank(&self) -> (bool, u32) {
        (self.outcome == Outcome::Solved, self.score.points)
    }
}

impl Results {
    /// Those in these folders.
    #[must_use]
    pub fn of(folders: &Folders) -> Self {
        Self(folders.state.join("results"))
    }

    /// Keeps a record, unless a better one of the same lab, variant and seed is kept already.
    ///
    /// # Errors
    /// A file cannot be read or written, or the person interrupts the wait for another labctl that keeps one.
    pub async fn keep(&self, record: &ResultRecord, caller: Caller<'_>) -> Result<()> {
        let lock = self.0.join(".lock");
        let taken = caller.blocking(
            move |is_to_end, _: &mut dyn FnMut(())| Lock::wait(&lock, "", is_to_end, &mut |_| {}),
            |()| {},
        );
        let _lock = taken.await?.ok_or_else(Failure::interrupted)?;
        let path = self.file(record);
        let rank = (record.outcome == Outcome::Solved, record.score.points);
        // One that cannot be read is no result that could be better.
        if read(&path).is_some_and(|kept| kept.rank() > rank) {
            return Ok(());
        }
        write_json(&path, record)
    }

    /// What is kept of a lab, in the order of time. A file that cannot be read is left out.
    #[must_use]
    pub fn of_lab(&self, lab: &str) -> Vec<Kept> {
        let entries = std::fs::read_dir(self.0.join(lab)).into_iter().flatten();
        let mut all: Vec<Kept> = entries
            .flatten()
            .filter_map(|entry| read(&entry.path()))
            .filter(|kept| kept.lab == lab)
            .collect();
        all.sort_by(|one, other| (&one.ended_at, one.seed).cmp(&(&other.ended_at, other.seed)));
        all
    }

    /// The name tells the variant to nobody who reads a list of files: it may not be solved yet.
    fn file(&self, record: &ResultRecord) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(format!("{} {}", record.seed, record.variant));
        let [first, second, third, ..] = <[u8; 32]>::from(hash.finalize());
        self.0.join(&record.lab).join(format!(
            "seed-{}-{first:02x}{second:02x}{third:02x}.json",
            record.seed
        ))
    }
}

fn read(path: &Path) -> Option<Kept> {
    let text = std::fs::read(path).ok()?;
    serde_json::from_slice(&text).ok()
}
