//! Who speaks to a cluster of kind: a kubeconfig for each role, and which writers of the audit log are parts of Kubernetes.
//!
//! kubeadm in the control plane's node signs; the key of the authority stays there.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::KindError;
use super::nodes::{Interrupted, NodeContainer, Nodes};
use crate::digest::hexadecimal;
use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::sandbox::components;

/// Where a sandbox and this keep the names of parts of Kubernetes.
const COMPONENTS: &str = "pki/components.jsonl";

/// How the log calls whoever hands tokens to Kubernetes' own controllers.
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";

/// Each role's file, its user and its groups, and whether what it writes is a part of Kubernetes'.
const ROLES: [(&str, &str, &str, bool); 4] = [
    ("learner", "learner", "lab:learners", false),
    ("checker", "lab:checker", "", true),
    ("admin", "lab:admin", "system:masters", false),
    ("setup", "lab:setup", "system:masters", true),
];

/// Writes a kubeconfig for each role, as of a cluster of this name.
///
/// # Errors
/// The node's kubeadm fails, or a file cannot be written.
pub(super) fn kubeconfigs(
    nodes: &Nodes<'_>,
    folder: &Path,
    name: &str,
    interrupted: Interrupted<'_>,
) -> Result<(), ProviderError> {
    let server = server(nodes)?;
    for role in &ROLES {
        sign(nodes, folder, (&server, name), role, interrupted)?;
    }
    Ok(())
}

/// Whoever sets a lab up may do so again, until it is handed over.
///
/// # Errors
/// As above.
pub(super) fn setup(nodes: &Nodes<'_>, folder: &Path) -> Result<(), ProviderError> {
    let server = server(nodes)?;
    let setup = ROLES.iter().find(|(file, ..)| *file == "setup");
    setup.map_or(Ok(()), |role| {
        sign(nodes, folder, (&server, nodes.cluster), role, &|| false)
    })
}

/// Has a role's client signed and writes its kubeconfig, for the server and the cluster of these names.
fn sign(
    nodes: &Nodes<'_>,
    folder: &Path,
    (server, name): (&str, &str),
    (file, user, group, is_component): &(&str, &str, &str, bool),
    interrupted: Interrupted<'_>,
) -> Result<(), ProviderError> {
    let mut sign = vec![
        "kubeadm",
        "kubeconfig",
        "user",
        "--config",
        "/kind/kubeadm.conf",
        "--client-name",
        user,
    ];
    if !group.is_empty() {
        sign.extend(["--org", group]);
    }
    let said = nodes.run(&nodes.control_plane(), &sign, interrupted)?;
    let signed = Signed::read(&said)?;
    if *is_component {
        let certificate = format!("client-certificate-data: {}", signed.certificate);
        add(folder, &credentials(&certificate))?;
    }
    let text = signed.kubeconfig(server, name, user).to_string();
    Ok(write_atomically(
        &folder.join(format!("{file}.kubeconfig")),
        text.as_bytes(),
    )?)
}

/// Where kind publishes the API server on this machine.
fn server(nodes: &Nodes<'_>) -> Result<String, ProviderError> {
    let said = nodes
        .tools
        .kind(["get", "kubeconfig", "--name", nodes.cluster])?;
    let server = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("server: "));
    let server = server.ok_or_else(|| unreadable("kind get kubeconfig", &said))?;
    Ok(server.trim().to_owned())
}

fn unreadable(command: &str, said: &str) -> KindError {
    KindError::Failed {
        command: command.to_owned(),
        said: said.to_owned(),
        log: None,
    }
}

/// What kubeadm prints of a client that it signed.
struct Signed {
    authority: String,
    certificate: String,
    key: String,
}

impl Signed {
    fn read(said: &str) -> Result<Self, KindError> {
        let field = |name: &str| {
            let value = said
                .lines()
                .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
            value.map(|value| value.trim().to_owned())
        };
        let read = || {
            Some(Self {
                authority: field("certificate-authority-data")?,
                certificate: field("client-certificate-data")?,
                key: field("client-key-data")?,
            })
        };
        read().ok_or_else(|| unreadable("kubeadm kubeconfig user", "it printed no client"))
    }

    fn kubeconfig(&self, server: &str, cluster: &str, user: &str) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": self.authority}}],
            "users": [{"name": user, "user": {"client-certificate-data": self.certificate, "client-key-data": self.key}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
            "current-context": cluster,
        })
    }
}

