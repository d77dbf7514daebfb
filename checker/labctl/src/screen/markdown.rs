//! Markdown at a terminal: paragraphs in lines of one width, headings and code set off. It reads well without colour, too.

mod table;

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use textwrap::WordSplitter;

use super::{BOLD, CYAN, DIM, WIDTH};

/// Markdown as text for people.
pub(crate) fn markdown(text: &str) -> String {
    let mut page = Page::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.lines.join("\n").trim_end().to_owned()
}

/// What stands before the lines of a block: of an item of a list, a quotation.
struct Margin {
    /// Before the first line that is still to come.
    first: String,
    /// Before the others.
    rest: String,
}

#[derive(Default)]
struct Page {
    lines: Vec<String>,
    /// The paragraph, heading or cell that is being read.
    text: String,
    margins: Vec<Margin>,
    /// The next number of each list that is open; `None` for one with dashes.
    lists: Vec<Option<u64>>,
    /// A console block that is being read, or another block of code.
    code: Option<bool>,
    rows: Vec<Vec<String>>,
    /// Where each open link leads.
    links: Vec<String>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match self.code {
                Some(is_console) => self.code_lines(&text, is_console),
                None => self.text.push_str(&text),
            },
            Event::Code(code) => self.text.push_str(&format!("{CYAN}`{code}`{CYAN:#}")),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.flush(),
            Event::Html(html) | Event::InlineHtml(html) => self.summary(&html),
            Event::Rule => self.block(&"─".repeat(WIDTH)),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } => {
                self.gap();
                if matches!(tag, Tag::Heading { .. }) {
                    self.text.push_str(&BOLD.to_string());
                }
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                self.gap();
                let is_console =
                    matches!(&kind, CodeBlockKind::Fenced(name) if &**name == "console");
                self.code = Some(is_console);
            }
            Tag::List(first) => {
                self.flush();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::BlockQuote(_) => {
                self.gap();
                self.margins.push(Margin {
                    first: "| ".to_owned(),
                    rest: "| ".to_owned(),
                });
            }
            Tag::Strong => self.text.push_str(&BOLD.to_string()),
            Tag::Link { dest_url, .. } => self.links.push(dest_url.to_string()),
            Tag::Table(_) => self.gap(),
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.flush(),
            TagEnd::Heading(_) => {
                self.text.push_str(&format!("{BOLD:#}"));
                self.flush();
            }
            TagEnd::CodeBlock => self.code = None,
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item | TagEnd::BlockQuote(_) => {
                self.flush();
                self.margins.pop();
            }
            TagEnd::Strong => self.text.push_str(&format!("{BOLD:#}")),
            TagEnd::Link => {
                let leads_away = self.links.pop().filter(|link| link.starts_with("http"));
                if let Some(link) = leads_away.filter(|link| !self.text.ends_with(link.as_str())) {
                    self.text.push_str(&format!(" ({link})"));
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                let rows = std::mem::take(&mut self.rows);
                for line in table::lines(&rows, WIDTH - self.margin_width()) {
                    self.block(&line);
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.flush();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.margins.push(Margin {
            rest: " ".repeat(mark.len()),
            first: mark,
        });
    }

    /// Commands stand out from what they print.
    fn code_lines(&mut self, code: &str, is_console: bool) {
        for line in code.lines() {
            let is_typed = is_console && (line.starts_with("$ ") || line.starts_with("> "));
            if is_typed {
                self.block(&format!("{BOLD}{line}{BOLD:#}"));
            } else {
                self.block(line);
            }
        }
    }

    /// Of HTML only the line over what folds out; the rest is for browsers.
    fn summary(&mut self, html: &str) {
        let summary = html
            .split_once("<summary>")
            .and_then(|(_, rest)| rest.split_once("</summary>"));
        if let Some((summary, _)) = summary {
            self.gap();
            self.text.push_str(&format!("{DIM}{summary}{DIM:#}"));
            self.flush();
        }
    }

    /// Ends what is being read: its lines, each behind the margin.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        let options = textwrap::Options::new(WIDTH - self.margin_width())
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in closed(textwrap::wrap(text.trim(), options)) {
            self.block(&line);
        }
    }

    /// One line as it is, behind the margin.
    fn block(&mut self, line: &str) {
        let margin: String = self
            .margins
            .iter_mut()
            .map(|margin| std::mem::replace(&mut margin.first, margin.rest.clone()))
            .collect();
        self.lines.push(if line.is_empty() {
            margin.trim_end().to_owned()
        } else {
            margin + line
        });
    }

    /// An empty line before a block, but for the first block of an item.
    fn gap(&mut self) {
        let begins = |margin: &Margin| margin.first != margin.rest;
        let is_first = self.lines.is_empty() || self.margins.last().is_some_and(begins);
        if !is_first && self.lines.last().is_some_and(|line| !line.is_empty()) {
            let margin: String = self
                .margins
                .iter()
                .map(|margin| margin.rest.as_str())
                .collect();
            self.lines.push(margin.trim_end().to_owned());
        }
    }

    fn margin_width(&self) -> usize {
        self.margins.iter().map(|margin| margin.rest.len()).sum()
    }
}

/// Lines of which each ends the style that it has, so that what stands beside them has none of it.
fn closed(lines: Vec<Cow<'_, str>>) -> Vec<String> {
    const RESET: &str = "\x1b[0m";
    let mut open = String::new();
    let close = |line: Cow<'_, str>| {
        let line = format!("{open}{line}");
        open = match line.rfind("\x1b[") {
            Some(place) if !line[place..].starts_with(RESET) => {
                let end = line[place..]
                    .find('m')
                    .map_or(line.len(), |end| place + end + 1);
                line[place..end].to_owned()
            }
            _ => String::new(),
        };
        if open.is_empty() { line } else { line + RESET }
    };
    lines.into_iter().map(close).collect()
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let plain = anstream::adapter::strip_str(&markdown(text)).to_string();
        assert_eq!(plain, expected);
    }

    #[test]
    fn paragraphs_are_joined_and_wrapped_and_lists_kept() {
        check(
            "## Task\n\none\ntwo\n\n- first\n  more of it\n- second\n\n```\n$ a   b\n\nc\n```\n",
            "Task\n\none two\n\n- first more of it\n- second\n\n$ a   b\n\nc",
        );
    }

    #[test]
    fn lists_in_lists_and_quotations_keep_their_margin() {
        check(
            "1. one\n2. two\n   - below\n\n     more\n\n> said\n> so\n>\n> twice\n",
            "1. one\n2. two\n   - below\n\n     more\n\n| said so\n|\n| twice",
        );
    }

    #[test]
    fn of_html_the_line_over_what_folds_out_is_shown() {
        check(
            "one\n\n<details><summary>For the instructor</summary>\n\ntwo **three**\n\n</details>\n\n<!-- not shown -->\n",
            "one\n\nFor the instructor\n\ntwo three",
        );
    }

    #[test]
    fn a_link_that_leads_away_says_where() {
        check(
            "[a](b.md) [c](https://example.com/)",
            "a c (https://example.com/)",
        );
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let words = "word `code` ".repeat(40);
        let text = format!("{words}\n\n- {words}\n\n| a | b |\n|---|---|\n| {words} | `c` |\n");
        let plain = anstream::adapter::strip_str(&markdown(&text)).to_string();
        assert!(
            plain.lines().all(|line| line.chars().count() <= 80),
            "{plain}"
        );
    }
}
