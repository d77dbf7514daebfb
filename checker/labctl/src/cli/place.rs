//! Where the cluster of a command comes from, as it is written on a command line.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use provider::{Chosen, Existing, Provider};

use crate::failure::{Failure, Result};

/// Where a cluster comes from.
#[derive(Debug, Args)]
pub(crate) struct ProviderArgs {
    /// Where the cluster comes from: the sandbox, which needs nothing; your own kind, with Docker, nerdctl or Podman; or a cluster that exists (`context`).
    #[arg(long, value_name = "PROVIDER", value_parser = provider_name())]
    pub(crate) provider: Option<Provider>,
    /// The image of kind's nodes; without it kind's own choice.
    #[arg(long, value_name = "IMAGE", env = "LABCTL_KIND_IMAGE")]
    pub(crate) image: Option<String>,
    /// Of a cluster that exists: the registry to which you pushed the images of the labs, which `labctl image` writes.
    #[arg(long, value_name = "REGISTRY", env = "LABCTL_REGISTRY")]
    pub(crate) registry: Option<String>,
    /// A configuration of kind to which the lab's nodes are added, such as for a proxy or a network plug-in of your own.
    #[arg(long, value_name = "FILE", env = "LABCTL_KIND_CONFIG")]
    pub(crate) kind_config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) existing: ContextArgs,
}

/// A cluster that exists.
#[derive(Debug, Args)]
pub(crate) struct ContextArgs {
    /// A context of your kubeconfig: the lab is made in namespaces of its own there.
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The kubeconfig that has the context; without it those that KUBECONFIG lists, or `~/.kube/config`.
    #[arg(long, value_name = "FILE", requires = "context")]
    pub(crate) kubeconfig: Option<PathBuf>,
}

impl ContextArgs {
    /// The cluster that was named; `None` when none was.
    pub(crate) fn existing(&self) -> Option<Existing> {
        let context = self.context.clone()?;
        let listed = std::env::var_os("KUBECONFIG").unwrap_or_default();
        let listed = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
        let mut files: Vec<PathBuf> = match &self.kubeconfig {
            Some(file) => vec![file.clone()],
            None => listed.collect(),
        };
        if files.is_empty() {
            files.extend(std::env::home_dir().map(|home| home.join(".kube").join("config")));
        }
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Some(Existing {
            context,
            kubeconfig: files.iter().map(absolute).collect(),
            suffix: String::new(),
            registry: None,
        })
    }
}

impl ProviderArgs {
    /// What was asked for, a context without a provider included.
    pub(crate) fn provider(&self) -> Option<Provider> {
        let of_context = self.existing.context.as_ref().map(|_| Provider::Context);
        self.provider.or(of_context)
    }

    /// The same with what was chosen of it; `None` when nothing was asked for.
    ///
    /// # Errors
    /// A cluster that exists is to be had, and none is named; or one is named, and another provider.
    pub(crate) fn chosen(&self) -> Result<Option<Chosen>> {
        let Some(provider) = self.provider() else {
            return Ok(None);
        };
        let existing = self.existing.existing().map(|existing| Existing {
            registry: self.registry.clone(),
            ..existing
        });
        if existing.is_some() != (provider == Provider::Context) {
            return Err(Failure::bad_input(format!(
                "`--provider context` and `--context NAME` belong together, and there is {}",
                if existing.is_some() {
                    "another provider"
                } else {
                    "no name"
                }
            ))
            .hint("`kubectl config get-contexts` lists the contexts of your kubeconfig"));
        }
        let of_kind = provider == Provider::Kind;
        let configuration = self.kind_config.as_ref().filter(|_| of_kind);
        Ok(Some(Chosen {
            provider,
            image: self.image.clone().filter(|_| of_kind),
            configuration: configuration
                .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            existing,
            is_throw_away: false,
        }))
    }
}

fn provider_name() -> impl TypedValueParser<Value = Provider> {
    let names = Provider::ALL.map(Provider::name);
    PossibleValuesParser::new(names).map(|name| {
        let mut all = Provider::ALL.into_iter();
        all.find(|provider| provider.name() == name)
            .unwrap_or_default()
    })
}
