//! A Markdown page as plain data with places: its title, its headings in order with what stands below, and its links.
//!
//! Comments are no text: they are what a starter says to whoever fills it in. Knows no meaning of any heading.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::tree::{Key, Location, Node, Value};

/// A share or a sum of money in a sentence.
static SUM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:[$€£]\s?\d[\d.,'’ ]*|\d[\d.,'’]*\s?(?:%|percent\b|per cent\b|USD\b|EUR\b|GBP\b|[$€£]))").ok()
});

/// A heading and what stands below it, up to the next one of its level.
struct Heading {
    level: u32,
    title: String,
    at: Location,
    text: String,
    links: Vec<Link>,
}

#[derive(Clone)]
struct Link {
    text: String,
    target: String,
    at: Location,
}

#[derive(Default)]
struct Page {
    headings: Vec<Heading>,
    links: Vec<Link>,
    /// Shares and sums that stand in no link.
    sums: Vec<(String, Location)>,
    text: String,
    /// What is being read.
    in_heading: bool,
    link: Option<Link>,
}

/// A page as data.
pub(super) fn read(text: &str) -> Node {
    let lines = Lines::of(text);
    let mut page = Page::default();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        page.event(event, &range, &lines);
    }
    page.node()
}

impl Page {
    fn event(&mut self, event: Event<'_>, range: &Range<usize>, lines: &Lines<'_>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.in_heading = true;
                self.headings.push(Heading {
                    level: number(level),
                    title: String::new(),
                    at: lines.place(range.start),
                    text: String::new(),
                    links: Vec::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => self.in_heading = false,
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.link = Some(Link {
                    text: String::new(),
                    target: dest_url.to_string(),
                    at: lines.place(range.start),
                });
            }
            Event::End(TagEnd::Link) => {
                if let Some(link) = self.link.take() {
                    for heading in self.open() {
                        heading.links.push(link.clone());
                    }
                    self.links.push(link);
                }
            }
            Event::Text(text) | Event::Code(text) => self.text(&text, range, lines),
            Event::SoftBreak | Event::HardBreak => self.add(" "),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::TableCell
                | TagEnd::TableRow
                | TagEnd::CodeBlock,
            ) => self.add("\n"),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>, lines: &Lines<'_>) {
        if self.link.is_none() && !self.in_heading {
            let sums = SUM.as_ref().into_iter().flat_map(|sum| sum.find_iter(text));
            for found in sums {
                let at = lines.place(range.start + found.start());
                self.sums.push((found.as_str().trim().to_owned(), at));
            }
        }
        self.add(text);
    }

    fn add(&mut self, text: &str) {
        if let Some(link) = &mut self.link {
            link.text.push_str(text);
        }
        if self.in_heading {
            if let Some(heading) = self.headings.last_mut() {
                heading.title.push_str(text);
            }
            return;
        }
        for heading in self.open() {
            heading.text.push_str(text);
        }
        self.text.push_str(text);
    }

    /// The last heading and those above it.
    fn open(&mut self) -> impl Iterator<Item = &mut Heading> {
        let mut above = u32::MAX;
        self.headings.iter_mut().rev().filter(move |heading| {
            let is_open = heading.level < above;
            above = above.min(heading.level);
            is_open
        })
    }

    fn node(self) -> Node {
        let start = Location {
            source: 0,
            line: 1,
            column: 1,
        };
        let title = self.headings.iter().find(|heading| heading.level == 1);
        let title = title.map(|heading| heading.title.trim().to_owned());
        let words = count(&self.text);
        let headings = self.headings.iter().enumerate();
        let headings = headings.map(|(index, heading)| {
            let links = heading.links.iter().map(Link::node).collect();
            map(
                heading.at,
                vec![
                    ("at", text(format!("headings.{index}"))),
                    ("title", text(heading.title.trim().to_owned())),
                    ("level", whole(heading.level)),
                    ("line", whole(heading.at.line)),
                    ("text", text(heading.text.trim().to_owned())),
                    ("words", whole(count(&heading.text))),
                    ("links", Value::List(links)),
                ],
            )
        });
        let headings = headings.collect();
        let links = self.links.iter().map(Link::node).collect();
        let sums = self.sums.iter();
        let sums = sums.map(|(sum, at)| {
            map(
                *at,
                vec![("text", text(sum.clone())), ("line", whole(at.line))],
            )
        });
        let sums = sums.collect();
        map(
            start,
            vec![
                ("title", title.map_or(Value::Null, Value::Text)),
                ("headings", Value::List(headings)),
                ("links", Value::List(links)),
                ("sums", Value::List(sums)),
                ("words", whole(words)),
            ],
        )
    }
}

impl Link {
    /// A target is a file and, behind `#`, the path of an entry in it.
    fn node(&self) -> Node {
        let (file, path) = self.target.split_once('#').unwrap_or((&self.target, ""));
        map(
            self.at,
            vec![
                ("text", text(self.text.trim().to_owned())),
                ("target", text(self.target.clone())),
                ("file", text(file.trim_start_matches("./").to_owned())),
                ("path", text(path.to_owned())),
                ("line", whole(self.at.line)),
            ],
        )
    }
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    fn place(&self, byte: usize) -> Location {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts.get(line.saturating_sub(1)).copied();
        let before = self.text.get(start.unwrap_or_default()..byte);
        let column = before.map_or(0, |before| before.chars().count()) + 1;
        Location {
            source: 0,
            line: u32::try_from(line).unwrap_or_default(),
            column: u32::try_from(column).unwrap_or_default(),
        }
    }
}

fn number(level: HeadingLevel) -> u32 {
    level as u32
}

fn count(text: &str) -> u32 {
    u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
}

fn text(text: String) -> Value {
    Value::Text(text)
}

fn whole(number: u32) -> Value {
    Value::Number(number.into(), number.to_string())
}

fn map(at: Location, fields: Vec<(&str, Value)>) -> Node {
    let fields = fields.into_iter().map(|(name, value)| {
        let name = name.to_owned();
        (Key { at, name }, Node { at, value })
    });
    Node {
        at,
        value: Value::Map(fields.collect()),
    }
}
