//! Markdown to HTML with what a page needs beyond it: headings that links can name, links to pages, tables that scroll,
//! console blocks whose commands stand out. Knows nothing of other pages.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html as plain};

/// A page's words under one heading; the title is empty for what stands before the first heading below the page's own.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) words: String,
}

/// A page's HTML.
pub(super) fn html(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Vec::new();
    // Where a heading began, while it lasts.
    let mut heading: Option<usize> = None;
    let mut console: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut console) {
            (Event::Text(text), Some(block)) => block.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some(_)) => {
                let block = console.take().unwrap_or_default();
                events.push(Event::Html(console_block(&block).into()));
            }
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))), None)
                if &*kind == "console" =>
            {
                console = Some(String::new());
            }
            (event @ Event::Start(Tag::Heading { .. }), _) => {
                heading = Some(events.len());
                events.push(event);
            }
            (event @ Event::End(TagEnd::Heading(_)), _) => {
                if let Some(start) = heading.take() {
                    let title = words(&events[start..]);
                    name(&mut events[start], &title);
                }
                events.push(event);
            }
            (Event::Start(Tag::Table(columns)), _) => {
                events.push(Event::Html("<div class=\"table-wrapper\">".into()));
                events.push(Event::Start(Tag::Table(columns)));
            }
            (event @ Event::End(TagEnd::Table), _) => {
                events.push(event);
                events.push(Event::Html("</div>\n".into()));
            }
            (event, _) => events.push(to_page(event)),
        }
    }
    let mut html = String::new();
    plain::push_html(&mut html, events.into_iter());
    html
}

/// Text in HTML, also in an attribute.
pub(super) fn text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The name by which a link finds a heading, as mdBook gives it.
#[must_use]
pub fn anchor(title: &str) -> String {
    let letters = title.trim().chars().filter_map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => {
            Some(letter.to_ascii_lowercase())
        }
        letter if letter.is_whitespace() => Some('-'),
        _ => None,
    });
    letters.collect()
}

/// The page's words, heading by heading.
pub(crate) fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut is_heading = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match &event {
            Event::Start(Tag::Heading { level, .. }) if *level as usize > 1 => {
                is_heading = true;
                sections.push(Section::default());
            }
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            Event::End(_) | Event::SoftBreak => {
                if let Some(section) = sections.last_mut() {
                    section.words.push(' ');
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(section) = sections.last_mut() {
                    let into = if is_heading {
                        &mut section.title
                    } else {
                        &mut section.words
                    };
                    into.push_str(text);
                }
            }
            _ => {}
        }
    }
    sections
}

/// A link to a page's source leads to the page.
fn to_page(event: Event<'_>) -> Event<'_> {
    let Event::Start(Tag::Link {
        link_type,
        dest_url,
        title,
        id,
    }) = event
    else {
        return event;
    };
    let (path, anchor) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
    let dest_url = match path.strip_suffix(".md") {
        Some(page) if !path.contains(':') && anchor.is_empty() => format!("{page}.html").into(),
        Some(page) if !path.contains(':') => format!("{page}.html#{anchor}").into(),
        _ => dest_url,
    };
    Event::Start(Tag::Link {
        link_type,
        dest_url,
        title,
        id,
    })
}

fn name(heading: &mut Event<'_>, title: &str) {
    if let Event::Start(Tag::Heading { id, .. }) = heading {
        *id = Some(CowStr::from(anchor(title)));
    }
}

fn words(events: &[Event<'_>]) -> String {
    let words = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        _ => None,
    });
    words.collect()
}

/// Prompts that are not marked with the text, and commands apart from what they print.
fn console_block(block: &str) -> String {
    let lines = block.lines().map(|line| {
        let prompt = ["$ ", "> "]
            .into_iter()
            .find(|prompt| line.starts_with(prompt));
        match prompt {
            Some(prompt) => format!(
                "<span class=\"hljs-meta\">{}</span><b>{}</b>\n",
                text(prompt),
                text(&line[prompt.len()..])
            ),
            None => text(line) + "\n",
        }
    });
    let lines: String = lines.collect();
    format!("<pre><code class=\"language-console\">{lines}</code></pre>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_links_tables_and_console_blocks() {
        let page = "## A `b` c!\n\n[x](../a.md#y) [z](https://example.com/a.md)\n\n|a|\n|-|\n|b|\n\n```console\n$ a <b>\nc\n```\n";
        let html = html(page);
        for part in [
            "<h2 id=\"a-b-c\">",
            "href=\"../a.html#y\"",
            "href=\"https://example.com/a.md\"",
            "<div class=\"table-wrapper\"><table>",
            "<span class=\"hljs-meta\">$ </span><b>a &lt;b&gt;</b>\nc\n</code></pre>",
        ] {
            assert!(html.contains(part), "no {part} in\n{html}");
        }
    }
}
