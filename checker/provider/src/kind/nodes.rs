//! The containers that are the nodes of one kind cluster, and what is run in them.

use std::path::Path;
use std::process::Command;

use super::tools::Tools;
use crate::error::ProviderError;

/// The label that kind gives to the containers of a cluster.
const LABEL: &str = "io.x-k8s.kind.cluster";

/// How kubectl in the control plane's node has all rights.
const ADMIN: &str = "--kubeconfig=/etc/kubernetes/admin.conf";

/// Whether somebody has asked to end.
pub(super) type Interrupted<'a> = &'a dyn Fn() -> bool;

/// The nodes of a cluster.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    pub(super) tools: &'a Tools,
    /// The cluster's name in kind.
    pub(super) cluster: &'a str,
}

/// A node's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeContainer {
    /// The container's name.
    pub(super) name: String,
    /// Whether it runs.
    pub(super) runs: bool,
}

impl Nodes<'_> {
    /// All that are there, the control plane's first; none where there is no cluster.
    ///
    /// # Errors
    /// The engine does not answer.
    pub(super) fn all(&self) -> Result<Vec<NodeContainer>, ProviderError> {
        let filter = format!("label={LABEL}={}", self.cluster);
        let format = "{{.Names}}\t{{.Status}}";
        let said = self
            .tools
            .engine(["ps", "--all", "--filter", &filter, "--format", format])?;
        let mut nodes: Vec<NodeContainer> = said.lines().filter_map(node).collect();
        nodes.sort_by_key(|node| (node.name != self.control_plane(), node.name.clone()));
        Ok(nodes)
    }

    /// The container of the control plane.
    pub(super) fn control_plane(&self) -> String {
        format!("{}-control-plane", self.cluster)
    }

    /// Has the engine do something with all of these: `start`, `stop`, `kill`.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn each(&self, what: &[&str], nodes: &[NodeContainer]) -> Result<(), ProviderError> {
        if nodes.is_empty() {
            return Ok(());
        }
        let names = nodes.iter().map(|node| node.name.as_str());
        self.tools
            .engine(what.iter().copied().chain(names))
            .map(drop)
    }

    /// Runs a program in a node and returns what it prints.
    ///
    /// # Errors
    /// It fails, or the person interrupts.
    pub(super) fn run(
        &self,
        node: &str,
        arguments: &[&str],
        interrupted: Interrupted<'_>,
    ) -> Result<String, ProviderError> {
        self.tools.run(
            self.command(node, arguments),
            None,
            interrupted,
            &mut |_| {},
        )
    }

    /// The same for whoever reads it as it comes.
    pub(super) fn command(&self, node: &str, arguments: &[&str]) -> Command {
        let mut command = self.tools.engine_command(["exec", node]);
        command.args(arguments);
        command
    }

    /// kubectl with all rights, in the control plane's node.
    ///
    /// # Errors
    /// As above.
    pub(super) fn kubectl(
        &self,
        arguments: &[&str],
        interrupted: Interrupted<'_>,
    ) -> Result<String, ProviderError> {
        let arguments: Vec<&str> = ["kubectl", ADMIN]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        self.run(&self.control_plane(), &arguments, interrupted)
    }

    /// The same, with a file of objects to apply.
    ///
    /// # Errors
    /// As above.
    pub(super) fn apply(
        &self,
        file: &Path,
        interrupted: Interrupted<'_>,
    ) -> Result<(), ProviderError> {
        let node = self.control_plane();
        let apply = [
            "exec",
            "--interactive",
            &node,
            "kubectl",
            ADMIN,
            "apply",
            "--filename",
            "-",
        ];
        let command = self.tools.engine_command(apply);
        self.tools
            .run(command, Some(file), interrupted, &mut |_| {})
            .map(drop)
    }
}

/// Each engine begins the status of a container that runs with the same word.
fn node(line: &str) -> Option<NodeContainer> {
    let (name, status) = line.split_once('\t')?;
    Some(NodeContainer {
        name: name.to_owned(),
        runs: status.starts_with("Up"),
    })
}
