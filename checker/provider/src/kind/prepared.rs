//! What a cluster of kind is made from: the person's programs, and the image of the workload models.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::KindError;
use super::images;
use super::tools::{Tools, on_path};
use crate::error::ProviderError;
use crate::files::FileError;
use crate::provider::{Chosen, Making};

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) tools: Tools,
    /// The learner's kubectl.
    pub(crate) kubectl: PathBuf,
    /// What runs in the lab's containers.
    pub(crate) program: PathBuf,
    /// The node image; unset: kind's own choice.
    pub(crate) image: Option<String>,
    /// The person's own configuration, to which the lab's is added.
    pub(crate) base: Map<String, Value>,
    /// Changes with whatever could make clusters behave in another way.
    pub(crate) id: String,
}

/// Finds the programs.
///
/// # Errors
/// One is missing, or does not answer.
pub(crate) fn prepare(
    chosen: &Chosen,
    cache: &Path,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<Prepared, ProviderError> {
    let tools = Tools::find()?;
    let version = tools.version()?;
    let engine = tools.engine_version(interrupted)?;
    let kubectl = on_path("kubectl").ok_or(KindError::NoKubectl)?;
    let kubectl = kubectl.canonicalize().unwrap_or(kubectl);
    let image = chosen.image.clone();
    let base = configuration(chosen.configuration.as_deref())?;
    let architecture = tools.architecture(interrupted)?;
    let program = images::program(cache, &architecture, interrupted, report)?;
    let engine = format!("{}-{engine}", tools.engine.program());
    let id = format!(
        "kind-{version}-{engine}-{}",
        image.as_deref().unwrap_or("default")
    );
    let id = id.replace(|it: char| !it.is_ascii_alphanumeric() && it != '-', "-");
    Ok(Prepared {
        tools,
        kubectl,
        program,
        image,
        base,
        id,
    })
}

/// The person's own configuration; empty without one.
fn configuration(path: Option<&Path>) -> Result<Map<String, Value>, ProviderError> {
    let Some(path) = path else {
        return Ok(Map::new());
    };
    let text = std::fs::read_to_string(path).map_err(FileError::of("read", path))?;
    let read = serde_yaml::from_str(&text).map_err(|error| KindError::Configuration {
        path: path.to_owned(),
        why: error.to_string(),
    });
    Ok(read?)
}
