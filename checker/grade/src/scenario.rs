//! One variant for one seed: everything picked, filled in, read and checked.
//!
//! Knows the course's files; makes no cluster and asks none. What the author claims of a variant is [`crate::claims()`]'s: no
//! command of a learner reads it.

pub(crate) mod checks;
mod content;
mod error;
mod handed_out;
mod layers;
mod manifests;
pub(crate) mod objects;
mod surroundings;
mod written;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::check::Check;
use crate::claims::Subject;
use crate::cluster_spec::{ClusterSpec, RawCluster, Seeded};
use crate::course::{CourseFiles, Lab, UnknownLab};
use crate::diagnosis::Menu;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Named, Spanned};
use crate::fields;
use crate::images;
use crate::kinds::RawCheck;
use crate::parameters::RawChoice;
use crate::template::Names;
use crate::tree::Node;
pub use error::ScenarioError;
pub(crate) use error::file_error;
use layers::Layers;
pub(crate) use layers::add_let;
pub use manifests::TextFile;
pub use surroundings::Surroundings;

/// One variant for one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name of the lab.
    pub lab: String,
    /// Name of the variant.
    pub variant: String,
    /// What picked the parameters.
    pub seed: u64,
    /// Where it is to run.
    pub surroundings: Surroundings,
    /// The lab's title.
    pub title: String,
    /// How long the lab takes.
    pub minutes: u32,
    /// What the seed picked, by the parameter's name.
    pub parameters: Map<String, Value>,
    /// What the variant's files may name: the parameters, what follows from them, and the workload that is broken, `subject`.
    pub names: Map<String, Value>,
    /// What the learner reads first, Markdown.
    pub brief: String,
    /// Files handed out, by their path below the learner's folder: the lab's as they are, then the variant's with the
    /// parameters filled in, and manifests; often none.
    pub start: BTreeMap<String, Vec<u8>>,
    /// The cluster to make; unset for written work, which needs none.
    pub cluster: Option<ClusterSpec>,
    /// What to apply, in this order; it is broken from its first moment.
    pub broken: Vec<TextFile>,
    /// What must be true before the learner is let in.
    pub symptom: Vec<Check>,
    /// What must become true or stay true.
    pub checks: Vec<Check>,
    /// Templates, in order, each in one or two parts: what the base has of it, then the variant's; [`crate::hint()`] renders them.
    pub hints: Vec<Vec<TextFile>>,
    /// What it was, Markdown.
    pub debrief: String,
    /// What a diagnosis is chosen from.
    pub menu: Menu,
    /// Words that would give the cause away before the solution.
    pub leaks: Vec<String>,
    /// The workload models, by their file names, as the course has them.
    pub images: BTreeMap<String, String>,
    /// SHA-256 in hexadecimal over everything of the course that makes this variant.
    pub content_hash: String,
}

/// `scenario.yaml`: the cluster of one variant, its symptom and its checks. What all variants of a lab share stands in
/// `base/scenario.yaml`, of the same form: maps merge, key by key, and where both have a value, the variant's counts; `null` takes the
/// base's away.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Scenario")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawScenario {
    /// The cluster to make. Without one the lab is written work: nothing is started, and its checks are of the kind `written`.
    cluster: Option<RawCluster>,
    /// What must be true before the learner is let in, by ids; without a `role`.
    #[serde(default)]
    pub(crate) symptom: Named<Spanned<RawCheck>>,
    /// What must become true or stay true, by ids, at least one.
    pub(crate) checks: Spanned<Named<Spanned<RawCheck>>>,
    /// Manifests that the learner is handed out as they are applied: each file's path below the learner's folder, and the manifest's name, such as `40-services.yaml`.
    #[serde(default)]
    hands_out: Named<Spanned<String>>,
    /// Parts of words that would give the cause away. They may not occur in the brief, in the first hint, or in names and texts of the broken objects and node groups.
    #[serde(default)]
    leaks: Vec<Spanned<String>>,
}

impl RawScenario {
    /// Whether there is a cluster to make.
    pub(crate) fn has_cluster(&self) -> bool {
        self.cluster.is_some()
    }
}

