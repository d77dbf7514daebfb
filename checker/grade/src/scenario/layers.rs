//! `scenario.yaml` of a variant over that of its lab's base, and the names that everything in them may refer to.
//!
//! Knows which parts are read first, not what the others mean.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Surroundings;
use super::objects::{self, RawObject};
use crate::cluster_spec::Seeded;
use crate::course::CourseFiles;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Spanned};
use crate::parameters::{self, Parameters};
use crate::tree::references::{self, is_choice};
use crate::tree::{Node, Value as TreeValue};

/// The two files as one.
pub(crate) struct Layers<'a> {
    /// For the places of faults.
    pub(crate) document: Document<'a>,
    /// What the seed picked.
    pub(crate) parameters: Map<String, Value>,
    /// What the seed picked, what follows from it, and the subject.
    pub(crate) names: Map<String, Value>,
    /// What the manifests are made of.
    pub(crate) values: Value,
    /// Everything else, not filled in yet.
    rest: Node,
}

/// The folder of what all variants of a lab share.
pub(crate) fn base(lab: &str) -> String {
    format!("scenarios/{lab}/base")
}

/// A file of the variant over the base's of the same name, and the tree that they are; either may be missing, not both.
pub(crate) fn over_base<'a>(
    files: &'a CourseFiles,
    seeded: Seeded<'_>,
    name: &str,
) -> Result<(Document<'a>, Node), Diagnostic> {
    let own = format!("scenarios/{}/{}/{name}", seeded.lab, seeded.variant);
    let base = format!("{}/{name}", base(seeded.lab));
    let below = files.0.get_key_value(&base).map(|(path, _)| path.as_str());
    let path = match files.0.get_key_value(&own) {
        Some((path, _)) => path.as_str(),
        None => return Err(Diagnostic::new(own, message!(FileMissing))),
    };
    let mut document = Document::plain(path, files.text(path)?);
    let tree = match below {
        Some(below) => document.tree_over(below, files.text(below)?, is_whole)?,
        None => document.tree()?,
    };
    Ok((document, tree))
}

/// What does not merge: a parameter, whose choices belong together, and a choice between two values.
fn is_whole(path: &[String], node: &Node) -> bool {
    matches!(path, [first, _] if first == "parameters") || is_choice(node)
}

impl<'a> Layers<'a> {
    /// Reads both files and picks.
    pub(crate) fn read(
        files: &'a CourseFiles,
        seeded: Seeded<'_>,
        surroundings: &Surroundings,
    ) -> Result<Self, Diagnostic> {
        let (mut document, mut rest) = over_base(files, seeded, "scenario.yaml")?;
        let parameters = match rest.take("parameters") {
            Some((_, written)) => {
                Parameters::read(&document, &written)?.pick(seeded.lab, seeded.variant, seeded.seed)
            }
            None => Map::new(),
        };
        let mut names = parameters.clone();
        names.insert("place".to_owned(), json!({"suffix": surroundings.suffix}));
        add_let(
            &document,
            rest.take("let").map(|(_, written)| written),
            &mut names,
        )?;
        match rest.take("subject") {
            Some((_, subject)) => {
                let subject = references::fill(&document, &subject, &names)?;
                let raw: Spanned<RawObject> = document.typed(&subject)?;
                objects::workload(&document, &raw)?;
                names.insert("subject".to_owned(), subject.plain());
            }
            None if rest.get("cluster").is_some() => {
                return Err(Diagnostic::new(document.file, message!(NoSubject)));
            }
            None => {}
        }
        let values = match rest.take("values") {
            Some((_, written)) => references::fill(&document, &written, &names)?.plain(),
            None => Value::Object(Map::new()),
        };
        // First of all, or a slip of the pen here would show as something that the base lacks.
        document.known_fields(
            &rest,
            &["cluster", "symptom", "checks", "hands_out", "leaks"],
        )?;
        document.given.clone_from(&names);
        Ok(Self {
            document,
            parameters,
            names,
            values,
            rest,
        })
    }

    /// Everything else, filled in and read.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        let filled = references::fill(&self.document, &self.rest, &self.names)?;
        self.document.typed(&filled)
    }
}

/// Adds what follows from the names that there are, in whatever order: a name of the base that a variant gives anew may follow from
/// the variant's own.
pub(crate) fn add_let(
    document: &Document<'_>,
    written: Option<Node>,
    names: &mut Map<String, Value>,
) -> Result<(), Diagnostic> {
    let Some(written) = written else {
        return Ok(());
    };
    let TreeValue::Map(fields) = &written.value else {
        return Err(document.fault(written.at, message!(LetNoMap, written.shape())));
    };
    for (key, _) in fields {
        parameters::check_name(document, &key.name, key.at)?;
        if names.contains_key(&key.name) {
            return Err(document
                .fault(key.at, message!(NameTwice, key.name))
                .note("in this file or in the base's; `null` among the `parameters` of scenario.yaml takes the base's away"));
        }
    }
    let mut left: Vec<_> = fields.iter().collect();
    while !left.is_empty() {
        let waits = |expression: &Node| left.iter().any(|(key, _)| uses(expression, &key.name));
        let next = left.iter().position(|(_, expression)| !waits(expression));
        // Where each waits for another, the first has the fault.
        let (key, expression) = left.remove(next.unwrap_or_default());
        let value = references::evaluate(document, expression, names)?;
        names.insert(key.name.clone(), value);
    }
    Ok(())
}

/// Whether an expression has `given.NAME`.
fn uses(expression: &Node, name: &str) -> bool {
    let TreeValue::Text(text) = &expression.value else {
        return false;
    };
    let is_part = |next: char| next.is_alphanumeric() || next == '_';
    let given = format!("given.{name}");
    text.match_indices(&given)
        .any(|(at, _)| !text[at + given.len()..].starts_with(is_part))
}
