//! Which variants have changed since a revision, asked of git. Knows where a course keeps what, and no case.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use grade::Scenario;

use crate::failure::{Failure, Result};

/// Folders and files whose change may change what any case comes to.
const PROGRAMS: [&str; 4] = ["checker/", "sandbox/", "Cargo.toml", "Cargo.lock"];

/// What has changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Touched {
    /// Everything may come out differently.
    All,
    /// Only these labs and variants: `lab/` or `lab/variant/`.
    These(BTreeSet<String>),
}

impl Touched {
    /// Since a revision, in the repository that has this folder; what is not committed counts.
    ///
    /// # Errors
    /// There is no git, no repository, or no such revision.
    pub(crate) fn since(revision: &str, folder: &Path) -> Result<Self> {
        let changed = git(
            folder,
            &[
                "diff",
                "--name-only",
                "--no-renames",
                "--relative",
                revision,
                "--",
            ],
        )?;
        let new = git(folder, &["ls-files", "--others", "--exclude-standard"])?;
        Ok(Self::by(changed.lines().chain(new.lines())))
    }

    /// By the paths of changed files, from the course's root.
    fn by<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut these = BTreeSet::new();
        for path in paths {
            let is_program = PROGRAMS.iter().any(|program| path.starts_with(program));
            let mut parts = path.split('/');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                _ if is_program => return Self::All,
                (Some("scenarios"), Some("images"), ..) => return Self::All,
                (Some("scenarios"), Some(lab), Some(variant), Some(_)) if variant != "base" => {
                    these.insert(format!("{lab}/{variant}/"));
                }
                (Some("scenarios" | "labs"), Some(lab), ..) => {
                    these.insert(format!("{lab}/"));
                }
                _ => {}
            }
        }
        Self::These(these)
    }

    pub(super) fn has(&self, scenario: &Scenario) -> bool {
        let variant = format!("{}/{}/", scenario.lab, scenario.variant);
        match self {
            Self::All => true,
            Self::These(these) => these.iter().any(|one| variant.starts_with(one)),
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let ran = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output();
    let ran = ran.map_err(|error| {
        Failure::bad_input(format!("failed to run `git`: {error}"))
            .hint("`--since` asks git what has changed")
    })?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let said = said
        .lines()
        .next()
        .unwrap_or("it ended without a word")
        .to_owned();
    Err(Failure::bad_input(format!("git cannot tell what has changed: {said}"))
        .hint("`--since` takes a revision of the repository that has the course, such as `main` or `HEAD~1`"))
}

#[cfg(test)]
mod tests {
    use super::Touched;

    #[track_caller]
    fn check(paths: &[&str], expected: Option<&[&str]>) {
        let expected = expected.map_or(Touched::All, |these| {
            Touched::These(these.iter().map(|one| (*one).to_owned()).collect())
        });
        assert_eq!(Touched::by(paths.iter().copied()), expected, "{paths:?}");
    }

    #[test]
    fn a_file_touches_its_variant_its_lab_or_everything() {
        check(
            &["README.md", "book/src/SUMMARY.md", "tests/verify.rs"],
            Some(&[]),
        );
        check(&["scenarios/shop/cart/hints/1.md"], Some(&["shop/cart/"]));
        check(
            &["scenarios/shop/base/scenario.yaml", "labs/till/brief.md"],
            Some(&["shop/", "till/"]),
        );
        check(&["scenarios/images/a.yaml"], None);
        check(&["checker/grade/src/lib.rs"], None);
        check(
            &["sandbox/go.sum", "scenarios/shop/cart/scenario.yaml"],
            None,
        );
    }
}
