//! What a page includes from elsewhere, so that no fact lives twice: labs, schemas, rules and lists of keys.
//!
//! A page says `{{#name arguments}}`; each name is one function here. Never includes a debrief, a fix or a variant's name.

use anyhow::{Context as _, bail};
use grade::Course;
use grade::course::Lab;
use grade::diagnosis::{CONSTRAINT, Choice, REFUSED_BY};
use regex::{Captures, Regex};

use crate::fields;
use crate::map::Map;
use crate::repository::Repository;
use crate::summary::{Item, items};

/// The seed of the example that a lab's page shows.
const SEED: u64 = 1;

/// Where the comparison of the sandbox with a real node lies.
pub(crate) const DIFFERENCES: &str = "sandbox/fidelity/DIFFERENCES.md";
pub(crate) const SCRIPTS: &str = "sandbox/fidelity/SCRIPTS.md";

/// Includes into pages.
pub struct Included {
    repository: Repository,
}

impl Included {
    /// Includes from this repository.
    #[must_use]
    pub fn new(repository: Repository) -> Self {
        Self { repository }
    }

    /// A page with what it includes.
    ///
    /// # Errors
    /// Something that it includes cannot be read, or there is no such thing.
    pub fn page(&self, text: &str) -> anyhow::Result<String> {
        let directive = Regex::new(r"\{\{#([a-z-]+)(?:\s+([^}]*))?\}\}")?;
        let mut fault = None;
        let page = directive.replace_all(text, |found: &Captures<'_>| {
            let arguments: Vec<&str> = found
                .get(2)
                .map_or("", |text| text.as_str())
                .split_whitespace()
                .collect();
            self.directive(&found[1], &arguments)
                .unwrap_or_else(|error| {
                    fault
                        .get_or_insert(error.context(format!("failed to include `{}`", &found[0])));
                    String::new()
                })
        });
        match fault {
            Some(fault) => Err(fault),
            None => Ok(page.into_owned()),
        }
    }

    fn directive(&self, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
        match (name, arguments) {
            ("lab", [lab]) => self.lab(lab),
            ("brief", [lab]) => self.brief(lab),
            ("fields", [schema, types @ ..]) => self.fields(schema, types),
            ("rule", [file, function]) => rule(&self.repository.text(file)?, function),
            ("keys", ["refused_by"]) => Ok(keys(REFUSED_BY)),
            ("keys", ["constraint"]) => Ok(keys(CONSTRAINT)),
            ("differences", []) => self.comparison(DIFFERENCES),
            ("scripts", []) => self.comparison(SCRIPTS),
            ("practise", labs) => self.map()?.practise(&self.course()?, labs),
            ("planned", []) => Ok(self.map()?.planned()),
            ("map", []) => self.tables(),
            _ => bail!("no such thing to include"),
        }
    }

    /// Minutes, variants counted and not named, and what it practises.
    fn lab(&self, name: &str) -> anyhow::Result<String> {
        let lab = self.find(name)?;
        let practises: Vec<String> = lab
            .practises
            .iter()
            .map(|line| format!("- {line}"))
            .collect();
        let variants = match lab.variants.len() {
            1 => "one way in which it can be broken".to_owned(),
            several => format!("{several} ways in which it can be broken"),
        };
        Ok(format!(
            "**About {} minutes**; {variants}. What you practise:\n\n{}\n",
            lab.minutes,
            practises.join("\n")
        ))
    }

    /// The brief as one learner reads it, quoted.
    fn brief(&self, name: &str) -> anyhow::Result<String> {
        let lab = self.find(name)?;
        let variant = lab.variants.first().context("a lab has a variant")?;
        let scenario = grade::resolve(&self.repository.course()?, name, variant, SEED)?;
        let lines = scenario
            .brief
            .trim()
            .lines()
            .map(|line| match line.trim_start_matches('#') {
                // The page has headings of its own.
                heading if heading.len() < line.len() => format!("> **{}**", heading.trim()),
                _ => format!("> {line}"),
            });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    fn find(&self, name: &str) -> anyhow::Result<Lab> {
        Ok(self.course()?.lab(name)?.clone())
    }

    fn course(&self) -> anyhow::Result<Course> {
        Ok(Course::load(&self.repository.course()?)?)
    }

    fn map(&self) -> anyhow::Result<Map> {
        Map::read(&self.repository)
    }

    /// The map, with links from a page that is in a folder of its own.
    fn tables(&self) -> anyhow::Result<String> {
        let summary = self.repository.text("book/src/SUMMARY.md")?;
        let address = |wanted: &str| {
            items(&summary).find_map(|item| match item {
                Item::Page { title, path, .. } if title == wanted => Some(format!("../{path}")),
                _ => None,
            })
        };
        Ok(self.map()?.tables(&self.course()?, address))
    }

    /// The tables of a whole schema, or of some of its types.
    fn fields(&self, schema: &str, types: &[&str]) -> anyhow::Result<String> {
        let text = self
            .repository
            .text(&format!("schema/{schema}.schema.json"))?;
        fields::tables(&serde_json::from_str(&text)?, types)
    }

    /// A comparison that a test of the sandbox writes, or a sentence that there is none.
    fn comparison(&self, file: &str) -> anyhow::Result<String> {
        if !self.repository.path(file).is_file() {
            return Ok(format!(
                "*The table is missing: `{file}` does not exist in this version.*"
            ));
        }
        let text = self.repository.text(file)?;
        // Its own title would be a second one on the page, and its folder is not the reader's.
        let body: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("# ") && !line.starts_with("Written by "))
            .collect();
        Ok(body.join("\n"))
    }
}

fn keys(choices: &[Choice]) -> String {
    let rows: Vec<String> = choices
        .iter()
        .map(|choice| format!("| `{}` | {} |", choice.key, choice.text))
        .collect();
    format!("| Key | What it says |\n|---|---|\n{}\n", rows.join("\n"))
}

/// The documentation of a public function, without its first sentence's line: the rule that the code keeps.
fn rule(source: &str, function: &str) -> anyhow::Result<String> {
    let lines: Vec<&str> = source.lines().collect();
    let start = format!("pub fn {function}(");
    let place = lines
        .iter()
        .position(|line| line.starts_with(&start))
        .with_context(|| format!("no `{start}…`"))?;
    let mut documentation: Vec<&str> = lines[..place]
        .iter()
        .rev()
        .skip_while(|line| line.starts_with("#["))
        .map_while(|line| line.strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    documentation.reverse();
    let body = documentation.iter().skip(1).copied().collect::<Vec<_>>();
    Ok(body.join("\n").trim().to_owned())
}
