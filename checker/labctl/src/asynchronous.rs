//! Awaits what takes long, on this thread.

use std::future::Future;

use session::Caller;

use crate::failure::{Failure, Result};
use crate::interrupt;

/// Runs work to its end.
///
/// # Errors
/// There is no network client to be had; and those of the work.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::could_not_ask(format!("failed to start the network client: {error}"))
        })?;
    runtime.block_on(work)
}

/// The same up to Ctrl-C: then the work is dropped where it stands.
///
/// # Errors
/// Ctrl-C; and as above.
pub(crate) fn block_on_unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    block_on(Caller::quiet(interrupt::asked()).unless_interrupted(work))
}
