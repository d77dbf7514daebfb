//! One cluster of kind for the folder of a session: made, found again, stopped, wiped.
//!
//! Its name follows from the folder, so that it is found after any kill.

use std::path::{Path, PathBuf};

use super::config::AUDIT_LOG;
use super::nodes::{Interrupted, NodeContainer, Nodes};
use super::prepared::Prepared;
use super::tools::Tools;
use super::{creating, identities, inotify};
use crate::digest::hexadecimal;
use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::sandbox::audit::{self, History};
use crate::sandbox::process::{self, Ready, Starting, State};
use crate::site::Wanted;

/// What every cluster's name begins with.
pub(crate) const PREFIX: &str = "labctl-";

/// How much of a session's name is in its cluster's: kind makes host names of it.
const NAME_AT_MOST: usize = 20;

/// What kind said while it made the cluster.
pub(super) const LOG: &str = "kind.log";

/// What kind is told to make. It is written before kind is asked, and goes when nothing of the cluster is there any more.
pub(super) const CONFIG: &str = "kind.json";

/// What the cluster said of itself when it was up.
pub(super) const READY: &str = "ready.json";

/// The copy of the audit log.
const AUDIT: &str = "audit.log";

/// A session's cluster, whether or not there is one.
#[derive(Debug)]
pub(crate) struct KindCluster<'a> {
    pub(super) folder: &'a Path,
    /// In kind.
    pub(super) name: String,
}

impl<'a> KindCluster<'a> {
    /// The one that keeps its files in this folder.
    pub(crate) fn of(folder: &'a Path) -> Self {
        let session = folder
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default();
        let is_fit = |it: &char| it.is_ascii_lowercase() || it.is_ascii_digit();
        let short: String = session
            .to_string_lossy()
            .chars()
            .filter(is_fit)
            .take(NAME_AT_MOST)
            .collect();
        let digits = hexadecimal(folder.as_os_str().as_encoded_bytes());
        Self {
            folder,
            name: format!("{PREFIX}{short}-{}", &digits[..8]),
        }
    }

    pub(super) fn nodes<'b>(&'b self, tools: &'b Tools) -> Nodes<'b> {
        Nodes {
            tools,
            cluster: &self.name,
        }
    }

    /// Makes the cluster, or starts its nodes again, and returns when it is up.
    ///
    /// # Errors
    /// It does not come up, or the person interrupts: then nothing is left running.
    pub(crate) fn up(
        &self,
        prepared: &Prepared,
        wanted: &Wanted,
        interrupted: Interrupted<'_>,
        report: &mut dyn FnMut(Starting),
    ) -> Result<(), ProviderError> {
        inotify::enough(inotify::instances(), wanted.nodes.len() + 1)?;
        let nodes = self.nodes(&prepared.tools);
        let there = nodes.all()?;
        if self.folder.join(READY).exists() && there.len() == wanted.nodes.len() + 1 {
            report(Starting::ControlPlane);
            nodes.each(&["start"], &there)?;
            return self
                .settle(&nodes, &there, interrupted, report)
                .or_else(|error| {
                    nodes.each(&["stop", "--time", "1"], &there)?;
                    Err(error)
                });
        }
        // What a start that was killed left is of no use.
        self.delete(&prepared.tools)?;
        let made = self.make(prepared, wanted, interrupted, report);
        if made.is_err() {
            // Why it was not made is what counts; whoever stops it hears whether anything is left.
            let _ = self.delete(&prepared.tools);
        }
        made
    }

    /// What runs.
    ///
    /// # Errors
    /// The engine does not answer.
    pub(crate) fn state(&self) -> Result<State, ProviderError> {
        if !self.is_begun() {
            return Ok(State::Absent);
        }
        let tools = Tools::find()?;
        let nodes = self.nodes(&tools).all()?;
        let ready = std::fs::read(self.folder.join(READY)).ok();
        let ready = ready.and_then(|text| serde_json::from_slice::<Ready>(&text).ok());
        let runs = |node: &NodeContainer| node.runs;
        let control_plane = self.nodes(&tools).control_plane();
        let answers = nodes
            .iter()
            .any(|node| node.name == control_plane && node.runs);
        Ok(match ready {
            _ if nodes.is_empty() => State::Absent,
            // A worker that was stopped is a Node that is not ready: the learner's doing, and for the checks to see.
            Some(ready) if answers => State::Ready(ready),
            None if nodes.iter().any(runs) => State::Busy { pid: 0 },
            _ => State::Stopped,
        })
    }

