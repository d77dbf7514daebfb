//! Why something that was asked for could not be done: what happened, and what to do next.
//!
//! The next step is told as a command of `labctl`, which is what a learner has at hand wherever it is shown.

use std::error::Error;

use cluster::ClusterError;
use grade::course::{CourseError, UnknownLab, UnknownVariant};
use grade::diagnostic::Diagnostic;
use grade::hint::HintError;
use grade::scenario::ScenarioError;
use provider::{FileError, FoldersError, ProviderError};

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A bad request or file.
    BadInput,
    /// Something could not be observed.
    CouldNotAsk,
    /// Somebody asked for an end.
    Interrupted,
}

/// Why it could not be done.
#[derive(Debug)]
pub struct Failure {
    /// Whose fault it is.
    pub why: Why,
    /// What happened, to which object; lower case, no full stop.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// What may fail with a [`Failure`].
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A bad request or file.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self {
            why: Why::BadInput,
            message: message.into(),
            hint: None,
        }
    }

    /// Something could not be observed.
    pub fn could_not_ask(message: impl Into<String>) -> Self {
        Self {
            why: Why::CouldNotAsk,
            message: message.into(),
            hint: None,
        }
    }

    /// Somebody asked for an end.
    #[must_use]
    pub fn interrupted() -> Self {
        Self {
            why: Why::Interrupted,
            message: "interrupted".to_owned(),
            hint: None,
        }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// An error and its sources on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

fn did_you_mean(nearest: Option<&String>, what: &str, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("{what}: {}", known.join(", ")),
    }
}

impl From<UnknownLab> for Failure {
    fn from(error: UnknownLab) -> Self {
        // As `labctl verify` takes it.
        let parts = error.name.split_once('/');
        let hint = match parts.filter(|(lab, _)| error.known.iter().any(|known| known == lab)) {
            Some((lab, variant)) => {
                format!("a variant has its own flag: `{lab} --variant {variant}`")
            }
            None => did_you_mean(error.nearest.as_ref(), "the labs are", &error.known),
        };
        Self::bad_input(error.to_string()).hint(hint)
    }
}

impl From<UnknownVariant> for Failure {
    fn from(error: UnknownVariant) -> Self {
        let hint = did_you_mean(error.nearest.as_ref(), "its variants are", &error.known);
        Self::bad_input(error.to_string()).hint(hint)
    }
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<CourseError> for Failure {
    fn from(error: CourseError) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        match error {
            ScenarioError::UnknownLab(unknown) => unknown.into(),
            ScenarioError::UnknownVariant(unknown) => unknown.into(),
            ScenarioError::File(fault) => (*fault).into(),
        }
    }
}

impl From<HintError> for Failure {
    fn from(error: HintError) -> Self {
        Self::bad_input(error.to_string())
    }
}

impl From<FoldersError> for Failure {
    fn from(error: FoldersError) -> Self {
        Self::bad_input(error.to_string()).hint("set LABCTL_HOME to a folder that you may write")
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::bad_input(chain(&error))
            .hint("labctl needs to write there; LABCTL_HOME names another folder")
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let hint = error.hint();
        match error {
            ProviderError::Interrupted => Self::interrupted(),
            ProviderError::File(error) => error.into(),
            error => Self {
                why: if error.is_to_be_mended() {
                    Why::BadInput
                } else {
                    Why::CouldNotAsk
                },
                message: chain(&error),
                hint,
            },
        }
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Manifest { .. } => Self::bad_input(error.to_string()),
            _ => Self::could_not_ask(error.to_string()),
        }
    }
}
