//! Where labctl keeps what it needs: the XDG folders, or all of it below `LABCTL_HOME`.

use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use thiserror::Error;

/// The user's folders. They need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Sessions: what a person would miss.
    pub state: PathBuf,
    /// Built programs and prepared datastores: what can be made again.
    pub cache: PathBuf,
}

/// No folder can be found.
#[derive(Debug, Error)]
#[error("failed to find your home folder: neither HOME nor LABCTL_HOME is set")]
pub struct FoldersError;

impl Folders {
    /// `LABCTL_HOME`, else `XDG_STATE_HOME` and `XDG_CACHE_HOME` or their defaults below the home folder.
    ///
    /// # Errors
    /// The environment names no home folder.
    pub fn find() -> Result<Self, FoldersError> {
        if let Some(home) = env::var_os("LABCTL_HOME").filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).map_err(|_| FoldersError)?;
            return Ok(Self {
                state: home.join("state"),
                cache: home.join("cache"),
            });
        }
        let base = etcetera::choose_base_strategy().map_err(|_| FoldersError)?;
        let state = base
            .state_dir()
            .unwrap_or_else(|| base.home_dir().join(".local/state"));
        Ok(Self {
            state: state.join("labctl"),
            cache: base.cache_dir().join("labctl"),
        })
    }

    /// The folder of all sessions.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }
}
