//! Where a scenario is to run, and what of it is there: its namespaces.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Scenario;
use crate::document::Document;
use crate::fields;

/// Where a scenario is to run, as far as its files may say it: they name it `here`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Surroundings {
    /// What the names of the lab's namespaces end with, so that they are nobody else's: `-x7k2q`. Empty in a cluster that is made for the lab.
    pub suffix: String,
    /// The registry that has the images of the workload models: `registry.example.com/labs`. Unset: they are where the models say.
    #[serde(default)]
    pub registry: Option<String>,
}

impl Scenario {
    /// The names of the namespaces that it makes, in the order of its manifests.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let objects = self.broken.iter().flat_map(|file| {
            let document = Document::plain(&file.file, &file.text);
            // They were read when the scenario was, so they have no fault.
            document.read_all().unwrap_or_default()
        });
        let namespaces = objects.filter(|object: &Value| object["kind"] == "Namespace");
        namespaces
            .map(|object| fields::name(&object).to_owned())
            .collect()
    }
}
