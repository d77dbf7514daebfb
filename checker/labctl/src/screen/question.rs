//! A question of a page, and what an answer came to.

use book::quiz::Question;

use super::{DIM, GREEN, RED, WIDTH, indented, markdown};
use crate::output::JudgedAnswer;

/// The question with its choices.
pub(crate) fn question(number: usize, question: &Question) -> String {
    let mut text = format!("**{number}. {}**\n\n", question.asks);
    for (letter, choice) in question.choices() {
        text.push_str(&format!("- {letter}) {choice}\n"));
    }
    markdown(&text)
}

/// Right or not, why, and where the book says so.
pub(crate) fn judged(judged: &JudgedAnswer) -> String {
    let verdict = if judged.is_right {
        format!("{GREEN}✓{GREEN:#} right: {}", judged.answer)
    } else {
        format!("{RED}✗{RED:#} the answer is {}", judged.answer)
    };
    format!(
        "{}\n{}\n    {DIM}see book: {}{DIM:#}",
        textwrap::fill(
            &verdict,
            textwrap::Options::new(WIDTH).subsequent_indent("    ")
        ),
        indented(&judged.because),
        judged.see
    )
}
