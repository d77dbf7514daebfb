//! Whether a page's questions can be asked: each has exactly one right answer by its rule, says why, and the page answers it.

use std::collections::BTreeSet;

use super::{Question, Quiz, Rule, place};

/// More choices than these are no question but a list.
const MOST_CHOICES: usize = 8;

/// What is wrong with the questions of a page; nothing when all is well.
#[must_use]
pub fn faults(page: &str, quiz: &Quiz) -> Vec<String> {
    let mut faults = Vec::new();
    if quiz.format_version != 1 {
        faults.push(format!(
            "format_version {} is not known",
            quiz.format_version
        ));
    }
    if quiz.questions.is_empty() {
        faults.push("there is no question".to_owned());
    }
    for (number, question) in (1..).zip(&quiz.questions) {
        let of_question = of_question(page, question);
        faults.extend(
            of_question
                .into_iter()
                .map(|fault| format!("question {number}: {fault}")),
        );
    }
    faults
}

fn of_question(page: &str, question: &Question) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in [("asks", &question.asks), ("because", &question.because)] {
        if text.trim().is_empty() {
            faults.push(format!("`{name}` is empty"));
        }
    }
    if place(page, &question.page_says).is_none() {
        let says = &question.page_says;
        faults.push(format!("the page does not say: {says}"));
    }
    faults.extend(of_rule(question));
    faults
}

fn of_rule(question: &Question) -> Vec<String> {
    let choices: Vec<&str> = question
        .choices()
        .into_iter()
        .map(|(_, choice)| choice)
        .collect();
    let mut faults = Vec::new();
    let different: BTreeSet<String> = choices
        .iter()
        .map(|choice| choice.trim().to_lowercase())
        .collect();
    if different.len() < choices.len() {
        faults.push("a choice is there twice".to_owned());
    }
    if different.contains("") {
        faults.push("a choice is empty".to_owned());
    }
    if choices.len() > MOST_CHOICES {
        faults.push(format!("more than {MOST_CHOICES} choices"));
    }
    let few = |fault: &str, is_so: bool| is_so.then(|| fault.to_owned());
    faults.extend(match &question.answer {
        Rule::One { wrong, .. } => few("fewer than two wrong choices", wrong.len() < 2),
        Rule::Several { right, wrong } => few(
            "it needs a right and a wrong choice, and three in all",
            right.is_empty() || wrong.is_empty() || choices.len() < 3,
        ),
        Rule::Number { is, within, .. } => few(
            "its number or how far an answer may be off makes no sense",
            !is.is_finite() || !within.is_finite() || *within < 0.0,
        ),
        Rule::Order(right) => few(
            "it needs three choices, and another order than the alphabet's, in which they are shown",
            right.len() < 3 || right.is_sorted(),
        ),
    });
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# Nodes\n\nA node is a **machine**.\n\n## Zones\n\nTwo zones\nare `enough`.\n";

    fn quiz(answer: &str, page_says: &str) -> Quiz {
        let text = format!(
            "format_version: 1\nquestions:\n- asks: Which?\n  because: So.\n  page_says: {page_says}\n  answer: {answer}\n"
        );
        serde_yaml::from_str(&text).expect("a file of questions")
    }

    #[track_caller]
    fn check(answer: &str, page_says: &str, expected: &[&str]) {
        assert_eq!(faults(PAGE, &quiz(answer, page_says)), expected);
    }

    #[test]
    fn a_question_is_answered_by_a_sentence_of_its_page() {
        let one = "{one: {right: a, wrong: [b, c]}}";
        check(one, "A node is a machine.", &[]);
        check(one, "Two zones are enough.", &[]);
        check(
            one,
            "Three zones.",
            &["question 1: the page does not say: Three zones."],
        );
        check(one, "''", &["question 1: the page does not say: "]);
        assert_eq!(
            place(PAGE, "Two zones are `enough`").as_deref(),
            Some("Zones")
        );
        assert_eq!(place(PAGE, "A node is").as_deref(), Some(""));
    }

    #[test]
    fn each_rule_has_exactly_one_right_answer() {
        let says = "Two zones are enough.";
        let fault =
            |answer: &str, fault: &str| check(answer, says, &[&format!("question 1: {fault}")]);
        fault(
            "{one: {right: a, wrong: [b]}}",
            "fewer than two wrong choices",
        );
        fault(
            "{one: {right: a, wrong: [b, A]}}",
            "a choice is there twice",
        );
        fault("{one: {right: a, wrong: [b, '']}}", "a choice is empty");
        fault(
            "{several: {right: [a, b, c], wrong: []}}",
            "it needs a right and a wrong choice, and three in all",
        );
        fault(
            "{number: {is: 3, within: -1, unit: nodes}}",
            "its number or how far an answer may be off makes no sense",
        );
        fault(
            "{order: [a, b, c]}",
            "it needs three choices, and another order than the alphabet's, in which they are shown",
        );
        check("{order: [b, a, c]}", says, &[]);
        check("{number: {is: 3, unit: nodes}}", says, &[]);
        check("{several: {right: [a, b], wrong: [c]}}", says, &[]);
    }
}
