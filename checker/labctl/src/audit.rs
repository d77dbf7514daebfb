//! Reads the sandbox's audit log: what the learner changed, and which events the cluster wrote.
//!
//! A write is the learner's unless one of Kubernetes' own certificates made it: impersonation and minted tokens count as
//! the learner's, dry runs do not count at all.

use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Result;
use crate::session::write_json;

/// One line of the log that matters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// When the request came, RFC 3339.
    pub(crate) time: String,
    pub(crate) verb: String,
    /// The identity that acted; with impersonation, who was acted for is in `impersonated`.
    pub(crate) user: String,
    pub(crate) impersonated: Option<String>,
    /// Plural, with the subresource: `pods/eviction`.
    pub(crate) resource: String,
    /// Unset for cluster-scoped objects.
    pub(crate) namespace: Option<String>,
    /// Unset for a whole collection.
    pub(crate) name: Option<String>,
    /// HTTP status; 0 when there was none.
    pub(crate) code: u16,
    /// Whether a part of Kubernetes did it.
    pub(crate) is_component: bool,
    /// What was sent, where the log keeps it.
    pub(crate) sent: Value,
}

/// The log that is being written.
const CURRENT: &str = "audit.log";

/// Where it is written down from where on the log counts; it goes with the cluster.
const FROM: &str = "audit.from";

const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// Whether there is a log at all. Every start of a cluster writes one.
pub(crate) fn is_there(cluster: &Path) -> bool {
    let has_text = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
    files(cluster).iter().any(has_text)
}

/// Why the log cannot tell all that happened since `begun`, RFC 3339; `None` when it can. An empty `begun` asks only whether it is there.
pub(crate) fn gap(cluster: &Path, begun: &str) -> Option<String> {
    let folder = cluster.display();
    if !is_there(cluster) {
        return Some(format!("the audit log in `{folder}` is empty or gone"));
    }
    let first = lines(cluster)
        .find_map(|line| serde_json::from_str::<RawTime>(&line).ok())
        .and_then(|first| first.request_received_timestamp.parse::<Timestamp>().ok());
    let begun = begun.parse::<Timestamp>().ok()?;
    match first {
        Some(first) if first <= begun => None,
        Some(first) => Some(format!(
            "the audit log in `{folder}` begins only at {}, after the lab was set up",
            first.strftime("%H:%M:%S UTC")
        )),
        None => Some(format!("the audit log in `{folder}` cannot be read")),
    }
}

/// The log's files, the oldest first: a rotated file has its time in its name and comes before `audit.log`.
fn files(cluster: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(cluster)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.starts_with("audit") && name.ends_with(".log")
            })
        })
        .collect();
    files.sort();
    files
}

/// What every identity did, oldest first. `components` are the credentials of Kubernetes' own parts.
///
/// Does *not* fail: a log that is not there says nothing, and a line that was cut off at a kill is left out.
pub(crate) fn read(cluster: &Path, components: &[String]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = lines(cluster)
        .filter_map(|line| serde_json::from_str::<RawEntry>(&line).ok())
        .filter_map(|raw| raw.entry(components))
        .collect();
    entries.sort_by(|one, other| one.time.cmp(&other.time));
    entries
}

/// All lines of the log since it last began anew, the oldest first.
fn lines(cluster: &Path) -> impl Iterator<Item = String> {
    let from = Beginning::read(cluster);
    let since = from
        .as_ref()
        .and_then(|from| from.since.parse::<Timestamp>().ok());
    let opened = files(cluster).into_iter().filter_map(move |path| {
        let mut file = std::fs::File::open(&path).ok()?;
        let Some(from) = &from else {
            return Some(file);
        };
        // One that was rotated since then is read whole: its times tell.
        let is_longer = file
            .metadata()
            .is_ok_and(|about| about.len() >= from.offset);
        if path.ends_with(CURRENT) && is_longer {
            file.seek(SeekFrom::Start(from.offset)).ok()?;
        }
        Some(file)
    });
    let lines = opened.flat_map(|file| BufReader::new(file).lines().map_while(Result::ok));
    lines.filter(move |line| since.is_none_or(|since| is_since(line, since)))
}

fn is_since(line: &str, since: Timestamp) -> bool {
    let time = serde_json::from_str::<RawTime>(line).ok();
    let time = time.and_then(|time| time.request_received_timestamp.parse::<Timestamp>().ok());
    time.is_some_and(|time| time >= since)
}

/// Where a lab began on a cluster that had served another before.
#[derive(Serialize, Deserialize)]
pub(crate) struct Beginning {
    /// The length of the log then, or earlier: what is before it is not read.
    offset: u64,
    /// What came earlier is not the lab's; RFC 3339.
    since: String,
}

