//! What a cluster of kind needs of this machine, looked at one by one, for a person who asks before making one. Makes nothing.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::KindError;
use super::inotify;
use super::tools::{Engine, Tools, on_path};
use crate::error::ProviderError;

/// How long a program may take to say its version: a daemon that hangs would never.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// How many nodes a lab has at most, with room for one of an author's own.
const NODES: usize = 10;

/// One thing that is needed, and what was found.
#[derive(Debug)]
pub struct Part {
    /// What it is.
    pub what: &'static str,
    /// Version and place, or what is wrong with it.
    pub found: Result<String, ProviderError>,
}

/// All that kind needs.
#[must_use]
pub fn survey() -> Vec<Part> {
    let engine = Engine::find();
    // Its version is the same with each of them.
    let tools = Tools {
        engine: *engine.as_ref().unwrap_or(&Engine::Docker),
    };
    vec![
        Part {
            what: "kind",
            found: kind(&tools),
        },
        Part {
            what: "what runs kind's nodes",
            found: engine
                .map_err(ProviderError::from)
                .and_then(|engine| answers(&tools, engine)),
        },
        Part {
            what: "kubectl for kind",
            found: kubectl(&tools),
        },
        Part {
            what: "inotify for kind",
            found: watches(inotify::instances()).map_err(ProviderError::from),
        },
    ]
}

fn kind(tools: &Tools) -> Result<String, ProviderError> {
    let path = on_path("kind").ok_or(KindError::NoKind)?;
    Ok(format!("{}, `{}`", tools.version()?, path.display()))
}

fn answers(tools: &Tools, engine: Engine) -> Result<String, ProviderError> {
    let begun = Instant::now();
    let is_late = || begun.elapsed() >= ANSWERS_WITHIN;
    let version = tools
        .engine_version(&is_late)
        .map_err(|error| match error {
            ProviderError::Interrupted => KindError::Silent { engine }.into(),
            other => other,
        })?;
    let path = on_path(engine.program()).unwrap_or_default();
    Ok(format!("{engine} {version}, `{}`", path.display()))
}

fn kubectl(tools: &Tools) -> Result<String, ProviderError> {
    let path = on_path("kubectl").ok_or(KindError::NoKubectl)?;
    let said = tools.kubectl(["version", "--client", "--output=json"])?;
    let said: Value = serde_json::from_str(&said).unwrap_or_default();
    let version = said["clientVersion"]["gitVersion"].as_str();
    let version = version.unwrap_or("without a version");
    Ok(format!("{version}, `{}`", path.display()))
}

fn watches(instances: Option<usize>) -> Result<String, KindError> {
    inotify::enough(instances, NODES)?;
    Ok(match instances {
        Some(found) => format!(
            "{found} instances, enough for {} nodes",
            inotify::nodes(found)
        ),
        None => "no limit is known on this machine".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_inotify_is_told_in_nodes() {
        let enough = watches(Some(512)).unwrap();
        assert_eq!(enough, "512 instances, enough for 25 nodes");
        let few = watches(Some(128)).unwrap_err().to_string();
        assert!(few.starts_with("10 nodes need 200 inotify"), "{few}");
        assert!(watches(None).is_ok());
    }
}