/// What is read of `scenario.yaml` first, because all else may refer to it.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "the layers are read by hand, one after the other; this is their schema"
)]
pub(crate) struct RawNames {
    /// What the seed picks, by the name that all other files use: lower case letters, digits and underscores, a letter first; not
    /// `checks`, `found`, `given`, `here`, `patch`, `subject` or `values`.
    #[serde(default)]
    parameters: std::collections::BTreeMap<String, RawChoice>,
    /// What follows from the parameters, by name: expressions over `given`, in the order in which they are written.
    #[serde(default)]
    r#let: std::collections::BTreeMap<String, String>,
    /// The workload that is broken. Of every scenario with a cluster.
    subject: Option<objects::RawObject>,
    /// What the manifests are made of, of any shape: they name it `values`.
    #[serde(default)]
    values: Map<String, Value>,
}

/// Everything of one variant for one seed, in a cluster that is made for it.
///
/// # Errors
/// The lab or the variant is unknown, or the first fault of a file.
pub fn resolve(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    seed: u64,
) -> Result<Scenario, ScenarioError> {
    resolve_for(files, lab, variant, seed, &Surroundings::default())
}

/// The same for other surroundings. What the seed picks is the same everywhere.
///
/// # Errors
/// As above.
pub fn resolve_for(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    seed: u64,
    surroundings: &Surroundings,
) -> Result<Scenario, ScenarioError> {
    let known = files.lab_names();
    if !known.iter().any(|name| name == lab) {
        return Err(ScenarioError::UnknownLab(UnknownLab::new(lab, known)));
    }
    let lab = Lab::read(files, lab).map_err(file_error)?;
    lab.variant(variant)
        .map_err(ScenarioError::UnknownVariant)?;
    let reader =
        VariantReader::new(files, &lab, variant, seed, surroundings).map_err(file_error)?;
    reader.scenario().map_err(file_error)
}

/// Reads the parts of one variant for one seed, each on its own, so that lint can name the faults of all.
pub(crate) struct VariantReader<'a> {
    files: &'a CourseFiles,
    lab: &'a Lab,
    seeded: Seeded<'a>,
    surroundings: Surroundings,
    pub(crate) folder: String,
    layers: Layers<'a>,
    names: Names,
    manifest_names: Names,
}

/// What `scenario.yaml` comes to.
pub(crate) struct Machine {
    pub(crate) cluster: Option<ClusterSpec>,
    pub(crate) symptom: Vec<Check>,
    pub(crate) checks: Vec<Check>,
    pub(crate) leaks: Vec<String>,
}

impl<'a> VariantReader<'a> {
    /// Reads `scenario.yaml` over the base's as a tree, and picks.
    pub(crate) fn new(
        files: &'a CourseFiles,
        lab: &'a Lab,
        variant: &'a str,
        seed: u64,
        surroundings: &Surroundings,
    ) -> Result<Self, Diagnostic> {
        let seeded = Seeded {
            lab: &lab.name,
            variant,
            seed,
        };
        let layers = Layers::read(files, seeded, surroundings)?;
        let names = Names::parameters(&layers.names);
        Ok(Self {
            files,
            lab,
            seeded,
            surroundings: surroundings.clone(),
            folder: format!("scenarios/{}/{variant}", lab.name),
            manifest_names: names.clone().with_value("values", &layers.values),
            names,
            layers,
        })
    }

    fn scenario(&self) -> Result<Scenario, Diagnostic> {
        let raw = self.read_scenario_file()?;
        let mut machine = self.machine(&raw)?;
        let start = self.handed_out(&raw)?;
        for check in &mut machine.checks {
            check.ask.hand_out(&start);
        }
        let images = images::read(self.files)?;
        let mut broken = self.broken()?;
        if let Some(registry) = &self.surroundings.registry {
            let hosts = images::registries(&images);
            for file in &mut broken {
                file.text = images::in_registry(&file.text, &hosts, registry);
            }
        }
        Ok(Scenario {
            lab: self.lab.name.clone(),
            variant: self.seeded.variant.to_owned(),
            seed: self.seeded.seed,
            surroundings: self.surroundings.clone(),
            title: self.lab.title.clone(),
            minutes: self.lab.minutes,
            brief: self.brief()?,
            start,
            hints: self.hints()?,
            menu: Menu::read(self.files, &self.lab.name)?,
            debrief: self.debrief()?,
            content_hash: content::hash(
                self.files,
                &self.lab.name,
                self.seeded.variant,
                &broken,
                &images,
            ),
            images,
            broken,
            cluster: machine.cluster,
            symptom: machine.symptom,
            checks: machine.checks,
            leaks: machine.leaks,
            parameters: self.layers.parameters.clone(),
            names: self.names().clone(),
        })
    }

    /// What everything else of the variant may name.
    pub(crate) fn names(&self) -> &Map<String, Value> {
        &self.layers.names
    }

