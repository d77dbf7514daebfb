//! One sandbox process on its folder: started detached, found again, stopped, wiped.
//!
//! Two locks of the folder end with it: `process`, its standard input, which it has before its first instruction; and `lock`,
//! which it takes itself, and in which its number stands. So it is also known of between the two, when whoever started
//! it may be gone already.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::binary::Binary;
use super::config::Config;
use super::{beliefs, control};
use crate::error::ProviderError;
use crate::files::{FileError, open_for_writing, write_atomically};
use crate::lock::{Lock, Mode};
use crate::wait;

/// How long an orderly stop may take before the process is killed.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// How long a killed process may take to be gone, and one that has just begun to say its number.
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// How long somebody may ask whether a sandbox runs.
const ASKED_WITHIN: Duration = Duration::from_secs(1);

/// The lock that a sandbox is started with.
const PROCESS: &str = "process";

/// The lock that a sandbox takes itself.
const LOCK: &str = "lock";

/// What it says while it runs.
pub(crate) const LOG: &str = "sandbox.log";

/// What survives a wipe: the certificates and the port, so that a kubeconfig stays valid, and what tells of a start that failed.
const KEPT: [&str; 5] = ["pki", "port", LOG, beliefs::FILES[0], beliefs::FILES[1]];

/// Whether a sandbox runs on a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is no cluster.
    Absent,
    /// There is a cluster, and no process that runs it.
    Stopped,
    /// A process is there and not ready yet, or about to end.
    Busy {
        /// The process.
        pid: u32,
    },
    /// It can be used.
    Ready(Ready),
}

/// What a ready sandbox says of itself: `ready.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The process; 0 where it is no process of this machine's.
    pub pid: u32,
    /// Version of Kubernetes, `v1.36.3`.
    pub kubernetes: String,
    /// The uid of namespace `kube-system`.
    pub cluster_id: String,
}

/// A step of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Starting {
    /// etcd and the API server start.
    ControlPlane,
    /// Nodes that are Ready, of how many.
    Nodes {
        /// Ready ones.
        ready: usize,
        /// All.
        of: usize,
    },
    /// Pods of kube-system that are ready, of how many.
    System {
        /// Ready ones.
        ready: usize,
        /// All.
        of: usize,
    },
    /// What whoever makes the cluster is at, in its own words.
    Says(String),
    /// What of kube-system is not ready in a cluster that was there before, a line each: no error, because its owner may want it so.
    Lacking(Vec<String>),
}

/// A line of what the sandbox prints while it starts.
#[derive(Deserialize)]
struct Line {
    phase: String,
    #[serde(default)]
    ready: usize,
    #[serde(default)]
    wanted: usize,
    #[serde(default)]
    lacking: Vec<String>,
    #[serde(default)]
    error: String,
    beliefs: Option<PathBuf>,
}

/// What runs on a folder.
///
/// # Errors
/// A lock of the folder cannot be opened for a reason other than that it is not there.
pub(crate) fn state(folder: &Path) -> Result<State, ProviderError> {
    if is_gone(folder)? {
        let there = folder.join("etcd").exists();
        return Ok(if there { State::Stopped } else { State::Absent });
    }
    let ready = std::fs::read(folder.join("ready.json"))
        .ok()
        .and_then(|text| serde_json::from_slice::<Ready>(&text).ok());
    Ok(ready.map_or(
        State::Busy {
            pid: number(folder).unwrap_or_default(),
        },
        State::Ready,
    ))
}

/// Starts a sandbox, detached from the terminal, and returns when the cluster is up. It goes on when labctl ends.
///
/// # Errors
/// It says why it cannot start, or the person interrupts: then nothing is left running.
pub(crate) fn up(
    binary: &Binary,
    config: &Config,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Starting),
) -> Result<(), ProviderError> {
    let folder = &config.folder;
    let file = folder.join("config.json");
    let text = serde_json::to_vec_pretty(config)
        .map_err(|error| FileError::of("write", &file)(error.into()))?;
    write_atomically(&file, &text)?;
    let log = folder.join(LOG);
    let failed = |said: String| ProviderError::Failed {
        said,
        log: log.clone(),
        beliefs: None,
    };
    let mut process = Ok(None);
    // Whoever asks whether a sandbox runs has the lock for an instant.
    wait::until(ASKED_WITHIN, interrupted, || {
        process = Lock::attempt(&folder.join(PROCESS), Mode::Alone);
        !matches!(process, Ok(None))
    });
    let process = process?
        .ok_or_else(|| failed(format!("another sandbox runs in `{}`", folder.display())))?;
    // What a killed one said of itself is not true of the next.
    remove(&folder.join("ready.json"))?;
    let log_file = open_for_writing(&log, true)?;
    let mut child = Command::new(&binary.path)
        .args(["up", "--own-session", "--config"])
        .arg(&file)
        .current_dir("/")
        .stdin(process.into_standard_input())
        .stdout(Stdio::piped())
        .stderr(log_file)
        .spawn()
        .map_err(|source| ProviderError::Run {
            path: binary.path.clone(),
            source,
        })?;
    let ended = until_ready(&mut child, &log, interrupted, report);
    if ended.is_err() {
        // Killing fails only for a process that has ended, and that is what is wanted.
        let _ = child.kill();
        let _ = child.wait();
    } else {
        // It may end while this process lives, and would then stay in the table of processes until somebody asked.
        std::thread::spawn(move || child.wait());
    }
    ended
}

