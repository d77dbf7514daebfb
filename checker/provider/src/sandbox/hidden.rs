//! What the objects of a sandbox's cluster do not show, and what yet decides how it goes on: addresses, volumes, nodes, images left behind.
//! `sandbox/session/hidden.go` says it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::control;
use crate::error::ProviderError;

/// Two clusters with equal objects and an equal one of these are alike. To be compared and shown, not to be read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(Value);

/// Asks the sandbox that runs on a folder.
///
/// # Errors
/// It does not answer, or not in JSON.
pub(crate) fn digest(folder: &Path) -> Result<Digest, ProviderError> {
    let failed = |source| ProviderError::Asked {
        what: "/v1/hidden",
        source,
    };
    let text = control::ask(folder, "GET", "/v1/hidden", 200).map_err(failed)?;
    let value = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
    Ok(Digest(value))
}

/// Has the images that no container is of taken off all nodes. To be asked when no Pod is starting.
///
/// # Errors
/// It does not answer, or could not do it.
pub(crate) fn prune_images(folder: &Path) -> Result<(), ProviderError> {
    let asked = control::ask(folder, "POST", "/v1/images/prune", 200);
    asked.map(drop).map_err(|source| ProviderError::Asked {
        what: "/v1/images/prune",
        source,
    })
}

/// Addresses that no Pod may have yet. They come free by waiting, so fewer of them than before is what time does by itself.
const RESTING: &str = "/resting";

impl Digest {
    /// Of what somebody said.
    pub(crate) fn of(value: Value) -> Self {
        Self(value)
    }

    /// The first difference, `/subnets/a/free is 3, was 4`; `None` when there is none.
    #[must_use]
    pub fn difference(&self, now: &Self) -> Option<String> {
        difference("", &self.0, &now.0)
    }
}

fn difference(path: &str, was: &Value, is: &Value) -> Option<String> {
    match (was, is) {
        _ if was == is => None,
        (Value::Number(old), Value::Number(new))
            if path.ends_with(RESTING) && new.as_u64() < old.as_u64() =>
        {
            None
        }
        (Value::Object(old), Value::Object(new)) => {
            let mut names = old.keys().chain(new.keys());
            let value = |of: &serde_json::Map<String, Value>, name: &str| {
                of.get(name).cloned().unwrap_or(Value::Null)
            };
            names.find_map(|name| {
                let path = format!("{path}/{name}");
                difference(&path, &value(old, name), &value(new, name))
            })
        }
        _ => Some(format!("{path} is {is}, was {was}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Digest;

    #[test]
    fn the_first_difference_is_told_with_its_place() {
        let before = Digest(json!({"subnets": {"a": {"free": 4}, "b": {"free": 1}}}));
        let after = Digest(json!({"subnets": {"a": {"free": 3}, "b": {"free": 1}}}));
        assert_eq!(before.difference(&before), None);
        let told = before.difference(&after);
        assert_eq!(told.as_deref(), Some("/subnets/a/free is 3, was 4"));
    }

    #[test]
    fn what_has_rested_since_is_no_difference() {
        let resting = |number: u64| Digest(json!({"nodes": {"a": {"resting": number}}}));
        assert_eq!(resting(1).difference(&resting(0)), None);
        let told = resting(0).difference(&resting(1));
        assert_eq!(told.as_deref(), Some("/nodes/a/resting is 1, was 0"));
    }
}
