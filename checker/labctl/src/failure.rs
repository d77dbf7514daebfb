//! How a command ends.

use std::process::ExitCode;

pub(crate) use session::{Failure, Result, Why};

/// What a command came to. The numbers are documented in the book: they are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; of `check`: solved.
    Success,
    /// Something failed.
    NotSolved,
    /// A bad command or file.
    BadInput,
    /// Nothing failed, but something could not be observed.
    CouldNotAsk,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NotSolved => 1,
            Self::BadInput => 2,
            Self::CouldNotAsk => 3,
            Self::Interrupted => 130,
        }
    }

    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self.number())
    }
}

impl From<Why> for Exit {
    fn from(why: Why) -> Self {
        match why {
            Why::BadInput => Self::BadInput,
            Why::CouldNotAsk => Self::CouldNotAsk,
            Why::Interrupted => Self::Interrupted,
        }
    }
}
