//! What the author claims of a variant: the cases of `cases.yaml`, over those of the lab's base.
//!
//! Only the gate and lint read it: no command of a learner does, so that a slip of the pen in a wrong fix is no learner's.

mod case;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::check::Check;
use crate::course::{CourseFiles, Lab, UnknownLab};
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Named, Spanned};
use crate::fix::Fix;
use crate::scenario::{ScenarioError, Surroundings, VariantReader, file_error};
use crate::tree::{Node, Value as TreeValue, references};
pub(crate) use case::Subject;
use case::{RawCase, Setting};

/// What must solve a variant, and what must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// What must solve it.
    pub fixes: Vec<Fix>,
    /// What must not.
    pub wrong: Vec<Fix>,
}

/// `cases.yaml`: what must solve the variant and what must not. The wrong fixes that all variants of a lab share stand in
/// `base/cases.yaml`, of the same form: maps merge, key by key, and where both have a value, the variant's counts; `null` takes the
/// base's away.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Cases")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCases {
    /// What must solve the variant, by name; at least two that differ in their end state.
    #[serde(default)]
    fixes: Named<Spanned<RawCase>>,
    /// What must not, by name; one of them does nothing.
    #[serde(default)]
    wrong: Named<Spanned<RawCase>>,
}

/// What is read of `cases.yaml` first, because the cases may refer to it.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "read by hand, before the cases; this is its schema"
)]
pub(crate) struct RawCaseNames {
    /// What follows from the parameters, by name: expressions over `given`, in the order in which they are written.
    #[serde(default)]
    r#let: std::collections::BTreeMap<String, String>,
    /// What several cases have in common, of any shape, such as the patch that repairs it: cases refer to it as `$values.…`.
    #[serde(default)]
    values: Map<String, Value>,
}

/// What the author claims of one variant for one seed.
///
/// # Errors
/// The lab or the variant is unknown, or the first fault of a file.
pub fn claims(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    seed: u64,
) -> Result<Claims, ScenarioError> {
    claims_for(files, lab, variant, seed, &Surroundings::default())
}

/// The same for other surroundings.
///
/// # Errors
/// As above.
pub fn claims_for(
    files: &CourseFiles,
    lab: &str,
    variant: &str,
    seed: u64,
    surroundings: &Surroundings,
) -> Result<Claims, ScenarioError> {
    let known = files.lab_names();
    if !known.iter().any(|name| name == lab) {
        return Err(ScenarioError::UnknownLab(UnknownLab::new(lab, known)));
    }
    let lab = Lab::read(files, lab).map_err(file_error)?;
    lab.variant(variant)
        .map_err(ScenarioError::UnknownVariant)?;
    let reader =
        VariantReader::new(files, &lab, variant, seed, surroundings).map_err(file_error)?;
    let checks = reader
        .read_scenario_file()
        .and_then(|raw| reader.machine(&raw))
        .map_err(file_error)?
        .checks;
    read(&reader, &checks).map_err(file_error)
}

/// The cases of a variant whose checks these are.
pub(crate) fn read(reader: &VariantReader<'_>, checks: &[Check]) -> Result<Claims, Diagnostic> {
    let (document, mut rest) = reader.over_base("cases.yaml")?;
    let mut names = reader.names().clone();
    let lets = rest.take("let").map(|(_, written)| written);
    crate::scenario::add_let(&document, lets, &mut names)?;
    if let Some((_, values)) = rest.take("values") {
        add_values(&document, values, &mut names)?;
    }
    let raw: RawCases = document.typed(&references::fill(&document, &rest, &names)?)?;
    let setting = Setting {
        document: &document,
        reader,
        names: &names,
        subject: reader.subject(),
    };
    let fixes = raw.fixes.0.iter();
    let wrong = raw.wrong.0.iter();
    Ok(Claims {
        fixes: fixes
            .map(|(name, case)| case.value.fix(&setting, name))
            .collect::<Result<_, _>>()?,
        wrong: wrong
            .map(|(name, case)| case.value.wrong_fix(&setting, name, checks))
            .collect::<Result<_, _>>()?,
    })
}

/// Adds what several cases have in common; each may refer to what stands before it.
fn add_values(
    document: &Document<'_>,
    values: Node,
    names: &mut Map<String, Value>,
) -> Result<(), Diagnostic> {
    let shape = values.shape();
    let TreeValue::Map(fields) = values.value else {
        return Err(document.fault(values.at, message!(ValuesNoMap, shape)));
    };
    let mut known = Map::new();
    for field in fields {
        let one = Node {
            at: values.at,
            value: TreeValue::Map(vec![field]),
        };
        if let Value::Object(filled) = references::fill(document, &one, names)?.plain() {
            known.extend(filled);
        }
        names.insert("values".to_owned(), Value::Object(known.clone()));
    }
    Ok(())
}
