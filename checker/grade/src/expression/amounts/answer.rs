//! A number that a person gives as an answer, read as every other number here: one rule for units, thousands and decimal commas.
//!
//! Knows no question; what the number is compared with is its caller's.

use super::number::{Amount, is_unit};

/// The number of an answer such as `12.5`, `12,5`, `1 250` or `12 %`. Its unit may be left out.
///
/// # Errors
/// It is no number, could be two, or has another unit; says which.
pub fn amount(text: &str, unit: &str) -> Result<f64, String> {
    let read = Amount::parse(text)?;
    if read.unit.is_empty() || is_unit(&read.unit, unit) {
        Ok(read.number)
    } else {
        Err(format!(
            "`{}` is in {}: give it in {unit}",
            text.trim(),
            read.unit
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn a_unit_may_be_left_out_and_another_is_told() {
        for text in ["12.5", "12,5", "12.5 hours", " 12.5 hour "] {
            assert_eq!(amount(text, "hours"), Ok(12.5), "{text}");
        }
        let refused = |text: &str| amount(text, "hours").unwrap_err();
        assert_eq!(refused("3 days"), "`3 days` is in days: give it in hours");
        assert!(refused("12,500").contains("could be 12.500 or 12500"));
        for text in ["", "many", "nan", "inf"] {
            assert!(refused(text).contains("is no number"), "{text}");
        }
    }
}
