//! One sandbox process on its folder: started detached, found again, stopped, wiped.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde::Deserialize;

use super::binary::Binary;
use super::config::Config;
use super::{SandboxError, beliefs, control};
use crate::files::{FileError, open_for_writing, write_atomically};
use crate::wait;

/// How long an orderly stop may take before the process is killed.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// How long a killed process may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// What survives a wipe: the certificates and the port, so that a kubeconfig stays valid, and what tells of a start that failed.
const KEPT: [&str; 5] = [
    "pki",
    "port",
    "sandbox.log",
    beliefs::FILES[0],
    beliefs::FILES[1],
];

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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ready {
    /// The process.
    pub pid: u32,
    /// Version of Kubernetes, `v1.36.3`.
    pub kubernetes: String,
    /// The uid of namespace `kube-system`.
    pub cluster_id: String,
}

/// A step of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
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
/// The folder's lock cannot be opened for a reason other than that it is not there.
pub fn state(folder: &Path) -> Result<State, SandboxError> {
    let Some(lock) = open_lock(folder)? else {
        return Ok(State::Absent);
    };
    if lock.try_lock().is_ok() {
        let there = folder.join("etcd").exists();
        return Ok(if there { State::Stopped } else { State::Absent });
    }
    let ready = std::fs::read(folder.join("ready.json"))
        .ok()
        .and_then(|text| serde_json::from_slice::<Ready>(&text).ok());
    Ok(ready.map_or(
        State::Busy {
            pid: pid(folder).unwrap_or_default(),
        },
        State::Ready,
    ))
}

/// Starts a sandbox, detached from the terminal, and returns when the cluster is up. It goes on when labctl ends.
///
/// # Errors
/// It says why it cannot start, or the person interrupts: then nothing is left running.
pub fn up(
    binary: &Binary,
    config: &Config,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Progress),
) -> Result<(), SandboxError> {
    let folder = &config.folder;
    let file = folder.join("config.json");
    let text = serde_json::to_vec_pretty(config)
        .map_err(|error| FileError::of("write", &file)(error.into()))?;
    write_atomically(&file, &text)?;
    let log = folder.join("sandbox.log");
    let log_file = open_for_writing(&log, true)?;
    let mut child = Command::new(&binary.path)
        .args(["up", "--own-session", "--config"])
        .arg(&file)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log_file)
        .spawn()
        .map_err(|source| SandboxError::Run {
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
    report: &mut dyn FnMut(Progress),
) -> Result<(), SandboxError> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody listens after an interruption.
                let _ = sender.send(line);
            }
        });
    }
    let failed = |said: &str, beliefs: Option<PathBuf>| SandboxError::Failed {
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
                return Err(SandboxError::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) => continue,
        };
        // A line that is no progress is a stray word of a library; the log has it too.
        let Ok(line) = serde_json::from_str::<Line>(&line) else {
            continue;
        };
        match line.phase.as_str() {
            "control-plane" => report(Progress::ControlPlane),
            "nodes" => report(Progress::Nodes {
                ready: line.ready,
                of: line.wanted,
            }),
            "system" if line.lacking.is_empty() => report(Progress::System {
                ready: line.ready,
                of: line.wanted,
            }),
            "system" => report(Progress::Lacking(line.lacking)),
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
pub fn stop(folder: &Path) -> Result<(), SandboxError> {
    let Some(lock) = open_lock(folder)? else {
        return Ok(());
    };
    let never = || false;
    let mut gone = || lock.try_lock().is_ok();
    if gone() {
        return Ok(());
    }
    // It may just be starting or ending and have no socket: then the deadline decides.
    let asked = control::ask_to_stop(folder).is_ok();
    let patience = if asked { STOP_WITHIN } else { Duration::ZERO };
    if wait::until(patience, &never, &mut gone) {
        return Ok(());
    }
    kill_holder(folder, &lock)
}

/// Ends a sandbox at once, for a cluster that is to be removed: nothing of it has to be written down any more.
///
/// # Errors
/// It cannot be ended.
pub fn kill(folder: &Path) -> Result<(), SandboxError> {
    match open_lock(folder)? {
        Some(lock) if lock.try_lock().is_err() => kill_holder(folder, &lock),
        _ => Ok(()),
    }
}

/// Kills the process that holds the folder's lock, and waits until it is gone.
fn kill_holder(folder: &Path, lock: &File) -> Result<(), SandboxError> {
    let pid = pid(folder).unwrap_or_default();
    if let Some(process) = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // It fails for a process that has just ended: the lock tells.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
    if wait::until(GONE_WITHIN, &|| false, &mut || lock.try_lock().is_ok()) {
        Ok(())
    } else {
        Err(SandboxError::DoesNotEnd { pid })
    }
}

/// Removes a stopped cluster; its certificates and port stay, so that the next one on the folder is reached alike.
///
/// # Errors
/// A file cannot be removed.
pub fn wipe(folder: &Path) -> Result<(), SandboxError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(FileError::of("read", folder))?,
    };
    for entry in entries.flatten() {
        if KEPT.iter().any(|kept| entry.file_name() == *kept) {
            continue;
        }
        let path = entry.path();
        let removed = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.map_err(FileError::of("remove", &path))?;
    }
    Ok(())
}

fn open_lock(folder: &Path) -> Result<Option<File>, SandboxError> {
    let path: PathBuf = folder.join("lock");
    match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::of("open", &path)(error).into()),
    }
}

/// The process that holds the lock. Only meaningful while it is held: the number may be another's later.
fn pid(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join("lock"))
        .ok()?
        .trim()
        .parse()
        .ok()
}
