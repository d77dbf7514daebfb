//! The files that `labctl new` writes for a variant, and for its lab and its base when they are new. What is to be filled in says TODO.
//!
//! Knows files, and no more of what they mean than where a lab lists its variants.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use provider::write_atomically;

use crate::failure::{Failure, Result};

static SKELETON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/skeleton");

/// What stands for the variant's name in the skeleton.
const VARIANT: &str = "VARIANT";

/// Writes the skeleton; the paths that were written or changed, from the course's root.
///
/// # Errors
/// The variant is there already, its lab does not list its variants in a way that can be added to, or a file cannot be written.
pub(crate) fn write(course: &Path, lab: &str, variant: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new("scenarios").join(lab).join(variant);
    if course.join(&folder).exists() {
        return Err(
            Failure::bad_input(format!("`{}` is there already", folder.display()))
                .hint("choose another name for the variant, or remove that folder"),
        );
    }
    let of_lab = Path::new("labs").join(lab);
    let list = course.join(&of_lab).join("lab.yaml");
    let mut written = Vec::new();
    let base = Path::new("scenarios").join(lab).join("base");
    if list.exists() {
        if !course.join(&base).exists() {
            return Err(
                Failure::bad_input(format!("there is no `{}`", base.display())).hint(
                    "a new variant lies over what its lab's variants share: make that folder first",
                ),
            );
        }
        let text = std::fs::read_to_string(&list).map_err(|error| {
            Failure::bad_input(format!("failed to read `{}`: {error}", list.display()))
        })?;
        let listed = listed(&text, variant).ok_or_else(|| {
            Failure::bad_input(format!("`{}` has no list of `variants`", list.display()))
                .hint(format!("write `variants: [{variant}]` into it"))
        })?;
        write_atomically(&list, listed.as_bytes())?;
        written.push(of_lab.join("lab.yaml"));
    } else {
        copy(course, "lab", &of_lab, variant, &mut written)?;
        copy(course, "base", &base, variant, &mut written)?;
    }
    copy(course, "variant", &folder, variant, &mut written)?;
    Ok(written)
}

fn copy(
    course: &Path,
    part: &str,
    folder: &Path,
    variant: &str,
    written: &mut Vec<PathBuf>,
) -> Result<()> {
    let mut folders: Vec<&Dir<'_>> = SKELETON.get_dir(part).into_iter().collect();
    while let Some(dir) = folders.pop() {
        folders.extend(dir.dirs());
        for file in dir.files() {
            let name = file.path().strip_prefix(part).unwrap_or(file.path());
            let path = folder.join(name);
            let text = String::from_utf8_lossy(file.contents()).replace(VARIANT, variant);
            write_atomically(&course.join(&path), text.as_bytes())?;
            written.push(path);
        }
    }
    written.sort();
    Ok(())
}

/// The text of a `lab.yaml` with one more variant; `None` when its list is not found.
fn listed(text: &str, variant: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("variants:"))?;
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    let rest = lines[at]["variants:".len()..].trim().to_owned();
    if rest.is_empty() {
        let is_item = |line: &&String| line.trim_start().starts_with("- ");
        let n_items = lines[at + 1..].iter().take_while(is_item).count();
        let first = lines.get(at + 1).filter(is_item)?;
        let indent = first.len() - first.trim_start().len();
        lines.insert(at + 1 + n_items, format!("{:indent$}- {variant}", ""));
    } else {
        let items = rest.strip_prefix('[')?.strip_suffix(']')?.trim();
        let comma = if items.is_empty() { "" } else { ", " };
        lines[at] = format!("variants: [{items}{comma}{variant}]");
    }
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn a_variant_is_added_to_either_spelling_of_the_list() {
        for (text, expected) in [
            (
                "a: 1\nvariants: [one]\n",
                Some("a: 1\nvariants: [one, two]\n"),
            ),
            ("variants: []\nb: 2\n", Some("variants: [two]\nb: 2\n")),
            (
                "variants:\n  - one\nb: 2\n",
                Some("variants:\n  - one\n  - two\nb: 2\n"),
            ),
            ("variants: one\n", None),
            ("b: 2\n", None),
        ] {
            assert_eq!(listed(text, "two").as_deref(), expected, "{text}");
        }
    }
}
