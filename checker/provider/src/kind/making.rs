//! Makes a cluster of kind and dresses it as the lab wants it; waits for one that was stopped.
//!
//! Leaves what it began to whoever asked for it.

use std::time::Duration;

use super::cluster::{CONFIG, KindCluster, LOG, READY};
use super::config::config;
use super::error::KindError;
use super::nodes::{Interrupted, NodeContainer, Nodes};
use super::prepared::Prepared;
use super::{creating, identities, images};
use crate::error::ProviderError;
use crate::files::{FileError, make_folder, write_atomically};
use crate::go::source;
use crate::sandbox::process::{Ready, Starting};
use crate::site::Wanted;
use crate::wait;

/// How long nodes and kube-system may take after kind is done.
const READY_WITHIN: Duration = Duration::from_mins(3);

/// The roles of learner and checker.
const ROLES: &str = include_str!("roles.yaml");

impl KindCluster<'_> {
    pub(super) fn make(
        &self,
        prepared: &Prepared,
        wanted: &Wanted,
        interrupted: Interrupted<'_>,
        report: &mut dyn FnMut(Starting),
    ) -> Result<(), ProviderError> {
        report(Starting::ControlPlane);
        self.create(prepared, wanted, interrupted, report)?;
        let nodes = self.nodes(&prepared.tools);
        right_version(&nodes, &wanted.kubernetes)?;
        hide_control_plane(&nodes, interrupted)?;
        label_as_cloud(&nodes, &wanted.cluster_name, interrupted)?;
        identities::kubeconfigs(&nodes, self.folder, &wanted.cluster_name, interrupted)?;
        for (name, objects) in [
            ("roles.yaml", ROLES.as_bytes()),
            // The class is there as on EKS; nobody makes volumes of it.
            ("classes.yaml", source("eks/addons/aws-ebs-csi-driver.yaml")),
        ] {
            let file = self.folder.join(name);
            write_atomically(&file, objects)?;
            nodes.apply(&file, interrupted)?;
        }
        report(Starting::Says("loading the images of the lab".to_owned()));
        let archive = self.folder.join("images.tar");
        images::archive(&archive, &prepared.program, &wanted.models)?;
        let load = ["load", "image-archive", "--name", &self.name];
        let mut load = prepared.tools.kind_command(load);
        load.arg(&archive);
        prepared.tools.run(load, None, interrupted, &mut |_| {})?;
        std::fs::remove_file(&archive).map_err(FileError::of("remove", &archive))?;
        self.settle(&nodes, &nodes.all()?, interrupted, report)?;
        // What was written until now was Kubernetes' and kind's own.
        let beginning = self.beginning(&prepared.tools)?;
        beginning.begin(self.folder, jiff::Timestamp::now().to_string())
    }

    /// Has kind make it; all that kind says goes into a log.
    fn create(
        &self,
        prepared: &Prepared,
        wanted: &Wanted,
        interrupted: Interrupted<'_>,
        report: &mut dyn FnMut(Starting),
    ) -> Result<(), ProviderError> {
        make_folder(self.folder)?;
        let tools = &prepared.tools;
        let policy = self.folder.join("audit-policy.yaml");
        write_atomically(&policy, source("controlplane/audit-policy.yaml"))?;
        let file = self.folder.join(CONFIG);
        let config = config(
            wanted,
            &prepared.base,
            &policy,
            tools.capacity(interrupted)?,
        );
        write_atomically(&file, config.to_string().as_bytes())?;
        // Never the person's own kubeconfig.
        let kubeconfig = self.folder.join("kind.kubeconfig");
        let mut create =
            tools.kind_command(["create", "cluster", "--name", &self.name, "--wait", "120s"]);
        create
            .arg("--config")
            .arg(&file)
            .arg("--kubeconfig")
            .arg(&kubeconfig);
        if let Some(image) = &prepared.image {
            create.args(["--image", image]);
        }
        let log = self.folder.join(LOG);
        let mut said = String::new();
        creating::hold(self.folder, &mut create)?;
        let mut noted = Ok(());
        let began = &mut |process| noted = creating::note(self.folder, process);
        let created = tools.run_noted(create, None, interrupted, began, &mut |line| {
            said.push_str(line);
            said.push('\n');
            if let Some(doing) = line.trim_start().strip_prefix('•') {
                let doing = doing
                    .split(|it: char| !it.is_ascii())
                    .next()
                    .unwrap_or_default();
                report(Starting::Says(doing.trim().to_lowercase()));
            }
        });
        noted?;
        write_atomically(&log, said.as_bytes())?;
        created.map(drop).map_err(|error| match error {
            ProviderError::Kind(KindError::Failed { said, .. }) => KindError::Failed {
                command: "kind create cluster".to_owned(),
                said,
                log: Some(log),
            }
            .into(),
            other => other,
        })
    }

    /// Waits for the nodes and kube-system, and writes down what the cluster is.
    pub(super) fn settle(
        &self,
        nodes: &Nodes<'_>,
        containers: &[NodeContainer],
        interrupted: Interrupted<'_>,
        report: &mut dyn FnMut(Starting),
    ) -> Result<(), ProviderError> {
        let of = containers.len() - 1;
        let mut last = Ok(());
        let up = wait::until(READY_WITHIN, interrupted, || {
            last = ready_nodes(nodes, interrupted).and_then(|ready| {
                report(Starting::Nodes { ready, of });
                if ready < of {
                    Err(still(format!("{ready} of {of} nodes are ready")))
                } else {
                    Ok(())
                }
            });
            last.is_ok()
        });
        if interrupted() {
            return Err(ProviderError::Interrupted);
        }
        if !up {
            return last;
        }
        let timeout = format!("--timeout={}s", READY_WITHIN.as_secs());
        for what in ["daemonset/kube-proxy", "deployment/coredns"] {
            let rollout = [
                "--namespace",
                "kube-system",
                "rollout",
                "status",
                what,
                &timeout,
            ];
            nodes.kubectl(&rollout, interrupted)?;
        }
        identities::certified(nodes, containers, self.folder, interrupted)?;
        let uid = [
            "get",
            "namespace",
            "kube-system",
            "--output",
            "jsonpath={.metadata.uid}",
        ];
        let ready = Ready {
            pid: 0,
            kubernetes: version(nodes)?,
            cluster_id: nodes.kubectl(&uid, interrupted)?.trim().to_owned(),
        };
        let path = self.folder.join(READY);
        let text = serde_json::to_vec(&ready)
            .map_err(|error| FileError::of("write", &path)(error.into()))?;
        Ok(write_atomically(&path, &text)?)
    }
}

