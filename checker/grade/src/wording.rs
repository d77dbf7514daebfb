//! The words that several verdicts share: how objects, counts and times are named in a sentence.
//!
//! Knows objects as data, not what any check asks of them.

use serde_json::Value;

use crate::observation::{ObjectRef, ObjectsRef};

/// A count with its noun, such as `1 replica` or `3 replicas`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {}", plural(one))
    }
}

/// The plural of a noun or a kind: `Pods`, `Ingresses`, `NetworkPolicies`.
pub(crate) fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if one.ends_with('s') => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// How one object is named: "Deployment `ledger`".
pub(crate) fn one(object: &ObjectRef) -> String {
    format!("{} `{}`", object.kind, object.name)
}

/// How several objects are named: "Pods in `shop` with `app=cart`".
pub(crate) fn several(objects: &ObjectsRef) -> String {
    let clause = |word: &str, name: &Option<String>| match name {
        Some(name) => format!(" {word} `{name}`"),
        None => String::new(),
    };
    let place = clause("in", &objects.namespace);
    let selected = clause("with", &objects.selector);
    format!("{}{place}{selected}", plural(&objects.kind))
}

/// How a time that something took or lasted is written: `300 ms`, `12 s`, `5 min`, `3 h`.
pub(crate) fn lasting(time: std::time::Duration) -> String {
    match time.as_secs() {
        0 if time.subsec_millis() > 0 => format!("{} ms", time.subsec_millis()),
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// How many letters of a value are shown.
const VALUE_LETTERS: usize = 100;

/// A value on one line, `absent` when there is none. A long text is cut, a long list or object is told by what it has.
pub(crate) fn value(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "absent".to_owned();
    };
    let whole = value.to_string();
    match value {
        Value::String(text) => shorten(&format!("\"{text}\""), VALUE_LETTERS),
        Value::Array(elements) if whole.chars().count() > VALUE_LETTERS => {
            format!("a list of {}", count(elements.len(), "element"))
        }
        Value::Object(fields) if whole.chars().count() > VALUE_LETTERS => {
            let names: Vec<String> = fields.keys().map(|name| format!("`{name}`")).collect();
            shorten(
                &format!("an object with {}", names.join(", ")),
                VALUE_LETTERS,
            )
        }
        _ => whole,
    }
}

/// A text on one line, with at most so many letters.
pub(crate) fn shorten(text: &str, letters: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= letters {
        return line;
    }
    let kept: String = line.chars().take(letters - 1).collect();
    format!("{kept}…")
}

/// At most three texts, then how many more there are.
pub(crate) fn first_three(texts: &[String]) -> String {
    let mut shown: Vec<String> = texts.iter().take(3).cloned().collect();
    if texts.len() > 3 {
        shown.push(format!("and {} more", texts.len() - 3));
    }
    shown.join("; ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn long_values_are_told_by_what_they_have() {
        use serde_json::json;
        let long = "a".repeat(200);
        for (given, expected) in [
            (json!({"a": 1}), r#"{"a":1}"#),
            (json!([1, 2]), "[1,2]"),
            (
                json!({"name": "x", "value": long}),
                "an object with `name`, `value`",
            ),
            (json!([{"name": long}]), "a list of 1 element"),
            (json!([long, long]), "a list of 2 elements"),
        ] {
            assert_eq!(value(Some(&given)), expected);
        }
        assert_eq!(value(None), "absent");
    }

    #[test]
    fn times_are_written_in_the_unit_that_fits() {
        for (milliseconds, text) in [
            (0, "0 s"),
            (300, "300 ms"),
            (1999, "1 s"),
            (119_000, "119 s"),
            (125_000, "2 min"),
            (7_200_000, "2 h"),
        ] {
            assert_eq!(lasting(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn plurals_are_formed() {
        for (one, many) in [
            ("replica", "2 replicas"),
            ("NetworkPolicy", "2 NetworkPolicies"),
            ("StorageClass", "2 StorageClasses"),
            ("day", "2 days"),
        ] {
            assert_eq!(count(2, one), many);
            assert_eq!(count(1, one), format!("1 {one}"));
        }
    }

    #[test]
    fn long_texts_are_cut_and_stay_on_one_line() {
        assert_eq!(shorten("a\n  b", 10), "a b");
        assert_eq!(shorten("abcdef", 4), "abc…");
        let texts: Vec<String> = (1..=5).map(|number: u8| number.to_string()).collect();
        assert_eq!(first_three(&texts), "1; 2; 3; and 2 more");
        assert_eq!(first_three(&texts[..3]), "1; 2; 3");
    }
}
