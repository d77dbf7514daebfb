//! What a person needs to be allowed on a cluster that exists, so that a lab can be made there, worked on and judged: one table, from which the
//! role in the book is written and which is asked of the cluster right by right.

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::request::patiently;
use crate::{Cluster, ClusterError};

/// What is allowed to be done with some resources, in all namespaces: those of a lab are not there before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The API group; that of `v1` has no name.
    pub group: &'static str,
    /// Plural, with the subresource: `pods/log`.
    pub resources: &'static [&'static str],
    /// What is done.
    pub verbs: &'static [&'static str],
}

const LOOK: &[&str] = &["get", "list", "watch"];
const WORK: &[&str] = &[
    "get", "list", "watch", "create", "update", "patch", "delete",
];

/// All that is needed.
pub const RIGHTS: [Right; 15] = [
    Right {
        group: "",
        resources: &["namespaces"],
        verbs: &["get", "create", "delete"],
    },
    Right {
        group: "",
        resources: &[
            "configmaps",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
        ],
        verbs: WORK,
    },
    Right {
        group: "",
        resources: &[
            "endpoints",
            "events",
            "podtemplates",
            "replicationcontrollers",
        ],
        verbs: LOOK,
    },
    Right {
        group: "",
        resources: &["pods/log"],
        verbs: &["get"],
    },
    Right {
        group: "",
        resources: &["pods/exec"],
        verbs: &["create", "get"],
    },
    Right {
        group: "",
        resources: &["pods/eviction"],
        verbs: &["create"],
    },
    Right {
        group: "apps",
        resources: &["daemonsets", "deployments", "replicasets", "statefulsets"],
        verbs: WORK,
    },
    Right {
        group: "apps",
        resources: &["deployments/scale", "statefulsets/scale"],
        verbs: &["get", "update", "patch"],
    },
    Right {
        group: "apps",
        resources: &["controllerrevisions"],
        verbs: LOOK,
    },
    Right {
        group: "autoscaling",
        resources: &["horizontalpodautoscalers"],
        verbs: WORK,
    },
    Right {
        group: "batch",
        resources: &["cronjobs", "jobs"],
        verbs: WORK,
    },
    Right {
        group: "discovery.k8s.io",
        resources: &["endpointslices"],
        verbs: LOOK,
    },
    Right {
        group: "networking.k8s.io",
        resources: &["networkpolicies"],
        verbs: WORK,
    },
    Right {
        group: "networking.k8s.io",
        resources: &["ingresses"],
        verbs: LOOK,
    },
    Right {
        group: "policy",
        resources: &["poddisruptionbudgets"],
        verbs: WORK,
    },
];

/// The least that a person needs, as a manifest.
#[must_use]
pub fn role() -> String {
    let mut text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: labctl}
rules:
"
    .to_owned();
    for right in RIGHTS {
        text.push_str(&format!(
            "- apiGroups: [\"{}\"]\n  resources:\n",
            right.group
        ));
        for resource in right.resources {
            text.push_str(&format!("    - {resource}\n"));
        }
        text.push_str(&format!("  verbs: [{}]\n", right.verbs.join(", ")));
    }
    text
}

impl Cluster {
    /// What this user may not do of what is needed: `create deployments.apps`, in the order of the table.
    ///
    /// # Errors
    /// The API server does not answer before `end`.
    pub async fn missing_rights(&self, end: Instant) -> Result<Vec<String>, ClusterError> {
        let all = RIGHTS.iter().flat_map(|right| {
            let each = right.resources.iter();
            each.flat_map(|resource| {
                right
                    .verbs
                    .iter()
                    .map(|verb| (right.group, *resource, *verb))
            })
        });
        let asked = all.map(|(group, resource, verb)| async move {
            let may = self.may(group, resource, verb, end).await?;
            let of = if group.is_empty() { "" } else { "." };
            Ok((!may).then(|| format!("{verb} {resource}{of}{group}")))
        });
        let missing: Result<Vec<_>, ClusterError> = join_all(asked).await.into_iter().collect();
        Ok(missing?.into_iter().flatten().collect())
    }

    async fn may(
        &self,
        group: &str,
        resource: &str,
        verb: &str,
        end: Instant,
    ) -> Result<bool, ClusterError> {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"group": group, "resource": resource, "subresource": subresource, "verb": verb}},
        });
        let body = Some(("application/json", &review));
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let sent = patiently(end, async || self.send("POST", path, body, end).await).await;
        let answer = sent.map_err(|refusal| ClusterError::Refused {
            operation: "ask for",
            object: format!("the right to {verb} {resource}"),
            reason: refusal.text().to_owned(),
        })?;
        Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
    }
}