fn until_ready(
    child: &mut Child,
    log: &Path,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Starting),
) -> Result<(), ProviderError> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody listens after an interruption.
                let _ = sender.send(line);
            }
        });
    }
    let failed = |said: &str, beliefs: Option<PathBuf>| ProviderError::Failed {
        said: said.to_owned(),
        log: log.to_owned(),
        beliefs,
    };
    loop {
        let line = match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed("it ended without a word", None));
            }
            Err(RecvTimeoutError::Timeout) if interrupted() => {
                return Err(ProviderError::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) => continue,
        };
        // A line that is no progress is a stray word of a library; the log has it too.
        let Ok(line) = serde_json::from_str::<Line>(&line) else {
            continue;
        };
        match line.phase.as_str() {
            "control-plane" => report(Starting::ControlPlane),
            "nodes" => report(Starting::Nodes {
                ready: line.ready,
                of: line.wanted,
            }),
            "system" if line.lacking.is_empty() => report(Starting::System {
                ready: line.ready,
                of: line.wanted,
            }),
            "system" => report(Starting::Lacking(line.lacking)),
            "ready" => return Ok(()),
            "failed" => return Err(failed(&line.error, line.beliefs)),
            _ => {}
        }
    }
}

/// Ends a sandbox in order; kills it when it does not end. A sandbox that does not run is stopped: no error.
///
/// # Errors
/// It cannot be ended, not even killed.
pub(crate) fn stop(folder: &Path) -> Result<(), ProviderError> {
    if is_gone(folder)? {
        return Ok(());
    }
    // It may just be starting or ending and have no socket: then the deadline decides.
    let asked = control::ask_to_stop(folder).is_ok();
    let patience = if asked { STOP_WITHIN } else { Duration::ZERO };
    if wait::until(patience, &|| false, || matches!(is_gone(folder), Ok(true))) {
        return Ok(());
    }
    kill(folder)
}

/// Ends a sandbox at once, for a cluster that is to be removed: nothing of it has to be written down any more.
///
/// # Errors
/// It cannot be ended.
pub(crate) fn kill(folder: &Path) -> Result<(), ProviderError> {
    let lock = folder.join(LOCK);
    let mut pid = None;
    let gone = wait::until(GONE_WITHIN, &|| false, || {
        // The number is the process's only while the lock is held.
        if matches!(is_held(&lock), Ok(true)) {
            pid = number(folder);
            end(pid);
        }
        matches!(is_gone(folder), Ok(true))
    });
    if gone {
        return Ok(());
    }
    let pid = pid.unwrap_or_default();
    Err(ProviderError::DoesNotEnd { pid })
}

/// Kills a process.
fn end(pid: Option<u32>) {
    let raw = pid.and_then(|pid| i32::try_from(pid).ok());
    if let Some(process) = raw.and_then(rustix::process::Pid::from_raw) {
        // It fails for a process that has just ended: the locks tell.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
}

/// Removes a stopped cluster; its certificates and port stay, so that the next one on the folder is reached alike.
///
/// # Errors
/// A file cannot be removed.
pub(crate) fn wipe(folder: &Path) -> Result<(), ProviderError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(FileError::of("read", folder))?,
    };
    for entry in entries.flatten() {
        if KEPT.iter().any(|kept| entry.file_name() == *kept) {
            continue;
        }
        remove(&entry.path())?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), FileError> {
    let is_folder = path.symlink_metadata().is_ok_and(|about| about.is_dir());
    let removed = if is_folder {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::of("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Whether no process of the folder is there, not even one that has just begun. The sandbox's own lock is tried only where
/// nothing has the first: whoever tries it has it for an instant, in which a sandbox could not take it.
fn is_gone(folder: &Path) -> Result<bool, FileError> {
    Ok(!is_held(&folder.join(PROCESS))? && !is_held(&folder.join(LOCK))?)
}

fn is_held(lock: &Path) -> Result<bool, FileError> {
    if !lock.exists() {
        return Ok(false);
    }
    Ok(Lock::attempt(lock, Mode::Shared)?.is_none())
}

/// The process that holds the sandbox's own lock. Only meaningful while it is held: the number may be another's later.
fn number(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join(LOCK))
        .ok()?
        .trim()
        .parse()
        .ok()
}
