//! A home whose PATH has a kind and a Docker that are shell scripts, and what they are told to do.
//!
//! The scripts write down every call. A real kind is not touched: only the scripts' folder is on PATH.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command as StdCommand, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use rustix::fs::{Mode, OFlags};

use crate::support::{Home, START};

/// How long the fake kind may take to be at work.
const DEADLINE: Duration = Duration::from_mins(1);

/// A home whose PATH has the fakes, and what a shell script needs.
pub(super) struct Fakes {
    pub(super) home: Home,
    pub(super) folder: PathBuf,
}

impl Fakes {
    /// kind, Docker and kubectl are there, and the program of the containers can be built.
    pub(super) fn new() -> Self {
        let home = Home::new();
        let folder = home.path().join("fakes");
        fs::create_dir_all(folder.join("containers")).unwrap();
        fs::create_dir_all(folder.join("mounts")).unwrap();
        let fakes = Self { home, folder };
        fakes.program("kind", include_str!("kind.sh"));
        fakes.program("docker", include_str!("docker.sh"));
        fakes.program(
            "kubectl",
            "#!/bin/sh\necho '{\"clientVersion\": {\"gitVersion\": \"v1.36.3\"}}'\n",
        );
        for program in ["sh", "cat", "rm", "go"] {
            let path = std::env::var_os("PATH").unwrap();
            let mut all = std::env::split_paths(&path).map(|folder| folder.join(program));
            let found = all.find(|file| file.is_file()).unwrap();
            std::os::unix::fs::symlink(found, fakes.folder.join(program)).unwrap();
        }
        fakes
    }

    pub(super) fn program(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn without(self, program: &str) -> Self {
        fs::remove_file(self.folder.join(program)).unwrap();
        self
    }

    /// What a fake answers: `docker.says`, `kind.says`, `kind.version`.
    pub(super) fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.folder.join(file), text).unwrap();
        self
    }

    pub(super) fn command(&self, arguments: &[&str]) -> StdCommand {
        let mut command = self.home.command(arguments);
        let architecture = std::env::consts::ARCH;
        command.env("PATH", &self.folder);
        command.env("FAKE_ARCHITECTURE", architecture);
        command.env_remove("DOCKER_HOST");
        command.env_remove("KIND_EXPERIMENTAL_PROVIDER");
        command
    }

    #[track_caller]
    pub(super) fn expect(&self, code: i32, arguments: &[&str]) -> Assert {
        Command::from_std(self.command(arguments))
            .assert()
            .code(code)
    }

    /// Starts the lab on kind, in vain.
    #[track_caller]
    pub(super) fn start(&self, code: i32) -> Assert {
        self.expect(code, &[&START[..], &["--provider", "kind"]].concat())
    }

    /// Every call of a fake, a line each.
    pub(super) fn calls(&self) -> String {
        fs::read_to_string(self.folder.join("calls")).unwrap_or_default()
    }

    /// The clusters that the fake engine has nodes of.
    pub(super) fn clusters(&self) -> Vec<String> {
        let all = fs::read_dir(self.folder.join("containers")).unwrap();
        all.map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// No node is there, kind was asked for no cluster that it did not remove, and the session can be removed.
    #[track_caller]
    pub(super) fn nothing_is_left(&self) {
        assert_eq!(self.clusters(), Vec::<String>::new(), "{}", self.calls());
        // What is refused before anything is made has no session.
        if self.home.session("pending-pod").exists() {
            self.expect(0, &["stop", "--purge"]);
        }
        assert!(!self.home.session("pending-pod").exists());
    }

    /// Starts the lab with a kind that hangs when it has made the nodes, and returns when it has: it goes on when the file is written to or dropped.
    pub(super) fn start_until_nodes_are_made(&self) -> (Child, File) {
        let pipe = self.folder.join("go-on");
        Command::new("mkfifo").arg(&pipe).assert().success();
        let mut start = self.command(&[&START[..], &["--provider", "kind"]].concat());
        let child = start
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, receiver) = mpsc::channel();
        // A pipe is open for writing when somebody reads from it.
        std::thread::spawn(move || sender.send(File::options().write(true).open(pipe)));
        let awaited = receiver.recv_timeout(DEADLINE).unwrap().unwrap();
        assert_eq!(self.clusters().len(), 1);
        let noted = self.home.session("pending-pod/cluster/kind.process");
        let end = Instant::now() + DEADLINE;
        // The fake is quicker than labctl, which writes down whom it began.
        while !noted.exists() {
            assert!(Instant::now() < end, "labctl does not note its kind");
            std::thread::yield_now();
        }
        (child, awaited)
    }

    /// Nobody reads from a pipe any more: kind and all that it ran have ended.
    #[track_caller]
    pub(super) fn nobody_waits_for(&self, pipe: &str) {
        let pipe = self.folder.join(pipe);
        let end = Instant::now() + DEADLINE;
        // Whoever was killed a moment ago may still have it open.
        while rustix::fs::open(&pipe, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).is_ok() {
            assert!(Instant::now() < end, "kind is still at work");
            std::thread::yield_now();
        }
    }
}
