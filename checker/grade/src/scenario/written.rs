//! What a scenario without a cluster may have, and what its cases write.
//!
//! Knows the parts of a scenario, not how written work is judged.

use serde_json::{Map, Value};

use super::{RawScenario, VariantReader};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::kinds::Source;
use crate::template::{self, Names};

impl VariantReader<'_> {
    /// That nothing of a scenario without a cluster asks for one.
    pub(super) fn needs_no_cluster(
        &self,
        raw: &RawScenario,
        checks: &[Check],
    ) -> Result<(), Diagnostic> {
        let document = self.document();
        let needs = |place, what: String| Err(document.fault(place, message!(NeedsCluster, what)));
        if let Some((id, _)) = raw.symptom.0.first() {
            return needs(id.defined, format!("symptom `{}`", id.value));
        }
        let other = checks
            .iter()
            .find(|check| check.ask.facts().source != Source::File);
        if let Some(check) = other {
            let mut ids = raw.checks.value.0.iter().map(|(id, _)| id);
            let place = ids.find(|id| id.value == check.id);
            let place = place.map_or(raw.checks.defined, |id| id.defined);
            return needs(place, format!("check `{}`", check.id));
        }
        match self.manifests().first() {
            Some(path) => Err(Diagnostic::new(*path, message!(NeedsCluster, "a manifest"))),
            None => Ok(()),
        }
    }

    /// A file that a case writes, from a template below the variant's folder.
    pub(crate) fn render_case(
        &self,
        path: &str,
        names: &Map<String, Value>,
        with: &Map<String, Value>,
    ) -> Result<String, Diagnostic> {
        let path = format!("{}/{path}", self.folder);
        let names = Names::parameters(names).with_optional("with", with);
        template::render(&path, self.files.text(&path)?, &names)
    }
}
