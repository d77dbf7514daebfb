//! What labctl knows of a session, and where its files are.
//!
//! Knows files. Must not know clusters or what is right.

mod current;
pub(crate) mod lock;
mod store;

use std::path::{Path, PathBuf};

use grade::evidence::Given;
use grade::score::Conduct;
use provider::write_atomically;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

pub(crate) use store::Sessions;

/// The format of `session.json` that this labctl writes.
const FORMAT: u32 = 1;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// It is being set up; a start or a reset that was cut off leaves it so, and the next one goes on with it.
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
    /// When the learner first got it, RFC 3339; empty before.
    pub(crate) started_at: String,
    /// When it was first solved.
    pub(crate) solved_at: Option<String>,
    /// Whether it was solved and then reset.
    #[serde(default)]
    pub(crate) broken_again: bool,
    pub(crate) conduct: Conduct,
    pub(crate) given: Option<Given>,
    /// Whether its lab has no cluster.
    #[serde(default)]
    pub(crate) is_written: bool,
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
            broken_again: false,
            conduct: Conduct::default(),
            given: None,
            is_written: scenario.cluster.is_none(),
        }
    }

    /// Whether the learner may know which variant it is.
    pub(crate) fn variant_is_open(&self) -> bool {
        self.variant_named || self.solved_at.is_some() || self.conduct.revealed
    }

    /// Whether it was solved at some time. What is done after that is practice and costs nothing.
    pub(crate) fn is_solved(&self) -> bool {
        self.solved_at.is_some()
    }

    /// Whether the cluster is as it was when the lab was solved, as far as labctl knows.
    pub(crate) fn stands_solved(&self) -> bool {
        self.is_solved() && !self.broken_again
    }

    /// Whether this is the lab that another reading of the same session was about.
    fn is_still(&self, before: &Self) -> bool {
        self.lab == before.lab && self.variant == before.variant && self.seed == before.seed
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
    /// A record of the session's lab: `baseline.json`, `start.json`, `result.json`.
    pub(crate) fn record(&self, name: &str) -> PathBuf {
        self.0.join("record").join(name)
    }
    /// Removes all records, for another lab.
    pub(crate) fn remove_records(&self) -> Result<()> {
        store::remove(&self.0.join("record"))
    }
    /// A kubeconfig: `learner`, `checker`, `admin`, and `setup` until the learner has the lab.
    pub(crate) fn kubeconfig(&self, who: &str) -> PathBuf {
        self.cluster().join(format!("{who}.kubeconfig"))
    }
    fn file(&self) -> PathBuf {
        self.0.join("session.json")
    }
    /// A lock of this session. It lies beside the sessions' folders, because a purge removes those.
    fn lock(&self, what: &str) -> PathBuf {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        let state = self.0.ancestors().nth(2).unwrap_or(Path::new("."));
        state.join("locks").join(format!("{name}.{what}"))
    }
}

/// Writes a value as JSON on one line, as a whole: a record holds all objects of a cluster, and indented it is twice as long.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(value).map_err(|error| {
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
