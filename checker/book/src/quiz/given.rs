//! An answer as somebody typed it: read by how its question wants it written, and compared by the question's rule.

use super::{Question, Rule};

/// A decimal fraction is not exact in binary: what is this near to the edge of what is allowed counts as inside.
const ROUNDING: f64 = 1e-9;

/// An answer that was understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Letters of choices, in the order in which they were typed.
    Letters(Vec<char>),
    /// A number.
    Number(f64),
}

impl Question {
    /// Reads an answer: `b`; `a c`, `a,c` or `ac`; `12`, also with its unit, and with a decimal comma where it can be nothing else.
    ///
    /// # Errors
    /// It is not written as this question wants it; says how. That is no wrong answer.
    pub fn read(&self, typed: &str) -> Result<Given, String> {
        match &self.answer {
            Rule::Number { unit, .. } => grade::amount(typed, unit).map(Given::Number),
            _ => self.letters(typed).map(Given::Letters),
        }
    }

    /// Whether an answer is right.
    #[must_use]
    pub fn is_right(&self, given: &Given) -> bool {
        match (&self.answer, given) {
            (Rule::Number { is, within, .. }, Given::Number(number)) => {
                (number - is).abs() <= within + ROUNDING * is.abs().max(1.0)
            }
            (Rule::Several { .. }, Given::Letters(letters)) => {
                let mut letters = letters.clone();
                letters.sort_unstable();
                letters == self.right()
            }
            (_, Given::Letters(letters)) => *letters == self.right(),
            (_, Given::Number(_)) => false,
        }
    }

    /// The letters of the right answer, as they are typed: `a c`; nothing for a number.
    #[must_use]
    pub fn right_letters(&self) -> String {
        let letters: Vec<String> = self.right().iter().map(char::to_string).collect();
        letters.join(" ")
    }

    /// The letters of the right answer, in the order of the alphabet or in the one that is asked for.
    fn right(&self) -> Vec<char> {
        let choices = self.choices();
        let letter = |text: &String| {
            let found = choices.iter().find(|(_, choice)| choice == text);
            found.map(|(letter, _)| *letter)
        };
        match &self.answer {
            Rule::One { right, .. } => letter(right).into_iter().collect(),
            Rule::Several { right, .. } => {
                let mut letters: Vec<char> = right.iter().filter_map(letter).collect();
                letters.sort_unstable();
                letters
            }
            Rule::Order(right) => right.iter().filter_map(letter).collect(),
            Rule::Number { .. } => Vec::new(),
        }
    }

    fn letters(&self, typed: &str) -> Result<Vec<char>, String> {
        let choices = self.choices();
        let last = choices.last().map_or('a', |(letter, _)| *letter);
        let typed = typed.to_lowercase();
        let letters: Vec<char> = typed
            .chars()
            .filter(|letter| !letter.is_whitespace() && !matches!(letter, ',' | ';'))
            .collect();
        if let Some(other) = letters.iter().find(|letter| !('a'..=last).contains(letter)) {
            return Err(format!("`{other}` is none of the letters a to {last}"));
        }
        if let Some(twice) = repeated(&letters) {
            return Err(format!("`{twice}` is there twice"));
        }
        let fits = match &self.answer {
            Rule::One { .. } => letters.len() == 1,
            Rule::Order(_) => letters.len() == choices.len(),
            _ => !letters.is_empty(),
        };
        fits.then_some(letters)
            .ok_or_else(|| format!("the answer is {}", self.how()))
    }
}

fn repeated(letters: &[char]) -> Option<char> {
    let twice = |(place, letter): (usize, &char)| letters[..place].contains(letter);
    let place = letters.iter().enumerate().position(twice)?;
    letters.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(answer: Rule) -> Question {
        Question {
            asks: "Which?".to_owned(),
            answer,
            because: "So.".to_owned(),
            page_says: "So.".to_owned(),
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// What comes of an answer: whether it is right, or why it cannot be read.
    #[track_caller]
    fn check(question: &Question, typed: &str, expected: Result<bool, &str>) {
        let judged = question.read(typed).map(|given| question.is_right(&given));
        assert_eq!(judged, expected.map_err(str::to_owned), "{typed}");
    }

    #[test]
    fn one_choice_is_one_letter() {
        let one = question(Rule::One {
            right: "node".to_owned(),
            wrong: texts(&["account", "zone"]),
        });
        assert_eq!(one.right_answer(), "b: node");
        check(&one, " B ", Ok(true));
        check(&one, "a", Ok(false));
        check(&one, "d", Err("`d` is none of the letters a to c"));
        check(&one, "a b", Err("the answer is one letter"));
        check(&one, "", Err("the answer is one letter"));
    }

    #[test]
    fn several_choices_are_all_that_are_right_in_any_order() {
        let several = question(Rule::Several {
            right: texts(&["quota", "limits"]),
            wrong: texts(&["names"]),
        });
        assert_eq!(several.right_letters(), "a c");
        for typed in ["a c", "c,a", "CA"] {
            check(&several, typed, Ok(true));
        }
        check(&several, "a", Ok(false));
        check(&several, "abc", Ok(false));
        check(&several, "a a", Err("`a` is there twice"));
    }

    #[test]
    fn a_number_may_be_off_by_what_the_question_allows() {
        let number = question(Rule::Number {
            is: 0.3,
            within: 0.1,
            unit: "hours".to_owned(),
        });
        check(&number, "0.4 hours", Ok(true));
        check(&number, "0.2", Ok(true));
        check(&number, "0.41", Ok(false));
        check(&number, "0,4", Ok(true));
        check(
            &number,
            "3 days",
            Err("`3 days` is in days: give it in hours"),
        );
        let exact = question(Rule::Number {
            is: 12.0,
            within: 0.0,
            unit: "%".to_owned(),
        });
        check(&exact, "12 %", Ok(true));
        check(&exact, "12.5", Ok(false));
    }

    #[test]
    fn an_order_is_all_letters() {
        let order = question(Rule::Order(texts(&["pod", "node", "zone"])));
        assert_eq!(order.right_letters(), "b a c");
        check(&order, "b a c", Ok(true));
        check(&order, "a b c", Ok(false));
        check(
            &order,
            "b a",
            Err("the answer is all letters, in the right order"),
        );
    }
}
