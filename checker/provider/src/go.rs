//! The Go programs of the sources that are embedded in labctl: what each is made of, and how it is built, once. Must not know
//! what they do.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use include_dir::{Dir, DirEntry, include_dir};
use sha2::{Digest as _, Sha256};

use crate::child::{self, Stream};
use crate::error::ProviderError;
use crate::files::{FileError, write_atomically};
use crate::lock::Lock;
use crate::provider::Making;

static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../sandbox");

/// One of the sandbox's files; empty when there is none of that name.
pub(crate) fn source(path: &str) -> &'static [u8] {
    let file = SOURCES.get_file(path);
    file.map(include_dir::File::contents).unwrap_or_default()
}

/// How many of Go's last lines an error shows.
const LAST_LINES: usize = 12;

/// A program of the embedded sources.
pub(crate) struct Program<'a> {
    /// What it is, for an error: `the sandbox`.
    pub what: &'static str,
    /// The error where there is no Go.
    pub without_go: fn() -> ProviderError,
    /// Its package in their module, `.` or `./name`.
    pub package: &'static str,
    /// Linux on a processor, as Go names it; unset: this machine.
    pub architecture: Option<&'a str>,
}

impl Program<'_> {
    /// What the program is made of, by path: its package, those that it imports, and what every build of the module needs.
    pub(crate) fn sources(&self) -> Vec<(&'static Path, &'static [u8])> {
        let mut all = Vec::new();
        collect(&SOURCES, &mut all);
        all.retain(|(path, _)| !path.to_string_lossy().ends_with("_test.go"));
        let package = self.package.trim_start_matches("./").trim_matches('.');
        let packages = imported(package, &all);
        all.retain(|(path, _)| {
            let package = package_of(path);
            packages.contains(package) || package.is_empty() && !is_go(path)
        });
        all.sort_by_key(|(path, _)| *path);
        all
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the sources.
    pub(crate) fn sources_hash(&self) -> String {
        let sources = self.sources();
        let parts: Vec<&[u8]> = sources
            .iter()
            .flat_map(|(path, content)| [path.as_os_str().as_encoded_bytes(), content])
            .collect();
        short_hash(&parts)
    }

    /// Builds the program at `target`, unless it is there; one labctl builds at a time.
    ///
    /// # Errors
    /// It cannot be built, or the person interrupts.
    pub(crate) fn ensure(
        &self,
        target: &Path,
        interrupted: &dyn Fn() -> bool,
        report: &mut dyn FnMut(Making),
    ) -> Result<(), ProviderError> {
        if target.exists() {
            return Ok(());
        }
        let _lock = lock(&target.with_extension("lock"), interrupted, || {
            report(Making::AwaitsAnother);
        })?;
        if target.exists() {
            return Ok(());
        }
        self.build(target, interrupted, report)
    }

    fn build(
        &self,
        target: &Path,
        interrupted: &dyn Fn() -> bool,
        report: &mut dyn FnMut(Making),
    ) -> Result<(), ProviderError> {
        let work = target.with_extension("build");
        remove(&work)?;
        for (path, content) in self.sources() {
            write_atomically(&work.join(path), content)?;
        }
        let mut n_downloaded = 0;
        report(Making::Downloads(0));
        let packages = self.go(
            &work,
            &["list", "-deps", self.package],
            interrupted,
            &mut |line| {
                if line.starts_with("go: downloading") {
                    n_downloaded += 1;
                    report(Making::Downloads(n_downloaded));
                }
            },
        )?;
        let of = packages.lines().count();
        let flags = String::from_utf8_lossy(
            SOURCES
                .get_file("build.flags")
                .map(include_dir::File::contents)
                .unwrap_or_default(),
        );
        let output = work.join("labctl-program");
        let output_argument = output.to_string_lossy().into_owned();
        let mut arguments = vec!["build", "-v", "-o", &output_argument];
        arguments.extend(flags.lines());
        arguments.push(self.package);
        let mut done = 0;
        report(Making::Compiles { done, of });
        self.go(&work, &arguments, interrupted, &mut |line| {
            // With -v Go names each package as it compiles it, and nothing else begins like a path.
            if !line.starts_with("go: ") && !line.starts_with('#') {
                done = (done + 1).min(of);
                report(Making::Compiles { done, of });
            }
        })?;
        std::fs::rename(&output, target).map_err(FileError::of("write", target))?;
        remove(&work)
    }

    /// Runs Go in a folder and returns what it prints; each line that it says goes to `line`.
    fn go(
        &self,
        folder: &Path,
        arguments: &[&str],
        interrupted: &dyn Fn() -> bool,
        line: &mut dyn FnMut(&str),
    ) -> Result<String, ProviderError> {
        let mut command = Command::new("go");
        if let Some(architecture) = self.architecture {
            command.env("GOOS", "linux").env("GOARCH", architecture);
        }
        command
            .args(arguments)
            .current_dir(folder)
            // One set of flags for every Go command of the project, so that they share what they compile.
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-trimpath")
            .stdin(Stdio::null());
        let run = child::run(
            &mut command,
            interrupted,
            &mut |_| {},
            &mut |stream, text| {
                if stream == Stream::Said {
                    line(text);
                }
            },
        );
        let ended = run.map_err(|error| match error {
            ProviderError::Run { source, .. } if source.kind() == ErrorKind::NotFound => {
                (self.without_go)()
            }
            other => other,
        })?;
        if ended.status.success() {
            return Ok(ended.printed);
        }
        Err(ProviderError::Build {
            what: self.what,
            command: format!("go {}", arguments.first().unwrap_or(&"")),
            status: ended.status.to_string(),
            last_lines: ended.last_said(LAST_LINES),
        })
    }
}

