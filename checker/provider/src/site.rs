//! The place of one session, and what is asked of a cluster wherever it comes from.
//!
//! Each function here has an arm for each provider, and whoever asks has none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::context;
use crate::error::ProviderError;
use crate::kind::{self, cluster::KindCluster};
use crate::provider::{Basis, Chosen, Prepared, Provider};
use crate::sandbox::audit::{self, Beginning, History};
use crate::sandbox::beliefs::{self, Beliefs};
use crate::sandbox::components;
use crate::sandbox::config::{Config, Node, Subnet};
use crate::sandbox::containers::{self, Container, LogLine};
use crate::sandbox::hidden::{self, Digest};
use crate::sandbox::process::{self, Starting, State};

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
    /// Whether `NetworkPolicies` are kept.
    pub network_policies: bool,
    /// `CoreDNS`' whole configuration; unset: that of a new cluster.
    pub corefile: Option<String>,
    /// Domains beyond the cluster whose name servers do not answer.
    pub mute_domains: Vec<String>,
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
    /// Whoever judges it, who may only look, ask from within a Pod, and evict.
    Checker,
    /// Whoever restores it.
    Admin,
    /// Whoever sets it up, until it is handed over.
    Setup,
}

/// The place of one session's cluster, whether or not there is one.
#[derive(Debug, Clone)]
pub struct Site {
    pub(crate) provider: Provider,
    pub(crate) session: PathBuf,
}

impl Site {
    /// Which provider's it is.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Where the cluster keeps what it has.
    fn folder(&self) -> PathBuf {
        self.session.join("cluster")
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
        match &prepared.0 {
            Basis::Sandbox { binary, datastore } => {
                let images = self.session.join("images");
                let mut config = Config::of(wanted, self.folder(), &images, datastore);
                config.throw_away = Chosen::of(&self.session).is_throw_away;
                config.lay_out(&wanted.models)?;
                process::up(binary, &config, interrupted, report)
                    .map_err(|error| config.named(error, &wanted.models_from))
            }
            Basis::Kind(prepared) => {
                KindCluster::of(&self.folder()).up(prepared, wanted, interrupted, report)
            }
            Basis::Context(prepared) => context::up(&self.folder(), prepared),
        }
    }

