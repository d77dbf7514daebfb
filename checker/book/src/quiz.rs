//! The questions of a page: what a reader is asked, which answer is right by which rule, and which sentence of the page says so.
//!
//! They are data, in `book/quiz/`, beside the page of the same path; the page and `labctl quiz` show the same. Knows no terminal.

mod given;
mod sound;

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::html::{anchor, sections};
use crate::repository::Repository;

pub use given::Given;
pub use sound::faults;

/// The questions of a page, as a file has them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    /// 1.
    pub format_version: u32,
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question, in one or two sentences.
    pub asks: String,
    /// The right answer, and the rule by which an answer is compared with it.
    pub answer: Rule,
    /// Why it is right.
    pub because: String,
    /// The sentence of the page that answers it, word for word.
    pub page_says: String,
}

/// What an answer is compared with. Choices are shown in the order of the alphabet, so that their place tells nothing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// One choice is right.
    One {
        /// This one.
        right: String,
        /// The others.
        wrong: Vec<String>,
    },
    /// Each choice is right or wrong; the answer is all that are right.
    Several {
        /// At least one.
        right: Vec<String>,
        /// At least one.
        wrong: Vec<String>,
    },
    /// A number.
    Number {
        /// The right one.
        is: f64,
        /// How far an answer may be from it; unset when it has to be exact.
        #[serde(default)]
        within: f64,
        /// What is counted, such as `addresses`.
        unit: String,
    },
    /// The choices in their right order.
    Order(Vec<String>),
}

/// What kind of answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One choice.
    One,
    /// One or more choices.
    Several,
    /// A number.
    Number,
    /// All choices in an order.
    Order,
}

/// The questions of the page at this path, such as `platform/boundaries.md`; `None` when it has none.
///
/// # Errors
/// The file cannot be read, or is no file of questions.
pub fn of_page(repository: &Repository, page: &str) -> anyhow::Result<Option<Quiz>> {
    let file = file(page);
    if !repository.path(&file).is_file() {
        return Ok(None);
    }
    let quiz: Quiz = serde_yaml::from_str(&repository.text(&file)?)
        .with_context(|| format!("`{file}` is no file of questions"))?;
    Ok(Some(quiz))
}

/// Where the questions of a page are, from the project's folder.
#[must_use]
pub fn file(page: &str) -> String {
    format!("book/quiz/{}.yaml", page.trim_end_matches(".md"))
}

/// The heading of the page under which a sentence stands, empty above the first; `None` when the page does not have the sentence.
/// Marks of Markdown and the breaks of lines do not count.
#[must_use]
pub fn place(page: &str, sentence: &str) -> Option<String> {
    let wanted: String = sections(sentence)
        .iter()
        .map(|section| letters(&section.words))
        .collect();
    let found = sections(page)
        .into_iter()
        .find(|section| letters(&section.words).contains(&wanted))?;
    (!wanted.is_empty()).then_some(found.title)
}

fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

impl Quiz {
    /// The questions as the end of a page.
    #[must_use]
    pub fn asked(&self, title: &str) -> String {
        let mut text = format!(
            "\n## Questions\n\n`labctl quiz \"{title}\"` asks them at the terminal, and says why.\n"
        );
        for (number, question) in (1..).zip(&self.questions) {
            let how = question.how();
            text.push_str(&format!("\n{number}. **{}** ({how})\n", question.asks));
            for (letter, choice) in question.choices() {
                text.push_str(&format!("   - {letter}) {choice}\n"));
            }
        }
        text
    }

    /// The answers, folded, to stand behind the questions where a page can be folded.
    #[must_use]
    pub fn answered(&self, page: &str) -> String {
        let answers = (1..).zip(&self.questions).map(|(number, question)| {
            let place = match place(page, &question.page_says).as_deref() {
                None | Some("") => String::new(),
                Some(heading) => format!(" See [{heading}](#{}).", anchor(heading)),
            };
            format!(
                "{number}. **{}**<br>{}{place}\n",
                question.right_answer(),
                question.because
            )
        });
        format!(
            "\n<details><summary>The answers</summary>\n\n{}\n</details>\n",
            answers.collect::<String>()
        )
    }
}

impl Question {
    /// What kind of answer it asks for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.answer {
            Rule::One { .. } => Kind::One,
            Rule::Several { .. } => Kind::Several,
            Rule::Number { .. } => Kind::Number,
            Rule::Order(_) => Kind::Order,
        }
    }

    /// The choices with their letters; none for a number.
    #[must_use]
    pub fn choices(&self) -> Vec<(char, &str)> {
        let mut choices: Vec<&str> = match &self.answer {
            Rule::One { right, wrong } => std::iter::once(right)
                .chain(wrong)
                .map(String::as_str)
                .collect(),
            Rule::Several { right, wrong } => {
                right.iter().chain(wrong).map(String::as_str).collect()
            }
            Rule::Number { .. } => Vec::new(),
            Rule::Order(choices) => choices.iter().map(String::as_str).collect(),
        };
        choices.sort_unstable();
        ('a'..='z').zip(choices).collect()
    }

    /// How an answer is written: `one letter`, `a number of addresses`.
    #[must_use]
    pub fn how(&self) -> String {
        match &self.answer {
            Rule::One { .. } => "one letter".to_owned(),
            Rule::Several { .. } => "every letter that is right".to_owned(),
            Rule::Number { unit, .. } => format!("a number, in {unit}"),
            Rule::Order(_) => "all letters, in the right order".to_owned(),
        }
    }

    /// The right answer with its words: `b: a node`, `a c`, `12 addresses`.
    #[must_use]
    pub fn right_answer(&self) -> String {
        match &self.answer {
            Rule::One { right, .. } => format!("{}: {right}", self.right_letters()),
            Rule::Number { is, unit, .. } => format!("{is} {unit}"),
            Rule::Several { .. } | Rule::Order(_) => self.right_letters(),
        }
    }
}