impl Beginning {
    /// From the log's present end on, and not before a time that is still to be told.
    pub(crate) fn now(cluster: &Path) -> Self {
        let length = std::fs::metadata(cluster.join(CURRENT)).map(|about| about.len());
        Self {
            offset: length.unwrap_or_default(),
            since: String::new(),
        }
    }

    /// Lets the log begin here, for all who read it.
    ///
    /// # Errors
    /// It cannot be written down.
    pub(crate) fn begin(self, cluster: &Path, since: String) -> Result<()> {
        write_json(&cluster.join(FROM), &Self { since, ..self })
    }

    /// `None` where the log begins with the cluster.
    fn read(cluster: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(cluster.join(FROM)).ok()?).ok()
    }
}

/// When the lab of this cluster began, where the cluster had served another before.
pub(crate) fn begun(cluster: &Path) -> Option<Timestamp> {
    Beginning::read(cluster)?.since.parse().ok()
}

/// When a line was written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTime {
    request_received_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEntry {
    verb: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    request_received_timestamp: String,
    user: RawUser,
    impersonated_user: Option<RawUser>,
    object_ref: Option<RawObject>,
    response_status: Option<RawStatus>,
    #[serde(default)]
    request_object: Value,
}

#[derive(Deserialize)]
struct RawUser {
    username: String,
    #[serde(default)]
    extra: Value,
}

#[derive(Deserialize)]
struct RawObject {
    #[serde(default)]
    resource: String,
    namespace: Option<String>,
    name: Option<String>,
    subresource: Option<String>,
}

#[derive(Deserialize)]
struct RawStatus {
    #[serde(default)]
    code: u16,
}

impl RawEntry {
    fn entry(self, components: &[String]) -> Option<Entry> {
        if !WRITES.contains(&self.verb.as_str()) || self.request_uri.contains("dryRun=") {
            return None;
        }
        let object = self.object_ref?;
        // A new object's name is only in what was sent.
        let sent_name = self.request_object.pointer("/metadata/name");
        let name = object
            .name
            .or_else(|| sent_name.and_then(Value::as_str).map(str::to_owned));
        let credential = self.user.extra["authentication.kubernetes.io/credential-id"][0]
            .as_str()
            .map(str::to_owned);
        // The API server speaks to itself over loopback, without a certificate.
        let is_component = match &credential {
            Some(id) => components.contains(id),
            None => self.user.username == "system:apiserver",
        };
        Some(Entry {
            time: self.request_received_timestamp,
            verb: self.verb,
            user: self.user.username,
            impersonated: self.impersonated_user.map(|user| user.username),
            resource: match object.subresource {
                Some(subresource) => format!("{}/{subresource}", object.resource),
                None => object.resource,
            },
            namespace: object.namespace,
            name,
            code: self.response_status.map_or(0, |status| status.code),
            is_component,
            sent: self.request_object,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> Option<Entry> {
        serde_json::from_str::<RawEntry>(line)
            .unwrap()
            .entry(&["X509SHA256=1".to_owned()])
    }

    fn line(user: &str, more: &str) -> String {
        format!(
            r#"{{"verb":"patch","requestURI":"/apis/apps/v1/namespaces/a/deployments/b{more}","requestReceivedTimestamp":"2026-01-01T00:00:00Z",
            "user":{user},"objectRef":{{"resource":"deployments","namespace":"a","name":"b"}},"responseStatus":{{"code":200}}}}"#
        )
    }

    #[test]
    fn only_kubernetes_own_certificates_are_components() {
        for (user, expected) in [
            (
                r#"{"username":"system:kube-scheduler","extra":{"authentication.kubernetes.io/credential-id":["X509SHA256=1"]}}"#,
                true,
            ),
            (
                r#"{"username":"system:kube-scheduler","extra":{"authentication.kubernetes.io/credential-id":["X509SHA256=2"]}}"#,
                false,
            ),
            (
                r#"{"username":"system:serviceaccount:a:b","extra":{"authentication.kubernetes.io/credential-id":["JTI=3"]}}"#,
                false,
            ),
            (r#"{"username":"system:apiserver"}"#, true),
            (r#"{"username":"learner"}"#, false),
        ] {
            let entry = entry(&line(user, "")).unwrap();
            assert_eq!(entry.is_component, expected, "{user}");
        }
    }

    #[test]
    fn dry_runs_do_not_count() {
        assert_eq!(
            entry(&line(r#"{"username":"learner"}"#, "?dryRun=All")),
            None
        );
    }
}
