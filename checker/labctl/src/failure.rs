//! How a command ends when it cannot do what was asked: what happened, and what to do next.

use std::error::Error;
use std::process::ExitCode;

use cluster::ClusterError;
use grade::course::{CourseError, UnknownLab, UnknownVariant};
use grade::diagnostic::Diagnostic;
use grade::hint::HintError;
use grade::scenario::ScenarioError;
use provider::sandbox::SandboxError;
use provider::{FileError, FoldersError};

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
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Success => 0,
            Self::NotSolved => 1,
            Self::BadInput => 2,
            Self::CouldNotAsk => 3,
            Self::Interrupted => 130,
        })
    }
}

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What happened, to which object; lower case, no full stop.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::BadInput,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn could_not_ask(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::CouldNotAsk,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn interrupted() -> Self {
        Self {
            exit: Exit::Interrupted,
            message: "interrupted".to_owned(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
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
        let hint = did_you_mean(error.nearest.as_ref(), "the labs are", &error.known);
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

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        let hint = error.hint();
        match error {
            SandboxError::Interrupted => Self::interrupted(),
            SandboxError::File(error) => error.into(),
            error @ (SandboxError::NoGo
            | SandboxError::Build { .. }
            | SandboxError::WrongProgram { .. }) => Self {
                exit: Exit::BadInput,
                message: chain(&error),
                hint,
            },
            error => Self {
                exit: Exit::CouldNotAsk,
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
