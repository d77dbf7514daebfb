//! `labctl-book`: builds, serves and tests the book. A program of its own, so that whoever wants `labctl` builds none of mdBook.

mod play;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use course::repository::Repository;
use course::{links, serve};

/// The book of labctl: build it, read it, see that its links lead somewhere and that its commands do what it says.
#[derive(Debug, Parser)]
#[command(name = "labctl-book", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render the book and check its links.
    Build {
        /// Where to; without it `target/book`. What is there is replaced.
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Render the book and show it to a browser on this machine; a page is rendered again when its text has changed.
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
        Command::Build { folder } => build(
            &repository,
            &folder.map_or(target, |folder| here.join(folder)),
        ),
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
    say(&format!(
        "the book is in `{}`: open index.html",
        folder.display()
    ));
    Ok(())
}

fn read(repository: &Repository, folder: &Path, port: u16) -> anyhow::Result<()> {
    build(repository, folder)?;
    let listener = serve::listen(port)?;
    say(&format!("the book is at http://{}", listener.local_addr()?));
    let mut built = SystemTime::now();
    serve::serve(&listener, folder, || {
        if newest(&repository.path("book")) > built || newest(&repository.path("labs")) > built {
            built = SystemTime::now();
            if let Err(error) = build(repository, folder) {
                say(&format!("error: {error:#}"));
            }
        }
    })
}

/// When something below this folder was last changed; long ago when it cannot be told.
fn newest(folder: &Path) -> SystemTime {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return SystemTime::UNIX_EPOCH;
    };
    let times = entries.flatten().map(|entry| {
        let changed = entry.metadata().and_then(|about| about.modified());
        let below = if entry.path().is_dir() {
            newest(&entry.path())
        } else {
            SystemTime::UNIX_EPOCH
        };
        changed.unwrap_or(SystemTime::UNIX_EPOCH).max(below)
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Talk, to standard error.
fn say(text: &str) {
    // Whoever read may have closed it; there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}
