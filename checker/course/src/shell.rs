//! One bash in which commands are typed one after the other, so that what one exports or changes is there for the next.
//!
//! Knows processes and text; not what any command means.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Stands on the line that ends what a command printed.
const MARK: &str = "--labctl-book-mark--";

/// A running bash.
pub struct Shell {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// What it printed, to both of its outputs.
    pub printed: String,
}

impl Shell {
    /// Starts bash in this folder, with these variables set, without anybody's start-up files.
    ///
    /// # Errors
    /// There is no bash.
    pub fn start(folder: &Path, variables: &[(&str, String)]) -> anyhow::Result<Self> {
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .env_remove("KUBECONFIG")
            .env_remove("LABCTL_SESSION")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start `bash`")?;
        let mut input = child.stdin.take().context("bash has no input")?;
        let output = child.stdout.take().context("bash has no output")?;
        writeln!(input, "exec 2>&1").context("failed to talk to bash")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    /// Types one command and waits until it has ended.
    ///
    /// # Errors
    /// It took longer than the deadline, or bash ended.
    pub fn run(&mut self, typed: &str, deadline: Duration) -> anyhow::Result<Done> {
        // The exit code of the command before is there for `echo $?`; the command itself has nothing to read.
        write!(
            self.input,
            "(exit ${{labctl_book_code:-0}})\n{{ {typed}\n}} </dev/null\nlabctl_book_code=$?\nprintf '\\n%s %s\\n' '{MARK}' \"$labctl_book_code\"\n"
        )
        .context("failed to talk to bash")?;
        let end = Instant::now() + deadline;
        let mut printed = String::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                bail!(
                    "it did not end within {} s; it printed:\n{printed}",
                    deadline.as_secs()
                );
            };
            if let Some(code) = line.strip_prefix(MARK) {
                let code = code.trim().parse().context("bash gave no exit code")?;
                return Ok(Done { code, printed });
            }
            printed.push_str(&line);
            printed.push('\n');
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_share_one_shell_and_see_the_last_exit_code() -> anyhow::Result<()> {
        let mut shell = Shell::start(Path::new("/"), &[("GIVEN", "given".to_owned())])?;
        let mut run = |typed: &str| shell.run(typed, Duration::from_secs(30));
        assert_eq!(run("export NAMED=$GIVEN; false")?.code, 1);
        assert_eq!(run("echo $? $NAMED")?.printed.trim(), "1 given");
        assert_eq!(run("cat <<'END'\na $b\nEND")?.printed.trim(), "a $b");
        assert_eq!(
            run("printf partial; echo talk >&2")?.printed,
            "partialtalk\n\n"
        );
        Ok(())
    }
}
