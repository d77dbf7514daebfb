//! The layers of an image: one with the program, one with the model and the links. Their bytes depend on nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Result;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tar::{Builder, EntryType, Header};

use super::Model;

/// Where the program is, seen from an image's root. It looks for its model beside itself.
const PROGRAM: &str = "labctl/program";

/// Where the model is.
const MODEL: &str = "labctl/model.yaml";

/// Where the tools of a small image are.
const TOOLS: [&str; 2] = ["bin", "usr/bin"];

/// The layer that all images share.
pub(super) fn of_program(executable: &[u8]) -> Result<Vec<u8>> {
    let mut layer = Builder::new(Vec::new());
    file(&mut layer, PROGRAM, 0o755, executable)?;
    layer.into_inner()
}

/// The layer of one model: the model itself, a link for every name that it is called by, and the folders where it keeps files.
pub(super) fn of_model(model: &Model, text: &str) -> Result<Vec<u8>> {
    let links = links(model);
    let kept: BTreeSet<PathBuf> = model.steps.kept().map(inside).collect();
    // Each with its owner and its mode.
    let mut folders: BTreeMap<PathBuf, (u32, u32)> = BTreeMap::new();
    for path in links.iter().chain([&PathBuf::from(MODEL)]).chain(&kept) {
        folders.extend(above(path).map(|folder| (folder, (0, 0o755))));
    }
    // As in the sandbox, a folder where a file is kept belongs to the user of the image.
    let own = kept.iter().filter_map(|path| path.parent());
    folders.extend(own.map(|folder| (folder.to_owned(), (model.user, 0o755))));
    if model.exec.iter().any(|tool| tool == "sh") {
        folders.insert(PathBuf::from("tmp"), (0, 0o777));
    }
    let mut layer = Builder::new(Vec::new());
    for (folder, (owner, mode)) in &folders {
        let mut header = header(EntryType::Directory, *mode, 0);
        header.set_uid(u64::from(*owner));
        layer.append_data(&mut header, folder, std::io::empty())?;
    }
    file(&mut layer, MODEL, 0o644, text.as_bytes())?;
    for link in &links {
        let mut header = header(EntryType::Symlink, 0o777, 0);
        layer.append_link(&mut header, link, Path::new("/").join(PROGRAM))?;
    }
    layer.into_inner()
}

/// By which paths the program is called, seen from the root.
fn links(model: &Model) -> BTreeSet<PathBuf> {
    let tools = TOOLS.iter().flat_map(|folder| {
        let tools = model.exec.iter();
        tools.map(|tool| Path::new(folder).join(tool))
    });
    let programs = model.programs.iter().map(|program| inside(&program.path));
    let own = (!model.entrypoint.is_empty()).then(|| inside(&model.entrypoint));
    tools.chain(programs).chain(own).collect()
}

/// An absolute path, seen from the root.
fn inside(path: &str) -> PathBuf {
    Path::new(path.trim_start_matches('/')).to_owned()
}

/// The folders that a path is in, without the root.
fn above(path: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = path.ancestors().skip(1).map(Path::to_owned);
    folders.filter(|folder| !folder.as_os_str().is_empty())
}

/// Adds a file.
pub(super) fn file(to: &mut Builder<Vec<u8>>, name: &str, mode: u32, content: &[u8]) -> Result<()> {
    let mut header = header(EntryType::Regular, mode, content.len() as u64);
    to.append_data(&mut header, name, content)
}

/// The root's, of no time.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// What a model does, as far as it has to do with files.
#[derive(Default)]
pub(super) struct Steps(Vec<Step>);

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    keep_file: Option<KeepFile>,
}

#[derive(Deserialize)]
struct KeepFile {
    path: String,
}

impl Steps {
    /// The files that it keeps.
    fn kept(&self) -> impl Iterator<Item = &str> {
        let kept = self.0.iter().filter_map(|step| step.keep_file.as_ref());
        kept.map(|file| file.path.as_str())
    }
}

/// A list of steps, or one word for steps that its arguments say.
impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrWord)
    }
}

struct ListOrWord;

impl<'de> serde::de::Visitor<'de> for ListOrWord {
    type Value = Steps;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a list of steps, or `from_args`")
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Steps, E> {
        Ok(Steps::default())
    }

    fn visit_unit<E>(self) -> std::result::Result<Steps, E> {
        Ok(Steps::default())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(
        self,
        mut list: A,
    ) -> std::result::Result<Steps, A::Error> {
        let mut steps = Vec::new();
        while let Some(step) = list.next_element()? {
            steps.push(step);
        }
        Ok(Steps(steps))
    }
}
