//! One variant for one seed: everything picked, rendered, parsed and checked.
//!
//! Knows the course's files; makes no cluster and asks none.

pub(crate) mod checks;
pub(crate) mod objects;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::check::Check;
use crate::cluster_spec::{ClusterSpec, RawCluster, Seeded};
use crate::course::{CourseFiles, Lab, UnknownLab, UnknownVariant};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Spanned};
use crate::fix::Fix;
use crate::kinds::RawCheck;
use crate::parameters::Parameters;
use crate::template::Names;

/// One variant for one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name of the lab.
    pub lab: String,
    /// Name of the variant.
    pub variant: String,
    /// What picked the parameters.
    pub seed: u64,
    /// The lab's title.
    pub title: String,
    /// How long the lab takes.
    pub minutes: u32,
    /// What the seed picked, by the parameter's name.
    pub parameters: Map<String, Value>,
    /// What the learner reads first, Markdown.
    pub brief: String,
    /// Files handed out, by their path below the learner's folder: the lab's as they are, then the variant's with the
    /// parameters filled in; often none.
    pub start: BTreeMap<String, Vec<u8>>,
    /// The cluster to make.
    pub cluster: ClusterSpec,
    /// What to apply, in this order; it is broken from its first moment.
    pub broken: Vec<TextFile>,
    /// What must be true before the learner is let in.
    pub symptom: Vec<Check>,
    /// What must become true or stay true.
    pub checks: Vec<Check>,
    /// Templates, in order; [`crate::hint()`] renders them.
    pub hints: Vec<TextFile>,
    /// What it was, Markdown.
    pub debrief: String,
    /// What must solve it.
    pub fixes: Vec<Fix>,
    /// What must not.
    pub wrong: Vec<Fix>,
    /// Words that would give the cause away before the solution.
    pub leaks: Vec<String>,
    /// The workload models, by their file names, as the course has them.
    pub images: BTreeMap<String, String>,
    /// SHA-256 in hexadecimal over everything of the course that makes this variant.
    pub content_hash: String,
}

/// A text and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Path from the course's root.
    pub file: String,
    /// The text.
    pub text: String,
}

/// A scenario that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// The course has no such lab.
    #[error(transparent)]
    UnknownLab(UnknownLab),
    /// The lab has no such variant.
    #[error(transparent)]
    UnknownVariant(UnknownVariant),
    /// A file is wrong.
    #[error("{0}")]
    File(Box<Diagnostic>),
}

/// `scenario.yaml`: the cluster of one variant, its symptom and its checks.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Scenario")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawScenario {
    /// Version of this format.
    #[serde(rename = "format_version")]
    #[schemars(extend("const" = 1))]
    _format_version: u64,
    /// The cluster to make.
    cluster: RawCluster,
    /// What must be true before the learner is let in; only `rollout` and `cel`, without a `role`.
    #[serde(default)]
    pub(crate) symptom: Vec<Spanned<RawCheck>>,
    /// What must become true or stay true, at least one. Their ids are unique.
    pub(crate) checks: Spanned<Vec<Spanned<RawCheck>>>,
    /// Parts of words that would give the cause away. They may not occur in the brief, in the first hint, or in names and texts of the broken objects and node groups.
    #[serde(default)]
    leaks: Vec<Spanned<String>>,
}

/// Everything of one variant for one seed.
///
/// # Errors
/// The lab or the variant is unknown, or the first fault of a file.
pub fn resolve(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    seed: u64,
) -> Result<Scenario, ScenarioError> {
    let known = files.lab_names();
    if !known.iter().any(|name| name == lab) {
        return Err(ScenarioError::UnknownLab(UnknownLab::new(lab, known)));
    }
    let lab = Lab::read(files, lab).map_err(file_error)?;
    lab.variant(variant)
        .map_err(ScenarioError::UnknownVariant)?;
    let reader = VariantReader::new(files, &lab, variant, seed).map_err(file_error)?;
    reader.scenario().map_err(file_error)
}

fn file_error(fault: Diagnostic) -> ScenarioError {
    ScenarioError::File(Box::new(fault))
}

/// Reads the parts of one variant for one seed, each on its own, so that lint can name the faults of all.
pub(crate) struct VariantReader<'a> {
    files: &'a CourseFiles,
    lab: &'a Lab,
    seeded: Seeded<'a>,
    pub(crate) folder: String,
    pub(crate) parameters: Map<String, Value>,
    names: Names,
}

/// What `scenario.yaml` comes to.
pub(crate) struct Machine {
    pub(crate) cluster: ClusterSpec,
    pub(crate) symptom: Vec<Check>,
    pub(crate) checks: Vec<Check>,
    pub(crate) leaks: Vec<String>,
}

impl<'a> VariantReader<'a> {
    /// Reads `parameters.yaml` and picks.
    pub(crate) fn new(
        files: &'a CourseFiles,
        lab: &'a Lab,
        variant: &'a str,
        seed: u64,
    ) -> Result<Self, Diagnostic> {
        let folder = format!("scenarios/{}/{variant}", lab.name);
        let path = format!("{folder}/parameters.yaml");
        let parameters = Parameters::read(&Document::plain(&path, files.text(&path)?))?
            .pick(&lab.name, variant, seed);
        let names = Names::parameters(&parameters);
        Ok(Self {
            files,
            lab,
            seeded: Seeded {
                lab: &lab.name,
                variant,
                seed,
            },
            folder,
            parameters,
            names,
        })
    }

