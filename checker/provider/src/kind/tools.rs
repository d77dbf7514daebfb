//! The person's own programs: kind, what runs its nodes, and kubectl. Found on PATH as kind itself finds them.
//!
//! Every one is run in English.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{KindError, OLDEST, meant};
use crate::child::{self, Ended, Stream};
use crate::error::ProviderError;

/// With which a person says which engine kind is to use.
const CHOICE: &str = "KIND_EXPERIMENTAL_PROVIDER";

/// How many of a program's last lines an error shows.
const LAST_LINES: usize = 8;

/// What runs the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Docker.
    Docker,
    /// nerdctl.
    Nerdctl,
    /// Podman.
    Podman,
}

impl Engine {
    /// In the order in which kind looks for them.
    const ALL: [Self; 3] = [Self::Docker, Self::Nerdctl, Self::Podman];

    /// The one that kind would use.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn find() -> Result<Self, KindError> {
        let chosen = std::env::var(CHOICE).ok();
        let mut known = Self::ALL.into_iter();
        let engine = match chosen {
            Some(name) if known.clone().any(|engine| engine.program() == name) => {
                known.find(|engine| engine.program() == name && on_path(engine.program()).is_some())
            }
            _ => known.find(|engine| on_path(engine.program()).is_some()),
        };
        engine.ok_or(KindError::NoEngine)
    }

    /// Its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Nerdctl => "nerdctl",
            Self::Podman => "podman",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Docker => "Docker",
            Self::Nerdctl => "nerdctl",
            Self::Podman => "Podman",
        })
    }
}

/// The programs that were found.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pub(crate) engine: Engine,
}

impl Tools {
    /// Those on PATH.
    ///
    /// # Errors
    /// kind or an engine is missing.
    pub(crate) fn find() -> Result<Self, KindError> {
        if on_path("kind").is_none() {
            return Err(KindError::NoKind);
        }
        let engine = Engine::find()?;
        Ok(Self { engine })
    }

    /// kind's version, `0.33.0`.
    ///
    /// # Errors
    /// It does not say one, or is too old.
    pub(crate) fn version(&self) -> Result<String, ProviderError> {
        let said = self.kind(["version", "--quiet"])?;
        let found = said.trim().trim_start_matches('v').to_owned();
        let mut numbers = found.split('.').map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(found),
            _ => Err(KindError::TooOld { found }.into()),
        }
    }

    /// The engine's version, and whether it answers at all.
    ///
    /// # Errors
    /// It does not answer, or somebody interrupts.
    pub(crate) fn engine_version(
        &self,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<String, ProviderError> {
        self.info("{{.ServerVersion}}", "{{.Version.Version}}", interrupted)
    }

    /// What the engine says of itself; its answer has other names in Podman.
    fn info(
        &self,
        format: &str,
        of_podman: &str,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<String, ProviderError> {
        let format = match self.engine {
            Engine::Docker | Engine::Nerdctl => format,
            Engine::Podman => of_podman,
        };
        let info = self.engine_command(["info", "--format", format]);
        let said = self.run(info, None, interrupted, &mut |_| {})?;
        Ok(said.trim().to_owned())
    }

    /// What a node can have at most: thousandths of a processor, and bytes of memory.
    ///
    /// # Errors
    /// The engine does not answer, or somebody interrupts.
    pub(crate) fn capacity(
        &self,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(u64, u64), ProviderError> {
        let of_podman = "{{.Host.CPUs}} {{.Host.MemTotal}}";
        let said = self.info("{{.NCPU}} {{.MemTotal}}", of_podman, interrupted)?;
        let mut numbers = said.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(processors)), Some(Ok(memory))) => Ok((processors * 1000, memory)),
            _ => Err(KindError::Failed {
                command: format!("{} info", self.engine.program()),
                said,
                log: None,
            }
            .into()),
        }
    }

    /// What processor the nodes have, as Go names it: `amd64`, `arm64`.
    ///
    /// # Errors
    /// The engine does not answer, or somebody interrupts.
    pub(crate) fn architecture(
        &self,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<String, ProviderError> {
        let said = self.info("{{.Architecture}}", "{{.Host.Arch}}", interrupted)?;
        Ok(match said.as_str() {
            "x86_64" => "amd64".to_owned(),
            "aarch64" => "arm64".to_owned(),
            _ => said,
        })
    }

    /// Runs kind to its end and returns what it prints.
    ///
    /// # Errors
    /// It fails, and says why.
    pub(crate) fn kind<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
    ) -> Result<String, ProviderError> {
        self.run(self.kind_command(arguments), None, &|| false, &mut |_| {})
    }

    /// Runs the engine to its end and returns what it prints.
    ///
    /// # Errors
    /// It fails, and says why.
    pub(crate) fn engine<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
    ) -> Result<String, ProviderError> {
        self.run(self.engine_command(arguments), None, &|| false, &mut |_| {})
    }

    /// Runs the person's kubectl, which asks no cluster then, to its end and returns what it prints.
    ///
    /// # Errors
    /// It fails, and says why.
    pub(crate) fn kubectl<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
    ) -> Result<String, ProviderError> {
        self.run(command("kubectl", arguments), None, &|| false, &mut |_| {})
    }

    /// kind with these arguments, for this engine.
    pub(crate) fn kind_command<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
    ) -> Command {
        let mut command = command("kind", arguments);
        command.env(CHOICE, self.engine.program());
        command
    }

    /// The engine with these arguments.
    pub(crate) fn engine_command<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
    ) -> Command {
        command(self.engine.program(), arguments)
    }

    /// Runs a program to its end; each line that it says goes to `line`. `text` is what it reads.
    ///
    /// # Errors
    /// It fails, and says why; or the person interrupts.
    pub(crate) fn run(
        &self,
        command: Command,
        text: Option<&Path>,
        interrupted: &dyn Fn() -> bool,
        line: &mut dyn FnMut(&str),
    ) -> Result<String, ProviderError> {
        self.run_noted(command, text, interrupted, &mut |_| {}, line)
    }

    /// The same for whoever has to know which process it is: `began` hears its number.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn run_noted(
        &self,
        mut command: Command,
        text: Option<&Path>,
        interrupted: &dyn Fn() -> bool,
        began: &mut dyn FnMut(u32),
        line: &mut dyn FnMut(&str),
    ) -> Result<String, ProviderError> {
        if let Some(path) = text {
            let file = std::fs::File::open(path).map_err(crate::FileError::of("read", path))?;
            command.stdin(file);
        }
        let ended = child::run(&mut command, interrupted, began, &mut |stream, text| {
            if stream == Stream::Said {
                line(text);
            }
        })?;
        if ended.status.success() {
            return Ok(ended.printed);
        }
        Err(self.failure(&command, &ended).into())
    }

    fn failure(&self, command: &Command, ended: &Ended) -> KindError {
        let all = ended.said.join("\n");
        meant(&all, self.engine).unwrap_or_else(|| {
            let program = command.get_program().to_string_lossy();
            let first = command.get_args().next().unwrap_or_default();
            let said = if ended.said.is_empty() {
                ended.status.to_string()
            } else {
                ended.last_said(LAST_LINES)
            };
            KindError::Failed {
                command: format!("{program} {}", first.to_string_lossy()),
                said,
                log: None,
            }
        })
    }
}

fn command<I: IntoIterator<Item: AsRef<OsStr>>>(program: &str, arguments: I) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// Where a program is; the first on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| {
            rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file()
        })
}