/// The packages of the module that one needs, itself included. The one at the top has an empty name.
fn imported<'a>(package: &'a str, all: &[(&'a Path, &'a [u8])]) -> BTreeSet<&'a str> {
    // A module that another replaces has to be there, even where nothing of it is built.
    let mut open = vec![package];
    open.extend(quoted(source("go.mod"), "=> ./", &['\n', ' ']));
    let mut needed = BTreeSet::new();
    while let Some(next) = open.pop() {
        if needed.insert(next) {
            let files = all.iter();
            let files = files.filter(|(path, _)| is_go(path) && package_of(path) == next);
            open.extend(files.flat_map(|(_, text)| quoted(text, "\"sandbox/", &['"', '/'])));
        }
    }
    needed
}

/// What stands in a text after each of these marks, up to one of the ends.
fn quoted<'a>(text: &'a [u8], mark: &'a str, ends: &'a [char]) -> impl Iterator<Item = &'a str> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let after = text.split(mark).skip(1);
    after.filter_map(move |rest| rest.split(ends).next())
}

/// The package that a file belongs to, with what it embeds: the first folder of its path.
fn package_of(path: &Path) -> &str {
    let folder = path.parent().and_then(|folder| folder.iter().next());
    folder.and_then(std::ffi::OsStr::to_str).unwrap_or_default()
}

fn is_go(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "go")
}

fn collect(dir: &'static Dir<'_>, into: &mut Vec<(&'static Path, &'static [u8])>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, into),
            DirEntry::File(file) => into.push((file.path(), file.contents())),
        }
    }
}

/// The first 16 hexadecimal digits of a SHA-256 over parts, each with its length.
pub(crate) fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let number = digest[..8]
        .iter()
        .fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    format!("{number:016x}")
}

/// Takes a lock that ends with the process; calls `wait` once when another has it.
pub(crate) fn lock(
    path: &Path,
    interrupted: &dyn Fn() -> bool,
    mut wait: impl FnMut(),
) -> Result<Lock, ProviderError> {
    Lock::wait(path, "", interrupted, &mut |_| wait())?.ok_or(ProviderError::Interrupted)
}

fn remove(folder: &Path) -> Result<(), ProviderError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::of("remove", folder)(error).into())
        }
        _ => Ok(()),
    }
}
