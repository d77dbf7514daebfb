//! Where clusters come from, and what is asked of one wherever it does.
//!
//! A [`Provider`] is a kind of place; a [`Site`] is the place of one session. A second provider is a second variant: each function here then has a second arm,
//! and whoever asks has none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::ProviderError;
use crate::sandbox::audit::{self, Beginning, History};
use crate::sandbox::beliefs::{self, Beliefs};
use crate::sandbox::binary::{self, Binary};
use crate::sandbox::config::{Config, Node, Subnet};
use crate::sandbox::containers::{self, Container, LogLine};
use crate::sandbox::hidden::{self, Digest};
use crate::sandbox::process::{self, Starting, State};
use crate::sandbox::{components, prepared};

/// Where clusters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Kubernetes in one process of this machine.
    #[default]
    Sandbox,
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
pub struct Prepared {
    binary: Binary,
    datastore: PathBuf,
}

impl Prepared {
    /// Changes with whatever could make clusters behave in another way; short, fit for a file's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.binary.id
    }

    /// A program that is `kubectl` when it is run by that name.
    #[must_use]
    pub fn kubectl(&self) -> &Path {
        &self.binary.path
    }
}

/// What cluster is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// As EKS would name it.
    pub cluster_name: String,
    /// AWS region, `eu-west-1`.
    pub region: String,
    /// Minor version, `1.36`.
    pub kubernetes: String,
    /// Where nodes and Pods get their addresses.
    pub subnets: Vec<Subnet>,
    /// The nodes it starts with.
    pub nodes: Vec<Node>,
    /// The workload models, by the names of their files.
    pub models: BTreeMap<String, String>,
    /// What the folder of these files is called where they come from, `models/`: so they are named when one is wrong.
    pub models_from: String,
}

/// Who speaks to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Whoever has the lab.
    Learner,
    /// Whoever judges it, who may only look and evict.
    Checker,
    /// Whoever restores it.
    Admin,
    /// Whoever sets it up, until it is handed over.
    Setup,
}

