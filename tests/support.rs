//! What every test of the built `labctl` needs: a home folder of its own with the sandbox already built, and the binary
//! run as a person runs it. It knows no internals of `labctl`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A person's home: nothing of another test's is in it, except the shared cache of built binaries.
pub(crate) struct Home {
    folder: TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// An empty home. The sandbox is built by whoever comes first and shared by a link to one cache folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("labctl-test-")
            .tempdir()
            .unwrap();
        std::os::unix::fs::symlink(shared_cache(), folder.path().join("cache")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn session(&self, name: &str) -> PathBuf {
        self.path().join("state/sessions").join(name)
    }

    /// `labctl` with these arguments, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command
            .args(arguments)
            .env("LABCTL_HOME", self.path())
            .env("HOME", self.path())
            .env_remove("KUBECONFIG")
            .env_remove("NO_COLOR")
            .current_dir(self.path())
            .stdin(Stdio::null());
        keep_go_caches(&mut command);
        command
    }

    /// Runs `labctl` and waits for it.
    pub(crate) fn labctl(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// Runs `labctl`, asserts the exit code and hands back what it printed.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Run {
        let run = self.labctl(arguments);
        assert_eq!(run.code, Some(code), "labctl {arguments:?}\n{run}");
        run
    }

    /// Runs `labctl --output json` and parses its standard output.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let all: Vec<&str> = ["--output", "json"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let run = self.expect(code, &all);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON ({error})\n{run}"))
    }

    /// Runs a shell line with `kubectl` pointed at the session, as a person types it after `labctl shell`.
    pub(crate) fn shell(&self, session: &str, folder: &Path, line: &str) -> Run {
        let environment = self
            .expect(0, &["--session", session, "env", "--shell", "sh"])
            .stdout;
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{environment}\n{line}"))
            .current_dir(folder)
            .env("LABCTL_HOME", self.path())
            .env("HOME", self.path())
            .stdin(Stdio::null());
        run(&mut command)
    }

    /// The same, asserting that it succeeds.
    #[track_caller]
    pub(crate) fn kubectl(&self, session: &str, line: &str) -> String {
        let run = self.shell(session, self.path(), &format!("kubectl {line}"));
        assert_eq!(run.code, Some(0), "kubectl {line}\n{run}");
        run.stdout
    }
}

impl Drop for Home {
    /// No sandbox outlives its test.
    fn drop(&mut self) {
        if let Ok(sessions) = std::fs::read_dir(self.path().join("state/sessions")) {
            for session in sessions
                .flatten()
                .filter(|session| session.path().join("session.json").exists())
            {
                let name = session.file_name().to_string_lossy().into_owned();
                let stopped = self.labctl(&["--session", &name, "stop"]);
                assert!(
                    stopped.code == Some(0) || std::thread::panicking(),
                    "cannot stop session {name}\n{stopped}"
                );
            }
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// Runs a command and collects what it printed.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Sends a signal with the system's own `kill`.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(status.success());
}

/// The cache that all tests share, in the target folder.
fn shared_cache() -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("labctl-cache");
    std::fs::create_dir_all(&cache).unwrap();
    cache
}

/// The tests' home is empty; Go's caches are the machine's, or each test would download Kubernetes anew.
fn keep_go_caches(command: &mut Command) {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    for (name, default) in [("GOMODCACHE", "go/pkg/mod"), ("GOCACHE", ".cache/go-build")] {
        let value = std::env::var_os(name).map_or_else(|| home.join(default), PathBuf::from);
        command.env(name, value);
    }
}
