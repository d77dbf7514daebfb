//! That every object of a manifest has a kind, a name, and a namespace where its kind lives in one.
//!
//! Knows no more of Kubernetes' objects.

use serde::Deserialize;

use super::objects;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Spanned};

/// A text and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Path from the course's root.
    pub file: String,
    /// The text.
    pub text: String,
}

/// What every object of a manifest has.
#[derive(Deserialize)]
struct RawManifest {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    kind: Spanned<String>,
    metadata: RawMetadata,
}

#[derive(Deserialize)]
struct RawMetadata {
    #[serde(rename = "name")]
    _name: String,
    namespace: Option<Spanned<String>>,
}

/// Checks the objects of a manifest.
///
/// # Errors
/// The first fault.
pub(super) fn check(document: &Document<'_>) -> Result<(), Diagnostic> {
    for object in document.read_all::<RawManifest>()? {
        let kind = &object.kind;
        match (
            objects::is_namespaced(&kind.value),
            &object.metadata.namespace,
        ) {
            (Some(true), None) => {
                return Err(
                    document.fault(kind.defined, message!(ManifestWithoutNamespace, kind.value))
                );
            }
            (Some(false), Some(namespace)) => {
                return Err(document.fault(
                    namespace.defined,
                    message!(ManifestWithNamespace, kind.value),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
