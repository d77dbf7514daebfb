//! Numbers as people write them: with a unit before or behind, with marks between thousands, with a decimal comma.
//!
//! What could be two numbers is none: `12,500` is twelve and a half to one reader and twelve thousand five hundred to another.

use std::sync::LazyLock;

use regex::Regex;

/// A number and its unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Amount {
    pub(crate) number: f64,
    /// What one more in the last digit shown is worth.
    pub(crate) precision: f64,
    /// As it is written; empty when there is none.
    pub(crate) unit: String,
}

/// A unit, a number, a unit.
static AMOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?P<before>[^\d+\-\u{2212}.,]*?)\s*(?P<number>[+\-\u{2212}]?\d[\d.,_'\u{2019}\u{a0}\u{202f} ]*)(?P<after>[^\d]*)$",
    )
    .ok()
});

/// A number in a sentence: its marks stand between digits.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d+(?:[.,_'\u{2019}\u{a0}\u{202f}]\d+)*").ok());

impl Amount {
    /// Reads one.
    ///
    /// # Errors
    /// A sentence about what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let not = || format!("`{text}` is no number: write it in digits, such as 1250 or 12.5");
        let parts = AMOUNT
            .as_ref()
            .and_then(|amount| amount.captures(text.trim()));
        let parts = parts.ok_or_else(not)?;
        let part = |name: &str| parts.name(name).map_or("", |part| part.as_str().trim());
        let (before, after) = (part("before"), part("after"));
        if !before.is_empty() && !after.is_empty() {
            return Err(not());
        }
        let (number, precision) = number(part("number")).map_err(|why| match why {
            Why::Not => not(),
            Why::Ambiguous(one, other) => format!(
                "`{text}` could be {one} or {other}: write a decimal point, and no mark between thousands"
            ),
        })?;
        Ok(Self {
            number,
            precision,
            unit: format!("{before}{after}"),
        })
    }
}

/// The first number that a sentence shows; one that could be two is both of them.
pub(super) fn first_number_in(text: &str) -> Vec<Amount> {
    let found = NUMBER.as_ref().and_then(|number| number.find(text));
    let read = match found.map(|found| number(found.as_str())) {
        Some(Ok(read)) => vec![read],
        Some(Err(Why::Ambiguous(one, other))) => [one, other]
            .iter()
            .filter_map(|text| number(text).ok())
            .collect(),
        Some(Err(Why::Not)) | None => Vec::new(),
    };
    let amounts = read.into_iter().map(|(number, precision)| Amount {
        number,
        precision,
        unit: String::new(),
    });
    amounts.collect()
}

