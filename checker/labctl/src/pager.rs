//! Long texts, a screenful at a time, where somebody sits at a terminal. Knows text and programs.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstream::ColorChoice;

use crate::screen;

/// What a shell ends with when there is no such program.
const NOT_FOUND: i32 = 127;

/// Shows a text through `PAGER`, or `less`; as it is where nobody sits there, or where there is no pager.
pub(crate) fn show(text: &str) {
    let stdout = io::stdout();
    let pager = env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    if !stdout.is_terminal() || pager.is_empty() || pager == "cat" {
        screen::out(text);
        return;
    }
    let is_plain = anstream::AutoStream::choice(&stdout) == ColorChoice::Never;
    let shown = if is_plain {
        anstream::adapter::strip_str(text).to_string()
    } else {
        text.to_owned()
    };
    if !matches!(page(&pager, &shown), Ok(true)) {
        screen::out(text);
    }
}

/// Whether there was such a pager; it may be several words, as for git.
fn page(pager: &str, text: &str) -> io::Result<bool> {
    let mut command = Command::new("sh");
    command.args(["-c", pager]).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // Colours, no page for what fits the screen, and the text stays when it ends.
        command.env("LESS", "FRX");
    }
    let mut running = command.spawn()?;
    if let Some(mut input) = running.stdin.take() {
        // A pager that is left early reads no more.
        let _ = input
            .write_all(text.as_bytes())
            .and_then(|()| input.write_all(b"\n"));
    }
    Ok(running.wait()?.code() != Some(NOT_FOUND))
}
