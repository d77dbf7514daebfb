//! The clusters of kind that labctl made on this machine, whichever home their sessions are in, and where those sessions are.
//!
//! A cluster does not say more of itself than the mounts of its control plane: there the audit policy lies in the session's folder.

use std::path::{Path, PathBuf};

use super::cluster::PREFIX;
use super::config::AUDIT_POLICY;
use super::creating;
use super::tools::Tools;
use crate::error::ProviderError;
use crate::files::FileError;

/// Where Docker Desktop has the machine's own files.
const OF_DOCKER_DESKTOP: &str = "/host_mnt";

/// A cluster of kind whose name begins as those of labctl do.
#[derive(Debug)]
pub struct Found {
    /// Its name in kind.
    pub name: String,
    /// The folder of the session that it was made for, which may be gone; `None` when the cluster does not tell.
    pub session: Option<PathBuf>,
}

/// All of them, sorted by name.
///
/// # Errors
/// kind or its engine is not there or does not answer.
pub fn found() -> Result<Vec<Found>, ProviderError> {
    let tools = Tools::find()?;
    // It lists none where its engine does not answer.
    tools.engine_version(&|| false)?;
    let said = tools.kind(["get", "clusters"])?;
    let names = said.lines().map(str::trim);
    let mut names: Vec<&str> = names.filter(|name| name.starts_with(PREFIX)).collect();
    names.sort_unstable();
    let found = names.into_iter().map(|name| Found {
        name: name.to_owned(),
        session: mounted(&tools, name).as_deref().and_then(session),
    });
    Ok(found.collect())
}

/// Removes a cluster whose session is gone, and ends a kind that still makes it.
///
/// # Errors
/// It cannot be removed.
pub fn remove(found: &Found) -> Result<(), ProviderError> {
    let tools = Tools::find()?;
    if let Some(session) = &found.session {
        creating::end(&session.join("cluster"))?;
    }
    // Never the person's own kubeconfig, where nothing of it is.
    let temporary = std::env::temp_dir();
    let folder = tempfile::tempdir().map_err(FileError::of("make a folder in", &temporary))?;
    let mut delete = tools.kind_command(["delete", "cluster", "--name", &found.name]);
    delete.arg("--kubeconfig").arg(folder.path().join("config"));
    tools.run(delete, None, &|| false, &mut |_| {}).map(drop)
}

/// Where the audit policy of a cluster's control plane lies on this machine; `None` where there is no such container or mount.
fn mounted(tools: &Tools, name: &str) -> Option<PathBuf> {
    let format = format!(
        "{{{{range .Mounts}}}}{{{{if eq .Destination \"{AUDIT_POLICY}\"}}}}{{{{.Source}}}}{{{{end}}}}{{{{end}}}}"
    );
    let container = format!("{name}-control-plane");
    // A cluster that cannot be asked does not tell: it stays, and the person hears so.
    let said = tools
        .engine(["container", "inspect", "--format", &format, &container])
        .ok()?;
    let source = said.trim();
    (!source.is_empty()).then(|| PathBuf::from(source))
}

/// The session's folder of which this file is.
fn session(policy: &Path) -> Option<PathBuf> {
    let cluster = policy.parent()?;
    if cluster.file_name()? != "cluster" {
        return None;
    }
    let folder = cluster.parent()?;
    let own = folder.strip_prefix(OF_DOCKER_DESKTOP);
    Some(own.map_or_else(|_| folder.to_owned(), |rest| Path::new("/").join(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_where_its_audit_policy_lies() {
        let of = |path: &str| session(Path::new(path));
        let expected = Some(PathBuf::from("/home/a/sessions/b"));
        assert_eq!(of("/home/a/sessions/b/cluster/audit-policy.yaml"), expected);
        assert_eq!(
            of("/host_mnt/home/a/sessions/b/cluster/audit-policy.yaml"),
            expected
        );
        assert_eq!(of("/home/a/policy.yaml"), None);
    }
}
