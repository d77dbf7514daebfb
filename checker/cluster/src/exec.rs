//! Runs a command in a Pod of a workload, as `kubectl exec` does, and writes down what it said. What that means is `grade`'s to say.
//!
//! It changes nothing but what the command does.

use std::time::Duration;

use grade::observation::{ObjectRef, Observation};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use crate::observe::{failed_to, unreadable};
use crate::request::ANSWER_WITHIN;
use crate::text::at;
use crate::{Cluster, Refusal, text};

/// How long a command may take: as long as a name that nobody answers for takes most programs.
const ENDS_WITHIN: Duration = Duration::from_secs(8);

/// How much of what a command says is kept, in bytes.
const KEPT: u64 = 16 << 10;

impl Cluster {
    /// In the first container of the newest Pod that runs.
    pub(crate) async fn run(
        &self,
        workload: &ObjectRef,
        command: &[String],
        end: Instant,
    ) -> Observation {
        let whose = text::of_ref(workload);
        let pods = match self.pods_of(workload, end).await {
            Ok(pods) => pods,
            Err(refusal) => return unreadable("list the Pods of", &whose, &refusal),
        };
        let newest = pods
            .iter()
            .filter(|pod| runs(pod))
            .max_by_key(|pod| at(pod, "/metadata/creationTimestamp"));
        let Some(pod) = newest else {
            return Observation::Unreadable(format!("no Pod of {whose} runs"));
        };
        let operation = format!("run `{}` in", command.join(" "));
        let name = at(pod, "/metadata/name");
        let namespace = at(pod, "/metadata/namespace");
        let of_pod = format!("Pod `{namespace}/{name}`");
        let begun = self.begin(pod, command);
        let within = ANSWER_WITHIN.min(end.saturating_duration_since(Instant::now()));
        let process = match tokio::time::timeout(within, begun).await {
            Ok(Ok(process)) => process,
            Ok(Err(error)) => return unreadable(&operation, &of_pod, &Refusal::of(&error)),
            Err(_) => return unreadable(&operation, &of_pod, &Refusal::too_late(within)),
        };
        let until = end.min(Instant::now() + ENDS_WITHIN);
        match tokio::time::timeout_at(until, ended(process)).await {
            Ok(Ok((code, said))) => Observation::Ran {
                pod: name.to_owned(),
                code: Some(code),
                said,
            },
            Ok(Err(why)) => {
                let refusal = Refusal::NoAnswer(why);
                Observation::Unreadable(failed_to(&operation, &of_pod, &refusal))
            }
            // Whoever looks has no time left: nothing was seen of the command.
            Err(_) if until == end => unreadable(&operation, &of_pod, &Refusal::too_late(within)),
            Err(_) => Observation::Ran {
                pod: name.to_owned(),
                code: None,
                said: String::new(),
            },
        }
    }

    async fn begin(&self, pod: &Value, command: &[String]) -> Result<AttachedProcess, kube::Error> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), at(pod, "/metadata/namespace"));
        let first = at(pod, "/spec/containers/0/name");
        let how = AttachParams {
            container: Some(first.to_owned()),
            ..AttachParams::default()
        };
        pods.exec(at(pod, "/metadata/name"), command, &how).await
    }
}

/// How a command ended, and what it said: its output, then its complaints.
async fn ended(mut process: AttachedProcess) -> Result<(i32, String), String> {
    let (output, complaints) = (process.stdout(), process.stderr());
    let status = process.take_status();
    let (output, complaints) = tokio::join!(read(output), read(complaints));
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    let status = status.ok_or("the connection was lost before the command ended")?;
    match exit_code(&status) {
        Some(code) => Ok((code, output + &complaints)),
        None => Err(status.message.unwrap_or_default()),
    }
}

/// What a stream says until its end, as far as it is kept.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut said = Vec::new();
    if let Some(mut stream) = stream {
        // What came before a connection broke is all there is; the status tells that it did.
        let _ = (&mut stream).take(KEPT).read_to_end(&mut said).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// Unset where there was no command to end.
fn exit_code(status: &Status) -> Option<i32> {
    if status.status.as_deref() == Some("Success") {
        return Some(0);
    }
    let causes = status.details.as_ref()?.causes.as_ref()?;
    let cause = causes
        .iter()
        .find(|cause| cause.reason.as_deref() == Some("ExitCode"))?;
    cause.message.as_ref()?.parse().ok()
}

fn runs(pod: &Value) -> bool {
    let first = pod.pointer("/status/containerStatuses/0/state/running");
    pod.pointer("/metadata/deletionTimestamp").is_none() && first.is_some()
}
