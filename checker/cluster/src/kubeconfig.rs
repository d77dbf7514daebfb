//! A person's own kubeconfig: one context of it as a file of its own, which is all that is used from then on.
//!
//! Relative paths in it are made absolute, as kubectl does. Asks no cluster.

use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;

use crate::{ClusterError, text};

/// One context, on its own.
#[derive(Debug, Clone)]
pub struct OneContext {
    /// A kubeconfig with nothing else in it.
    pub(crate) config: Kubeconfig,
    /// The first of the person's files, for errors.
    pub(crate) file: PathBuf,
    /// The kubeconfig as JSON.
    pub text: String,
    /// What its cluster is called and where it is: the names of the context, the cluster and the user, and the server's URL.
    pub called: Vec<String>,
}

/// A context of these files, of which an earlier one counts before a later one.
///
/// # Errors
/// A file cannot be read, none has the context, or it uses a proxy, which labctl does not speak to.
pub fn one_context(files: &[PathBuf], context: &str) -> Result<OneContext, ClusterError> {
    let first = files.first().map_or(Path::new(""), PathBuf::as_path);
    let wrong = |path: &Path, reason: String| ClusterError::Kubeconfig {
        path: path.to_owned(),
        reason,
    };
    if !files.iter().any(|path| path.exists()) {
        return Err(wrong(first, "there is no such file".to_owned()));
    }
    let mut all = Kubeconfig::default();
    let there = files.iter().filter(|path| path.exists());
    for path in there {
        let failed = |error| wrong(path, text::innermost(&error));
        let read = Kubeconfig::read_from(path).map_err(failed)?;
        all = all.merge(read).map_err(failed)?;
    }
    let known: Vec<String> = all.contexts.iter().map(|it| it.name.clone()).collect();
    all.contexts.retain(|it| it.name == context);
    let Some(chosen) = all.contexts.first().and_then(|it| it.context.clone()) else {
        let known = match known.as_slice() {
            [] => "it has none".to_owned(),
            known => format!("it has {}", known.join(", ")),
        };
        return Err(wrong(
            first,
            format!("it has no context `{context}`: {known}"),
        ));
    };
    all.clusters.retain(|it| it.name == chosen.cluster);
    let user = chosen.user.unwrap_or_default();
    all.auth_infos.retain(|it| it.name == user);
    all.current_context = Some(context.to_owned());
    let cluster = all.clusters.first().and_then(|it| it.cluster.clone());
    let cluster =
        cluster.ok_or_else(|| wrong(first, format!("it has no cluster `{}`", chosen.cluster)))?;
    if cluster.proxy_url.is_some() {
        return Err(wrong(
            first,
            format!("context `{context}` reaches its cluster by a proxy, which labctl cannot"),
        ));
    }
    let text = serde_json::to_string(&all).map_err(|error| wrong(first, error.to_string()))?;
    let server = cluster.server.unwrap_or_default();
    Ok(OneContext {
        config: all,
        file: first.to_owned(),
        text,
        called: vec![context.to_owned(), chosen.cluster, user, server],
    })
}

#[cfg(test)]
mod tests {
    use std::fs::write;

    use super::*;

    const TWO: &str = "\
apiVersion: v1
kind: Config
clusters:
- {name: a, cluster: {server: 'https://a:6443', certificate-authority: ca.crt}}
- {name: b, cluster: {server: 'https://b:6443', proxy-url: 'http://proxy:3128'}}
users:
- {name: ua, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./token.sh, interactiveMode: Never}}}
- {name: ub, user: {token: secret}}
contexts:
- {name: one, context: {cluster: a, user: ua, namespace: shop}}
- {name: two, context: {cluster: b, user: ub}}
";

    #[test]
    fn one_context_stands_alone_with_absolute_paths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        write(&path, TWO).unwrap();
        let missing = folder.path().join("not-there");
        let one = one_context(&[missing, path.clone()], "one").unwrap();
        assert_eq!(one.called, ["one", "a", "ua", "https://a:6443"]);
        let read: serde_json::Value = serde_json::from_str(&one.text).unwrap();
        let text = |pointer: &str| read.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let own = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(
            text("/clusters/0/cluster/certificate-authority"),
            own("ca.crt")
        );
        assert_eq!(text("/users/0/user/exec/command"), own("./token.sh"));
        assert_eq!(text("/current-context"), "one");
        assert!(!one.text.contains("secret"), "{}", one.text);
    }

    #[test]
    fn a_context_that_is_not_there_is_told_with_those_that_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        write(&path, TWO).unwrap();
        let said = |context: &str| {
            let files = std::slice::from_ref(&path);
            one_context(files, context).unwrap_err().to_string()
        };
        assert!(said("three").ends_with("it has no context `three`: it has one, two"));
        let none = one_context(&[folder.path().join("none")], "one").unwrap_err();
        assert!(none.to_string().ends_with("none`: there is no such file"));
        assert!(said("two").ends_with("reaches its cluster by a proxy, which labctl cannot"));
    }
}
