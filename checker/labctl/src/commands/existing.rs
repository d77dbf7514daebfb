//! A cluster that exists: `labctl doctor --context NAME` and `labctl allow --context NAME`.

use std::process::ExitCode;
use std::time::Duration;

use provider::Existing;
use session::{Caller, existing};
use tokio::time::Instant;

use super::doctor::{finding, show};
use crate::cli::{ContextArgs, Format};
use crate::failure::{Failure, Result};
use crate::output::{Allowed, FORMAT};
use crate::screen;

/// How long the cluster may take to say what is allowed.
const SAY_WITHIN: Duration = Duration::from_secs(30);

/// Whether a lab may be made there, and which rights are missing.
pub(super) async fn doctor(
    output: Format,
    wanted: &Existing,
    caller: Caller<'_>,
) -> Result<ExitCode> {
    let reached = existing::reach(wanted, caller).await?;
    let end = Instant::now() + SAY_WITHIN;
    let version = reached.cluster.version(end).await?;
    let server = reached.context.called.last().cloned().unwrap_or_default();
    let mut findings = vec![finding(
        "cluster",
        true,
        format!("Kubernetes {version} at {server}"),
    )];
    findings.push(match existing::admit(wanted, &reached).await {
        Ok(()) => finding("labs", true, "may be made there"),
        Err(refusal) => {
            let hint = refusal
                .hint
                .map_or(String::new(), |hint| format!(": {hint}"));
            finding("labs", false, format!("{}{hint}", refusal.message))
        }
    });
    let missing = reached.cluster.missing_rights(end).await?;
    findings.push(match missing.as_slice() {
        [] => finding("rights", true, "all that is needed"),
        missing => finding(
            "rights",
            false,
            format!(
                "you may not {}; the book's page \"On a cluster that exists\" has the role that allows it",
                missing.join(", ")
            ),
        ),
    });
    Ok(show(output, findings))
}

/// Lets labs into a cluster that looks like production.
pub(super) async fn allow(
    output: Format,
    arguments: &ContextArgs,
    caller: Caller<'_>,
) -> Result<()> {
    let wanted = arguments.existing().ok_or_else(|| {
        Failure::bad_input("no cluster is named")
            .hint("`labctl allow --context NAME` names one of your kubeconfig")
    })?;
    existing::allow(&wanted, caller).await?;
    let (label, value) = cluster::ALLOWED;
    let context = &wanted.context;
    if output == Format::Json {
        screen::json(&Allowed {
            format_version: FORMAT,
            context: context.clone(),
            label: format!("{label}={value}"),
        });
        return Ok(());
    }
    screen::out(&format!(
        "labs may be made in the cluster of context `{context}`: namespace `kube-system` has the label `{label}={value}`"
    ));
    screen::say(&format!(
        "`kubectl --context {context} label namespace kube-system {label}-` takes it back"
    ));
    Ok(())
}
