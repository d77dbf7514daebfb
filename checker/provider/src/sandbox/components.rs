//! Whose writes a sandbox's audit log tells of: Kubernetes' own parts, and whoever sets the lab up until it is handed over.
//!
//! Every credential has a name of its own in the log, so no clock and no order of lines plays a part.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::error::ProviderError;
use crate::files::FileError;

/// One line of the list: a credential is in it before it is used, and stays in it over restarts and resets.
#[derive(Deserialize)]
struct Component {
    credential: String,
}

/// What the audit log calls the credentials of Kubernetes' own parts, of those that are gone too.
///
/// # Errors
/// The list cannot be read: nothing is known of any writer.
pub(crate) fn credentials(folder: &Path) -> Result<Vec<String>, ProviderError> {
    let path = folder.join("pki/components.jsonl");
    let text = std::fs::read_to_string(&path).map_err(FileError::of("read", &path))?;
    let lines = text.lines().map(serde_json::from_str::<Component>);
    let all: Result<Vec<String>, serde_json::Error> =
        lines.map(|line| Ok(line?.credential)).collect();
    Ok(all.map_err(|error| FileError::of("read", &path)(error.into()))?)
}

/// Hands the lab to the learner: takes the file away with which it was set up. From now on a write with all rights is the
/// learner's. Does *not* fail when it is gone.
///
/// # Errors
/// It cannot be removed.
pub(crate) fn hand_over(folder: &Path) -> Result<(), ProviderError> {
    let path = folder.join("setup.kubeconfig");
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::of("remove", &path)(error).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_cannot_be_read_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let says = |text: Option<&str>| {
            let file = folder.path().join("pki/components.jsonl");
            if let Some(text) = text {
                crate::files::write_atomically(&file, text.as_bytes()).unwrap();
            }
            credentials(folder.path())
        };
        for text in [None, Some("{\"credential\": \"a\"}\nhalf")] {
            let error = says(text).unwrap_err().to_string();
            assert!(
                error.starts_with("failed to read `") && error.ends_with("components.jsonl`"),
                "{error}"
            );
        }
        let two =
            "{\"format_version\":1,\"name\":\"a\",\"credential\":\"A\"}\n{\"credential\":\"B\"}\n";
        assert_eq!(says(Some(two)).unwrap(), ["A", "B"]);
    }

    #[test]
    fn a_lab_is_handed_over_once_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("setup.kubeconfig");
        std::fs::write(&file, "").unwrap();
        for _ in 0..2 {
            hand_over(folder.path()).unwrap();
            assert!(!file.exists());
        }
    }
}
