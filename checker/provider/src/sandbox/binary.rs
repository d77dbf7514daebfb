//! Finds the sandbox program: `LABCTL_SANDBOX`, beside labctl, the user's cache, or built from the embedded sources.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::ProviderError;
use crate::files::FileError;
use crate::go::{self, Program};
use crate::provider::Making;

const NAME: &str = "labctl-sandbox";

const PROGRAM: Program<'_> = Program {
    what: "the sandbox",
    without_go: || ProviderError::NoGo,
    package: ".",
    architecture: None,
};

/// A sandbox program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary {
    /// Where it is.
    pub path: PathBuf,
    /// Changes with every change of the program; short, fit for a file's name.
    pub id: String,
}

/// Whether a program is there already.
///
/// # Errors
/// `LABCTL_SANDBOX` names a program that does not fit.
pub(crate) fn find(cache: &Path) -> Result<Option<Binary>, ProviderError> {
    if let Some(path) = env::var_os("LABCTL_SANDBOX").filter(|path| !path.is_empty()) {
        return own(Path::new(&path)).map(Some);
    }
    if let Some(path) = beside_labctl() {
        return own(&path).map(Some);
    }
    let built = built(cache);
    Ok(built.path.exists().then_some(built))
}

/// The program; builds it when it is nowhere.
///
/// # Errors
/// There is none and it cannot be built, or the person interrupts.
pub(crate) fn ensure(
    cache: &Path,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<Binary, ProviderError> {
    if let Some(binary) = find(cache)? {
        return Ok(binary);
    }
    let binary = built(cache);
    PROGRAM.ensure(&binary.path, interrupted, report)?;
    Ok(binary)
}

/// What `labctl-sandbox version --output json` says.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
    kubernetes: String,
}

/// The version of Kubernetes that is linked into a program, `v1.36.3`.
///
/// # Errors
/// It is no sandbox program, or of another format.
pub(crate) fn kubernetes_version(path: &Path) -> Result<String, ProviderError> {
    let output = Command::new(path)
        .args(["version", "--output", "json"])
        .output()
        .map_err(|source| ProviderError::Run {
            path: path.to_owned(),
            source,
        })?;
    let wrong = |why: &str| ProviderError::WrongProgram {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let version: Version = serde_json::from_slice(&output.stdout)
        .map_err(|_| wrong("`version --output json` says something else"))?;
    if version.format_version == 1 {
        Ok(version.kubernetes)
    } else {
        Err(wrong("its configuration has another format"))
    }
}

/// A program that somebody else put there.
fn own(path: &Path) -> Result<Binary, ProviderError> {
    let path = std::path::absolute(path).map_err(FileError::of("find", path))?;
    let about =
        std::fs::metadata(&path).map_err(FileError::of("find the sandbox program", &path))?;
    kubernetes_version(&path)?;
    let changed = about
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .unwrap_or_default();
    let id = go::short_hash(&[
        path.as_os_str().as_encoded_bytes(),
        &about.len().to_le_bytes(),
        &changed.as_nanos().to_le_bytes(),
    ]);
    Ok(Binary { path, id })
}

fn beside_labctl() -> Option<PathBuf> {
    let path = env::current_exe().ok()?.parent()?.join(NAME);
    path.is_file().then_some(path)
}

fn built(cache: &Path) -> Binary {
    let id = PROGRAM.sources_hash();
    Binary {
        path: cache.join("sandbox").join(&id).join(NAME),
        id,
    }
}
