//! The files of the course: those inside the binary, or a folder's.

use std::collections::BTreeMap;
use std::path::Path;

use grade::CourseFiles;
use include_dir::{Dir, include_dir};

use crate::failure::{Failure, Result};

static LABS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../labs");
static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../scenarios");

/// The course in this folder, or the one inside the binary.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn files(folder: Option<&Path>) -> Result<CourseFiles> {
    let mut files = BTreeMap::new();
    match folder {
        None => {
            embedded("labs", &LABS, &mut files);
            embedded("scenarios", &SCENARIOS, &mut files);
        }
        Some(folder) => {
            for part in ["labs", "scenarios"] {
                read(folder, &folder.join(part), &mut files)?;
            }
        }
    }
    Ok(CourseFiles(files))
}

fn embedded(part: &str, dir: &Dir<'_>, into: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        let path = format!("{part}/{}", file.path().display());
        into.insert(path, file.contents().to_vec());
    }
    for dir in dir.dirs() {
        embedded(part, dir, into);
    }
}

fn read(root: &Path, folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::bad_input(format!(
            "failed to read the course's `{}`: {error}",
            path.display()
        ))
        .hint("a course is a folder with labs/ and scenarios/")
    };
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.is_dir() {
            read(root, &path, into)?;
        } else {
            let content = std::fs::read(&path).map_err(|error| failed(&path, error))?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            into.insert(name.to_string_lossy().into_owned(), content);
        }
    }
    Ok(())
}
