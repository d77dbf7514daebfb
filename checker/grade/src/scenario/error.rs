//! Why a scenario cannot be read. Knows no file of its own: the fault names it.

use thiserror::Error;

use crate::course::{UnknownLab, UnknownVariant};
use crate::diagnostic::Diagnostic;

/// A scenario that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// The course has no such lab.
    #[error(transparent)]
    UnknownLab(UnknownLab),
    /// The lab has no such variant.
    #[error(transparent)]
    UnknownVariant(UnknownVariant),
    /// A file is wrong.
    #[error("{0}")]
    File(Box<Diagnostic>),
}

pub(crate) fn file_error(fault: Diagnostic) -> ScenarioError {
    ScenarioError::File(Box::new(fault))
}
