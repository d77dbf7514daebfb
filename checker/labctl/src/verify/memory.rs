//! What cases came to, remembered by all that it follows from: the variant's content, labctl, the sandbox, the seed and the case.
//!
//! In the cache folder, outside of every repository; whatever is there may be deleted. Knows neither how a case is played nor which are wanted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use grade::Scenario;
use provider::write_atomically;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::case::{Came, Case};
use crate::failure::{Failure, Result};

/// What nobody asked for that long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24 * 30);

/// The folder of the results, and what all of this run's have in common.
pub(super) struct Memory {
    folder: PathBuf,
    /// Of the program that judges and of the one that is judged on.
    programs: String,
}

/// What a case came to when it was last played.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Remembered {
    format_version: u32,
    pub(super) came: Came,
    pub(super) seconds: f64,
}

/// Whether a case came out right when it was last played, whatever has changed since.
#[derive(Serialize, Deserialize)]
struct Last {
    passed: bool,
}

impl Memory {
    /// In this cache folder, for this labctl and a sandbox program with this id.
    ///
    /// # Errors
    /// The running program cannot be read.
    pub(super) fn open(cache: &Path, sandbox: &str) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Failure::bad_input(format!("failed to read the running labctl: {error}"))
        };
        let labctl = std::env::current_exe()
            .and_then(std::fs::read)
            .map_err(failed)?;
        let folder = cache.join("verify");
        forget_old(&folder);
        Ok(Self {
            folder,
            programs: format!("{}/{sandbox}", hex(&labctl)),
        })
    }

    /// What the case came to; `None` when it was not played with just this.
    pub(super) fn recall(&self, scenario: &Scenario, case: &Case) -> Option<Remembered> {
        let text = std::fs::read(self.result(scenario, case)).ok()?;
        let remembered: Remembered = serde_json::from_slice(&text).ok()?;
        (remembered.format_version == 1).then_some(remembered)
    }

    /// Whether the case did not come out right when it was last played, whatever has changed since.
    pub(super) fn failed_last(&self, scenario: &Scenario, case: &Case) -> bool {
        let text = std::fs::read(self.last(scenario, case)).ok();
        let last = text.and_then(|text| serde_json::from_slice::<Last>(&text).ok());
        last.is_some_and(|last| !last.passed)
    }

    /// Keeps what a case came to. What did not come out right is only known to have been so: it is played again.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn keep(
        &self,
        scenario: &Scenario,
        case: &Case,
        result: &Came,
        seconds: f64,
    ) -> Result<()> {
        let passed = result.problems.is_empty();
        write(&self.last(scenario, case), &Last { passed })?;
        if !passed {
            return Ok(());
        }
        let remembered = Remembered {
            format_version: 1,
            came: result.clone(),
            seconds,
        };
        write(&self.result(scenario, case), &remembered)
    }

    /// All objects of the untouched cluster, for the robot.
    pub(super) fn start(&self, scenario: &Scenario) -> Option<Vec<Value>> {
        let text = std::fs::read(self.objects(scenario)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps them.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn keep_start(&self, scenario: &Scenario, start: &[Value]) -> Result<()> {
        write(&self.objects(scenario), &start)
    }

    fn result(&self, scenario: &Scenario, case: &Case) -> PathBuf {
        let seed = scenario.seed.to_string();
        let name = case.name();
        // What it does; texts and maps by text can always be written.
        let what = serde_json::to_string(&case.fix).unwrap_or_default();
        let content = [
            &self.programs,
            &scenario.content_hash,
            &seed,
            case.kind.word(),
            &name,
            &what,
        ];
        self.folder.join(format!("{}.json", of(&content)))
    }

    fn objects(&self, scenario: &Scenario) -> PathBuf {
        let seed = scenario.seed.to_string();
        let content = [&self.programs, &scenario.content_hash, &seed, "objects"];
        self.folder.join(format!("{}.json", of(&content)))
    }

    fn last(&self, scenario: &Scenario, case: &Case) -> PathBuf {
        let seed = scenario.seed.to_string();
        let name = case.name();
        let which = [
            &scenario.lab,
            &scenario.variant,
            &seed,
            case.kind.word(),
            &name,
        ];
        self.folder.join(format!("last-{}.json", of(&which)))
    }
}

/// A name for these texts, each told from its neighbours.
fn of<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    hex(texts.join("\0").as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..16].iter().fold(String::new(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec(value)
        .map_err(|error| Failure::bad_input(format!("failed to remember a result: {error}")))?;
    write_atomically(path, &text)?;
    Ok(())
}

/// What is left behind by versions that are gone; a file that cannot be looked at stays.
fn forget_old(folder: &Path) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let age = file.metadata().and_then(|about| about.modified()).ok();
        let age = age.and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > FORGOTTEN_AFTER) {
            // Another labctl may have forgotten it meanwhile.
            let _ = std::fs::remove_file(file.path());
        }
    }
}
