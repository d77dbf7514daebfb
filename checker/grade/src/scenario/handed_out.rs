//! The files that a learner begins with: those below `start/`, and manifests that are handed out as they are applied.
//!
//! Knows paths and templates, not what a file means.

use std::collections::BTreeMap;

use super::{RawScenario, VariantReader, objects};
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Spanned};

impl VariantReader<'_> {
    /// The files of the lab's `start/`, and over them those of the variant's, which are templates.
    pub(crate) fn start(&self) -> Result<BTreeMap<String, Vec<u8>>, Diagnostic> {
        let folder = format!("labs/{}/start", self.lab.name);
        let mut files: BTreeMap<String, Vec<u8>> = self
            .files
            .below(&folder)
            .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
            .collect();
        let folder = format!("{}/start", self.folder);
        for (path, _) in self.files.below(&folder) {
            let text = self.render(&format!("{folder}/{path}"))?.text;
            files.insert(path.to_owned(), text.into_bytes());
        }
        Ok(files)
    }

    /// The same with the manifests of `hands_out` beside them.
    pub(crate) fn handed_out(
        &self,
        raw: &RawScenario,
    ) -> Result<BTreeMap<String, Vec<u8>>, Diagnostic> {
        let mut files = self.start()?;
        for (path, manifest) in &raw.hands_out.0 {
            objects::path_below_work(self.document(), path)?;
            if let Some(other) = files.keys().find(|other| collide(other, &path.value)) {
                let message = message!(HandedOutAlready, path.value);
                let fault = self.document().fault(path.defined, message);
                return Err(fault.note(format!("`{other}` is handed out, too")));
            }
            let text = self.manifest_named(manifest)?.text;
            files.insert(path.value.clone(), text.into_bytes());
        }
        Ok(files)
    }

    fn manifest_named(&self, name: &Spanned<String>) -> Result<Document<'_>, Diagnostic> {
        let paths = self.manifests();
        let mut of_name = paths.iter().filter(|path| file_name(path) == name.value);
        if let Some(path) = of_name.next() {
            return self.manifest(path);
        }
        let message = message!(UnknownManifest, name.value);
        let known = paths.iter().map(|path| file_name(path));
        let fault = self.document().fault(name.defined, message);
        Err(fault.known("manifests", &name.value, known))
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Whether one folder cannot have both: they are the same path, or one would have to be a file and a folder.
fn collide(one: &str, other: &str) -> bool {
    let is_in = |one: &str, other: &str| {
        one.strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    is_in(one, other) || is_in(other, one)
}
