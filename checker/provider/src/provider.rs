//! Which providers there are, what a person chose of one, and what its clusters are started from.
//!
//! A provider is a kind of place; the place of one session is a [`Site`].

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::context::{self, Existing};
use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::kind;
use crate::sandbox::binary::{self, Binary};
use crate::sandbox::prepared;
use crate::sandbox::process::Ready;
use crate::site::Site;

/// Where a session's folder says whose it is.
const CHOICE: &str = "provider.json";

/// Where clusters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Kubernetes in one process of this machine.
    #[default]
    Sandbox,
    /// A cluster of the person's own kind.
    Kind,
    /// A cluster that exists, in namespaces of the lab's own.
    Context,
}

/// What is made once and used by all clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Making {
    /// The program that makes clusters is built.
    Program,
    /// Another labctl builds it; waiting for that.
    AwaitsAnother,
    /// Modules that it needs were downloaded, so many so far; 0: they are looked up.
    Downloads(usize),
    /// Packages of it were compiled.
    Compiles {
        /// So far.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// It is built.
    ProgramMade,
    /// The program that runs in the containers of a real cluster is built.
    Containers,
    /// It is built.
    ContainersMade,
    /// What clusters of a version of Kubernetes begin with is made.
    Datastore {
        /// `1.36`.
        kubernetes: String,
    },
    /// That is made.
    DatastoreMade {
        /// `1.36`.
        kubernetes: String,
    },
}

/// All that a cluster is started from.
#[derive(Debug, Clone)]
pub struct Prepared(pub(crate) Basis);

#[derive(Debug, Clone)]
pub(crate) enum Basis {
    Sandbox { binary: Binary, datastore: PathBuf },
    Kind(Box<kind::prepared::Prepared>),
    Context(Box<context::Prepared>),
}

impl Prepared {
    /// For a cluster that exists: a kubeconfig with one context, and what the cluster said of itself.
    ///
    /// # Errors
    /// There is no kubectl on PATH.
    pub fn existing(kubeconfig: String, ready: Ready) -> Result<Self, ProviderError> {
        Ok(Self(Basis::Context(Box::new(context::Prepared {
            kubectl: context::kubectl()?,
            kubeconfig,
            ready,
        }))))
    }

    /// Changes with whatever could make clusters behave in another way; short, fit for a file's name.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.0 {
            Basis::Sandbox { binary, .. } => &binary.id,
            Basis::Kind(prepared) => &prepared.id,
            Basis::Context(prepared) => &prepared.ready.cluster_id,
        }
    }

    /// A program that is `kubectl` when it is run by that name.
    #[must_use]
    pub fn kubectl(&self) -> &Path {
        match &self.0 {
            Basis::Sandbox { binary, .. } => &binary.path,
            Basis::Kind(prepared) => &prepared.kubectl,
            Basis::Context(prepared) => &prepared.kubectl,
        }
    }
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::Kind, Self::Context];

    /// Its name in records and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Kind => "kind",
            Self::Context => "context",
        }
    }

    /// The program that makes its clusters; `None` when it is still to be built.
    ///
    /// # Errors
    /// Somebody named one that does not fit.
    pub fn program(self, cache: &Path) -> Result<Option<PathBuf>, ProviderError> {
        match self {
            Self::Sandbox => Ok(binary::find(cache)?.map(|binary| binary.path)),
            Self::Kind => Ok(kind::tools::on_path("kind")),
            Self::Context => Ok(None),
        }
    }

    /// What a node has at most, where that is this machine's to say: quantities of processors and of memory, `2000m` and `7963Mi`.
    ///
    /// # Errors
    /// Whoever runs the nodes does not say, or the person interrupts.
    pub fn room(
        self,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Option<(String, String)>, ProviderError> {
        match self {
            Self::Sandbox | Self::Context => Ok(None),
            Self::Kind => {
                let (processors, memory) = kind::tools::Tools::find()?.capacity(interrupted)?;
                Ok(Some((
                    format!("{processors}m"),
                    format!("{}Mi", memory >> 20),
                )))
            }
        }
    }

    /// The place of a session with this folder.
    #[must_use]
    pub fn at(self, session: &Path) -> Site {
        Site {
            provider: self,
            session: session.to_owned(),
        }
    }
}

/// Which provider a session's cluster is to come from, and what a person chose of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Which.
    pub provider: Provider,
    /// The image of kind's nodes; unset: kind's own choice.
    pub image: Option<String>,
    /// A configuration of kind to which the lab's is added; absolute.
    pub configuration: Option<PathBuf>,
    /// Which cluster that exists; set for that provider alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Existing>,
    /// Whether nobody sits at it and it goes soon: the sandbox then takes more memory and less of the processor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_throw_away: bool,
}

impl Chosen {
    /// What a session's folder was made for; the sandbox where nothing says so.
    #[must_use]
    pub fn of(session: &Path) -> Self {
        let text = std::fs::read(session.join(CHOICE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes down that a session's folder is for this. What another provider has there is to be wiped before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, session: &Path) -> Result<(), ProviderError> {
        let path = session.join(CHOICE);
        let text = serde_json::to_vec(self)
            .map_err(|error| FileError::of("write", &path)(error.into()))?;
        Ok(write_atomically(&path, &text)?)
    }

    /// What clusters of a version of Kubernetes are started from; makes what is missing, and tells of it.
    ///
    /// # Errors
    /// It cannot be made, or the person interrupts; of a cluster that exists nothing is made: [`Prepared::existing`].
    pub fn prepare(
        &self,
        cache: &Path,
        kubernetes: &str,
        interrupted: &dyn Fn() -> bool,
        report: &mut dyn FnMut(Making),
    ) -> Result<Prepared, ProviderError> {
        match self.provider {
            Provider::Sandbox => sandbox(cache, kubernetes, interrupted, report),
            Provider::Kind => {
                let prepared = kind::prepared::prepare(self, cache, interrupted, report)?;
                Ok(Prepared(Basis::Kind(Box::new(prepared))))
            }
            Provider::Context => Err(ProviderError::NothingToMake),
        }
    }
}

fn sandbox(
    cache: &Path,
    kubernetes: &str,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<Prepared, ProviderError> {
    let binary = program(cache, interrupted, report)?;
    if prepared::exists(cache, &binary, kubernetes) {
        let datastore = prepared::ensure(cache, &binary, kubernetes, interrupted)?;
        return Ok(Prepared(Basis::Sandbox { binary, datastore }));
    }
    let kubernetes = kubernetes.to_owned();
    report(Making::Datastore {
        kubernetes: kubernetes.clone(),
    });
    let datastore = prepared::ensure(cache, &binary, &kubernetes, interrupted)?;
    report(Making::DatastoreMade { kubernetes });
    Ok(Prepared(Basis::Sandbox { binary, datastore }))
}

fn program(
    cache: &Path,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<Binary, ProviderError> {
    if let Some(binary) = binary::find(cache)? {
        return Ok(binary);
    }
    report(Making::Program);
    let binary = binary::ensure(cache, interrupted, report)?;
    report(Making::ProgramMade);
    Ok(binary)
}
