//! `labctl quiz`: the questions of a page, asked one by one at a terminal, or shown and answered by options. Keeps nothing.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use book::pages::{self, Found, Page};
use book::quiz::{Given, Question, Quiz};
use inquire::validator::Validation;
use inquire::{InquireError, Text};

use super::book::listed;
use crate::book::{Book, reference, unknown};
use crate::cli::{Format, QuizArgs};
use crate::failure::{Exit, Failure, Result};
use crate::output::{
    AskedQuestion, FORMAT, JudgedAnswer, OfferedChoice, QuizPage, Quizzed, Quizzes,
};
use crate::{interrupt, screen};

pub(super) fn run(output: Format, arguments: &QuizArgs) -> Result<ExitCode> {
    let book = Book::open()?;
    let title = arguments.page.join(" ");
    if title.trim().is_empty() {
        list(output, &book.pages.iter().collect::<Vec<_>>());
        return Ok(Exit::Success.code());
    }
    let page = match pages::find(&book.pages, &title) {
        Some(Found::Page(page) | Found::Section(page, _)) => page,
        Some(Found::Part(pages)) => {
            list(output, &pages);
            return Ok(Exit::Success.code());
        }
        None => return Err(unknown("quiz", &title, &meant(&book, &title))),
    };
    let quiz = page.quiz.as_ref().ok_or_else(|| {
        Failure::bad_input(format!("the page `{}` has no questions", page.title))
            .hint("`labctl quiz` lists the pages that have some")
    })?;
    let answers = read(quiz, &arguments.answer)?;
    let is_for_a_person = output == Format::Text
        && answers.is_empty()
        && std::io::stdin().is_terminal()
        && std::io::stdout().is_terminal();
    if is_for_a_person {
        ask(&book, page, quiz)?;
        return Ok(Exit::Success.code());
    }
    let asked = asked(&book, page, quiz, &answers);
    let is_right =
        |asked: &AskedQuestion| asked.judged.as_ref().is_none_or(|judged| judged.is_right);
    let exit = if asked.iter().all(is_right) {
        Exit::Success
    } else {
        Exit::NotSolved
    };
    show(output, page, quiz, asked);
    Ok(exit.code())
}

/// The pages with questions that a title probably meant.
fn meant(book: &Book, title: &str) -> Vec<String> {
    let with = book.pages.iter().filter(|page| page.quiz.is_some());
    // Their titles alone: a heading has no questions of its own.
    let titles: Vec<Page> = with
        .map(|page| Page {
            text: String::new(),
            ..page.clone()
        })
        .collect();
    pages::meant(&titles, title)
}

/// The answers of the options by their questions' numbers, each as it was given and as it was understood.
fn read(quiz: &Quiz, given: &[(usize, String)]) -> Result<BTreeMap<usize, (String, Given)>> {
    let mut answers = BTreeMap::new();
    for (number, typed) in given {
        let question = number
            .checked_sub(1)
            .and_then(|place| quiz.questions.get(place));
        let question = question.ok_or_else(|| {
            let last = quiz.questions.len();
            Failure::bad_input(format!("there is no question {number}"))
                .hint(format!("the page has questions 1 to {last}"))
        })?;
        let read = question.read(typed).map_err(|wrong| {
            Failure::bad_input(format!(
                "cannot read the answer to question {number}: {wrong}"
            ))
        })?;
        if answers.insert(*number, (typed.clone(), read)).is_some() {
            return Err(Failure::bad_input(format!(
                "question {number} is answered twice"
            )));
        }
    }
    Ok(answers)
}

fn asked(
    book: &Book,
    page: &Page,
    quiz: &Quiz,
    answers: &BTreeMap<usize, (String, Given)>,
) -> Vec<AskedQuestion> {
    let questions = (1..).zip(&quiz.questions);
    let asked = questions.map(|(number, question)| AskedQuestion {
        number,
        asks: question.asks.clone(),
        kind: question.kind(),
        how: question.how(),
        choices: question
            .choices()
            .into_iter()
            .map(|(letter, text)| OfferedChoice {
                letter,
                text: text.to_owned(),
            })
            .collect(),
        judged: answers
            .get(&number)
            .map(|(typed, given)| judge(book, page, question, typed, given)),
    });
    asked.collect()
}

