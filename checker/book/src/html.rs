//! The book for a browser, as labctl shows it: one file for each page, the contents beside it, and what a search reads.
//!
//! Knows how a page is laid out; `markdown.rs` knows what is in it, `book/*.css` and `book/*.js` how it looks and acts.

mod markdown;

use std::collections::BTreeMap;

use serde_json::json;

use crate::pages::Page;
use crate::repository::Repository;

pub use markdown::anchor;
pub(crate) use markdown::sections;

/// What stands beside the pages, in the project's folder `book`.
const BESIDE: [&str; 4] = ["reader.css", "book.css", "copy.js", "search.js"];

/// The book's own title.
const TITLE: &str = "labctl: practise day-2 EKS";

/// The files of the book by their paths: the pages, and what stands beside them.
pub type Files = BTreeMap<String, String>;

/// What stands beside the pages.
///
/// # Errors
/// A file of it cannot be read.
pub fn beside(repository: &Repository) -> anyhow::Result<Files> {
    let read = |name: &str| Ok((name.to_owned(), repository.text(&format!("book/{name}"))?));
    BESIDE.into_iter().map(read).collect()
}

/// The whole book.
#[must_use]
pub fn files(pages: &[Page], beside: &Files) -> Files {
    let documents = pages
        .iter()
        .enumerate()
        .map(|(place, page)| (address(page), document(pages, place, page)));
    documents
        .chain([("search.json".to_owned(), index(pages))])
        .chain(beside.clone())
        .collect()
}

/// Where a page is, from the book's folder: `pending/events.html`.
#[must_use]
pub fn address(page: &Page) -> String {
    format!("{}.html", page.path.trim_end_matches(".md"))
}

fn document(pages: &[Page], place: usize, page: &Page) -> String {
    let root = "../".repeat(page.path.matches('/').count());
    let turn = |to: Option<&Page>, way: &str, sign: &str| {
        to.map_or_else(String::new, |to| {
            format!(
                "<a rel=\"{way}\" href=\"{root}{}\">{sign} {}</a>",
                address(to),
                markdown::text(&to.title)
            )
        })
    };
    let previous = place.checked_sub(1).and_then(|place| pages.get(place));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - {TITLE}</title>\n\
         <link rel=\"stylesheet\" href=\"{root}reader.css\">\n<link rel=\"stylesheet\" href=\"{root}book.css\">\n\
         <script defer src=\"{root}copy.js\"></script>\n<script defer src=\"{root}search.js\" data-root=\"{root}\"></script>\n\
         </head>\n<body>\n<header><a href=\"{root}index.html\">{TITLE}</a> <a class=\"to-contents\" href=\"#contents\">Contents</a>\
         <search><input type=\"search\" placeholder=\"Search ( / )\" aria-label=\"Search the book\"><ol id=\"hits\"></ol></search></header>\n\
         <div class=\"content\">\n<main>\n{body}</main>\n<nav class=\"turn\">{before} {after}</nav>\n</div>\n\
         <nav id=\"contents\">\n{contents}</nav>\n</body>\n</html>\n",
        title = markdown::text(&page.title),
        body = markdown::html(&page.for_browser()),
        before = turn(previous, "prev", "←"),
        after = turn(pages.get(place + 1), "next", "→"),
        contents = contents(pages, page, &root),
    )
}

/// All parts and pages, with this one marked.
fn contents(pages: &[Page], here: &Page, root: &str) -> String {
    let mut text = String::new();
    let mut part = "";
    for page in pages {
        if page.part != part {
            part = &page.part;
            text.push_str(&format!("<h2>{}</h2>\n", markdown::text(part)));
        }
        let mark = if page.path == here.path {
            " aria-current=\"page\""
        } else {
            ""
        };
        text.push_str(&format!(
            "<a class=\"below-{}\" href=\"{root}{}\"{mark}>{}</a>\n",
            page.depth,
            address(page),
            markdown::text(&page.title)
        ));
    }
    text
}

/// What the search looks in: the words under each heading.
fn index(pages: &[Page]) -> String {
    let sections = pages.iter().flat_map(|page| {
        markdown::sections(&page.text).into_iter().map(|section| {
            let anchor = match section.title.as_str() {
                "" => String::new(),
                title => format!("#{}", anchor(title)),
            };
            json!({
                "page": page.title,
                "section": section.title,
                "address": address(page) + &anchor,
                "text": section.words,
            })
        })
    });
    serde_json::Value::Array(sections.collect()).to_string()
}
