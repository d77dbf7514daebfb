//! What a sandbox's API server, kubelets and container runtimes each believe of the Pods: asked for when a start fails.
//! `sandbox/session/beliefs.go` writes it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use super::process::{self, State};
use crate::wait;

/// The file, and the one with the stacks of all goroutines beside it.
pub(super) const FILES: [&str; 2] = ["beliefs.json", "goroutines.txt"];

/// How long the sandbox may take to write it: it waits for parts of itself that may hang.
const WRITTEN_WITHIN: Duration = Duration::from_secs(8);

/// What is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beliefs {
    /// The file with all of it.
    pub path: PathBuf,
    /// What is believed of each Pod.
    pub pods: Vec<Pod>,
}

/// What is believed of one Pod.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pod {
    /// Namespace and name.
    pub name: String,
    /// Empty when it is on no node.
    pub node: String,
    /// Whether the API server says that it is ready.
    pub ready: bool,
    /// The beliefs in one line.
    pub says: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    pods: Option<Vec<Pod>>,
}

/// Asks the sandbox of a folder; `None` when there is none or it does not answer, because whoever asks has an error to tell already.
#[must_use]
pub(crate) fn ask(folder: &Path) -> Option<Beliefs> {
    let pid = match process::state(folder).ok()? {
        State::Ready(ready) => ready.pid,
        State::Busy { pid } => pid,
        State::Stopped | State::Absent => return None,
    };
    let path = folder.join(FILES[0]);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return None,
        _ => {}
    }
    let process = Pid::from_raw(i32::try_from(pid).ok()?)?;
    kill_process(process, Signal::USR1).ok()?;
    // It is there as a whole or not at all.
    if !wait::until(WRITTEN_WITHIN, &|| false, &mut || path.exists()) {
        return None;
    }
    let file: File = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
    Some(Beliefs {
        path,
        pods: file.pods.unwrap_or_default(),
    })
}
