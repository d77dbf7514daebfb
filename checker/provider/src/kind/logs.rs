//! What containers on kind's nodes logged: the kubelet of each node keeps it where the sandbox does.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use jiff::Timestamp;

use super::cluster::KindCluster;
use crate::error::ProviderError;
use crate::sandbox::audit;
use crate::sandbox::containers::{self, Container, LogLine};

/// Hands each line that the wanted containers logged since their lab began to `line`, until that says that it is enough. A node that does not
/// answer has none.
pub(crate) fn each_line(
    cluster: &KindCluster<'_>,
    is_wanted: &dyn Fn(&Container) -> bool,
    line: &mut dyn FnMut(LogLine<'_>) -> bool,
) {
    let begun = audit::begun(cluster.folder);
    let mut enough = false;
    // Each line after the name of its file.
    let all = [
        "sh",
        "-c",
        "grep --with-filename '' /var/log/pods/*/*/*.log 2>/dev/null",
    ];
    let read = cluster.each_node(|nodes, node| {
        if enough {
            return Ok(());
        }
        let mut command = nodes.command(&node.name, &all);
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = spawned.map_err(|source| ProviderError::Run {
            path: command.get_program().into(),
            source,
        })?;
        let lines = child
            .stdout
            .take()
            .into_iter()
            .flat_map(|it| BufReader::new(it).lines());
        for text in lines.map_while(Result::ok) {
            enough = enough || one(&text, begun, is_wanted, line);
        }
        // It ends when it has said all.
        let _ = child.wait();
        Ok(())
    });
    // Whoever reads logs is shown what there is.
    drop(read);
}

/// Whether it was enough.
fn one(
    text: &str,
    begun: Option<Timestamp>,
    is_wanted: &dyn Fn(&Container) -> bool,
    line: &mut dyn FnMut(LogLine<'_>) -> bool,
) -> bool {
    let Some((file, text)) = text.split_once(".log:") else {
        return false;
    };
    let container = containers::of(Path::new(&format!("{file}.log"))).filter(is_wanted);
    match (container, containers::since(text, begun)) {
        (Some(container), Some((at, text))) => line(LogLine {
            container: &container,
            at,
            text,
        }),
        _ => false,
    }
}
