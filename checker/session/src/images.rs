//! The images of the labs as an archive: for a cluster whose nodes pull them from somewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::caller::{Caller, Progress};
use crate::failure::Result;
use crate::store::Sessions;

/// Writes the images of these models, for Linux on a processor as Go names it, into an archive as `docker load` takes it. Returns their names.
///
/// # Errors
/// The program that runs in them cannot be built, a model cannot be read, or the file cannot be written.
pub async fn write(
    sessions: &Sessions,
    file: PathBuf,
    architecture: String,
    models: BTreeMap<String, String>,
    caller: Caller<'_>,
) -> Result<Vec<String>> {
    let cache = sessions.folders.cache.clone();
    let writing = caller.blocking(
        move |is_to_end, tell| {
            provider::write_images(&cache, &file, &architecture, &models, is_to_end, tell)
        },
        |making| caller.tell(Progress::Making(making)),
    );
    Ok(writing.await?)
}
