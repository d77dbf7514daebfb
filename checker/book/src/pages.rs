//! The book as text: its pages with what they include, and how one is found by its title. Knows Markdown's headings and links.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use grade::diagnostic::nearest;
use regex::Regex;

use crate::include::Included;
use crate::quiz::{self, Quiz};
use crate::repository::Repository;
use crate::summary::{Item, items};
use crate::{copied, diagram};

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The part of the book that it is in; empty for the first page.
    pub part: String,
    /// How many pages it is below.
    pub depth: usize,
    /// As the contents name it.
    pub title: String,
    /// From the book's folder, such as `pending/events.md`.
    pub path: String,
    /// Markdown, without its questions.
    pub text: String,
    /// What a reader is asked at its end; unset for a page without questions.
    pub quiz: Option<Quiz>,
}

impl Page {
    /// The page with its questions, in Markdown.
    #[must_use]
    pub fn whole(&self) -> String {
        let asked = self.quiz.as_ref().map(|quiz| quiz.asked(&self.title));
        self.text.clone() + &asked.unwrap_or_default()
    }

    /// The same for a browser: with the answers folded, diagrams as SVG, and what the copy buttons copy.
    #[must_use]
    pub fn for_browser(&self) -> String {
        let answered = self.quiz.as_ref().map(|quiz| quiz.answered(&self.text));
        let text = self.whole() + &answered.unwrap_or_default();
        copied::with_commands(&diagram::drawn(&text))
    }
}

/// What a title names.
#[derive(Debug, PartialEq)]
pub enum Found<'a> {
    /// A page.
    Page(&'a Page),
    /// What stands under one of a page's headings, the heading included.
    Section(&'a Page, String),
    /// A part, with its pages.
    Part(Vec<&'a Page>),
}

/// The pages in their order.
///
/// # Errors
/// A page or something that it includes cannot be read.
pub fn pages(repository: &Repository) -> anyhow::Result<Vec<Page>> {
    let included = Included::new(repository.clone());
    let mut part = String::new();
    let mut pages = Vec::new();
    for item in items(&repository.text("book/src/SUMMARY.md")?) {
        match item {
            Item::Part(title) => title.clone_into(&mut part),
            Item::Page { title, path, depth } => pages.push(Page {
                part: part.clone(),
                depth,
                title: title.to_owned(),
                path: path.to_owned(),
                text: included
                    .page(&repository.text(&format!("book/src/{path}"))?)
                    .with_context(|| format!("page `{title}`"))?,
                quiz: quiz::of_page(repository, path)?,
            }),
        }
    }
    Ok(pages)
}

/// The title in how a check names its place, `Pending Pods, "Reading scheduler events"`; all of it when there are no quotes.
#[must_use]
pub fn title_of(place: &str) -> &str {
    place
        .split_once('"')
        .and_then(|(_, rest)| rest.rsplit_once('"'))
        .map_or(place, |(title, _)| title)
}

/// What this title names: a page, else a heading, else a part; letters may be small or capital.
#[must_use]
pub fn find<'a>(pages: &'a [Page], title: &str) -> Option<Found<'a>> {
    let wanted = plain(title_of(title));
    if let Some(page) = pages.iter().find(|page| plain(&page.title) == wanted) {
        return Some(Found::Page(page));
    }
    for page in pages {
        if let Some(section) = section(&page.text, &wanted) {
            return Some(Found::Section(page, section));
        }
    }
    let part: Vec<&Page> = pages
        .iter()
        .filter(|page| plain(&page.part) == wanted)
        .collect();
    (!wanted.is_empty() && !part.is_empty()).then_some(Found::Part(part))
}

/// The titles that were probably meant: the nearest by its letters, else those that have every word of it.
#[must_use]
pub fn meant(pages: &[Page], title: &str) -> Vec<String> {
    let titles = || {
        let sections = pages.iter().flat_map(|page| headings(&page.text));
        pages
            .iter()
            .map(|page| page.title.as_str())
            .chain(sections.map(|heading| heading.title))
    };
    if let Some(nearest) = nearest(title, titles()) {
        return vec![nearest];
    }
    let words: Vec<String> = title.split_whitespace().map(plain).collect();
    let mut meant: Vec<String> = Vec::new();
    for title in titles() {
        let has_all = words.iter().all(|word| plain(title).contains(word));
        if has_all && !meant.iter().any(|other| other == title) {
            meant.push(title.to_owned());
        }
    }
    meant
}

