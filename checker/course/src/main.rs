//! `labctl-book`: builds and tests the book, and shows to who writes it what has changed. For authors; `labctl book` is for readers.

mod play;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use book::repository::Repository;
use book::serve;
use clap::{Parser, Subcommand};
use course::{links, taught};

/// What the book is made of.
const SOURCES: &[&str] = &[
    "book",
    "labs",
    "scenarios",
    "schema",
    "checker/grade/src/score.rs",
    "sandbox/fidelity/DIFFERENCES.md",
    "sandbox/fidelity/SCRIPTS.md",
];

/// The book of labctl: build it, read it, see that its links lead somewhere and that its commands do what it says.
#[derive(Debug, Parser)]
#[command(name = "labctl-book", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render the book; check its links, its questions and its map.
    Build {
        /// Where to: an empty folder, a new one, or a book, which is replaced. Without it `target/book`.
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// For who writes it: show it to a browser on this machine; what has changed is rendered again when a page is asked for.
    Serve {
        /// The port.
        #[arg(long, default_value_t = 3000)]
        port: u16,
    },
    /// Check the links, then type every command of the book, page by page, and compare what it prints.
    Test {
        /// Only pages whose path has this part.
        page: Option<String>,
        /// The built labctl; without it `target/debug/labctl`.
        #[arg(long, value_name = "FILE", env = "LABCTL")]
        labctl: Option<PathBuf>,
        /// A folder that keeps the built sandbox; without it the one that the tests of labctl use.
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let here = std::env::current_dir().context("failed to find the current folder")?;
    let repository = Repository::above(&here)?;
    let target = repository.path("target/book");
    match command {
        Command::Build { folder: None } => build(&repository, &target),
        Command::Build {
            folder: Some(folder),
        } => {
            let folder = here.join(folder);
            if !is_for_a_book(&folder) {
                bail!(
                    "`{}` has files and is no book\n\nhint: name an empty or a new folder: what is there would be removed",
                    folder.display()
                );
            }
            build(&repository, &folder)
        }
        Command::Serve { port } => read(&repository, &target, port),
        Command::Test {
            page,
            labctl,
            cache,
        } => {
            build(&repository, &target)?;
            let labctl = labctl.map_or_else(
                || repository.path("target/debug/labctl"),
                |file| here.join(file),
            );
            let cache = cache.map_or_else(
                || repository.path("target/tmp/labctl-cache"),
                |folder| here.join(folder),
            );
            play::play(&repository, &labctl, &cache, page.as_deref())
        }
    }
}

fn build(repository: &Repository, folder: &Path) -> anyhow::Result<()> {
    course::build(repository, folder)?;
    let faults = links::check(folder)?;
    for fault in &faults {
        say(&fault.to_string());
    }
    if !faults.is_empty() {
        bail!("links that lead nowhere: {}", faults.len());
    }
    let faults = taught::faults(repository)?;
    for fault in &faults {
        say(fault);
    }
    if !faults.is_empty() {
        bail!("faults of questions and of the map: {}", faults.len());
    }
    say(&format!(
        "the book is in `{}`: open index.html",
        folder.display()
    ));
    Ok(())
}

/// Whether nothing but a book is lost when this folder's files are removed.
fn is_for_a_book(folder: &Path) -> bool {
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    is_empty || folder.join("toc.html").is_file()
}

fn read(repository: &Repository, folder: &Path, port: u16) -> anyhow::Result<()> {
    let listener = serve::listen(port)?;
    let mut built = SystemTime::now();
    build(repository, folder)?;
    say(&format!(
        "the book is at http://{}; Ctrl-C ends it",
        listener.local_addr()?
    ));
    let mut render_again = || {
        let changed = SOURCES
            .iter()
            .any(|source| newest(&repository.path(source)) > built);
        if changed {
            built = SystemTime::now();
            if let Err(error) = build(repository, folder) {
                say(&format!("error: {error:#}"));
            }
        }
    };
    let file = |path: &Path| {
        if path.extension().is_some_and(|ending| ending == "html") {
            render_again();
        }
        std::fs::read(folder.join(path)).ok()
    };
    serve::serve(&listener, file, || false)
}

/// When something below this folder was last changed, or this file; long ago when it cannot be told.
fn newest(path: &Path) -> SystemTime {
    let changed = path.metadata().and_then(|about| about.modified());
    let below = std::fs::read_dir(path).into_iter().flatten().flatten();
    below
        .map(|entry| newest(&entry.path()))
        .chain([changed.unwrap_or(SystemTime::UNIX_EPOCH)])
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Talk, to standard error.
fn say(text: &str) {
    // Whoever read may have closed it; there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}
