//! The names people give to one object: `deploy/ledger`, `Deployment ledger`, `deployments.apps/ledger` are `deployment/ledger`.

/// The short names that kubectl knows.
const SHORT: [(&str, &str); 24] = [
    ("cj", "cronjob"),
    ("cm", "configmap"),
    ("crd", "customresourcedefinition"),
    ("deploy", "deployment"),
    ("ds", "daemonset"),
    ("ep", "endpoints"),
    ("ev", "event"),
    ("hpa", "horizontalpodautoscaler"),
    ("ing", "ingress"),
    ("limits", "limitrange"),
    ("netpol", "networkpolicy"),
    ("no", "node"),
    ("ns", "namespace"),
    ("pc", "priorityclass"),
    ("pdb", "poddisruptionbudget"),
    ("po", "pod"),
    ("pv", "persistentvolume"),
    ("pvc", "persistentvolumeclaim"),
    ("quota", "resourcequota"),
    ("rs", "replicaset"),
    ("sa", "serviceaccount"),
    ("sc", "storageclass"),
    ("sts", "statefulset"),
    ("svc", "service"),
];

/// `kind/name`, the kind in lower case and in the singular; `None` when it is not a kind and a name.
pub(super) fn normal(written: &str) -> Option<String> {
    let parts: Vec<&str> = written
        .split(|letter: char| letter == '/' || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    let [kind, name] = parts.as_slice() else {
        return None;
    };
    Some(format!("{}/{name}", singular(kind)))
}

/// Whether both name the same object.
pub(crate) fn same(one: &str, other: &str) -> bool {
    normal(one).is_some_and(|one| normal(other) == Some(one))
}

fn singular(kind: &str) -> String {
    let kind = kind.to_lowercase();
    // The group of `deployments.apps` says nothing that the kind does not.
    let kind = kind.split('.').next().unwrap_or_default();
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == kind) {
        return (*long).to_owned();
    }
    match kind {
        "endpoints" => kind.to_owned(),
        _ if kind.ends_with("ies") => format!("{}y", kind.trim_end_matches("ies")),
        _ if kind.ends_with("sses") => kind.trim_end_matches("es").to_owned(),
        _ if kind.ends_with("ss") => kind.to_owned(),
        _ => kind.strip_suffix('s').unwrap_or(kind).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_object_have_one_normal_form() {
        for (written, expected) in [
            ("deployment/ledger", "deployment/ledger"),
            ("Deployment/ledger", "deployment/ledger"),
            (" deploy  ledger ", "deployment/ledger"),
            ("deployments.apps/ledger", "deployment/ledger"),
            ("deployment.apps/ledger", "deployment/ledger"),
            ("NetworkPolicies/deny", "networkpolicy/deny"),
            ("storageclasses.storage.k8s.io/gp3", "storageclass/gp3"),
            ("StorageClass gp3", "storageclass/gp3"),
            ("ingress/web", "ingress/web"),
            ("ingresses/web", "ingress/web"),
            ("pvc/data-0", "persistentvolumeclaim/data-0"),
            ("nodeclasses.eks.amazonaws.com/default", "nodeclass/default"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn anything_else_is_no_object() {
        for written in [
            "",
            "ledger",
            "shop/deployment/ledger",
            "the deployment ledger",
            "/",
        ] {
            assert_eq!(normal(written), None, "{written}");
        }
        assert!(!same("ledger", "ledger"));
        assert!(same("deploy/ledger", "Deployment ledger"));
        assert!(!same("deploy/ledger", "sts/ledger"));
    }
}