    /// What runs there.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn state(&self) -> Result<State, ProviderError> {
        match self.provider {
            Provider::Sandbox => process::state(&self.folder()),
            Provider::Kind => KindCluster::of(&self.folder()).state(),
            Provider::Context => Ok(context::state(&self.folder())),
        }
    }

    /// Ends the cluster in order. One that does not run is ended.
    ///
    /// # Errors
    /// It cannot be ended.
    pub fn stop(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => process::stop(&self.folder()),
            Provider::Kind => KindCluster::of(&self.folder()).stop(),
            Provider::Context => context::stop(&self.folder()),
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
            Provider::Kind => KindCluster::of(&folder).wipe(history),
            Provider::Context => context::wipe(&folder),
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
        self.folder().join(format!("{who}.kubeconfig"))
    }

    /// Hands the lab to the learner: from now on a write with all rights is the learner's.
    ///
    /// # Errors
    /// What set it up cannot be taken away.
    pub fn hand_over(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox | Provider::Kind => components::hand_over(&self.folder()),
            // Whoever set it up is the learner.
            Provider::Context => Ok(()),
        }
    }

    /// Takes the lab back, to restore it: the role that may do so. [`hand_over`](Self::hand_over) ends it.
    ///
    /// # Errors
    /// Nobody can be given the rights.
    pub fn take_back(&self) -> Result<Role, ProviderError> {
        match self.provider {
            Provider::Sandbox | Provider::Context => Ok(Role::Admin),
            Provider::Kind => {
                KindCluster::of(&self.folder()).take_back()?;
                Ok(Role::Setup)
            }
        }
    }

    /// Who wrote what to it since its lab began.
    ///
    /// # Errors
    /// It cannot be told who is a part of Kubernetes.
    pub fn history(&self) -> Result<History, ProviderError> {
        match self.provider {
            Provider::Sandbox => History::of(&self.folder(), None),
            Provider::Kind => KindCluster::of(&self.folder()).history(),
            Provider::Context => Err(ProviderError::NoHistory),
        }
    }

    /// The same of a cluster that is gone, whose audit log [`wipe`](Self::wipe) kept in this folder.
    ///
    /// # Errors
    /// As above.
    pub fn kept_history(&self, folder: &Path) -> Result<History, ProviderError> {
        History::of(&self.folder(), Some(folder.to_owned()))
    }

    /// Whether a reset is cheaper on the cluster that is there than on a new one.
    #[must_use]
    pub fn resets_in_place(&self) -> bool {
        match self.provider {
            Provider::Sandbox | Provider::Context => false,
            Provider::Kind => true,
        }
    }

    /// Keeps what is in its audit log in a folder, for a lab that begins anew on the same cluster.
    ///
    /// # Errors
    /// The log cannot be had or copied.
    pub fn copy_history(&self, into: &Path) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => audit::copy(&self.folder(), into),
            Provider::Kind => KindCluster::of(&self.folder()).copy_history(into),
            Provider::Context => Ok(()),
        }
    }

    /// Where its history stands now: a lab that begins here begins at this place, and at a time that is still to be told.
    ///
    /// # Errors
    /// Its log cannot be had.
    pub fn now(&self) -> Result<Beginning, ProviderError> {
        match self.provider {
            Provider::Sandbox | Provider::Context => Ok(Beginning::now(&self.folder())),
            Provider::Kind => KindCluster::of(&self.folder()).now(),
        }
    }

    /// A lab begins on a cluster that had served another: what was written and logged before is not its own. `since` is RFC 3339.
    ///
    /// # Errors
    /// It cannot be written down.
    pub fn begins(&self, beginning: Beginning, since: String) -> Result<(), ProviderError> {
        beginning.begin(&self.folder(), since)
    }

    /// Hands each line that the wanted containers logged since their lab began to `line`, until that says that it is enough.
    pub fn each_line(
        &self,
        is_wanted: &dyn Fn(&Container) -> bool,
        line: &mut dyn FnMut(LogLine<'_>) -> bool,
    ) {
        match self.provider {
            Provider::Sandbox => containers::each_line(&self.folder(), is_wanted, line),
            Provider::Kind => {
                kind::logs::each_line(&KindCluster::of(&self.folder()), is_wanted, line);
            }
            // Only its API server can be asked.
            Provider::Context => {}
        }
    }

    /// What its objects do not show.
    ///
    /// # Errors
    /// It does not answer.
    pub fn digest(&self) -> Result<Digest, ProviderError> {
        match self.provider {
            Provider::Sandbox => hidden::digest(&self.folder()),
            Provider::Kind => kind::hidden::digest(&KindCluster::of(&self.folder())),
            // What its objects do not show is somebody else's.
            Provider::Context => Ok(Digest::default()),
        }
    }

    /// Has the images taken off all nodes that no container is of. To be asked when no Pod is starting.
    ///
    /// # Errors
    /// It does not answer, or could not do it.
    pub fn prune_images(&self) -> Result<(), ProviderError> {
        match self.provider {
            Provider::Sandbox => hidden::prune_images(&self.folder()),
            // The lab's own images are on the nodes before anything is of them.
            Provider::Kind | Provider::Context => Ok(()),
        }
    }

    /// What its parts each believe of the Pods; `None` when nobody answers.
    #[must_use]
    pub fn beliefs(&self) -> Option<Beliefs> {
        match self.provider {
            Provider::Sandbox => beliefs::ask(&self.folder()),
            Provider::Kind | Provider::Context => None,
        }
    }

    /// Its own log, for people; `None` where it is somebody else's.
    #[must_use]
    pub fn log(&self) -> Option<PathBuf> {
        match self.provider {
            Provider::Sandbox => Some(self.folder().join(process::LOG)),
            Provider::Kind => Some(KindCluster::of(&self.folder()).log()),
            Provider::Context => None,
        }
    }

    /// How long ago it last said something; `None` when it never did.
    #[must_use]
    pub fn silent_for(&self) -> Option<Duration> {
        let about = std::fs::metadata(self.log()?).ok()?;
        about.modified().ok()?.elapsed().ok()
    }
}