    fn scenario(&self) -> Result<Scenario, Diagnostic> {
        let (document, raw) = self.read_scenario_file()?;
        let machine = self.machine(&document, &raw)?;
        Ok(Scenario {
            lab: self.lab.name.clone(),
            variant: self.seeded.variant.to_owned(),
            seed: self.seeded.seed,
            title: self.lab.title.clone(),
            minutes: self.lab.minutes,
            brief: self.brief()?,
            start: self.start()?,
            broken: self.broken()?,
            hints: self.hints()?,
            debrief: self.debrief()?,
            fixes: self.fixes()?,
            wrong: self.wrong(&machine.checks)?,
            images: self.images()?,
            content_hash: self.files.content_hash(&self.lab.name, self.seeded.variant),
            cluster: machine.cluster,
            symptom: machine.symptom,
            checks: machine.checks,
            leaks: machine.leaks,
            parameters: self.parameters.clone(),
        })
    }

    /// `scenario.yaml`, rendered and read but not yet checked.
    pub(crate) fn read_scenario_file(&self) -> Result<(Document<'_>, RawScenario), Diagnostic> {
        let document = self.render(&format!("{}/scenario.yaml", self.folder))?;
        let raw = document.read()?;
        Ok((document, raw))
    }

    /// What `scenario.yaml` comes to.
    pub(crate) fn machine(
        &self,
        document: &Document<'_>,
        raw: &RawScenario,
    ) -> Result<Machine, Diagnostic> {
        let cluster = ClusterSpec::expand(document, &raw.cluster, self.seeded)?;
        if raw.checks.value.is_empty() {
            return Err(document.fault(raw.checks.defined, "a scenario has at least one check"));
        }
        Ok(Machine {
            cluster,
            symptom: checks::symptom(document, &raw.symptom)?,
            checks: checks::checks(document, &raw.checks.value)?,
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

    pub(crate) fn debrief(&self) -> Result<String, Diagnostic> {
        Ok(self.render(&format!("{}/debrief.md", self.folder))?.text)
    }

    /// The manifests, each of them YAML whose objects have a kind and a name.
    pub(crate) fn broken(&self) -> Result<Vec<TextFile>, Diagnostic> {
        self.in_folder("broken", ".yaml")
            .map(|(path, _)| {
                let document = self.render(&path)?;
                check_manifest(&document)?;
                Ok(TextFile {
                    file: path.clone(),
                    text: document.text,
                })
            })
            .collect()
    }

    /// The hints as templates, in the order of their numbers.
    pub(crate) fn hints(&self) -> Result<Vec<TextFile>, Diagnostic> {
        (1..)
            .map(|number| format!("{}/hints/{number}.md", self.folder))
            .take_while(|path| self.files.0.contains_key(path))
            .map(|path| {
                Ok(TextFile {
                    text: self.files.text(&path)?.to_owned(),
                    file: path,
                })
            })
            .collect()
    }

    pub(crate) fn fixes(&self) -> Result<Vec<Fix>, Diagnostic> {
        self.in_folder("fixes", ".yaml")
            .map(|(path, name)| Fix::read(&self.render(&path)?, name))
            .collect()
    }

    pub(crate) fn wrong(&self, checks: &[Check]) -> Result<Vec<Fix>, Diagnostic> {
        self.in_folder("wrong", ".yaml")
            .map(|(path, name)| Fix::read_wrong(&self.render(&path)?, name, checks))
            .collect()
    }

    fn images(&self) -> Result<BTreeMap<String, String>, Diagnostic> {
        let models = self
            .files
            .below("scenarios/images")
            .filter(|(name, _)| name.strip_suffix(".yaml").is_some());
        models
            .map(|(name, _)| {
                Ok((
                    name.to_owned(),
                    self.files
                        .text(&format!("scenarios/images/{name}"))?
                        .to_owned(),
                ))
            })
            .collect()
    }

    /// Path and name without ending of the files of a folder of the variant.
    pub(crate) fn in_folder(
        &self,
        folder: &str,
        ending: &'static str,
    ) -> impl Iterator<Item = (String, &'a str)> {
        let folder = format!("{}/{folder}/", self.folder);
        self.files.0.keys().filter_map(move |path| {
            let name = path.strip_prefix(&folder)?.strip_suffix(ending)?;
            Some((path.clone(), name))
        })
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

fn check_manifest(document: &Document<'_>) -> Result<(), Diagnostic> {
    for object in document.read_all::<RawManifest>()? {
        let kind = &object.kind;
        match (
            objects::is_namespaced(&kind.value),
            &object.metadata.namespace,
        ) {
            (Some(true), None) => {
                return Err(document.fault(
                    kind.defined,
                    format!("this {} has no `metadata.namespace`", kind.value),
                ));
            }
            (Some(false), Some(namespace)) => {
                return Err(document.fault(
                    namespace.defined,
                    format!("{} is cluster-scoped: it has no namespace", kind.value),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
