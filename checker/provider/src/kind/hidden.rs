//! What the objects of a kind cluster do not show, and what yet decides how it goes on: the images on its nodes.

use serde_json::{Map, Value, json};

use super::cluster::KindCluster;
use crate::error::ProviderError;
use crate::sandbox::hidden::Digest;

/// Asks each node.
///
/// # Errors
/// One does not answer.
pub(crate) fn digest(cluster: &KindCluster<'_>) -> Result<Digest, ProviderError> {
    let nodes = cluster.each_node(|nodes, node| {
        let said = nodes.run(&node.name, &["crictl", "images", "--quiet"], &|| false)?;
        let mut images: Vec<&str> = said.lines().collect();
        images.sort_unstable();
        Ok((node.name.clone(), json!({"images": images})))
    })?;
    let nodes: Map<String, Value> = nodes.into_iter().collect();
    Ok(Digest::of(json!({"nodes": nodes})))
}
