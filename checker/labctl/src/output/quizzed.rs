//! What `quiz` writes for programs.

use book::quiz::Kind;
use schemars::JsonSchema;
use serde::Serialize;

use super::ListedPage;

/// Of `quiz` without a page, and with a part of the book.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Quizzes {
    pub(crate) format_version: u32,
    /// The pages with questions, in their order.
    pub(crate) pages: Vec<QuizPage>,
}

/// A page with questions.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct QuizPage {
    pub(crate) page: ListedPage,
    pub(crate) n_questions: usize,
}

/// Of `quiz` with a page.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Quizzed {
    pub(crate) format_version: u32,
    pub(crate) page: ListedPage,
    /// In their order.
    pub(crate) questions: Vec<AskedQuestion>,
}

/// A question of a page.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AskedQuestion {
    /// From 1; `--answer` takes it.
    pub(crate) number: usize,
    pub(crate) asks: String,
    pub(crate) kind: Kind,
    /// How an answer is written.
    pub(crate) how: String,
    /// None for a number.
    pub(crate) choices: Vec<OfferedChoice>,
    /// Unset when no answer was given.
    pub(crate) judged: Option<JudgedAnswer>,
}

/// A choice of a question.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OfferedChoice {
    pub(crate) letter: char,
    pub(crate) text: String,
}

/// What an answer came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JudgedAnswer {
    /// As it was given.
    pub(crate) given: String,
    pub(crate) is_right: bool,
    /// The right answer with its words.
    pub(crate) answer: String,
    /// Why it is right.
    pub(crate) because: String,
    /// The command that shows the place in the book.
    pub(crate) see: String,
}
