//! The images of a scenario as one archive in Docker's format, which `kind load image-archive` takes: of each image the layer with
//! the program that all have, and a layer with its model and the links by which the program is called.
//!
//! Knows of a model what is in its image. Must not know what it does: the program reads that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::Builder;

use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::go::Program;
use crate::provider::Making;

mod layer;

/// The program that runs in containers, with all that it is made of.
fn containers(architecture: &str) -> Program<'_> {
    Program {
        what: "the program of the containers",
        without_go: || ProviderError::NoGoForContainers,
        package: "./container",
        architecture: Some(architecture),
    }
}

/// The program that is process 1 of every image, for Linux on a processor as Go names it: `amd64`, `arm64`. Builds it when it is
/// not there.
///
/// # Errors
/// It cannot be built, or the person interrupts.
pub(super) fn program(
    cache: &Path,
    architecture: &str,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<PathBuf, ProviderError> {
    let program = containers(architecture);
    let path = cache
        .join("containers")
        .join(format!("{architecture}-{}", program.sources_hash()));
    if !path.exists() {
        report(Making::Containers);
        program.ensure(&path, interrupted, report)?;
        report(Making::ContainersMade);
    }
    Ok(path)
}

/// Writes the images of these models into an archive, and returns their names: repositories with their tags.
///
/// # Errors
/// The program that runs in them cannot be built, a model cannot be read, the archive cannot be written, or the person interrupts.
pub fn write_images(
    cache: &Path,
    path: &Path,
    architecture: &str,
    models: &BTreeMap<String, String>,
    interrupted: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Making),
) -> Result<Vec<String>, ProviderError> {
    let program = program(cache, architecture, interrupted, report)?;
    archive(path, &program, models)
}

/// What of a model is in its image; the rest is for the program.
#[derive(Deserialize)]
struct Model {
    image: String,
    tags: Vec<String>,
    #[serde(default)]
    entrypoint: String,
    /// What runs where a Pod names nothing. Empty: the entrypoint.
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    user: u32,
    #[serde(default)]
    exec: Vec<String>,
    #[serde(default)]
    programs: Vec<Tool>,
    #[serde(default)]
    steps: layer::Steps,
}

#[derive(Deserialize)]
struct Tool {
    path: String,
}

/// Writes the archive of all images that the models name, by the names of their files. An image whose registry is not one host (`*`)
/// is left out: those are the node's own, and a node of kind has its own. The same models and program give the same bytes. Returns the names of the images.
///
/// # Errors
/// A model cannot be read, the program is none for Linux, or the archive cannot be written.
pub(super) fn archive(
    path: &Path,
    program: &Path,
    models: &BTreeMap<String, String>,
) -> Result<Vec<String>, ProviderError> {
    let executable = std::fs::read(program).map_err(FileError::of("read", program))?;
    let architecture = architecture(&executable).ok_or_else(|| ProviderError::WrongProgram {
        path: program.to_owned(),
        why: "it is not built for Linux on a processor that images are made for".to_owned(),
    })?;
    let mut archive = Archive::default();
    let packed = |error| FileError::of("pack", path)(error);
    let shared = archive.add(layer::of_program(&executable).map_err(packed)?, "tar");
    let mut entries = Vec::new();
    let mut names = Vec::new();
    for (file, text) in models {
        let model: Model = serde_yaml::from_str(text).map_err(|error| ProviderError::Model {
            said: format!("workload model `{file}`: {error}"),
        })?;
        if model.image.contains('*') {
            continue;
        }
        let own = archive.add(layer::of_model(&model, text).map_err(packed)?, "tar");
        let layers = [&shared, &own];
        let configuration = configuration(&model, architecture, &layers);
        let configuration = archive.add(configuration.to_string().into_bytes(), "json");
        for tag in &model.tags {
            let name = format!("{}:{tag}", model.image);
            names.push(name.clone());
            entries.push(json!({
                "Config": configuration.file,
                "RepoTags": [name],
                "Layers": layers.map(|layer| &layer.file),
            }));
        }
    }
    let text = Value::from(entries).to_string();
    let whole = archive.packed(text.as_bytes()).map_err(packed)?;
    write_atomically(path, &whole)?;
    Ok(names)
}

/// An image's configuration, as the OCI's image specification has it.
fn configuration(model: &Model, architecture: &str, layers: &[&Part]) -> Value {
    let (how, words) = if model.command.is_empty() {
        ("Entrypoint", std::slice::from_ref(&model.entrypoint))
    } else {
        ("Cmd", model.command.as_slice())
    };
    json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": architecture,
        "os": "linux",
        "config": {
            how: words,
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "User": if model.user == 0 { String::new() } else { model.user.to_string() },
            "WorkingDir": "/",
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": layers.iter().map(|layer| format!("sha256:{}", layer.digest)).collect::<Vec<_>>(),
        },
    })
}

/// The processor of an executable of Linux (ELF, little endian), as Go names it.
fn architecture(executable: &[u8]) -> Option<&'static str> {
    if !executable.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    match executable.get(18..20)? {
        [0x3e, 0] => Some("amd64"),
        [0xb7, 0] => Some("arm64"),
        _ => None,
    }
}

/// A file of the archive, which is called after what it holds.
struct Part {
    digest: String,
    file: String,
}

/// The files of an archive, each once.
#[derive(Default)]
struct Archive {
    files: BTreeMap<String, Vec<u8>>,
}

impl Archive {
    fn add(&mut self, content: Vec<u8>, kind: &str) -> Part {
        let mut digest = String::new();
        for byte in Sha256::digest(&content) {
            digest.push_str(&format!("{byte:02x}"));
        }
        let file = format!("{digest}.{kind}");
        self.files.insert(file.clone(), content);
        Part { digest, file }
    }

    /// The whole archive, with the list of its images.
    fn packed(&self, list: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut archive = Builder::new(Vec::new());
        for (name, content) in &self.files {
            layer::file(&mut archive, name, 0o644, content)?;
        }
        layer::file(&mut archive, "manifest.json", 0o644, list)?;
        archive.into_inner()
    }
}

#[cfg(test)]
mod tests;