/// On EKS nobody sees the control plane's machines, nor what they joined with. The kubelet there no longer writes a Node, and the Pods that it
/// alone was to have go elsewhere.
fn hide_control_plane(
    nodes: &Nodes<'_>,
    interrupted: Interrupted<'_>,
) -> Result<(), ProviderError> {
    let name = nodes.control_plane();
    let kubelet = "grep -q registerNode /var/lib/kubelet/config.yaml || echo 'registerNode: false' >> /var/lib/kubelet/config.yaml";
    nodes.run(&name, &["sh", "-c", kubelet], interrupted)?;
    let on_it = format!("spec.nodeName={name}");
    let commands: [&[&str]; 6] = [
        &["delete", "node", &name, "--ignore-not-found"],
        &[
            "delete",
            "pods",
            "--all-namespaces",
            "--field-selector",
            &on_it,
            "--force",
            "--grace-period=0",
            "--wait=false",
        ],
        &["delete", "certificatesigningrequests", "--all"],
        &[
            "--namespace",
            "kube-system",
            "delete",
            "secrets",
            "--field-selector",
            "type=bootstrap.kubernetes.io/token",
        ],
        &[
            "--namespace",
            "kube-public",
            "delete",
            "configmap",
            "cluster-info",
            "--ignore-not-found",
        ],
        // kind writes its lists in any order.
        &[
            "--namespace",
            "kube-system",
            "delete",
            "configmap",
            "kubeadm-config",
            "--ignore-not-found",
        ],
    ];
    for arguments in commands {
        nodes.kubectl(arguments, interrupted)?;
    }
    Ok(())
}

/// The label that no kubelet may write of itself: AWS's cloud controller marks each node with a digest of the cluster's name.
fn label_as_cloud(
    nodes: &Nodes<'_>,
    cluster: &str,
    interrupted: Interrupted<'_>,
) -> Result<(), ProviderError> {
    let md5 = ["sh", "-c", "printf %s \"$0\" | md5sum", cluster];
    let said = nodes.run(&nodes.control_plane(), &md5, interrupted)?;
    let digest = said.split_whitespace().next().unwrap_or_default();
    let label = format!("k8s.io/cloud-provider-aws={digest}");
    let label = ["label", "nodes", "--all", "--overwrite", &label];
    nodes.kubectl(&label, interrupted).map(drop)
}

fn right_version(nodes: &Nodes<'_>, wanted: &str) -> Result<(), ProviderError> {
    let found = version(nodes)?;
    let is_right = found.strip_prefix('v').is_some_and(|found| {
        found
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.starts_with('.'))
    });
    if is_right {
        return Ok(());
    }
    let wanted = wanted.to_owned();
    Err(KindError::WrongVersion { found, wanted }.into())
}

fn ready_nodes(nodes: &Nodes<'_>, interrupted: Interrupted<'_>) -> Result<usize, ProviderError> {
    let condition =
        "jsonpath={range .items[*]}{.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}{end}";
    let said = nodes.kubectl(&["get", "nodes", "--output", condition], interrupted)?;
    Ok(said.lines().filter(|line| *line == "True").count())
}

fn still(said: String) -> ProviderError {
    KindError::Failed {
        command: "kubectl get nodes".to_owned(),
        said,
        log: None,
    }
    .into()
}

/// The version of Kubernetes of the node image.
fn version(nodes: &Nodes<'_>) -> Result<String, ProviderError> {
    let said = nodes.run(&nodes.control_plane(), &["cat", "/kind/version"], &|| false)?;
    Ok(said.trim().to_owned())
}