/// Adds what the audit log calls the certificates of Kubernetes' own parts: the controller manager, the scheduler and the kubelets.
///
/// # Errors
/// A node does not answer, or the list cannot be written.
pub(super) fn certified(
    nodes: &Nodes<'_>,
    all: &[NodeContainer],
    folder: &Path,
    interrupted: Interrupted<'_>,
) -> Result<(), ProviderError> {
    let look = "cat /etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf 2>/dev/null; \
                sed -n '/BEGIN CERT/,/END CERT/p' /var/lib/kubelet/pki/kubelet-client-current.pem";
    for node in all {
        let said = nodes.run(&node.name, &["sh", "-c", look], interrupted)?;
        add(folder, &credentials(&said))?;
    }
    Ok(())
}

/// What the log calls the certificates in a text: those of kubeconfigs, and those that stand there as they are.
fn credentials(text: &str) -> BTreeSet<String> {
    let embedded = text.lines().filter_map(|line| {
        let data = line.trim().strip_prefix("client-certificate-data: ")?;
        String::from_utf8(STANDARD.decode(data.trim()).ok()?).ok()
    });
    let texts: Vec<String> = embedded.chain([text.to_owned()]).collect();
    texts.iter().flat_map(|text| certificates(text)).collect()
}

fn certificates(text: &str) -> Vec<String> {
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("-----END").next());
    let decoded = blocks.filter_map(|block| {
        let data: String = block.split_whitespace().collect();
        STANDARD.decode(data).ok()
    });
    decoded.map(|der| credential(&der)).collect()
}

/// `k8s.io/apiserver/pkg/authentication/request/x509`.
fn credential(certificate: &[u8]) -> String {
    format!("X509SHA256={}", hexadecimal(certificate))
}

/// Those that are not in the list yet come to its end.
fn add(folder: &Path, credentials: &BTreeSet<String>) -> Result<(), ProviderError> {
    let path = folder.join(COMPONENTS);
    let mut text = std::fs::read_to_string(&path).unwrap_or_default();
    for credential in credentials {
        if !text.contains(credential.as_str()) {
            text.push_str(&format!("{}\n", json!({"credential": credential})));
        }
    }
    Ok(write_atomically(&path, text.as_bytes())?)
}

/// A line of the audit log, as far as it says to whom a token was handed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    user: User,
    object_ref: Option<Object>,
    #[serde(default)]
    annotations: Value,
}

#[derive(Deserialize)]
struct User {
    username: String,
    #[serde(default)]
    extra: Value,
}

#[derive(Deserialize)]
struct Object {
    subresource: Option<String>,
}

/// Adds what the log calls the tokens that the controller manager asked for, with which its controllers write.
///
/// A token that somebody else asked for is that one's, whatever identity it is of.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn controllers(folder: &Path, log: &Path) -> Result<(), ProviderError> {
    let text = std::fs::read_to_string(log).map_err(FileError::of("read", log))?;
    add(folder, &handed(&text, &components::credentials(folder)?))
}

fn handed(log: &str, components: &[String]) -> BTreeSet<String> {
    let lines = log.lines().filter(|line| line.contains("\"token\""));
    let handed = lines.filter_map(|line| {
        let line: Line = serde_json::from_str(line).ok()?;
        let by = line.user.extra["authentication.kubernetes.io/credential-id"][0].as_str()?;
        let by_itself =
            line.user.username == CONTROLLER_MANAGER && components.iter().any(|it| it == by);
        let is_token = line.object_ref?.subresource.as_deref() == Some("token");
        let token =
            line.annotations["authentication.kubernetes.io/issued-credential-id"].as_str()?;
        (by_itself && is_token).then(|| token.to_owned())
    });
    handed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_has_the_same_name_in_a_kubeconfig_and_by_itself() {
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(b"der")
        );
        let embedded = format!("    client-certificate-data: {}\n", STANDARD.encode(&pem));
        let expected = BTreeSet::from([credential(b"der")]);
        assert_eq!(credentials(&pem), expected);
        assert_eq!(credentials(&embedded), expected);
    }

    #[test]
    fn only_tokens_that_the_controller_manager_itself_asked_for_are_its_controllers() {
        let line = |user: &str, by: &str, token: &str| {
            format!(
                r#"{{"user":{{"username":"{user}","extra":{{"authentication.kubernetes.io/credential-id":["{by}"]}}}},"objectRef":{{"subresource":"token"}},"annotations":{{"authentication.kubernetes.io/issued-credential-id":"{token}"}}}}"#
            )
        };
        let log = [
            line(CONTROLLER_MANAGER, "X509SHA256=1", "JTI=a"),
            line(CONTROLLER_MANAGER, "X509SHA256=2", "JTI=b"),
            line("learner", "X509SHA256=1", "JTI=c"),
        ];
        let found = handed(&log.join("\n"), &["X509SHA256=1".to_owned()]);
        assert_eq!(found, BTreeSet::from(["JTI=a".to_owned()]));
    }
}
