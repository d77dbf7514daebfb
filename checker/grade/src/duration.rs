//! Durations as course files and commands write them: `300ms`, `5s`, `1m30s`, `2h`.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Spanned};

const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads a duration: whole numbers with the units `h`, `m`, `s`, `ms`, from the greatest to the least, each at most once.
///
/// # Errors
/// One clause that says what a duration looks like.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || message!(NoDuration, text).to_string();
    let mut rest = text;
    let mut milliseconds: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .len();
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        milliseconds = number
            .checked_mul(*factor)
            .and_then(|more| milliseconds.checked_add(more))
            .ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Ok(Duration::from_millis(milliseconds))
    }
}

/// Writes a duration as [`parse`] reads it; parts of a millisecond are left out.
#[must_use]
pub fn text(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, factor) in UNITS {
        if left >= factor {
            text = text + &(left / factor).to_string() + unit;
            left %= factor;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

/// A duration of a course file.
pub(crate) fn read(
    document: &Document<'_>,
    text: &Spanned<String>,
) -> Result<Duration, Diagnostic> {
    parse(&text.value).map_err(|_| document.fault(text.defined, message!(NoDuration, text.value)))
}

/// The same; zero when it is not given.
pub(crate) fn or_zero(
    document: &Document<'_>,
    text: Option<&Spanned<String>>,
) -> Result<Duration, Diagnostic> {
    text.map_or(Ok(Duration::ZERO), |text| read(document, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (written, milliseconds) in [
            ("300ms", 300),
            ("5s", 5000),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("1h1ms", 3_600_001),
            ("0s", 0),
        ] {
            assert_eq!(
                parse(written),
                Ok(Duration::from_millis(milliseconds)),
                "{written}"
            );
            assert_eq!(text(Duration::from_millis(milliseconds)), written);
        }
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "1.5s",
            "30s1m",
            "1s1s",
            "5d",
            "5S",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert_eq!(
                parse(wrong),
                Err(format!(
                    "`{wrong}` is no duration: write it as `300ms`, `5s` or `1m30s`"
                ))
            );
        }
    }
}