impl Provider {
    /// Its name in records and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
        }
    }

    /// The program that makes its clusters; `None` when it is still to be built.
    ///
    /// # Errors
    /// Somebody named one that does not fit.
    pub fn program(self, cache: &Path) -> Result<Option<PathBuf>, ProviderError> {
        match self {
            Self::Sandbox => Ok(binary::find(cache)?.map(|binary| binary.path)),
        }
    }

    /// What clusters of a version of Kubernetes are started from; makes what is missing, and tells of it.
    ///
    /// # Errors
    /// It cannot be made, or the person interrupts.
    pub fn prepare(
        self,
        cache: &Path,
        kubernetes: &str,
        interrupted: &dyn Fn() -> bool,
        report: &mut dyn FnMut(Making),
    ) -> Result<Prepared, ProviderError> {
        match self {
            Self::Sandbox => {
                let binary = program(cache, interrupted, report)?;
                if prepared::exists(cache, &binary, kubernetes) {
                    let datastore = prepared::ensure(cache, &binary, kubernetes, interrupted)?;
                    return Ok(Prepared { binary, datastore });
                }
                let kubernetes = kubernetes.to_owned();
                report(Making::Datastore {
                    kubernetes: kubernetes.clone(),
                });
                let datastore = prepared::ensure(cache, &binary, &kubernetes, interrupted)?;
                report(Making::DatastoreMade { kubernetes });
                Ok(Prepared { binary, datastore })
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

/// The place of one session's cluster, whether or not there is one.
#[derive(Debug, Clone)]
pub struct Site {
    provider: Provider,
    session: PathBuf,
}

impl Site {
    /// Which provider's it is.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Where the cluster keeps what it has.
    fn folder(&self) -> PathBuf {
        match self.provider {
            Provider::Sandbox => self.session.join("cluster"),
        }
    }

    /// Starts the cluster, new or as it was left, and returns when it is up. It goes on when labctl ends.
    ///
    /// # Errors
    /// It does not start, or the person interrupts: then nothing is left running.
    pub fn up(
        &self,
        prepared: &Prepared,
        wanted: &Wanted,
        interrupted: &dyn Fn() -> bool,
        report: &mut dyn FnMut(Starting),
    ) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => {
                let images = self.session.join("images");
                let config = Config::of(wanted, self.folder(), &images, &prepared.datastore);
                config.lay_out(&wanted.models)?;
                process::up(&prepared.binary, &config, interrupted, report)
                    .map_err(|error| config.named(error, &wanted.models_from))
            }
        }
    }

    /// What runs there.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn state(&self) -> Result<State, ProviderError> {
        match self.provider {
            Provider::Sandbox => process::state(&self.folder()),
        }
    }

    /// Ends the cluster in order. One that does not run is ended.
    ///
    /// # Errors
    /// It cannot be ended.
    pub fn stop(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => process::stop(&self.folder()),
        }
    }

    /// Ends the cluster at once and removes what it holds; what makes a kubeconfig valid stays, so that the next one is reached alike.
    /// Its audit log goes into `history` where that is set.
    ///
    /// # Errors
    /// It does not end, or a file cannot be moved or removed.
    pub fn wipe(&self, history: Option<&Path>) -> Result<(), ProviderError> {
        let folder = self.folder();
        match self.provider {
            Provider::Sandbox => {
                process::kill(&folder)?;
                if let Some(history) = history {
                    audit::keep(&folder, history)?;
                }
                process::wipe(&folder)
            }
        }
    }

    /// How somebody reaches it.
    #[must_use]
    pub fn kubeconfig(&self, role: Role) -> PathBuf {
        let who = match role {
            Role::Learner => "learner",
            Role::Checker => "checker",
            Role::Admin => "admin",
            Role::Setup => "setup",
        };
        match self.provider {
            Provider::Sandbox => self.folder().join(format!("{who}.kubeconfig")),
        }
    }

    /// Hands the lab to the learner: from now on a write with all rights is the learner's.
    ///
    /// # Errors
    /// What set it up cannot be taken away.
    pub fn hand_over(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => components::hand_over(&self.folder()),
        }
    }

    /// Who wrote what to it since its lab began.
    ///
    /// # Errors
    /// It cannot be told who is a part of Kubernetes.
    pub fn history(&self) -> Result<History, ProviderError> {
        match self.provider {
            Provider::Sandbox => History::of(&self.folder(), None),
        }
    }

    /// The same of a cluster that is gone, whose audit log [`wipe`](Self::wipe) kept in this folder.
    ///
    /// # Errors
    /// As above.
    pub fn kept_history(&self, folder: &Path) -> Result<History, ProviderError> {
        match self.provider {
            Provider::Sandbox => History::of(&self.folder(), Some(folder.to_owned())),
        }
    }

    /// Where its history stands now: a lab that begins here begins at this place, and at a time that is still to be told.
    #[must_use]
    pub fn now(&self) -> Beginning {
        match self.provider {
            Provider::Sandbox => Beginning::now(&self.folder()),
        }
    }

    /// A lab begins on a cluster that had served another: what was written and logged before is not its own. `since` is RFC 3339.
    ///
    /// # Errors
    /// It cannot be written down.
    pub fn begins(&self, beginning: Beginning, since: String) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => beginning.begin(&self.folder(), since),
        }
    }

    /// Hands each line that the wanted containers logged since their lab began to `line`, until that says that it is enough.
    pub fn each_line(
        &self,
        is_wanted: &dyn Fn(&Container) -> bool,
        line: &mut dyn FnMut(LogLine<'_>) -> bool,
    ) {
        match self.provider {
            Provider::Sandbox => containers::each_line(&self.folder(), is_wanted, line),
        }
    }

    /// What its objects do not show.
    ///
    /// # Errors
    /// It does not answer.
    pub fn digest(&self) -> Result<Digest, ProviderError> {
        match self.provider {
            Provider::Sandbox => hidden::digest(&self.folder()),
        }
    }

    /// Has the images taken off all nodes that no container is of. To be asked when no Pod is starting.
    ///
    /// # Errors
    /// It does not answer, or could not do it.
    pub fn prune_images(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => hidden::prune_images(&self.folder()),
        }
    }

    /// What its parts each believe of the Pods; `None` when nobody answers.
    #[must_use]
    pub fn beliefs(&self) -> Option<Beliefs> {
        match self.provider {
            Provider::Sandbox => beliefs::ask(&self.folder()),
        }
    }

    /// Its own log, for people.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        match self.provider {
            Provider::Sandbox => self.folder().join(process::LOG),
        }
    }

    /// How long ago it last said something; `None` when it never did.
    #[must_use]
    pub fn silent_for(&self) -> Option<Duration> {
        let about = std::fs::metadata(self.log()).ok()?;
        about.modified().ok()?.elapsed().ok()
    }
}
