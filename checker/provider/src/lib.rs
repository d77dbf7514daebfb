//! Makes, finds, stops and wipes clusters. The only provider so far is the sandbox.
//!
//! Knows processes and folders. Must not know Kubernetes objects, labs or scenarios, and prints nothing: whoever waits is
//! told through a function.

mod files;
mod folders;
pub mod lock;
pub mod sandbox;
mod wait;

pub use files::{FileError, make_folder, write_atomically};
pub use folders::{Folders, FoldersError};
