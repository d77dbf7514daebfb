//! Runs the lines of a fix as a person would type them, in the learner's folder and shell.

use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use grade::fix::Fix;
use rustix::process::{Pid, Signal, kill_process_group};
use session::Place;

use crate::asynchronous::block_on_unless_interrupted;
use crate::failure::{Failure, Result};
use crate::learner;

/// How long one line may take.
const LINE_WITHIN: Duration = Duration::from_secs(90);

/// How often is looked whether it has ended.
const STEP: Duration = Duration::from_millis(10);

/// How much of what a line said is told when it fails.
const LAST_WORDS: usize = 600;

/// A shell with all that it started; ended when dropped.
struct Shell(Child);

/// What becomes of lines that only wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// They run, as all others.
    Run,
    /// Those at the end are left out: what is looked at does not depend on Pods.
    LeaveOutLast,
}

/// Lays a fix's files into the learner's folder and runs its lines, up to the first that fails: that line, how it ended and its last words.
///
/// # Errors
/// A file cannot be written, the shell cannot be started, or Ctrl-C. A line that fails is *not* an error.
pub(super) fn run(place: &Place, fix: &Fix, waits: Waits) -> Result<Option<String>> {
    for (name, text) in &fix.files {
        provider::write_atomically(&place.work().join(name), text.as_bytes())?;
    }
    let lines = match waits {
        Waits::Run => &fix.run,
        Waits::LeaveOutLast => without_last_waits(&fix.run),
    };
    for line in lines {
        if let Some(stumbled) = run_line(place, line)? {
            return Ok(Some(stumbled));
        }
    }
    Ok(None)
}

fn without_last_waits(lines: &[String]) -> &[String] {
    let last = lines.iter().rposition(|line| !only_waits(line));
    &lines[..last.map_or(0, |last| last + 1)]
}

/// One `kubectl rollout status` or `kubectl wait`, and nothing else on the line.
fn only_waits(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let waits = words.contains(&"wait") || words.windows(2).any(|two| two == ["rollout", "status"]);
    words.first() == Some(&"kubectl") && waits && !line.contains([';', '&', '|', '$'])
}

fn run_line(place: &Place, line: &str) -> Result<Option<String>> {
    let failed = |error: std::io::Error| Failure::bad_input(format!("failed to run `sh`: {error}"));
    let mut said = tempfile::tempfile().map_err(failed)?;
    let mut shell = learner::command("sh", place, false)?;
    shell
        .arg("-c")
        .arg(line)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(said.try_clone().map_err(failed)?)
        .stderr(said.try_clone().map_err(failed)?);
    let mut shell = Shell(shell.spawn().map_err(failed)?);
    let ended = block_on_unless_interrupted(async {
        let end = tokio::time::Instant::now() + LINE_WITHIN;
        let mut step = tokio::time::interval(STEP);
        loop {
            step.tick().await;
            match shell.0.try_wait().map_err(failed)? {
                Some(status) => return Ok(Some(status)),
                None if tokio::time::Instant::now() >= end => return Ok(None),
                None => {}
            }
        }
    })?;
    let how = match ended {
        Some(status) if status.success() => return Ok(None),
        Some(status) => format!("ended with {status}"),
        None => format!("took longer than {} s", LINE_WITHIN.as_secs()),
    };
    let mut words = Vec::new();
    said.rewind().map_err(failed)?;
    said.read_to_end(&mut words).map_err(failed)?;
    let words = String::from_utf8_lossy(&words);
    let words = words.trim_end();
    let skipped = words.chars().count().saturating_sub(LAST_WORDS);
    let words: String = words.chars().skip(skipped).collect();
    let words = words.replace('\n', "\n    ");
    Ok(Some(format!("`{line}` {how}\n    {words}")))
}

impl Drop for Shell {
    /// Whatever a line left running, or an interruption did.
    fn drop(&mut self) {
        let group = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It fails for a group that has ended, and that is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
        // As above.
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::without_last_waits;

    #[test]
    fn only_waits_at_the_end_are_left_out() {
        let lines = [
            "kubectl -n a rollout status deployment b",
            "kubectl -n a patch deployment b -p '{}'",
            "kubectl -n a rollout status deployment b --timeout=60s",
            "kubectl -n a wait --for=condition=Available deployment b",
        ];
        let lines = lines.map(str::to_owned);
        assert_eq!(without_last_waits(&lines), &lines[..2]);
        let waits_and_more =
            ["kubectl wait --for=delete pod a && kubectl delete node b".to_owned()];
        assert_eq!(without_last_waits(&waits_and_more), &waits_and_more);
    }
}
