//! Courses for the tests: the fixture's and the project's own.

use std::collections::BTreeMap;
use std::path::Path;

use grade::CourseFiles;

/// The small course under `tests/fixtures/course`.
pub(crate) fn fixture() -> CourseFiles {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course"))
}

/// The project's own course.
pub(crate) fn course() -> CourseFiles {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
}

fn read(root: &Path) -> CourseFiles {
    let mut files = BTreeMap::new();
    for folder in ["labs", "scenarios"] {
        collect(root, &root.join(folder), &mut files);
    }
    CourseFiles(files)
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}
