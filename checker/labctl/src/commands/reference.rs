//! `labctl reference`: the book's pages about the commands, about what runs where and about rights, written from their definitions.
//!
//! Knows Markdown and what clap knows of a command; not what any command does.

use std::path::Path;

use clap::{Arg, Command};
use grade::Course;
use provider::write_atomically;
use session::course;

use crate::failure::Result;
use crate::places;

const HEAD: &str = "\
<!-- Written by `labctl reference --folder book/src/reference`; not by hand. -->

# Commands

";

/// How many seeds of each variant are looked at.
const SEEDS: u64 = 8;

const RIGHTS: &str = "\
<!-- Written by `labctl reference --folder book/src/reference`; not by hand. -->

# Rights on a cluster that exists

The least that somebody needs who has labs on a cluster that exists (`--context`). `labctl doctor --context NAME` asks the cluster for each of them and prints those that are missing. The rights are for all namespaces, because those of a lab are not there before the lab is; labctl itself
writes only to the namespaces that it made.

```yaml
";

/// Writes `commands.md`, `providers.md` and `rights.md`.
pub(super) fn run(mut labctl: Command, folder: &Path) -> Result<()> {
    // Global options reach the subcommands only now.
    labctl.build();
    let mut page = HEAD.to_owned() + &about(&labctl);
    page.push_str("\nOptions that every command has:\n\n");
    let everywhere: Vec<&Arg> = labctl
        .get_arguments()
        .filter(|argument| argument.is_global_set() && !argument.is_hide_set())
        .collect();
    page.push_str(&table("Option", &everywhere));
    for command in labctl.get_subcommands() {
        if !command.is_hide_set() && command.get_name() != "help" {
            page.push_str(&section(command));
        }
    }
    write_atomically(&folder.join("commands.md"), page.as_bytes())?;
    let rights = format!("{RIGHTS}{}```\n", cluster::rights::role());
    write_atomically(&folder.join("rights.md"), rights.as_bytes())?;
    let files = course::files(None)?;
    let course = Course::load(&files)?;
    let labs = course.labs().iter();
    let labs: Vec<_> = labs
        .map(|lab| (lab.name.clone(), places::of(&files, lab, SEEDS)))
        .collect();
    let page = places::page(&labs);
    Ok(write_atomically(
        &folder.join("providers.md"),
        page.as_bytes(),
    )?)
}

fn section(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let mut text = format!("\n## {}\n\n{}", command.get_name(), about(command));
    text.push_str(&format!("\n```text\n{usage}\n```\n"));
    let own = |argument: &&Arg| {
        !argument.is_global_set()
            && !argument.is_hide_set()
            && !matches!(argument.get_id().as_str(), "help" | "version")
    };
    let (values, options): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(own)
        .partition(|argument| argument.is_positional());
    for (head, arguments) in [("Argument", values), ("Option", options)] {
        if !arguments.is_empty() {
            text.push('\n');
            text.push_str(&table(head, &arguments));
        }
    }
    text
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let paragraphs: Vec<String> = about.split("\n\n").map(sentence).collect();
    paragraphs.join("\n\n") + "\n"
}

fn table(head: &str, arguments: &[&Arg]) -> String {
    let mut text = format!("| {head} | What it is |\n|---|---|\n");
    for argument in arguments {
        text.push_str(&format!("| {} | {} |\n", name(argument), help(argument)));
    }
    text
}

/// `--wait <DURATION>`, or `<LAB>`.
fn name(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_value_names()
        .filter(|_| argument.get_action().takes_values())
        .unwrap_or_default()
        .iter()
        .map(|value| format!("<{value}>"))
        .collect();
    let long = argument.get_long().map(|long| format!("--{long}"));
    let parts: Vec<String> = long.into_iter().chain(values).collect();
    format!("`{}`", parts.join(" "))
}

fn help(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let mut text = sentence(&help.unwrap_or_default());
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        let names: Vec<String> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        text.push_str(&format!(" One of {}.", names.join(", ")));
    }
    let defaults = argument.get_default_values();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let defaults: Vec<String> = defaults
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        text.push_str(&format!(" Unset: {}.", defaults.join(", ")));
    }
    if let Some(variable) = argument.get_env() {
        text.push_str(&format!(
            " Also the variable `{}`.",
            variable.to_string_lossy()
        ));
    }
    text.replace('|', "\\|")
}

/// clap takes the full stop off a text of one sentence.
fn sentence(text: &str) -> String {
    let text = text.trim().replace('\n', " ");
    if text.is_empty() || text.ends_with(['.', ':', '…']) {
        text
    } else {
        text + "."
    }
}
