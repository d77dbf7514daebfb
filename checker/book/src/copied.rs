//! What the copy button of a console block copies: its commands, written behind the block for `book/copy.js` to find.
//!
//! So the commands are told from what they print in one place, `console.rs`, and the browser parses nothing.

use crate::console;

/// A page with the commands of each console block behind it, out of sight.
#[must_use]
pub fn with_commands(page: &str) -> String {
    let mut blocks = console::blocks(page).into_iter().peekable();
    let mut text = String::new();
    for (number, line) in (1..).zip(page.lines()) {
        text.push_str(line);
        text.push('\n');
        if let Some(block) = blocks.next_if(|block| block.end == number)
            && let Some(typed) = block.typed()
        {
            // An empty line would end what Markdown takes for HTML, so there is none in it and one behind it.
            let typed = attribute(&typed);
            text.push_str(&format!("<div hidden data-commands=\"{typed}\"></div>\n\n"));
        }
    }
    text
}

/// Text for an attribute, on one line.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', "&#10;")
}
