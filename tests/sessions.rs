//! Sessions beside each other and one after the other: which one is meant, two labctl at one, and what is kept of each.

mod at_once;
mod current;
mod cut_off;
mod kept;

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Stdio};

use crate::support::Home;

/// A `labctl` that runs while the test goes on, and what it says.
struct Beside {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    said: String,
}

impl Beside {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = home
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            child,
            lines,
            said: String::new(),
        }
    }

    /// Waits until it says this.
    #[track_caller]
    fn says(&mut self, part: &str) {
        while !self.said.contains(part) {
            let Some(Ok(line)) = self.lines.next() else {
                panic!("it ended without saying `{part}`\n{}", self.said);
            };
            self.said.push_str(&line);
            self.said.push('\n');
        }
    }

    /// Waits until it ends, asserts the exit code and hands back all that it said.
    #[track_caller]
    fn ends_with(mut self, code: i32) -> String {
        let ended = self.end();
        assert_eq!(ended, Some(code), "{}", self.said);
        self.said
    }

    /// Waits until it ends: its exit code, or none when it was killed.
    fn end(&mut self) -> Option<i32> {
        for line in self.lines.by_ref().map_while(Result::ok) {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        self.child.wait().unwrap().code()
    }
}