    /// Stops the nodes; where the cluster was never up, removes them.
    ///
    /// # Errors
    /// The engine does not do it.
    pub(crate) fn stop(&self) -> Result<(), ProviderError> {
        if !self.is_begun() {
            return Ok(());
        }
        let tools = Tools::find()?;
        if !self.folder.join(READY).exists() {
            return self.delete(&tools);
        }
        let nodes = self.nodes(&tools);
        nodes.each(&["stop", "--time", "5"], &nodes.all()?)
    }

    /// Removes the cluster and its files; its audit log goes into `history` where that is set.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) fn wipe(&self, history: Option<&Path>) -> Result<(), ProviderError> {
        if self.is_begun() {
            let tools = Tools::find()?;
            // A control plane that does not run has no log to give; what was copied last is kept.
            if history.is_some() && matches!(self.state()?, State::Ready(_)) {
                self.copy_audit(&tools)?;
            }
            self.delete(&tools)?;
        }
        if let Some(history) = history {
            audit::keep(self.folder, history)?;
        }
        // Who was a part of Kubernetes is asked of the kept log, too.
        process::wipe(self.folder)
    }

    /// One that is not there is no error.
    fn delete(&self, tools: &Tools) -> Result<(), ProviderError> {
        creating::end(self.folder)?;
        if !self.nodes(tools).all()?.is_empty() {
            let kubeconfig = self.folder.join("kind.kubeconfig");
            let mut delete = tools.kind_command(["delete", "cluster", "--name", &self.name]);
            delete.arg("--kubeconfig").arg(kubeconfig);
            tools.run(delete, None, &|| false, &mut |_| {})?;
        }
        let config = self.folder.join(CONFIG);
        match std::fs::remove_file(&config) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(FileError::of("remove", &config)(error).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether there may be something of it: where kind was never asked, no program has to be there.
    fn is_begun(&self) -> bool {
        self.folder.join(CONFIG).exists()
    }

    /// Who wrote what to it.
    ///
    /// # Errors
    /// Its log cannot be had.
    pub(crate) fn history(&self) -> Result<History, ProviderError> {
        self.copy_audit(&Tools::find()?)?;
        History::of(self.folder, None)
    }

    /// Has whoever sets labs up do so again.
    ///
    /// # Errors
    /// The node's kubeadm fails, or a file cannot be written.
    pub(crate) fn take_back(&self) -> Result<(), ProviderError> {
        let tools = Tools::find()?;
        identities::setup(&self.nodes(&tools), self.folder)
    }

    /// Copies its audit log into a folder, for a lab that begins anew on the same cluster.
    ///
    /// # Errors
    /// It cannot be had or copied.
    pub(crate) fn copy_history(&self, into: &Path) -> Result<(), ProviderError> {
        self.copy_audit(&Tools::find()?)?;
        audit::copy(self.folder, into)
    }

    /// Where its history stands now.
    ///
    /// # Errors
    /// Its log cannot be had.
    pub(crate) fn now(&self) -> Result<audit::Beginning, ProviderError> {
        self.beginning(&Tools::find()?)
    }

    pub(super) fn beginning(&self, tools: &Tools) -> Result<audit::Beginning, ProviderError> {
        self.copy_audit(tools)?;
        Ok(audit::Beginning::now(self.folder))
    }

    fn copy_audit(&self, tools: &Tools) -> Result<(), ProviderError> {
        let nodes = self.nodes(tools);
        let said = nodes.run(&nodes.control_plane(), &["cat", AUDIT_LOG], &|| false)?;
        let log = self.folder.join(AUDIT);
        write_atomically(&log, said.as_bytes())?;
        identities::controllers(self.folder, &log)
    }

    /// Its nodes that run, with the tools to reach them.
    pub(super) fn each_node<T>(
        &self,
        mut look: impl FnMut(&Nodes<'_>, &NodeContainer) -> Result<T, ProviderError>,
    ) -> Result<Vec<T>, ProviderError> {
        let tools = Tools::find()?;
        let nodes = self.nodes(&tools);
        let running = nodes.all()?.into_iter().filter(|node| node.runs);
        running.map(|node| look(&nodes, &node)).collect()
    }

    /// What kind said, for people.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clusters_name_follows_from_its_folder_and_fits_a_host_name() {
        let name = |folder: &str| KindCluster::of(Path::new(folder)).name;
        let one = name("/home/a/sessions/pending-pod/cluster");
        assert!(one.starts_with("labctl-pendingpod-"), "{one}");
        assert_ne!(one, name("/home/b/sessions/pending-pod/cluster"));
        assert_eq!(one, name("/home/a/sessions/pending-pod/cluster"));
        let long = name("/home/a/sessions/an-extraordinarily-long-name-of-a-session/cluster");
        assert!(format!("{long}-control-plane").len() <= 63, "{long}");
    }
}
