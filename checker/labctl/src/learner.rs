//! A program as the learner runs it: in their folder, with kubectl at hand and pointed at the session's cluster, and with no way
//! to an AWS account. Knows variables and folders; not what any program does.

use provider::Role;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use session::Place;

use crate::failure::{Failure, Result};

/// What begins the name of every variable that the AWS SDKs read.
pub(crate) const AWS: &str = "AWS_";

/// A program in the learner's folder and environment, not yet run.
///
/// # Errors
/// The `PATH` cannot be extended.
pub(crate) fn command(
    program: impl AsRef<OsStr>,
    place: &Place,
    is_written: bool,
) -> Result<Command> {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_aws(name)) {
        command.env_remove(name);
    }
    command
        .current_dir(place.work())
        .envs(variables(place, is_written))
        .env("PATH", path(place, env::var_os("PATH").as_deref())?);
    Ok(command)
}

/// The variables of a shell for this session, but for `PATH`.
pub(crate) fn variables(place: &Place, is_written: bool) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("KUBECONFIG", kubeconfig(place, is_written)),
        ("LABCTL_WORK", place.work().display().to_string()),
    ];
    variables.extend(WITHOUT_AWS.map(|(name, value)| (name, value.to_owned())));
    variables
}

/// Where kubectl finds its cluster. Where there is none it finds no other one either: an absent file would let it look elsewhere.
pub(crate) fn kubeconfig(place: &Place, is_written: bool) -> String {
    if is_written {
        "/dev/null".to_owned()
    } else {
        place.kubeconfig(Role::Learner).display().to_string()
    }
}

/// An SDK that no `aws` stands before, such as boto3, finds no settings, no credentials and no instance's role.
pub(crate) const WITHOUT_AWS: [(&str, &str); 3] = [
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// The variables of this terminal that lead an SDK to an account whatever its files say.
pub(crate) fn credentials() -> Vec<String> {
    const LEADS_TO_AN_ACCOUNT: [&str; 4] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    let set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    LEADS_TO_AN_ACCOUNT
        .into_iter()
        .filter(set)
        .map(str::to_owned)
        .collect()
}

fn is_of_aws(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(AWS)
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
