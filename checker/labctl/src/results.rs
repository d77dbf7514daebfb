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

use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::session::{Session, write_json};

/// All results of a person.
#[derive(Debug, Clone)]
pub(crate) struct Results(PathBuf);

/// What of a kept record is told later.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Kept {
    pub(crate) lab: String,
    pub(crate) variant: String,
    pub(crate) seed: u64,
    /// When it was judged, RFC 3339.
    pub(crate) ended_at: String,
    pub(crate) conduct: Conduct,
    pub(crate) score: Points,
    outcome: Outcome,
}

/// The sum of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Points {
    pub(crate) points: u32,
    pub(crate) of: u32,
}

impl Kept {
    /// Solved by the learner: one whose solution was shown is repaired, and still to be solved.
    pub(crate) fn is_solved(&self) -> bool {
        self.outcome == Outcome::Solved && !self.conduct.revealed
    }

    /// Whether it is what a session came to.
    pub(crate) fn is_of(&self, session: &Session) -> bool {
        self.lab == session.lab && self.variant == session.variant && self.seed == session.seed
    }

    /// Better ones are greater.
    fn rank(&self) -> (bool, u32) {
        (self.outcome == Outcome::Solved, self.score.points)
    }
}

impl Results {
    pub(crate) fn of(folders: &Folders) -> Self {
        Self(folders.state.join("results"))
    }

    /// Keeps a record, unless a better one of the same lab, variant and seed is kept already.
    ///
    /// # Errors
    /// A file cannot be read or written, or the person interrupts the wait for another labctl that keeps one.
    pub(crate) fn keep(&self, record: &ResultRecord) -> Result<()> {
        let _lock = Lock::wait(&self.0.join(".lock"), "", &interrupt::is_asked, &mut |_| {})?
            .ok_or_else(Failure::interrupted)?;
        let path = self.file(record);
        let rank = (record.outcome == Outcome::Solved, record.score.points);
        // One that cannot be read is no result that could be better.
        if read(&path).is_some_and(|kept| kept.rank() > rank) {
            return Ok(());
        }
        write_json(&path, record)
    }

    /// What is kept of a lab, in the order of time. A file that cannot be read is left out.
    pub(crate) fn of_lab(&self, lab: &str) -> Vec<Kept> {
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
