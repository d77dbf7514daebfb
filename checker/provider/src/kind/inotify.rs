//! Whether the machine lets as many nodes watch their files as are wanted. Each node's kubelet, containerd, kube-proxy and systemd use inotify instances,
//! and all nodes share what the kernel gives to one user: with too few of them, parts of Kubernetes die with "too many open files".
//!
//! kind's "known issues" page, "Pod errors due to too many open files".

use std::ffi::OsStr;

use super::error::KindError;

/// The kernel's limit for each user.
const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";

/// How many a node wants, the control plane's too: with 128, nine nodes had too few.
const PER_NODE: usize = 20;

/// What lifts the limit.
pub(super) const LIFT: &str =
    "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288";

/// How many instances a user has here; `None` where there is no such limit, or where the nodes are on another machine.
pub(super) fn instances() -> Option<usize> {
    let host = std::env::var_os("DOCKER_HOST");
    if host.as_deref().is_some_and(is_elsewhere) {
        return None;
    }
    std::fs::read_to_string(LIMIT).ok()?.trim().parse().ok()
}

fn is_elsewhere(host: &OsStr) -> bool {
    !host.is_empty() && !host.as_encoded_bytes().starts_with(b"unix:")
}

/// For how many nodes that is enough.
pub(super) fn nodes(instances: usize) -> usize {
    instances / PER_NODE
}

/// That this many instances are enough for this many nodes.
///
/// # Errors
/// They are not.
pub(super) fn enough(instances: Option<usize>, nodes: usize) -> Result<(), KindError> {
    match instances {
        Some(found) if found < nodes * PER_NODE => Err(KindError::TooFewInstances {
            nodes,
            found,
            needed: nodes * PER_NODE,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(instances: Option<usize>, nodes: usize, expected: Option<&str>) {
        let found = enough(instances, nodes).err().map(|it| it.to_string());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn twenty_instances_for_each_node_are_enough() {
        refused(Some(160), 8, None);
        refused(Some(1024), 9, None);
        refused(None, 100, None);
        refused(
            Some(128),
            9,
            Some(
                "9 nodes need 180 inotify instances, and this machine gives 128 (fs.inotify.max_user_instances)",
            ),
        );
        refused(
            Some(159),
            8,
            Some(
                "8 nodes need 160 inotify instances, and this machine gives 159 (fs.inotify.max_user_instances)",
            ),
        );
    }

    #[test]
    fn the_hint_lifts_the_limit() {
        let hint = enough(Some(128), 9).unwrap_err().hint().unwrap();
        assert!(hint.starts_with(&format!("`{LIFT}`")), "{hint}");
        assert_eq!(nodes(512), 25);
    }

    #[test]
    fn another_machines_limit_is_not_this_ones() {
        assert!(is_elsewhere(OsStr::new("ssh://builder")));
        assert!(!is_elsewhere(OsStr::new("unix:///run/docker.sock")));
        assert!(!is_elsewhere(OsStr::new("")));
    }
}
