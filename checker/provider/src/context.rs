//! A cluster that exists: nothing of it is made, started or stopped here. A session's folder has how it is reached, and whether the session is
//! at rest.
//!
//! Must not know what the lab has in it: making and removing that is for whoever speaks Kubernetes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::kind::tools::on_path;
use crate::sandbox::process::{Ready, State};

/// What is known of it once the lab is there.
const READY: &str = "ready.json";

/// That the session is at rest: the lab stays in the cluster.
const AT_REST: &str = "at-rest";

/// The files by which each role reaches it. All are the person's own: there is nobody else to be.
const ROLES: [&str; 4] = ["learner", "checker", "admin", "setup"];

/// Which cluster a person named, and how the lab's namespaces in it are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Existing {
    /// A context of the person's kubeconfig.
    pub context: String,
    /// The files of that, as `KUBECONFIG` lists them; absolute. The first that has the context counts.
    pub kubeconfig: Vec<PathBuf>,
    /// What the names of the lab's namespaces end with: `-x7k2q`.
    pub suffix: String,
    /// The registry that has the images of the workload models; unset: the nodes find them where the models say.
    #[serde(default)]
    pub registry: Option<String>,
}

/// What a session on it is started from.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) kubectl: PathBuf,
    /// A kubeconfig with that one context.
    pub(crate) kubeconfig: String,
    pub(crate) ready: Ready,
}

/// The learner's kubectl: the person's own.
///
/// # Errors
/// There is none on PATH.
pub(crate) fn kubectl() -> Result<PathBuf, ProviderError> {
    let path = on_path("kubectl").ok_or(ProviderError::NoKubectl)?;
    Ok(path.canonicalize().unwrap_or(path))
}

/// Writes down how it is reached.
pub(crate) fn up(folder: &Path, prepared: &Prepared) -> Result<(), ProviderError> {
    for role in ROLES {
        let path = folder.join(format!("{role}.kubeconfig"));
        write_atomically(&path, prepared.kubeconfig.as_bytes())?;
    }
    let path = folder.join(READY);
    let text = serde_json::to_vec(&prepared.ready)
        .map_err(|error| FileError::of("write", &path)(error.into()))?;
    write_atomically(&path, &text)?;
    remove(&folder.join(AT_REST))
}

pub(crate) fn state(folder: &Path) -> State {
    let ready = std::fs::read(folder.join(READY)).ok();
    let ready = ready.and_then(|text| serde_json::from_slice(&text).ok());
    match ready {
        None => State::Absent,
        Some(_) if folder.join(AT_REST).exists() => State::Stopped,
        Some(ready) => State::Ready(ready),
    }
}

/// What was there stays in the cluster; only the session is at rest.
pub(crate) fn stop(folder: &Path) -> Result<(), ProviderError> {
    if folder.join(READY).exists() {
        write_atomically(&folder.join(AT_REST), b"")?;
    }
    Ok(())
}

/// Forgets it.
pub(crate) fn wipe(folder: &Path) -> Result<(), ProviderError> {
    for role in ROLES {
        remove(&folder.join(format!("{role}.kubeconfig")))?;
    }
    remove(&folder.join(READY))?;
    remove(&folder.join(AT_REST))
}

fn remove(path: &Path) -> Result<(), ProviderError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::of("remove", path)(error).into())
        }
        _ => Ok(()),
    }
}
