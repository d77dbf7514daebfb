//! A program that is run to its end, heard line by line, and ended when the person interrupts.
//!
//! Knows no program.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::ProviderError;

/// How often is looked for an interruption while nothing is said.
const STEP: Duration = Duration::from_millis(50);

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Printed,
    /// Standard error.
    Said,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// All of its standard output.
    pub(crate) printed: String,
    /// The lines of its standard error.
    pub(crate) said: Vec<String>,
}

impl Ended {
    /// The end of what it said.
    pub(crate) fn last_said(&self, lines: usize) -> String {
        self.said[self.said.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs a program to its end; `began` hears its number, and each line of both streams goes to `line` as it comes.
///
/// It leads a group of processes: Ctrl-C at the terminal is labctl's to act on, and what the program itself runs is ended with it.
///
/// # Errors
/// It cannot be run, or the person interrupts: then it is killed. How it ends is *not* an error.
pub(crate) fn run(
    command: &mut Command,
    interrupted: &dyn Fn() -> bool,
    began: &mut dyn FnMut(u32),
    line: &mut dyn FnMut(Stream, &str),
) -> Result<Ended, ProviderError> {
    let path = std::path::PathBuf::from(command.get_program());
    let failed = |source| ProviderError::Run {
        path: path.clone(),
        source,
    };
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.process_group(0).spawn().map_err(failed)?;
    began(child.id());
    let (mut printed, mut said) = (String::new(), Vec::new());
    let followed = follow(&mut child, interrupted, &mut |stream, text| {
        line(stream, &text);
        match stream {
            Stream::Printed => {
                printed.push_str(&text);
                printed.push('\n');
            }
            Stream::Said => said.push(text),
        }
    });
    if followed.is_err() {
        // Killing fails only for processes that have ended, and that is what is wanted.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    }
    let status = child.wait().map_err(failed)?;
    followed?;
    Ok(Ended {
        status,
        printed,
        said,
    })
}

/// Reads both streams until both are closed.
fn follow(
    child: &mut Child,
    interrupted: &dyn Fn() -> bool,
    take: &mut dyn FnMut(Stream, String),
) -> Result<(), ProviderError> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, Stream::Printed, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, Stream::Said, sender);
    }
    loop {
        match receiver.recv_timeout(STEP) {
            Ok((stream, line)) => take(stream, line),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) if interrupted() => {
                return Err(ProviderError::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn forward(from: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, String)>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            // The receiver is gone only after an interruption, when nobody reads any more.
            let _ = to.send((stream, line));
        }
    });
}
