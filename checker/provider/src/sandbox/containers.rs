//! The logs of the containers on a sandbox's nodes, in the format of the container runtime interface: time, stream, tag, line.
//!
//! Knows where they are, not whose containers they are.

use std::path::Path;

use jiff::Timestamp;

use super::audit;

/// A container, by the names that a cluster has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Of its Pod.
    pub namespace: String,
    /// Its Pod's name.
    pub pod: String,
    /// Its own.
    pub name: String,
}

/// A line of a container's log.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// Whose.
    pub container: &'a Container,
    /// RFC 3339.
    pub at: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Hands each line of the containers that are wanted to `line`, until that says that it is enough. What was logged before the lab of this
/// cluster began is left out.
pub(crate) fn each_line(
    folder: &Path,
    is_wanted: &dyn Fn(&Container) -> bool,
    line: &mut dyn FnMut(LogLine<'_>) -> bool,
) {
    let begun = audit::begun(folder);
    walk(&folder.join("nodes"), begun, is_wanted, line);
}

/// Whether it was enough.
fn walk(
    folder: &Path,
    begun: Option<Timestamp>,
    is_wanted: &dyn Fn(&Container) -> bool,
    line: &mut dyn FnMut(LogLine<'_>) -> bool,
) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_log = || path.extension().is_some_and(|ending| ending == "log");
        let enough = if is_folder {
            walk(&path, begun, is_wanted, line)
        } else if is_log()
            && let Some(container) = of(&path).filter(is_wanted)
        {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let mut lines = text.lines().filter_map(|line| since(line, begun));
            let container = &container;
            lines.any(|(at, text)| {
                line(LogLine {
                    container,
                    at,
                    text,
                })
            })
        } else {
            false
        };
        if enough {
            return true;
        }
    }
    false
}

/// The time and the text of a line that is not older.
pub(crate) fn since(line: &str, begun: Option<Timestamp>) -> Option<(&str, &str)> {
    let (at, rest) = line.split_once(' ')?;
    let is_since = |begun| at.parse::<Timestamp>().is_ok_and(|at| at >= begun);
    begun.is_none_or(is_since).then_some(())?;
    Some((at, rest.splitn(3, ' ').nth(2)?))
}

/// Whose log this is: `…/namespace_pod_uid/container/0.log`.
pub(crate) fn of(file: &Path) -> Option<Container> {
    let folder = file.parent()?;
    let pod = folder.parent()?.file_name()?.to_string_lossy();
    let mut parts = pod.split('_');
    Some(Container {
        namespace: parts.next()?.to_owned(),
        pod: parts.next()?.to_owned(),
        name: folder.file_name()?.to_string_lossy().into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_names_its_container_and_only_wanted_ones_are_read() {
        let home = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = home.path().join("nodes/n/logs").join(path);
            crate::files::write_atomically(&file, text.as_bytes()).unwrap();
        };
        write(
            "shop_cart-1_uid/cart/0.log",
            "2026-01-01T00:00:00Z stdout F hello you\n2026-01-01T00:00:01Z stdout F again\n",
        );
        write(
            "shop_cart-1_uid/other/0.log",
            "2026-01-01T00:00:00Z stdout F no\n",
        );
        write("kubelet.log", "2026-01-01T00:00:00Z stdout F no\n");
        let mut said = Vec::new();
        each_line(
            home.path(),
            &|container| container.name == "cart",
            &mut |line| {
                let Container { namespace, pod, .. } = line.container;
                said.push(format!("{namespace} {pod} {} {}", line.at, line.text));
                line.text == "again"
            },
        );
        assert_eq!(
            said,
            [
                "shop cart-1 2026-01-01T00:00:00Z hello you",
                "shop cart-1 2026-01-01T00:00:01Z again"
            ]
        );
    }
}
