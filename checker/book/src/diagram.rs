//! Diagrams: blocks marked `diagram`, which a terminal shows as the text that they are and a browser as SVG.
//!
//! What stands behind the mark is what the diagram says, for who cannot see it. Knows no page; the colours are `book.css`'s.

/// The mark of a block that is a diagram.
const MARK: &str = "diagram";

/// A page with its diagrams as SVG.
#[must_use]
pub fn drawn(page: &str) -> String {
    let mut text = String::new();
    // What the diagram says and its lines, while it is being read.
    let mut open: Option<(&str, String)> = None;
    for line in page.lines() {
        let fence = line.strip_prefix("```").map(str::trim);
        match (&mut open, fence) {
            (Some((says, drawing)), Some("")) => {
                text.push_str(&figure(says, drawing));
                open = None;
            }
            (Some((_, drawing)), _) => {
                drawing.push_str(line);
                drawing.push('\n');
            }
            (None, Some(kind)) if is_diagram(kind) => {
                open = Some((kind[MARK.len()..].trim(), String::new()));
            }
            (None, _) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// Whether this is the mark of a diagram, with or without what it says.
#[must_use]
pub fn is_diagram(kind: &str) -> bool {
    kind.split_whitespace().next() == Some(MARK)
}

/// No line of it is empty: that would end what Markdown takes for HTML.
fn figure(says: &str, drawing: &str) -> String {
    // Letters as wide as the cells of the drawing, in whatever font; not the default options, which run words together over any gap.
    let options = aasvg::RenderOptions::new().with_stretch(true);
    let svg = aasvg::render_with_options(drawing, &options);
    // The colours that it brings follow the system; the book's follow the theme that a reader picked.
    let svg = match (svg.find("<style>"), svg.find("</style>")) {
        (Some(start), Some(end)) => svg[..start].to_owned() + &svg[end + "</style>".len()..],
        _ => svg,
    };
    let says = says
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let svg = svg.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{says}\" "),
        1,
    );
    let lines: Vec<&str> = svg.lines().filter(|line| !line.trim().is_empty()).collect();
    format!(
        "<figure class=\"drawing\">\n{}\n</figure>\n\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagram_becomes_svg_that_says_what_it_shows_and_takes_the_pages_colours() {
        let page = "one\n\n```diagram \"A\" leads to B\n.---.\n| A |---> B\n'---'\n\n```\n\ntwo\n";
        let drawn = drawn(page);
        for part in [
            "one\n\n<figure class=\"drawing\">\n<svg role=\"img\" aria-label=\"&quot;A&quot; leads to B\"",
            "</svg>\n</figure>\n\n\ntwo\n",
            "var(--aasvg-stroke)",
        ] {
            assert!(drawn.contains(part), "no {part} in\n{drawn}");
        }
        assert!(!drawn.contains("<style>"), "{drawn}");
    }

    #[test]
    fn words_stay_in_their_columns() {
        let drawn = drawn("```diagram Two words\nleft      right\n```\n");
        assert!(drawn.contains(">left</text>"), "{drawn}");
        assert!(drawn.contains(">right</text>"), "{drawn}");
    }

    #[test]
    fn other_blocks_stay_as_they_are() {
        let page = "```console\n$ echo diagram\n```\n\n```text\n+--+\n```\n";
        assert_eq!(drawn(page), page);
    }
}
