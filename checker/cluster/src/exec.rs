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

use crate::observe::failed_to;
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
        let pod = match self.newest(workload, end).await {
            Ok(pod) => pod,
            Err(why) => return Observation::Unreadable(why),
        };
        match self.run_in(&pod, command, end).await {
            Ok((code, said)) => Observation::Ran {
                pod: at(&pod, "/metadata/name").to_owned(),
                code,
                said,
            },
            Err(why) => Observation::Unreadable(why),
        }
    }

    /// The Pods of a workload of which the first container runs, by their names; `Err` says why they cannot be told.
    pub(crate) async fn running(
        &self,
        workload: &ObjectRef,
        end: Instant,
    ) -> Result<Vec<Value>, String> {
        let whose = text::of_ref(workload);
        match self.pods_of(workload, end).await {
            Ok(pods) => Ok(pods.into_iter().filter(runs).collect()),
            Err(refusal) => Err(failed_to("list the Pods of", &whose, &refusal)),
        }
    }

    /// The newest of them.
    pub(crate) async fn newest(&self, workload: &ObjectRef, end: Instant) -> Result<Value, String> {
        let pods = self.running(workload, end).await?.into_iter();
        let newest = pods.max_by_key(|pod| at(pod, "/metadata/creationTimestamp").to_owned());
        newest.ok_or_else(|| format!("no Pod of {} runs", text::of_ref(workload)))
    }

    /// How a command in the first container of a Pod ended, unset where it did not in time, and what it said; `Err` says why it could not be run.
    pub(crate) async fn run_in(
        &self,
        pod: &Value,
        command: &[String],
        end: Instant,
    ) -> Result<(Option<i32>, String), String> {
        let operation = format!("run `{}` in", command.join(" "));
        let of_pod = format!(
            "Pod `{}/{}`",
            at(pod, "/metadata/namespace"),
            at(pod, "/metadata/name")
        );
        let failed = |refusal: &Refusal| failed_to(&operation, &of_pod, refusal);
        let begun = self.begin(pod, command);
        let within = ANSWER_WITHIN.min(end.saturating_duration_since(Instant::now()));
        let process = match tokio::time::timeout(within, begun).await {
            Ok(Ok(process)) => process,
            Ok(Err(error)) => return Err(failed(&Refusal::of(&error))),
            Err(_) => return Err(failed(&Refusal::too_late(within))),
        };
        let until = end.min(Instant::now() + ENDS_WITHIN);
        match tokio::time::timeout_at(until, ended(process)).await {
            Ok(Ok((code, said))) => Ok((Some(code), said)),
            Ok(Err(why)) => Err(failed(&Refusal::NoAnswer(why))),
            // Whoever looks has no time left: nothing was seen of the command.
            Err(_) if until == end => Err(failed(&Refusal::too_late(within))),
            Err(_) => Ok((None, String::new())),
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
