//! Makes, finds, stops and wipes clusters, and asks of them what their objects do not say.
//!
//! Knows processes and folders, and is the only one that names the files of a provider. Must not know Kubernetes objects, labs or scenarios, and
//! prints nothing: whoever waits is told through a function.

mod child;
mod context;
mod digest;
mod error;
mod files;
mod folders;
mod go;
mod kind;
pub mod lock;
mod offers;
mod provider;
mod sandbox;
mod site;
mod wait;

pub use context::Existing;
pub use error::ProviderError;
pub use files::{FileError, make_folder, write_atomically};
pub use folders::{Folders, FoldersError};
pub use kind::found::{Found, found, remove};
pub use kind::images::write_images;
pub use kind::survey::{Part, survey};
pub use offers::Offer;
pub use provider::{Chosen, Making, Prepared, Provider};
pub use sandbox::audit::{Beginning, History};
pub use sandbox::beliefs::{Beliefs, Pod};
pub use sandbox::config::{Node, Subnet, Taint};
pub use sandbox::containers::{Container, LogLine};
pub use sandbox::hidden::Digest;
pub use sandbox::process::{Ready, Starting, State};
pub use site::{Role, Site, Wanted};