    /// The workload that is broken, as kubectl names it; `None` where there is no cluster.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let subject = self.names().get("subject")?;
        Some(Subject {
            kind: fields::text(subject, "/kind").to_lowercase(),
            namespace: fields::text(subject, "/namespace").to_owned(),
            name: fields::text(subject, "/name").to_owned(),
        })
    }

    /// A file of the variant over the base's of the same name.
    pub(crate) fn over_base(&self, name: &str) -> Result<(Document<'a>, Node), Diagnostic> {
        layers::over_base(self.files, self.seeded, name)
    }

    /// The document of `scenario.yaml`, for the places of faults.
    pub(crate) fn document(&self) -> &Document<'a> {
        &self.layers.document
    }

    /// `scenario.yaml`, filled in and read but not yet checked.
    pub(crate) fn read_scenario_file(&self) -> Result<RawScenario, Diagnostic> {
        self.layers.typed()
    }

    /// What `scenario.yaml` comes to.
    pub(crate) fn machine(&self, raw: &RawScenario) -> Result<Machine, Diagnostic> {
        let document = self.document();
        let expand = |raw| ClusterSpec::expand(document, raw, self.seeded);
        let cluster = raw.cluster.as_ref().map(expand).transpose()?;
        if raw.checks.value.0.is_empty() {
            return Err(document.fault(raw.checks.defined, message!(NoCheck)));
        }
        let checks = checks::checks(document, &raw.checks.value)?;
        if cluster.is_none() {
            self.needs_no_cluster(raw, &checks)?;
        }
        Ok(Machine {
            cluster,
            symptom: checks::symptom(document, &raw.symptom)?,
            checks,
            leaks: raw
                .leaks
                .iter()
                .map(|word| objects::not_empty(document, word, "leaks"))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn brief_path(&self) -> String {
        format!("labs/{}/brief.md", self.lab.name)
    }

    pub(crate) fn brief(&self) -> Result<String, Diagnostic> {
        Ok(self.render(&self.brief_path())?.text)
    }

    pub(crate) fn debrief(&self) -> Result<String, Diagnostic> {
        Ok(self.render(&format!("{}/debrief.md", self.folder))?.text)
    }

    /// The manifests, each of them YAML whose objects have a kind and a name.
    pub(crate) fn broken(&self) -> Result<Vec<TextFile>, Diagnostic> {
        self.manifests()
            .into_iter()
            .map(|path| {
                let document = self.manifest(path)?;
                manifests::check(&document)?;
                Ok(TextFile {
                    file: path.to_owned(),
                    text: document.text,
                })
            })
            .collect()
    }

    /// The paths of the manifests in the order of their names: the base's, and over them the variant's of the same names.
    pub(crate) fn manifests(&self) -> Vec<&'a str> {
        let base = format!("{}/broken/", layers::base(&self.lab.name));
        let own = format!("{}/broken/", self.folder);
        let mut paths: BTreeMap<&str, &str> = BTreeMap::new();
        for folder in [&base, &own] {
            for path in self.files.0.keys() {
                let name = path.strip_prefix(folder.as_str());
                if let Some(name) = name.filter(|name| name.strip_suffix(".yaml").is_some()) {
                    paths.insert(name, path);
                }
            }
        }
        paths.into_values().collect()
    }

    /// A manifest with parameters and values filled in.
    pub(crate) fn manifest(&self, path: &'a str) -> Result<Document<'_>, Diagnostic> {
        Document::render(path, self.files.text(path)?, &self.manifest_names)
    }

    /// The hints as templates, in the order of their numbers: as many as the variant has, each after what the base has of that number.
    pub(crate) fn hints(&self) -> Result<Vec<Vec<TextFile>>, Diagnostic> {
        let there = |path: &String| self.files.0.contains_key(path);
        let read = |file: String| {
            let text = self.files.text(&file)?.to_owned();
            Ok(TextFile { file, text })
        };
        (1..)
            .map(|number| {
                let folders = [&layers::base(&self.lab.name), &self.folder];
                folders.map(|folder| format!("{folder}/hints/{number}.md"))
            })
            .take_while(|[_, own]| there(own))
            .map(|parts| parts.into_iter().filter(there).map(read).collect())
            .collect()
    }

    /// A file with the parameters filled in.
    pub(crate) fn render(&self, path: &str) -> Result<Document<'_>, Diagnostic> {
        let written = self.files.text(path)?;
        let file = self
            .files
            .0
            .get_key_value(path)
            .map_or("", |(file, _)| file.as_str());
        Document::render(file, written, &self.names)
    }
}
