//! Courses for the tests.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files fails"
)]

use std::collections::BTreeMap;
use std::path::Path;

use grade::CourseFiles;

/// The course in a folder, given from this crate's: `tests/fixtures/course` is the small one for tests, `../..` the project's own.
pub(crate) fn course(folder: &str) -> CourseFiles {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = BTreeMap::new();
    for folder in ["labs", "scenarios"] {
        collect(&root, &root.join(folder), &mut files);
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
