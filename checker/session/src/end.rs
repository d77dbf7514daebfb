//! When looking at a cluster ends: of all looks, of one round of them, of one look.
//!
//! Knows the clock, not what is looked at.

use std::time::Duration;

use tokio::time::Instant;

/// How long one look at the cluster may take.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// How long a round may go on after the end of the wait that it began in: what it sees is what is told.
const OVERTIME: Duration = Duration::from_secs(5);

/// No check's own deadline is longer.
const LAST_WITHIN: Duration = Duration::from_hours(1);

/// When to stop looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// When enough is seen.
    Open,
    /// Then, but for a round that has just begun, whatever is being looked at: somebody waits for it.
    Sharp(Instant),
    /// No round begins later, but the last questions are followed to their own ends: what they come to is wanted.
    Patient(Instant),
}

impl End {
    /// Whether the time is up.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Sharp(end) | Self::Patient(end) => Instant::now() >= end,
            Self::Open => false,
        }
    }

    /// A round that begins now.
    #[must_use]
    pub fn round(self) -> Round {
        match self {
            Self::Sharp(end) => Round {
                cut: Some(end.max(Instant::now() + OVERTIME)),
            },
            Self::Open | Self::Patient(_) => Round { cut: None },
        }
    }
}

/// One look after the other, the last questions included.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// When it ends, whatever is being looked at; unset: when it is done.
    cut: Option<Instant>,
}

impl Round {
    /// When a look that begins now is over.
    #[must_use]
    pub fn look(self) -> Instant {
        let own = Instant::now() + LOOK_WITHIN;
        self.cut.map_or(own, |cut| cut.min(own))
    }

    /// The same of the last questions, which have deadlines of their own.
    #[must_use]
    pub fn last(self) -> Instant {
        self.cut.unwrap_or_else(|| Instant::now() + LAST_WITHIN)
    }
}
