//! The commands of a page: blocks marked `console`, as a person would type them and see what they print.
//!
//! A line that starts with `$ ` is a command, goes on in lines that start with `> `, and what follows is what it prints.
//! `…` stands for anything in a line and, on a line of its own, for any lines. Nothing shown means that nothing is compared.
//! A command that does not end with 0 is followed by `$ echo $?`. Knows text only; runs nothing.

use regex::Regex;

/// One command and what the page says that it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Line of the page, from 1.
    pub line: usize,
    /// As it is typed; several lines when it goes on.
    pub typed: String,
    /// What the page shows; no lines when it shows nothing.
    pub shown: Vec<String>,
}

/// A block marked `console`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Line of the page that closes it, from 1.
    pub end: usize,
    /// In their order; none when it shows only what something printed.
    pub commands: Vec<Command>,
}

impl Block {
    /// Its commands alone, as they are typed; nothing when it has none.
    #[must_use]
    pub fn typed(&self) -> Option<String> {
        let typed: Vec<&str> = self
            .commands
            .iter()
            .map(|command| command.typed.as_str())
            .collect();
        (!typed.is_empty()).then(|| typed.join("\n"))
    }
}

/// The commands of a page in their order.
#[must_use]
pub fn commands(page: &str) -> Vec<Command> {
    blocks(page)
        .into_iter()
        .flat_map(|block| block.commands)
        .collect()
}

/// The console blocks of a page in their order.
#[must_use]
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut fence: Option<String> = None;
    let mut begun: Option<Vec<Command>> = None;
    for (number, line) in (1..).zip(page.lines()) {
        let ticks: String = line
            .trim_start()
            .chars()
            .take_while(|letter| *letter == '`')
            .collect();
        if let Some(open) = &fence {
            if ticks.len() >= open.len() && line.trim() == ticks {
                fence = None;
                blocks.extend(begun.take().map(|commands| Block {
                    end: number,
                    commands,
                }));
            } else if let Some(commands) = &mut begun {
                add(commands, number, line);
            }
        } else if ticks.len() >= 3 {
            let is_console = line.trim_start().trim_start_matches('`').trim() == "console";
            begun = is_console.then(Vec::new);
            fence = Some(ticks);
        }
    }
    blocks
}

fn add(commands: &mut Vec<Command>, number: usize, line: &str) {
    if let Some(typed) = line.strip_prefix("$ ") {
        commands.push(Command {
            line: number,
            typed: typed.to_owned(),
            shown: Vec::new(),
        });
        return;
    }
    let Some(command) = commands.last_mut() else {
        return;
    };
    match line.strip_prefix("> ").or((line == ">").then_some("")) {
        Some(more) if command.shown.is_empty() => {
            command.typed.push('\n');
            command.typed.push_str(more);
        }
        _ => command.shown.push(line.to_owned()),
    }
}

/// Whether a command printed what the page shows. Spaces count as one, however many there are, and lines without text do not count.
#[must_use]
pub fn is_as_shown(shown: &[String], printed: &str) -> bool {
    let shown: Vec<String> = shown
        .iter()
        .map(|line| single_spaced(line))
        .filter(|line| !line.is_empty())
        .collect();
    if shown.is_empty() {
        return true;
    }
    let printed: String = printed
        .lines()
        .map(single_spaced)
        .filter(|line| !line.is_empty())
        .map(|line| line + "\n")
        .collect();
    let lines = shown.iter().map(|line| match line.as_str() {
        "…" => "(?:.*\n)*?".to_owned(),
        line => regex::escape(line).replace('…', ".*") + "\n",
    });
    Regex::new(&format!("^{}$", lines.collect::<String>()))
        .is_ok_and(|pattern| pattern.is_match(&printed))
}

fn single_spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_commands_of_its_console_blocks() {
        let page = "text\n```console\n$ one\nout\n…\n$ two <<'END'\n> a\n> b\n> END\n```\n```text\n$ three\n```\n";
        let commands = commands(page);
        let typed: Vec<&str> = commands
            .iter()
            .map(|command| command.typed.as_str())
            .collect();
        assert_eq!(typed, ["one", "two <<'END'\na\nb\nEND"]);
        assert_eq!(commands[0].shown, ["out", "…"]);
        assert_eq!((commands[0].line, commands[1].line), (3, 6));
    }

    #[test]
    fn what_is_copied_of_a_block_is_its_commands_alone() {
        let page =
            "```console\n$ one\nout\n$ two <<'END'\n> a\n>\n> END\n```\n\n```console\n…\n```\n";
        let copied: Vec<_> = blocks(page).iter().map(Block::typed).collect();
        assert_eq!(
            copied,
            [Some("one\ntwo <<'END'\na\n\nEND".to_owned()), None]
        );
        assert_eq!(blocks(page)[0].end, 8);
    }

    #[track_caller]
    fn check(shown: &str, printed: &str, expected: bool) {
        let shown: Vec<String> = shown.lines().map(str::to_owned).collect();
        assert_eq!(
            is_as_shown(&shown, printed),
            expected,
            "{shown:?}\n{printed}"
        );
    }

    #[test]
    fn what_is_shown_is_all_that_is_printed_but_for_ellipses() {
        check("", "anything\n", true);
        check(
            "NAME   READY\nweb-…   1/1",
            "NAME READY\nweb-x2  1/1\n",
            true,
        );
        check("a", "a\nb\n", false);
        check("a\n…", "a\nb\nc\n", true);
        check("…\nc", "a\nb\nc\n", true);
        check("…\nc", "a\nb\ncc\n", false);
        check("a b", "a\nb\n", false);
        check("1.5", "105\n", false);
    }
}
