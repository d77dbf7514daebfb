//! What every test of the built `labctl` needs: a home folder of its own with the sandbox already built, and the binary
//! run as a person runs it, with what came out ready to be asserted on. It knows no internals of `labctl`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command as StdCommand, Stdio};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use grade::CourseFiles;
use rexpect::session::PtySession;
use serde_json::Value;
use tempfile::TempDir;

/// Starts one variant and seed, so that a test knows what is broken.
pub(crate) const START: [&str; 6] = [
    "start",
    "pending-pod",
    "--variant",
    "missing-toleration",
    "--seed",
    "1",
];

/// How long something may take to be shown at a terminal.
const SHOWN_WITHIN_MS: u64 = 30_000;

/// A person's home: nothing of another test's is in it, except the shared cache of built binaries.
pub(crate) struct Home {
    folder: TempDir,
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
    pub(crate) fn labctl(&self, arguments: &[&str]) -> Command {
        Command::from_std(self.command(arguments))
    }

    /// The same for a child that runs beside the test, which signals it or reads what it prints as it goes.
    pub(crate) fn command(&self, arguments: &[&str]) -> StdCommand {
        let mut command = StdCommand::new(assert_cmd::cargo::cargo_bin!("labctl"));
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

    /// `labctl` with one word at a terminal of 30 lines and 120 columns.
    pub(crate) fn at_a_terminal(&self, word: &str) -> PtySession {
        let mut command = StdCommand::new("sh");
        command
            .args(["-c", "stty rows 30 cols 120; exec \"$0\" \"$1\""])
            .arg(assert_cmd::cargo::cargo_bin!("labctl"))
            .arg(word)
            .env("LABCTL_HOME", self.path())
            .env("TERM", "xterm");
        rexpect::session::spawn_command(command, Some(SHOWN_WITHIN_MS)).unwrap()
    }

    /// Runs `labctl`, asserts the exit code and hands back what it printed.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Assert {
        self.labctl(arguments).assert().code(code)
    }

    /// Runs `labctl --output json` and parses its standard output.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let all = [&["--output", "json"], arguments].concat();
        let run = self.expect(code, &all);
        serde_json::from_slice(&run.get_output().stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error})\n{run}"))
    }

    /// Runs a shell line with `kubectl` pointed at the session, as a person types it after `labctl shell`.
    #[track_caller]
    pub(crate) fn shell(&self, session: &str, folder: &Path, line: &str) -> Assert {
        let environment = self.expect(0, &["--session", session, "env", "--shell", "sh"]);
        let environment = stdout(&environment);
        Command::new("sh")
            .arg("-c")
            .arg(format!("{environment}\n{line}"))
            .current_dir(folder)
            .env("LABCTL_HOME", self.path())
            .env("HOME", self.path())
            .assert()
    }

    /// The same for one `kubectl` that succeeds; what it printed.
    #[track_caller]
    pub(crate) fn kubectl(&self, session: &str, line: &str) -> String {
        let run = self.shell(session, self.path(), &format!("kubectl {line}"));
        stdout(&run.success())
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
                let stopped = self.labctl(&["--session", &name, "stop"]).assert();
                if !std::thread::panicking() {
                    stopped.success();
                }
            }
        }
    }
}

/// Types keys at a terminal.
pub(crate) fn types(terminal: &mut PtySession, keys: &str) {
    terminal.send(keys).unwrap();
    terminal.flush().unwrap();
}

/// What a command printed, where it is worked with further.
pub(crate) fn stdout(run: &Assert) -> String {
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

/// The course, in a folder that a test may spoil.
pub(crate) fn copy_course(home: &Home) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let course = home.path().join("course");
    std::fs::create_dir_all(&course).unwrap();
    for folder in ["labs", "scenarios"] {
        Command::new("cp")
            .arg("-r")
            .args([&root.join(folder), &course])
            .assert()
            .success();
    }
    course
}

/// The files of the course, as the library reads them.
pub(crate) fn course_files() -> CourseFiles {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = CourseFiles::default();
    let mut open = vec![root.join("labs"), root.join("scenarios")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy();
                files
                    .0
                    .insert(name.into_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Sends a signal with the system's own `kill`.
pub(crate) fn signal(child: &Child, name: &str) {
    Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .assert()
        .success();
}

/// The cache that all tests share, in the target folder.
fn shared_cache() -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("labctl-cache");
    std::fs::create_dir_all(&cache).unwrap();
    cache
}

/// The tests' home is empty; Go's caches are the machine's, or each test would download Kubernetes anew.
fn keep_go_caches(command: &mut StdCommand) {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    for (name, default) in [("GOMODCACHE", "go/pkg/mod"), ("GOCACHE", ".cache/go-build")] {
        let value = std::env::var_os(name).map_or_else(|| home.join(default), PathBuf::from);
        command.env(name, value);
    }
}
