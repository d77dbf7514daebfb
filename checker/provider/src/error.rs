//! What can go wrong with a cluster, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::kind::error::KindError;

/// What can go wrong with a cluster.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// A file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no sandbox program and no Go to build it.
    #[error("failed to build the sandbox: there is no `go` on your PATH")]
    NoGo,
    /// There is no Go to build what runs in containers.
    #[error("failed to build the program of the containers: there is no `go` on your PATH")]
    NoGoForContainers,
    /// Go is there and could not build it.
    #[error("failed to build {what}: `{command}` ended with {status}\n{last_lines}")]
    Build {
        /// What was to be built.
        what: &'static str,
        /// The command that ended.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it said.
        last_lines: String,
    },
    /// `LABCTL_SANDBOX` names no program that fits.
    #[error("`{}` is no sandbox program of this labctl: {why}", path.display())]
    WrongProgram {
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The program cannot be started at all.
    #[error("failed to run `{}`", path.display())]
    Run {
        /// The program.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The sandbox says why it cannot start.
    #[error("the sandbox did not start: {said}")]
    Failed {
        /// Its own words.
        said: String,
        /// Its log.
        log: PathBuf,
        /// The file with what is believed of each Pod, where it came to that.
        beliefs: Option<PathBuf>,
    },
    /// A workload model of the course is none; in the sandbox's own words, with the file and the line.
    #[error("{said}")]
    Model {
        /// Its words.
        said: String,
    },
    /// It neither ended nor could be killed.
    #[error("the sandbox (process {pid}) does not end")]
    DoesNotEnd {
        /// The process.
        pid: u32,
    },
    /// A running sandbox does not answer, or says no.
    #[error("failed to ask the sandbox for `{what}`")]
    Asked {
        /// The path of its API.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// kind, or what runs its nodes.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// A cluster that exists was to be made.
    #[error("a cluster that exists is not made")]
    NothingToMake,
    /// There is no kubectl for the learner.
    #[error("there is no `kubectl` on your PATH")]
    NoKubectl,
    /// Nobody can say who wrote what.
    #[error(
        "who wrote what to a cluster that exists is in its own audit log, which labctl does not read"
    )]
    NoHistory,
    /// The person pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl ProviderError {
    /// Whether it is the person's to mend, a file or something of the machine: no cluster is to blame.
    #[must_use]
    pub fn is_to_be_mended(&self) -> bool {
        match self {
            Self::NoGo
            | Self::NoGoForContainers
            | Self::Model { .. }
            | Self::Build { .. }
            | Self::NoKubectl
            | Self::NoHistory
            | Self::WrongProgram { .. } => true,
            Self::Kind(error) => error.is_to_be_mended(),
            Self::File(_)
            | Self::Run { .. }
            | Self::Failed { .. }
            | Self::DoesNotEnd { .. }
            | Self::Asked { .. }
            | Self::NothingToMake
            | Self::Interrupted => false,
        }
    }

    /// What to do about it; `None` when the text says it all.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoGo => Some(
                "install Go 1.26 or newer (https://go.dev/dl), or set LABCTL_SANDBOX to a built sandbox program".to_owned(),
            ),
            Self::NoGoForContainers => Some("install Go 1.26 or newer (https://go.dev/dl)".to_owned()),
            Self::Build { .. } => Some("`labctl doctor` looks at what the build needs".to_owned()),
            Self::WrongProgram { .. } => Some("unset LABCTL_SANDBOX to have labctl build the right one".to_owned()),
            Self::Failed { log, beliefs: None, .. } => Some(format!("its log is `{}`", log.display())),
            Self::Failed { log, beliefs: Some(beliefs), .. } => Some(format!(
                "the machine may be very busy: `labctl start` tries again; its log is `{}`, and what its kubelets and its runtime believed is in `{}`",
                log.display(),
                beliefs.display()
            )),
            Self::DoesNotEnd { pid } => Some(format!("end it with `kill -9 {pid}`")),
            Self::Kind(error) => error.hint(),
            Self::NoKubectl => Some("install it (https://kubernetes.io/docs/tasks/tools): the lab is worked on with your own".to_owned()),
            Self::File(_) | Self::Model { .. } | Self::Run { .. } | Self::Asked { .. } | Self::NothingToMake | Self::NoHistory | Self::Interrupted => None,
        }
    }
}
