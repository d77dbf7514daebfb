//! What can go wrong with kind and with the program that runs its nodes, each as one sentence with what to do.
//!
//! Their own words are looked at only for what has a better sentence; they are in English, because every program is run so.

use std::path::PathBuf;

use thiserror::Error;

use super::inotify::LIFT;
use super::tools::Engine;

/// The oldest kind whose configuration takes what is written here.
pub(crate) const OLDEST: (u32, u32) = (0, 20);

/// What can go wrong with kind.
#[derive(Debug, Error)]
pub enum KindError {
    /// There is no kind.
    #[error("there is no `kind` on your PATH")]
    NoKind,
    /// There is nothing that runs its nodes.
    #[error("there is no Docker, nerdctl or Podman on your PATH, and kind needs one of them")]
    NoEngine,
    /// There is no kubectl for the learner.
    #[error("there is no `kubectl` on your PATH")]
    NoKubectl,
    /// It is there and too old.
    #[error("kind {found} is too old: {}.{} or newer is needed", OLDEST.0, OLDEST.1)]
    TooOld {
        /// Its own version.
        found: String,
    },
    /// The engine does not answer.
    #[error("{engine} does not answer: its daemon is not running")]
    EngineDown {
        /// Which.
        engine: Engine,
    },
    /// The engine is there and says nothing.
    #[error("{engine} does not answer: nothing came from it in 10 s")]
    Silent {
        /// Which.
        engine: Engine,
    },
    /// The person may not use it.
    #[error("you may not use {engine}: permission denied")]
    NoPermission {
        /// Which.
        engine: Engine,
    },
    /// There is no node image.
    #[error("the node image {image} is not on this machine and cannot be pulled")]
    NoImage {
        /// As it was asked for.
        image: String,
    },
    /// The disk is full.
    #[error("no space left for the nodes of kind")]
    NoSpace {
        /// Whose disk.
        engine: Engine,
    },
    /// A cluster of that name is there, and not of this session.
    #[error("nodes of a cluster `{name}` are there already")]
    NameTaken {
        /// The cluster's name.
        name: String,
    },
    /// Something else; in its own words.
    #[error("`{command}` failed\n{said}")]
    Failed {
        /// What was run.
        command: String,
        /// The end of what it said.
        said: String,
        /// All of it, where it is kept.
        log: Option<PathBuf>,
    },
    /// A kind that another labctl began does not end.
    #[error("a kind that an earlier labctl began is still at work and does not end")]
    AtWork,
    /// The kernel gives too few instances of inotify.
    #[error(
        "{nodes} nodes need {needed} inotify instances, and this machine gives {found} (fs.inotify.max_user_instances)"
    )]
    TooFewInstances {
        /// Of the cluster, the control plane's too.
        nodes: usize,
        /// What the kernel gives.
        found: usize,
        /// What is needed.
        needed: usize,
    },
    /// What a person wants to be added to the configuration cannot be used.
    #[error("`{}` is no configuration of kind: {why}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The node image is of another version of Kubernetes.
    #[error("the node image has Kubernetes {found}, and this lab wants {wanted}")]
    WrongVersion {
        /// `v1.35.0`.
        found: String,
        /// `1.36`.
        wanted: String,
    },
}

impl KindError {
    /// What to do about it; `None` when the text says it all.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoKind => "install it (https://kind.sigs.k8s.io/docs/user/quick-start#installation), or leave `--provider kind` out: the sandbox needs nothing".to_owned(),
            Self::NoEngine => "install one of them, or leave `--provider kind` out: the sandbox needs nothing".to_owned(),
            Self::NoKubectl => "install it (https://kubernetes.io/docs/tasks/tools)".to_owned(),
            Self::TooOld { .. } => "https://kind.sigs.k8s.io/docs/user/quick-start#installation has newer ones".to_owned(),
            Self::EngineDown { engine } | Self::Silent { engine } => format!("start it, and see that `{} info` answers", engine.program()),
            Self::NoPermission { engine } => format!(
                "see that `{} info` answers without `sudo`; for Docker, https://docs.docker.com/engine/install/linux-postinstall says how",
                engine.program()
            ),
            Self::NoImage { .. } => "`--image` names one that is there; kind's releases list those that fit".to_owned(),
            Self::NoSpace { engine } => format!("`{} system df` says what takes it", engine.program()),
            Self::NameTaken { name } => format!("`kind delete cluster --name {name}` removes them"),
            Self::WrongVersion { .. } => "`--image` names another one".to_owned(),
            Self::AtWork => "`pgrep -a kind` shows it; end it and try again".to_owned(),
            Self::TooFewInstances { .. } => format!("`{LIFT}` gives more until the machine is started again"),
            Self::Failed { log: Some(log), .. } => format!("all that it said is in `{}`", log.display()),
            Self::Failed { log: None, .. } | Self::Configuration { .. } => return None,
        })
    }
}

impl KindError {
    /// Whether it is the person's to mend before there can be a cluster.
    pub(crate) fn is_to_be_mended(&self) -> bool {
        !matches!(self, Self::AtWork | Self::Failed { .. })
    }
}

/// What a program's words mean, where that has a better sentence.
pub(crate) fn meant(said: &str, engine: Engine) -> Option<KindError> {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if says(&["no space left on device"]) {
        return Some(KindError::NoSpace { engine });
    }
    if says(&["permission denied while trying to connect"]) {
        return Some(KindError::NoPermission { engine });
    }
    if says(&[
        "Cannot connect to the Docker daemon",
        "failed to connect to the docker API",
        "cannot connect to Podman",
        "Cannot connect to Podman",
        "cannot access containerd socket",
        // Docker 20.10 asked by `info --format`.
        "nil pointer to embedded struct field Info",
    ]) {
        return Some(KindError::EngineDown { engine });
    }
    if says(&["failed to pull image", "pull access denied"]) {
        let image = said
            .split_once("failed to pull image")
            .map(|(_, rest)| rest);
        let image = image.and_then(|rest| rest.split('"').nth(1));
        let image = image.map_or("of kind".to_owned(), |image| format!("`{image}`"));
        return Some(KindError::NoImage { image });
    }
    let name = said
        .split_once("already exist for a cluster with the name")?
        .1;
    let name = name.split('"').nth(1)?.to_owned();
    Some(KindError::NameTaken { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_say_has_one_sentence_each() {
        for (said, sentence) in [
            (
                "ERROR: failed to create cluster: node(s) already exist for a cluster with the name \"labctl-a\"",
                "nodes of a cluster `labctl-a` are there already",
            ),
            (
                "ERROR: failed to create cluster: failed to pull image \"kindest/node:v1.36.0\": command \"docker pull\" failed",
                "the node image `kindest/node:v1.36.0` is not on this machine and cannot be pulled",
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
                "you may not use Docker: permission denied",
            ),
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                "Docker does not answer: its daemon is not running",
            ),
            (
                "template: :1:2: executing \"\" at <.ServerVersion>: reflect: indirection through nil pointer to embedded struct field Info",
                "Docker does not answer: its daemon is not running",
            ),
            (
                "write /kind/images: no space left on device",
                "no space left for the nodes of kind",
            ),
        ] {
            let meant = meant(said, Engine::Docker).unwrap();
            assert_eq!(meant.to_string(), sentence);
            assert!(meant.hint().is_some());
        }
        assert!(meant("something else", Engine::Docker).is_none());
    }
}