/// Whether two units are the same, but for case, plurals, and the way "a month" is written.
pub(crate) fn is_unit(written: &str, meant: &str) -> bool {
    let plain = |unit: &str| {
        let unit = unit.to_lowercase().replace('/', " / ");
        let words = unit.split_whitespace().map(|word| match word {
            "a" | "an" | "per" | "each" => "/",
            other => other.trim_end_matches('.').trim_end_matches('s'),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    plain(written) == plain(meant)
}

/// Why digits are no number.
enum Why {
    Not,
    /// They could be either.
    Ambiguous(String, String),
}

fn number(text: &str) -> Result<(f64, f64), Why> {
    let plain = text.trim().chars().map(|letter| match letter {
        '_' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' => ' ',
        '\u{2212}' => '-',
        other => other,
    });
    let text: String = plain.collect();
    let digits = text.trim_start_matches(['+', '-']);
    let commas = digits.matches(',').count();
    let points = digits.matches('.').count();
    let mark = match (commas, points) {
        (0, 1) => Some('.'),
        (1, 0) => {
            let (whole, rest) = digits.split_once(',').ok_or(Why::Not)?;
            if rest.len() == 3 && whole.len() <= 3 && whole != "0" {
                let sign = if text.starts_with('-') { "-" } else { "" };
                let (decimal, whole) = (
                    format!("{sign}{whole}.{rest}"),
                    format!("{sign}{whole}{rest}"),
                );
                return Err(Why::Ambiguous(decimal, whole));
            }
            Some(',')
        }
        (_, 0) | (0, _) => None,
        _ => digits.chars().rfind(|letter| matches!(letter, ',' | '.')),
    };
    let (whole, decimals) = match mark {
        Some(mark) => digits.rsplit_once(mark).ok_or(Why::Not)?,
        None => (digits, ""),
    };
    if mark.is_some() && decimals.is_empty() {
        return Err(Why::Not);
    }
    let mut groups = whole.split([',', '.', ' ']);
    let first = groups.next().unwrap_or_default();
    let mut whole = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.len() > 3 {
            return Err(Why::Not);
        }
        whole.push_str(group);
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number = format!("{sign}{whole}.{decimals}0");
    let number: f64 = number.parse().map_err(|_| Why::Not)?;
    let places = i32::try_from(decimals.len()).unwrap_or(i32::MAX);
    Ok((number, 10f64.powi(-places)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(f64, &str), &str>) {
        let parsed = Amount::parse(text);
        match expected {
            Ok((number, unit)) => {
                let amount = parsed.unwrap();
                assert!((amount.number - number).abs() < 1e-9, "{amount:?}");
                assert_eq!(amount.unit, unit);
            }
            Err(part) => {
                let why = parsed.unwrap_err();
                assert!(why.contains(part), "{why}");
            }
        }
    }

    #[test]
    fn what_people_write_is_a_number_with_its_unit() {
        check("12 %", Ok((12.0, "%")));
        check("12%", Ok((12.0, "%")));
        check("12.5", Ok((12.5, "")));
        check("12,5 %", Ok((12.5, "%")));
        check("1 250 USD", Ok((1250.0, "USD")));
        check("USD 1_250", Ok((1250.0, "USD")));
        check("$1,250.50", Ok((1250.5, "$")));
        check("1.250,50 USD/month", Ok((1250.5, "USD/month")));
        check("1,250,000", Ok((1_250_000.0, "")));
        check("0,125", Ok((0.125, "")));
        check("-3 hours", Ok((-3.0, "hours")));
        check("\u{2212}3", Ok((-3.0, "")));
        check("2500,5", Ok((2500.5, "")));
        check("1 250 000,5", Ok((1_250_000.5, "")));
    }

    #[test]
    fn what_could_be_two_numbers_or_none_is_told() {
        check("12,500", Err("could be 12.500 or 12500"));
        check("-1,250 USD", Err("could be -1.250 or -1250"));
        check("twelve", Err("is no number"));
        check("12-14", Err("is no number"));
        check("about 12 or 13", Err("is no number"));
        check("1,25,000", Err("is no number"));
        check("12 13", Err("is no number"));
        check("12.", Err("is no number"));
        check("", Err("is no number"));
        check("USD 12 %", Err("is no number"));
    }

    #[test]
    fn units_are_the_same_however_they_are_spelt() {
        for (written, meant, is) in [
            ("USD/month", "USD a month", true),
            ("usd per month", "USD a month", true),
            ("hour", "hours", true),
            ("Hours a quarter", "hours/quarter", true),
            ("EUR", "USD", false),
            ("hours", "hours a quarter", false),
        ] {
            assert_eq!(is_unit(written, meant), is, "{written} {meant}");
        }
    }

    #[test]
    fn a_sentence_shows_its_first_number() {
        let shows = |text: &str, expected: &[f64]| {
            let shown = first_number_in(text);
            assert_eq!(shown.len(), expected.len(), "{text}");
            for (shown, expected) in shown.iter().zip(expected) {
                assert!((shown.number - expected).abs() < 1e-9, "{text}");
            }
        };
        shows("41 % of 12 tenants.", &[41.0]);
        shows("1,444 USD", &[1.444, 1444.0]);
        shows("none", &[]);
    }
}
