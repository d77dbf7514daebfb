//! A program as the learner runs it: in their folder, with kubectl at hand and pointed at the session's cluster.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::session::Place;

/// A program in the learner's folder and environment, not yet run.
///
/// # Errors
/// The `PATH` cannot be extended.
pub(crate) fn command(program: impl AsRef<OsStr>, place: &Place) -> Result<Command> {
    let mut command = Command::new(program);
    command
        .current_dir(place.work())
        .env("KUBECONFIG", place.kubeconfig("learner"))
        .env("LABCTL_WORK", place.work())
        .env("PATH", path(place, env::var_os("PATH").as_deref())?);
    Ok(command)
}

fn path(place: &Place, old: Option<&OsStr>) -> Result<OsString> {
    let labctl = env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(Path::to_owned));
    let old = old.unwrap_or_default();
    // labctl itself last: it may have been run by its path.
    let folders = std::iter::once(place.bin())
        .chain(env::split_paths(old))
        .chain(labctl);
    env::join_paths(folders)
        .map_err(|error| Failure::bad_input(format!("failed to extend PATH: {error}")))
}
