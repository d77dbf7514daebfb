//! The course: its files, its labs and which variants each has.
//!
//! Knows paths and `lab.yaml`; what a variant says is [`crate::scenario`]'s.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::diagnostic::{Diagnostic, message, nearest};
use crate::document::{Document, Spanned};
use crate::draw::Draw;

/// The files of a course by their path from its root, such as `labs/pending-pod/lab.yaml`: embedded ones or a folder's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseFiles(pub BTreeMap<String, Vec<u8>>);

/// The labs of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    labs: Vec<Lab>,
}

/// What all variants of a lab share: `lab.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lab {
    /// The folder's name, `pending-pod`.
    pub name: String,
    /// As a person reads it, `Pending Pods`.
    pub title: String,
    /// How long it takes, at least 1.
    pub minutes: u32,
    /// What it practises, one line each.
    pub practises: Vec<String>,
    /// The ways it can be broken, at least one.
    pub variants: Vec<String>,
}

/// A course that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CourseError {
    /// A file is wrong.
    #[error("{0}")]
    File(Box<Diagnostic>),
    /// There is no lab at all.
    #[error("the course has no labs: no file `labs/<lab>/lab.yaml`")]
    NoLabs,
}

/// A lab that the course has not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no lab named `{name}`")]
pub struct UnknownLab {
    /// As it was asked for.
    pub name: String,
    /// The lab that was probably meant; unset when none is near.
    pub nearest: Option<String>,
    /// All labs.
    pub known: Vec<String>,
}

/// A variant that the lab has not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("lab `{lab}` has no variant `{name}`")]
pub struct UnknownVariant {
    /// The lab.
    pub lab: String,
    /// As it was asked for.
    pub name: String,
    /// The variant that was probably meant; unset when none is near.
    pub nearest: Option<String>,
    /// All variants of the lab.
    pub known: Vec<String>,
}

/// `lab.yaml`: what all variants of a lab share.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Lab")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLab {
    /// As a person reads it.
    title: String,
    /// How long it takes, at least 1.
    minutes: Spanned<u32>,
    /// What it practises, one line each.
    practises: Vec<String>,
    /// The ways it can be broken: folders in `scenarios/<lab>/`. At least one.
    variants: Spanned<Vec<Spanned<String>>>,
}

impl CourseFiles {
    /// The text of a file.
    ///
    /// # Errors
    /// The file is missing or no UTF-8.
    pub fn text(&self, path: &str) -> Result<&str, Diagnostic> {
        let bytes = self
            .0
            .get(path)
            .ok_or_else(|| Diagnostic::new(path, message!(FileMissing)))?;
        std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()]
                .split(|byte| *byte == b'\n')
                .skip(1)
                .count()
                + 1;
            Diagnostic::new(path, message!(NotUtf8, line))
        })
    }

    /// The files below a folder, by their path from it, in the order of their names. A folder that is not there has none.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0.iter().filter_map(move |(path, bytes)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            Some((name, bytes.as_slice()))
        })
    }

    /// The names of the labs, whether or not their files are right.
    pub(crate) fn lab_names(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self
            .below("labs")
            .filter_map(|(path, _)| path.strip_suffix("/lab.yaml"))
            .filter(|name| !name.contains('/'))
            .collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

impl Course {
    /// Reads every `lab.yaml`.
    ///
    /// # Errors
    /// There is no lab, or the first fault of the first wrong file.
    pub fn load(files: &CourseFiles) -> Result<Self, CourseError> {
        let labs: Vec<Lab> = files
            .lab_names()
            .iter()
            .map(|name| Lab::read(files, name))
            .collect::<Result<_, _>>()
            .map_err(|fault| CourseError::File(Box::new(fault)))?;
        if labs.is_empty() {
            Err(CourseError::NoLabs)
        } else {
            Ok(Self { labs })
        }
    }

    /// The labs in the order of their names.
    #[must_use]
    pub fn labs(&self) -> &[Lab] {
        &self.labs
    }

    /// The lab of this name.
    ///
    /// # Errors
    /// There is none; says which is near.
    pub fn lab(&self, name: &str) -> Result<&Lab, UnknownLab> {
        self.labs
            .iter()
            .find(|lab| lab.name == name)
            .ok_or_else(|| {
                UnknownLab::new(name, self.labs.iter().map(|lab| lab.name.clone()).collect())
            })
    }
}

impl Lab {
    /// Reads the `lab.yaml` of this lab.
    pub(crate) fn read(files: &CourseFiles, name: &str) -> Result<Self, Diagnostic> {
        let path = format!("labs/{name}/lab.yaml");
        let document = Document::plain(&path, files.text(&path)?);
        let raw: RawLab = document.read()?;
        if name == "images" {
            return Err(Diagnostic::new(&path, message!(LabCalledImages)));
        }
        if raw.minutes.value == 0 {
            return Err(document.fault(raw.minutes.defined, message!(NoMinutes)));
        }
        if raw.variants.value.is_empty() {
            return Err(document.fault(raw.variants.defined, message!(NoVariant)));
        }
        let mut variants: Vec<String> = Vec::new();
        for variant in raw.variants.value {
            if variant.value == "base" {
                return Err(document.fault(variant.defined, message!(VariantCalledBase)));
            }
            if variants.contains(&variant.value) {
                return Err(document.fault(variant.defined, message!(VariantTwice, variant.value)));
            }
            if files
                .below(&format!("scenarios/{name}/{}", variant.value))
                .next()
                .is_none()
            {
                let folder = format!("scenarios/{name}");
                let known: BTreeSet<&str> = files
                    .below(&folder)
                    .filter_map(|(path, _)| Some(path.split_once('/')?.0))
                    .filter(|name| *name != "base")
                    .collect();
                return Err(document
                    .fault(
                        variant.defined,
                        message!(NoVariantFolder, folder, variant.value),
                    )
                    .known("variants", &variant.value, known));
            }
            variants.push(variant.value);
        }
        Ok(Self {
            name: name.to_owned(),
            title: raw.title,
            minutes: raw.minutes.value,
            practises: raw.practises,
            variants,
        })
    }

    /// That the lab has this variant.
    ///
    /// # Errors
    /// It has not; says which is near.
    pub fn variant(&self, name: &str) -> Result<&str, UnknownVariant> {
        self.variants
            .iter()
            .find(|known| *known == name)
            .map(String::as_str)
            .ok_or_else(|| UnknownVariant {
                lab: self.name.clone(),
                name: name.to_owned(),
                nearest: nearest(name, self.variants.iter().map(String::as_str)),
                known: self.variants.clone(),
            })
    }
}

impl UnknownLab {
    pub(crate) fn new(name: &str, known: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            nearest: nearest(name, known.iter().map(String::as_str)),
            known,
        }
    }
}

/// Which variant of a lab a seed picks. The same on every machine; adding a variant to the lab may change it.
#[must_use]
pub fn pick_variant(lab: &Lab, seed: u64) -> &str {
    let place = Draw::new(seed, &["variant", &lab.name]).index(lab.variants.len());
    lab.variants.get(place).map_or("", String::as_str)
}
