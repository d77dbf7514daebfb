//! How things look: data to standard output, talk to standard error, clear without colour.

mod markdown;
mod question;

use std::io::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use grade::check::Role;
use grade::verdict::{BrokenRule, CheckVerdict, Verdict};
use serde::Serialize;

use crate::book::reference;
use crate::cli::Format;
use crate::failure::Failure;
use crate::output;

pub(crate) use markdown::markdown;
pub(crate) use question::{judged, question};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// How wide texts are set.
const WIDTH: usize = 80;

/// How many broken rules of a check are shown: who mends these looks again.
const SHOWN: usize = 4;

/// In how many other lines a rule is said to be broken.
const SHOWN_LINES: usize = 6;

/// Data, to standard output.
pub(crate) fn out(text: &str) {
    // Whoever read may have closed it, as `head` does; there is nobody left to tell.
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Talk, to standard error.
pub(crate) fn say(text: &str) {
    // As above.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A result, as JSON.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&text),
        Err(error) => say(&format!("error: failed to write JSON: {error}")),
    }
}

/// A result, as JSON on one line.
pub(crate) fn json_line(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => out(&text),
        Err(error) => say(&format!("error: failed to write JSON: {error}")),
    }
}

/// The whole screen, for as long as it is open.
pub(crate) struct Page {
    /// What is shown, such as the session's name.
    what: String,
}

impl Page {
    /// Opens it; what was on the screen comes back when it is dropped.
    pub(crate) fn open(what: &str) -> Self {
        raw("\x1b[?1049h");
        Self {
            what: what.to_owned(),
        }
    }

    /// Shows the verdicts in place of what was there.
    pub(crate) fn show(&self, verdicts: &[CheckVerdict]) {
        let lines: Vec<String> = verdicts.iter().map(verdict).collect();
        raw("\x1b[H\x1b[2J");
        let below = dim(&format!("watching session `{}`; Ctrl-C ends", self.what));
        out(&format!(
            "{}\n\n{}\n\n{below}",
            lines.join("\n"),
            tally(verdicts)
        ));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        raw("\x1b[?1049l");
    }
}

/// Control sequences for a terminal.
fn raw(sequence: &str) {
    let mut stdout = std::io::stdout();
    // Whoever read may have closed it.
    let _ = stdout.write_all(sequence.as_bytes());
    let _ = stdout.flush();
}

/// What went wrong and what to do next; for programs also on standard output.
pub(crate) fn failure(format: Format, failure: &Failure) {
    if format == Format::Json {
        json(&output::Failed::of(failure));
        return;
    }
    say(&format!("{RED}error{RED:#}: {}", failure.message));
    if let Some(hint) = &failure.hint {
        say(&format!("\n{CYAN}hint{CYAN:#}: {hint}"));
    }
}

/// A line about a phase that is over.
pub(crate) fn phase_done(text: &str, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    let took = if seconds < 60.0 {
        format!("{seconds:.1}s")
    } else {
        format!("{}m {:02}s", took.as_secs() / 60, took.as_secs() % 60)
    };
    format!("{GREEN}✓{GREEN:#} {text:<66}{DIM}{took:>8}{DIM:#}")
}

/// Title and minutes over a rule.
pub(crate) fn title(title: &str, minutes: u32) -> String {
    let minutes = format!("{minutes} minutes");
    let gap = WIDTH.saturating_sub(title.chars().count() + minutes.len());
    format!(
        "{BOLD}{title}{BOLD:#}{:gap$}{DIM}{minutes}\n{}{DIM:#}",
        "",
        "─".repeat(WIDTH)
    )
}

