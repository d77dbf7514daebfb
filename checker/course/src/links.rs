//! Whether the rendered book's links lead somewhere, and whether it needs anything from a network.
//!
//! Reads HTML as mdBook writes it; asks no server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use book::pages::resolve;
use regex::Regex;

/// A link that leads nowhere, or something that is fetched from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The page, from the book's folder.
    pub page: PathBuf,
    /// What is wrong with which link.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.page.display(), self.message)
    }
}

/// What of a page matters here.
struct Page {
    anchors: BTreeSet<String>,
    /// Where a person can go.
    links: Vec<String>,
    /// What a browser fetches.
    fetched: Vec<String>,
}

/// The faults of the book in this folder, page by page.
///
/// # Errors
/// The folder or a page cannot be read.
pub fn check(book: &Path) -> anyhow::Result<Vec<Fault>> {
    let mut files = BTreeSet::new();
    list(book, book, &mut files)?;
    let mut pages = BTreeMap::new();
    let mut faults = Vec::new();
    for file in &files {
        let kind = file.extension().and_then(|ending| ending.to_str());
        let path = book.join(file);
        let read = || {
            std::fs::read_to_string(&path)
                .with_context(|| format!("failed to read `{}`", path.display()))
        };
        match kind {
            Some("html") => {
                pages.insert(file.clone(), parse(&read()?)?);
            }
            Some("css") => faults.extend(fetched_by_style(file, &read()?)?),
            _ => {}
        }
    }
    for (file, page) in &pages {
        let fault = |message| Fault {
            page: file.clone(),
            message,
        };
        faults.extend(
            page.fetched
                .iter()
                .filter(|target| is_elsewhere(target))
                .map(|target| fault(format!("is fetched from `{target}`"))),
        );
        // The page for a wrong address is served at any depth, so its links are the site's.
        let links = page
            .links
            .iter()
            .chain(&page.fetched)
            .filter(|_| !file.ends_with("404.html"));
        faults.extend(
            links
                .filter_map(|link| lost(file, link, &files, &pages))
                .map(fault),
        );
    }
    Ok(faults)
}

/// Why a link leads nowhere, if it does.
fn lost(
    from: &Path,
    link: &str,
    files: &BTreeSet<PathBuf>,
    pages: &BTreeMap<PathBuf, Page>,
) -> Option<String> {
    if is_elsewhere(link) || link.starts_with("mailto:") || link.starts_with("data:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let target = if path.is_empty() {
        from.to_owned()
    } else {
        resolve(from, path)
    };
    if !files.contains(&target) {
        return Some(format!("link `{link}`: there is no `{}`", target.display()));
    }
    let page = pages.get(&target)?;
    (!anchor.is_empty() && !page.anchors.contains(anchor))
        .then(|| format!("link `{link}`: `{}` has no `#{anchor}`", target.display()))
}

fn is_elsewhere(target: &str) -> bool {
    target.starts_with("http:") || target.starts_with("https:") || target.starts_with("//")
}

fn parse(html: &str) -> anyhow::Result<Page> {
    let scripts = Regex::new(r"(?s)(<script[^>]*>).*?</script>")?;
    let tag = Regex::new(r"<([a-zA-Z][a-zA-Z0-9]*)\s([^>]*)>")?;
    let attribute = Regex::new(r#"([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#)?;
    let html = scripts.replace_all(html, "$1");
    let mut page = Page {
        anchors: BTreeSet::new(),
        links: Vec::new(),
        fetched: Vec::new(),
    };
    for found in tag.captures_iter(&html) {
        for given in attribute.captures_iter(&found[2]) {
            let value = given
                .get(2)
                .or(given.get(3))
                .map_or("", |value| value.as_str());
            let value = value.replace("&amp;", "&");
            match (&found[1], &given[1]) {
                (_, "id") | ("a", "name") => {
                    page.anchors.insert(value);
                }
                ("a", "href") => page.links.push(value),
                (_, "href" | "src") => page.fetched.push(value),
                _ => {}
            }
        }
    }
    Ok(page)
}

fn fetched_by_style(file: &Path, text: &str) -> anyhow::Result<Vec<Fault>> {
    let fetched = Regex::new(r#"(?:url\(|@import)\s*['"]?((?:https?:)?//[^'")]*)"#)?;
    let faults = fetched.captures_iter(text).map(|found| Fault {
        page: file.to_owned(),
        message: format!("is fetched from `{}`", &found[1]),
    });
    Ok(faults.collect())
}

fn list(root: &Path, folder: &Path, into: &mut BTreeSet<PathBuf>) -> anyhow::Result<()> {
    let failed = || format!("failed to read `{}`", folder.display());
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if path.is_dir() {
            list(root, &path, into)?;
        } else {
            into.insert(path.strip_prefix(root).unwrap_or(&path).to_owned());
        }
    }
    Ok(())
}
