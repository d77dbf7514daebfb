//! Reads a cluster's audit log: what the learner changed, and which events the cluster wrote.
//!
//! A write is the learner's unless one of Kubernetes' own certificates made it: impersonation and minted tokens count as
//! the learner's, dry runs do not count at all.

use provider::History;
use serde::Deserialize;
use serde_json::Value;

/// One line of the log that matters.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When the request came, RFC 3339.
    pub time: String,
    /// `patch`.
    pub verb: String,
    /// The identity that acted; with impersonation, who was acted for is in `impersonated`.
    pub user: String,
    /// Who was acted for.
    pub impersonated: Option<String>,
    /// Plural, with the subresource: `pods/eviction`.
    pub resource: String,
    /// Unset for cluster-scoped objects.
    pub namespace: Option<String>,
    /// Unset for a whole collection.
    pub name: Option<String>,
    /// HTTP status; 0 when there was none.
    pub code: u16,
    /// Whether a part of Kubernetes did it.
    pub is_component: bool,
    /// What was sent, where the log keeps it.
    pub sent: Value,
}

const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// What every identity did, oldest first.
///
/// Does *not* fail: a log that is not there says nothing, and a line that was cut off at a kill is left out.
#[must_use]
pub fn read(history: &History) -> Vec<Entry> {
    let mut entries: Vec<Entry> = history
        .lines()
        .filter_map(|line| serde_json::from_str::<RawEntry>(&line).ok())
        .filter_map(|raw| raw.entry(&history.components))
        .collect();
    entries.sort_by(|one, other| one.time.cmp(&other.time));
    entries
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
