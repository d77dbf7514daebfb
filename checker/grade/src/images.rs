//! The workload models of `scenarios/images/`: a file is one model as the sandbox reads it, or a table of images that behave alike.
//!
//! Knows how a table becomes models, not what a model says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::course::CourseFiles;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Spanned};
use crate::tree::{Node, references};

/// One image of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    /// The repository, without its registry: `orders/cart`.
    image: String,
    /// Its only tag.
    tag: String,
    /// What the model names besides `image`, `tag` and `name`, the last part of the repository.
    #[serde(default, rename = "with")]
    more: Map<String, Value>,
}

/// The folder.
pub(crate) const FOLDER: &str = "scenarios/images";

/// The models by the names of the files that the sandbox reads.
///
/// # Errors
/// The first fault of a table. A file that is one model is as it is: the sandbox reads it.
pub(crate) fn read(files: &CourseFiles) -> Result<BTreeMap<String, String>, Diagnostic> {
    let mut models = BTreeMap::new();
    let names = files
        .below(FOLDER)
        .filter_map(|(name, _)| name.strip_suffix(".yaml"));
    for name in names {
        let path = format!("{FOLDER}/{name}.yaml");
        let text = files.text(&path)?;
        if is_table(text) {
            models.extend(table(name, &path, text)?);
        } else {
            models.insert(format!("{name}.yaml"), text.to_owned());
        }
    }
    Ok(models)
}

/// The image that a model is of.
pub(crate) fn repository(model: &str) -> Option<&str> {
    let line = model.lines().find_map(|line| line.strip_prefix("image:"))?;
    Some(line.trim().trim_matches('"'))
}

/// The registries that the images of these models are in, as hosts; those of the nodes' own images, which have a `*` in them, are left out.
pub(crate) fn registries(models: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let hosts = models.values().filter_map(|model| {
        let (host, _) = repository(model)?.split_once('/')?;
        (!host.contains('*')).then_some(host)
    });
    hosts.collect()
}

/// A text in which the images of these registries are in another one.
pub(crate) fn in_registry(text: &str, hosts: &BTreeSet<&str>, registry: &str) -> String {
    let registry = registry.trim_end_matches('/');
    hosts.iter().fold(text.to_owned(), |text, host| {
        text.replace(&format!("{host}/"), &format!("{registry}/"))
    })
}

/// The models of a course, as of images in another registry; those of the nodes' own are left out.
///
/// # Errors
/// The first fault of a table.
pub fn models_in(
    files: &CourseFiles,
    registry: &str,
) -> Result<BTreeMap<String, String>, Diagnostic> {
    let models = read(files)?;
    let hosts = registries(&models);
    let moved = models.iter().filter_map(|(name, model)| {
        let repository = repository(model)?;
        let model = in_registry(model, &hosts, registry);
        (!repository.contains('*')).then(|| (name.clone(), model))
    });
    Ok(moved.collect())
}

/// A table says `images`, a model says `image`.
fn is_table(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("images:"))
}

/// The models of a table: of each row one, with the row's values filled into the model. The name of the table begins those of its models,
/// so that what the sandbox says of one leads here.
fn table(table: &str, path: &str, text: &str) -> Result<Vec<(String, String)>, Diagnostic> {
    let document = Document::plain(path, text);
    let mut rest = document.tree()?;
    let rows = rest
        .take("images")
        .map_or_else(Node::nothing, |(_, rows)| rows);
    let rows: Vec<Spanned<RawRow>> = document.typed(&rows)?;
    let model = rest
        .take("model")
        .map(|(_, model)| model)
        .ok_or_else(|| Diagnostic::new(path, message!(TableWithoutModel)))?;
    let mut models = Vec::new();
    for row in rows {
        let RawRow { image, tag, more } = row.value;
        let mut names = more;
        let name = image.rsplit('/').next().unwrap_or_default().to_owned();
        names.insert("name".to_owned(), name.into());
        names.insert("image".to_owned(), image.as_str().into());
        names.insert("tag".to_owned(), tag.as_str().into());
        let filled = references::fill(&document, &model, &names)?.plain();
        let mut text = String::from("format_version: 1\n");
        for (field, value) in filled.as_object().into_iter().flatten() {
            text.push_str(&format!("{field}: {value}\n"));
        }
        let file = format!("{table}.{}-{tag}.yaml", image.replace('/', "-"));
        if models.iter().any(|(known, _)| *known == file) {
            return Err(document.fault(row.defined, message!(ImageTwice, image, tag)));
        }
        models.push((file, text));
    }
    Ok(models)
}
