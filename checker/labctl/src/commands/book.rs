//! `labctl book`: the book in a browser on this machine, or a page of it at the terminal.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use book::pages::{self, Found, Page};
use book::serve;

use crate::book::{Book, reference, unreadable};
use crate::cli::{BookArgs, Format};
use crate::failure::{Exit, Result};
use crate::output::{BookContents, BookPage, BookServed, FORMAT, ListedPage};
use crate::{browser, interrupt, pager, screen};

pub(super) fn run(output: Format, arguments: &BookArgs) -> Result<ExitCode> {
    let book = Book::open()?;
    let title = arguments.title.join(" ");
    if !title.trim().is_empty() {
        show(output, &book, &title)?;
    } else if arguments.serve || is_for_a_browser(output, arguments) {
        serve(output, &book, arguments.port)?;
    } else {
        list(output, &book.pages.iter().collect::<Vec<_>>());
        if !arguments.list {
            screen::say(
                "\n`labctl book TITLE` shows a page; `labctl book --serve` is for a browser",
            );
        }
    }
    Ok(Exit::Success.code())
}

/// Somebody sits at this terminal, and a browser is there.
fn is_for_a_browser(output: Format, arguments: &BookArgs) -> bool {
    !arguments.list
        && output == Format::Text
        && std::io::stdout().is_terminal()
        && browser::find().is_some()
}

fn show(output: Format, book: &Book, title: &str) -> Result<()> {
    let (page, text) = match book.find(title)? {
        Found::Page(page) => (page, page.whole()),
        Found::Section(page, text) => (page, text),
        Found::Part(pages) => {
            list(output, &pages);
            return Ok(());
        }
    };
    if output == Format::Json {
        screen::json(&BookPage {
            format_version: FORMAT,
            page: listed(page),
            text,
        });
        return Ok(());
    }
    let mut shown = screen::markdown(&text);
    let linked = pages::linked(&book.pages, page).map_err(unreadable)?;
    if !linked.is_empty() {
        let commands = linked.iter().map(|page| reference(&page.title));
        shown.push_str(&screen::dim(&format!(
            "\n\nlinked from this page:\n  {}",
            commands.collect::<Vec<_>>().join("\n  ")
        )));
    }
    pager::show(&shown);
    Ok(())
}

fn list(output: Format, pages: &[&Page]) {
    if output == Format::Json {
        screen::json(&BookContents {
            format_version: FORMAT,
            pages: pages.iter().map(|page| listed(page)).collect(),
        });
        return;
    }
    let mut lines = Vec::new();
    let mut part = "";
    for page in pages {
        if page.part != part {
            part = &page.part;
            lines.push(format!("\n{}", screen::bold(part)));
        }
        lines.push(format!(
            "  {:indent$}{}",
            "",
            page.title,
            indent = 2 * page.depth
        ));
    }
    pager::show(lines.join("\n").trim_start_matches('\n'));
}

pub(super) fn listed(page: &Page) -> ListedPage {
    ListedPage {
        part: page.part.clone(),
        title: page.title.clone(),
        path: page.path.clone(),
    }
}

/// Until Ctrl-C.
fn serve(output: Format, book: &Book, port: u16) -> Result<()> {
    let files = book.html();
    let listener = serve::listen(port).map_err(unreadable)?;
    let address = listener.local_addr().map_err(unreadable)?;
    let address = format!("http://{address}/");
    if output == Format::Json {
        screen::json_line(&BookServed {
            format_version: FORMAT,
            address,
        });
    } else {
        screen::say(&format!("the book is at {address} (Ctrl-C ends it)"));
        if let Some(browser) = browser::find()
            && let Err(error) = browser::open(&browser, &address)
        {
            screen::say(&format!(
                "no browser was opened: failed to run `{}`: {error}",
                browser.display()
            ));
        }
    }
    let file = |path: &Path| {
        let file = files.get(path.to_str()?)?;
        Some(file.clone().into_bytes())
    };
    serve::serve(&listener, file, || interrupt::asked().is_asked()).map_err(unreadable)
}