/// Commands with what they do.
pub(crate) fn commands(rows: &[(&str, &str)]) -> String {
    let width = rows
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or_default()
        + 3;
    rows.iter()
        .map(|(command, what)| {
            format!(
                "  {BOLD}{command}{BOLD:#}{:gap$}{what}",
                "",
                gap = width - command.len()
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// One check with what it came to.
pub(crate) fn verdict(check: &CheckVerdict) -> String {
    let says = &check.says;
    match &check.verdict {
        Verdict::Passed { evidence } => {
            let evidence = evidence.as_deref().unwrap_or_default();
            format!("{GREEN}✓{GREEN:#} {}", with_evidence(says, evidence))
        }
        Verdict::Failed { expected, found } => {
            let why = if check.broken.is_empty() {
                expected_found(expected, found)
            } else {
                broken(says, &check.broken)
            };
            let mut text = format!("{RED}✗{RED:#} {says}\n{why}");
            if let Some(see) = &check.see {
                text.push_str(&format!("\n    {DIM}see book: {}{DIM:#}", reference(see)));
            }
            text
        }
        Verdict::Undecided { why } => {
            format!(
                "{YELLOW}?{YELLOW:#} {says}\n{}",
                indented(&format!("cannot tell: {why}"))
            )
        }
    }
}

/// A check that failed for what an earlier one says already.
pub(crate) fn as_above(check: &CheckVerdict) -> String {
    format!("{RED}✗{RED:#} {}\n    as above", check.says)
}

/// The first rules that written work breaks, each with its place and where else.
fn broken(says: &str, all: &[BrokenRule]) -> String {
    let mut rules: Vec<Vec<&BrokenRule>> = Vec::new();
    for one in all {
        match rules.iter_mut().find(|same| same[0].rule == one.rule) {
            // What is wrong with a form is different each time.
            Some(same) if one.says != says => same.push(one),
            _ => rules.push(vec![one]),
        }
    }
    let mut lines: Vec<String> = rules.iter().take(SHOWN).map(|it| rule(says, it)).collect();
    if let Some(more) = rules.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("    and {} more", plural(more, "rule")));
    }
    lines.join("\n")
}

/// One rule, where it is broken first, and the other places.
fn rule(says: &str, same: &[&BrokenRule]) -> String {
    let Some((first, others)) = same.split_first() else {
        return String::new();
    };
    let BrokenRule {
        at,
        expected,
        found,
        ..
    } = first;
    let mut text = indented(&match (at.as_str(), first.says == says) {
        ("", true) => format!("expected {expected}, found {found}"),
        (at, true) => format!("{at}: expected {expected}, found {found}"),
        ("", false) => format!("{}: found {found}", first.says),
        (at, false) => format!("{at}: {}: found {found}", first.says),
    });
    if first.says != *expected && first.says != says {
        text.push_str(&format!("\n{}", under(&format!("expected {expected}"))));
    }
    if let Some(page) = &first.page {
        let page = under(&format!("the page: {page}"));
        text.push_str(&format!("\n{DIM}{page}{DIM:#}"));
    }
    let mut others: Vec<&str> = others
        .iter()
        .filter_map(|it| it.at.split(':').nth(1))
        .filter(|line| at.split(':').nth(1) != Some(line))
        .collect();
    others.dedup();
    if !others.is_empty() {
        let noun = if others.len() == 1 { "line" } else { "lines" };
        let shown = others.iter().take(SHOWN_LINES).copied();
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = match others.len().saturating_sub(SHOWN_LINES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text.push_str(&format!(
            "\n{}",
            under(&format!("and in {noun} {shown}{more}"))
        ));
    }
    text
}

/// Under a rule, wrapped.
fn under(text: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent("      ")
        .subsequent_indent("        ")
        .break_words(false);
    textwrap::fill(text, options)
}

fn with_evidence(says: &str, evidence: &str) -> String {
    if evidence.is_empty() {
        says.to_owned()
    } else {
        format!("{says:<60} {DIM}{evidence}{DIM:#}")
    }
}

fn expected_found(expected: &str, found: &str) -> String {
    let line = format!("    expected {expected}, found {found}");
    if line.chars().count() <= WIDTH {
        line
    } else {
        let found = indented(&format!("found {found}"));
        format!("{}\n{found}", indented(&format!("expected {expected}")))
    }
}

/// Under a check, wrapped.
fn indented(text: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent("    ")
        .subsequent_indent("      ")
        .break_words(false);
    textwrap::fill(text, options)
}

/// `1 of 2 objectives open, 2 of 2 safeguards hold`; with the safeguards of which it cannot be told, where there are some.
pub(crate) fn tally(checks: &[CheckVerdict]) -> String {
    let of = |role: Role| checks.iter().filter(move |check| check.role == role);
    let passed = |check: &&CheckVerdict| matches!(check.verdict, Verdict::Passed { .. });
    let untold = |check: &&CheckVerdict| matches!(check.verdict, Verdict::Undecided { .. });
    let objectives = of(Role::Objective).count();
    let safeguards = of(Role::Safeguard).count();
    let untold = match of(Role::Safeguard).filter(untold).count() {
        0 => String::new(),
        untold => format!(" ({untold} cannot be told)"),
    };
    format!(
        "{} of {} open, {} of {} {}{untold}",
        objectives - of(Role::Objective).filter(passed).count(),
        plural(objectives, "objective"),
        of(Role::Safeguard).filter(passed).count(),
        plural(safeguards, "safeguard"),
        if safeguards == 1 { "holds" } else { "hold" },
    )
}

/// `1 hint`, `2 hints`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("{count} {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// How somebody went about a lab: `1 hint, 2 attempts to answer, 1 reset`.
pub(crate) fn conduct(hints: u32, attempts: u32, resets: u32) -> String {
    let mut counts = vec![
        plural(hints as usize, "hint"),
        format!("{} to answer", plural(attempts as usize, "attempt")),
    ];
    if resets > 0 {
        counts.push(plural(resets as usize, "reset"));
    }
    counts.join(", ")
}

/// `6m 12s`.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// Bold.
pub(crate) fn bold(text: &str) -> String {
    format!("{BOLD}{text}{BOLD:#}")
}

/// Less important.
pub(crate) fn dim(text: &str) -> String {
    format!("{DIM}{text}{DIM:#}")
}