fn judge(
    book: &Book,
    page: &Page,
    question: &Question,
    typed: &str,
    given: &Given,
) -> JudgedAnswer {
    let see = book.see(page, &question.page_says);
    JudgedAnswer {
        given: typed.trim().to_owned(),
        is_right: question.is_right(given),
        answer: question.right_answer(),
        because: question.because.clone(),
        see,
    }
}

fn show(output: Format, page: &Page, quiz: &Quiz, asked: Vec<AskedQuestion>) {
    if output == Format::Json {
        screen::json(&Quizzed {
            format_version: FORMAT,
            page: listed(page),
            questions: asked,
        });
        return;
    }
    screen::out(&screen::bold(&page.title));
    for (question, asked) in quiz.questions.iter().zip(&asked) {
        screen::out(&format!("\n{}", screen::question(asked.number, question)));
        let below = match &asked.judged {
            Some(judged) => screen::judged(judged),
            None => screen::dim(&format!("  --answer {}=…   {}", asked.number, asked.how)),
        };
        screen::out(&below);
    }
}

/// Asks one question after the other, and tells of each what the answer came to.
fn ask(book: &Book, page: &Page, quiz: &Quiz) -> Result<()> {
    let count = screen::plural(quiz.questions.len(), "question");
    screen::out(&format!(
        "{}  {}",
        screen::bold(&page.title),
        screen::dim(&format!("{count}; nothing is kept; Ctrl-C ends"))
    ));
    for (number, question) in (1..).zip(&quiz.questions) {
        // Ctrl-C between two questions reaches no prompt.
        if interrupt::asked().is_asked() {
            return Err(Failure::interrupted());
        }
        screen::out(&format!("\n{}\n", screen::question(number, question)));
        let typed = prompt(question)?;
        let given = question.read(&typed).map_err(Failure::bad_input)?;
        let judged = judge(book, page, question, &typed, &given);
        screen::out(&screen::judged(&judged));
    }
    screen::say(&format!(
        "\nthat was all; {} is the page",
        reference(&page.title)
    ));
    Ok(())
}

/// One answer that can be read.
fn prompt(question: &Question) -> Result<String> {
    let reads = question.clone();
    let prompted = Text::new(&format!("Your answer ({}):", question.how()))
        .with_validator(move |typed: &str| {
            Ok(match reads.read(typed) {
                Ok(_) => Validation::Valid,
                Err(wrong) => Validation::Invalid(wrong.into()),
            })
        })
        .prompt();
    prompted.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Failure::interrupted()
        }
        other => Failure::bad_input(format!("failed to ask at the terminal: {other}"))
            .hint("`--answer 1=b` needs no terminal"),
    })
}

fn list(output: Format, pages: &[&Page]) {
    let with = pages.iter().filter_map(|page| {
        let quiz = page.quiz.as_ref()?;
        Some(QuizPage {
            page: listed(page),
            n_questions: quiz.questions.len(),
        })
    });
    let pages: Vec<QuizPage> = with.collect();
    if output == Format::Json {
        screen::json(&Quizzes {
            format_version: FORMAT,
            pages,
        });
        return;
    }
    let mut part = "";
    for listed in &pages {
        if listed.page.part != part {
            part = &listed.page.part;
            screen::out(&screen::bold(part));
        }
        let count = screen::plural(listed.n_questions, "question");
        screen::out(&format!(
            "  {:<40} {}",
            listed.page.title,
            screen::dim(&count)
        ));
    }
    if pages.is_empty() {
        screen::out("no page here has questions");
    } else {
        screen::say("\n`labctl quiz PAGE` asks them");
    }
}