/// The pages that this one links to, once each.
///
/// # Errors
/// Never with a sound program: the pattern of a link is fixed.
pub fn linked<'a>(pages: &'a [Page], from: &Page) -> anyhow::Result<Vec<&'a Page>> {
    let link = Regex::new(r"\]\(([^)#\s]+\.md)(?:#[^)\s]*)?\)").context("the pattern of a link")?;
    let mut linked: Vec<&Page> = Vec::new();
    for found in link.captures_iter(&from.text) {
        let target = resolve(Path::new(&from.path), &found[1]);
        let page = pages
            .iter()
            .find(|page| Path::new(&page.path) == target && page.path != from.path);
        if let Some(page) = page
            && !linked.contains(&page)
        {
            linked.push(page);
        }
    }
    Ok(linked)
}

/// What a link of this page or style leads to, from the book's folder.
#[must_use]
pub fn resolve(from: &Path, path: &str) -> PathBuf {
    let mut target = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                target.pop();
            }
            part => target.push(part),
        }
    }
    if path.ends_with('/') {
        target.join("index.html")
    } else {
        target
    }
}

struct Heading<'a> {
    level: usize,
    title: &'a str,
    line: usize,
}

/// The headings below the page's own.
fn headings(text: &str) -> impl Iterator<Item = Heading<'_>> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(line, content)| {
        is_code ^= content.starts_with("```");
        let title = content.trim_start_matches('#');
        let level = content.len() - title.len();
        (!is_code && level > 1 && title.starts_with(' ')).then(|| Heading {
            level,
            title: title.trim(),
            line,
        })
    })
}

/// From this heading to the next one that is not below it.
fn section(text: &str, wanted: &str) -> Option<String> {
    let mut headings = headings(text);
    let first = headings.find(|heading| plain(heading.title) == wanted)?;
    let end = headings
        .find(|heading| heading.level <= first.level)
        .map_or(usize::MAX, |heading| heading.line);
    let lines = text.lines().skip(first.line).take(end - first.line);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// A title without what a person may leave out.
fn plain(title: &str) -> String {
    title.replace(['`', '*'], "").trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(part: &str, title: &str, path: &str, text: &str) -> Page {
        Page {
            part: part.to_owned(),
            depth: 0,
            title: title.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            quiz: None,
        }
    }

    fn book() -> Vec<Page> {
        let events = "# Reading events\n\n## It is a `sum`\n\none\n\n```console\n# no heading\n```\n\n### Below\n\ntwo\n\n## Names\n\nthree\n";
        let lab = "# The lab\n\nSee [events](events.md), [once more](events.md#names) and [itself](lab.md).\n";
        vec![
            page(
                "Pending Pods",
                "Reading events",
                "pending/events.md",
                events,
            ),
            page("Pending Pods", "The lab", "pending/lab.md", lab),
        ]
    }

    #[test]
    fn a_title_names_a_page_a_section_or_a_part() {
        let book = book();
        let events = Some(Found::Page(&book[0]));
        assert_eq!(find(&book, "reading Events"), events);
        assert_eq!(find(&book, "Pending Pods, \"Reading events\""), events);
        let Some(Found::Section(_, text)) = find(&book, "it is a sum") else {
            unreachable!("there is such a heading");
        };
        assert!(
            text.starts_with("## It is a `sum`") && text.ends_with("two\n"),
            "{text}"
        );
        assert_eq!(
            find(&book, "pending pods"),
            Some(Found::Part(vec![&book[0], &book[1]]))
        );
        assert_eq!(find(&book, ""), None);
        assert_eq!(find(&book, "no heading"), None);
    }

    #[test]
    fn a_slip_finds_what_was_meant() {
        let book = book();
        assert_eq!(meant(&book, "Reading evnets"), ["Reading events"]);
        assert_eq!(meant(&book, "events"), ["Reading events"]);
        assert!(meant(&book, "certificates").is_empty());
    }

    #[test]
    fn a_page_knows_which_others_it_links_to() -> anyhow::Result<()> {
        let book = book();
        assert_eq!(linked(&book, &book[1])?, [&book[0]]);
        Ok(())
    }
}
