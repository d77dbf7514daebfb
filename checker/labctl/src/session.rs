//! The sessions on disk: which there are, which is current, and what labctl knows of each.
//!
//! Knows files. Must not know clusters or what is right.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use grade::evidence::Given;
use grade::score::Conduct;
use provider::{Folders, write_atomically};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

/// The format of `session.json` that this labctl writes.
const FORMAT: u32 = 1;

/// What `session.json` has in every format.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// It is being set up; a start that was cut off leaves it so, and the next one begins anew.
    Preparing,
    /// The learner has it.
    Ready,
}

/// `session.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    format_version: u32,
    /// Also the folder's name.
    pub(crate) name: String,
    pub(crate) lab: String,
    pub(crate) variant: String,
    /// Whether the learner asked for this variant by name, and so knows it.
    pub(crate) variant_named: bool,
    pub(crate) seed: u64,
    /// Another course's folder; unset: the one inside the binary.
    pub(crate) course: Option<PathBuf>,
    /// Of the variant, when the session was set up.
    pub(crate) content_hash: String,
    pub(crate) stage: Stage,
    /// Identity of its cluster; empty before there is one.
    pub(crate) cluster_id: String,
    /// When the learner got it, RFC 3339; empty before.
    pub(crate) started_at: String,
    /// When it was first solved.
    pub(crate) solved_at: Option<String>,
    pub(crate) conduct: Conduct,
    pub(crate) given: Option<Given>,
}

impl Session {
    /// A session that is not set up yet.
    pub(crate) fn new(name: &str, scenario: &grade::Scenario) -> Self {
        Self {
            format_version: FORMAT,
            name: name.to_owned(),
            lab: scenario.lab.clone(),
            variant: scenario.variant.clone(),
            variant_named: false,
            seed: scenario.seed,
            course: None,
            content_hash: scenario.content_hash.clone(),
            stage: Stage::Preparing,
            cluster_id: String::new(),
            started_at: String::new(),
            solved_at: None,
            conduct: Conduct::default(),
            given: None,
        }
    }

    /// Whether the learner may know which variant it is.
    pub(crate) fn variant_is_open(&self) -> bool {
        self.variant_named || self.solved_at.is_some() || self.conduct.revealed
    }
}

/// The folder of one session and the places in it.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
    /// The sandbox's folder.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.0.join("cluster")
    }
    /// The learner's own files; a reset keeps them.
    pub(crate) fn work(&self) -> PathBuf {
        self.0.join("work")
    }
    /// kubectl.
    pub(crate) fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }
    /// The workload models.
    pub(crate) fn images(&self) -> PathBuf {
        self.0.join("images")
    }
    /// A record: `baseline.json`, `start.json`, `result.json`.
    pub(crate) fn record(&self, name: &str) -> PathBuf {
        self.0.join("record").join(name)
    }
    /// A kubeconfig: `learner`, `checker`, `admin`, and `setup` until the learner has the lab.
    pub(crate) fn kubeconfig(&self, who: &str) -> PathBuf {
        self.cluster().join(format!("{who}.kubeconfig"))
    }
    fn file(&self) -> PathBuf {
        self.0.join("session.json")
    }
}

/// All sessions of a person.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    pub(crate) folders: Folders,
}

impl Sessions {
    pub(crate) fn open() -> Result<Self> {
        Ok(Self {
            folders: Folders::find()?,
        })
    }

    /// Where a session is, whether or not it exists.
    pub(crate) fn place(&self, name: &str) -> Place {
        Place(self.folders.sessions().join(name))
    }

    /// The names of all sessions, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folders.sessions())
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().join("session.json").exists())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The session of this name; `None` when there is none.
    ///
    /// # Errors
    /// Its file is damaged or of a newer format: it is kept aside under another name.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Session>> {
        let path = self.place(name).file();
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("failed to read `{}`: {error}", path.display());
                return Err(Failure::bad_input(message));
            }
            Ok(text) => text,
        };
        let why = match serde_json::from_slice::<Version>(&text) {
            Ok(version) if version.format_version > FORMAT => format!(
                "has format_version {}, and this labctl reads {FORMAT}",
                version.format_version
            ),
            _ => match serde_json::from_slice::<Session>(&text) {
                Ok(session) => return Ok(Some(session)),
                Err(error) => format!("is damaged: {error}"),
            },
        };
        let aside = path.with_extension("json.kept");
        std::fs::rename(&path, &aside).map_err(|error| {
            Failure::bad_input(format!(
                "failed to keep `{}` aside: {error}",
                path.display()
            ))
        })?;
        Err(Failure::bad_input(format!("`{}` {why}; it is kept as `{}`", path.display(), aside.display()))
            .hint(format!("`labctl start` sets session `{name}` up anew; a newer labctl may still read the kept file")))
    }

    /// The session that was named, or the current one.
    ///
    /// # Errors
    /// There is no such session, or none is current.
    pub(crate) fn current(&self, named: Option<&str>) -> Result<(Place, Session)> {
        let Some(name) = named.map(str::to_owned).or_else(|| self.current_name()) else {
            return Err(Failure::bad_input("no session")
                .hint("`labctl start pending-pod` starts one, and `labctl list` shows the labs"));
        };
        let session = self.find(&name)?.ok_or_else(|| {
            let known = self.names();
            let hint = match grade::diagnostic::nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "`labctl start pending-pod` starts one".to_owned(),
                None => format!("the sessions are: {}", known.join(", ")),
            };
            Failure::bad_input(format!("no session named `{name}`")).hint(hint)
        })?;
        Ok((self.place(&name), session))
    }

    pub(crate) fn current_name(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.current_file()).ok()?;
        let name = text.trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    pub(crate) fn make_current(&self, name: &str) -> Result<()> {
        write_atomically(&self.current_file(), format!("{name}\n").as_bytes())?;
        Ok(())
    }

    pub(crate) fn save(&self, session: &Session) -> Result<()> {
        let path = self.place(&session.name).file();
        write_json(&path, session)
    }

    /// Removes a stopped session with all its files.
    pub(crate) fn purge(&self, name: &str) -> Result<()> {
        let place = self.place(name);
        std::fs::remove_dir_all(place.folder()).map_err(|error| {
            Failure::bad_input(format!(
                "failed to remove `{}`: {error}",
                place.folder().display()
            ))
        })?;
        if self.current_name().as_deref() == Some(name) {
            write_atomically(&self.current_file(), b"")?;
        }
        Ok(())
    }

    fn current_file(&self) -> PathBuf {
        self.folders.state.join("current")
    }
}

/// Writes a value as JSON, as a whole.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Failure::bad_input(format!("failed to write `{}`: {error}", path.display()))
    })?;
    text.push(b'\n');
    write_atomically(path, &text)?;
    Ok(())
}

/// Reads a value that [`write_json`] wrote.
pub(crate) fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let failed = |why: String| {
        Failure::bad_input(format!("failed to read `{}`: {why}", path.display()))
            .hint("`labctl reset` sets the session up anew")
    };
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}
