//! Markdown at a terminal: paragraphs in lines of one width, headings and code set off. It reads well without colour, too.

use super::{BOLD, CYAN, WIDTH};

/// Markdown as text for people.
pub(crate) fn markdown(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in text.trim().lines() {
        let is_fence = line.starts_with("```");
        if is_fence || is_code || is_alone(line) {
            flush(&mut paragraph, &mut lines);
            is_code ^= is_fence;
            match line.strip_prefix('#') {
                Some(heading) if !is_code => {
                    let heading = heading.trim_start_matches('#').trim_start();
                    lines.push(format!("{BOLD}{heading}{BOLD:#}"));
                }
                _ if is_fence => {}
                _ => lines.push(line.to_owned()),
            }
            continue;
        }
        if starts_item(line) {
            flush(&mut paragraph, &mut lines);
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line.trim());
    }
    flush(&mut paragraph, &mut lines);
    lines.join("\n")
}

/// Blank lines, headings, tables and indented code stand for themselves.
fn is_alone(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with(['#', '|']) || line.starts_with("    ")
}

fn starts_item(line: &str) -> bool {
    line.starts_with("- ")
        || line.starts_with(|first: char| first.is_ascii_digit()) && line.contains(". ")
}

/// Ends a paragraph or an item of a list: its lines, an item's later ones under its text.
fn flush(paragraph: &mut String, lines: &mut Vec<String>) {
    if paragraph.is_empty() {
        return;
    }
    let indent = if starts_item(paragraph) { "  " } else { "" };
    let options = textwrap::Options::new(WIDTH)
        .subsequent_indent(indent)
        .break_words(false);
    let wrapped = textwrap::fill(paragraph, options);
    // A code span may go over the end of a line, so the colour is set after wrapping and for the whole.
    let mut styled = String::new();
    for (place, part) in wrapped.split('`').enumerate() {
        if place % 2 == 1 {
            styled.push_str(&format!("{CYAN}`{part}`{CYAN:#}"));
        } else {
            styled.push_str(part);
        }
    }
    lines.extend(styled.lines().map(str::to_owned));
    paragraph.clear();
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn paragraphs_are_joined_and_wrapped_and_lists_kept() {
        let text = "## Task\n\none\ntwo\n\n- first\n  more of it\n- second\n\n```\n$ a   b\n```\n";
        let plain = anstream::adapter::strip_str(&markdown(text)).to_string();
        assert_eq!(
            plain,
            "Task\n\none two\n\n- first more of it\n- second\n\n$ a   b"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let text = "word `code` ".repeat(40);
        let plain = anstream::adapter::strip_str(&markdown(&text)).to_string();
        assert!(plain.lines().all(|line| line.len() <= 80), "{plain}");
    }
}
