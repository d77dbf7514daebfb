//! The cases as `JUnit` XML, for the machines that collect test results.

use super::starts;
use crate::output::{Verified, VerifiedCase, VerifiedStarts};

/// One suite for the files of the course and one for each variant and seed.
pub(crate) fn junit(verified: &Verified) -> String {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"labctl verify\">\n"
            .to_owned();
    let mut faults: Vec<String> = verified.faults.iter().map(fault).collect();
    faults.extend(verified.cut_off.as_deref().map(cut_off));
    faults.extend(too_many(&verified.starts));
    let n_faults = faults.len();
    let sound = vec!["    <testcase classname=\"course\" name=\"files\"/>\n".to_owned()];
    let of_course = if faults.is_empty() { sound } else { faults };
    text += &suite("course", &of_course, n_faults, 0.0);
    let same = |one: &VerifiedCase, other: &VerifiedCase| name(one) == name(other);
    for cases in verified.cases.chunk_by(same) {
        let n_failed = cases.iter().filter(|case| !case.passed).count();
        let seconds = cases.iter().map(|case| case.seconds).sum();
        let texts: Vec<String> = cases.iter().map(of_case).collect();
        let name = cases.first().map(name).unwrap_or_default();
        text += &suite(&name, &texts, n_failed, seconds);
    }
    text + "</testsuites>\n"
}

fn name(case: &VerifiedCase) -> String {
    format!("{}/{} seed {}", case.lab, case.variant, case.seed)
}

fn suite(name: &str, cases: &[String], n_failed: usize, seconds: f64) -> String {
    format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{n_failed}\" time=\"{seconds:.3}\">\n{}  </testsuite>\n",
        escaped(name),
        cases.len(),
        cases.concat()
    )
}

fn fault(fault: &crate::output::Fault) -> String {
    let name = match fault.line {
        Some(line) => format!("{}:{line}", fault.file),
        None => fault.file.clone(),
    };
    format!(
        "    <testcase classname=\"course\" name=\"{}\">\n{}    </testcase>\n",
        escaped(&name),
        failure(&fault.message, &fault.text)
    )
}

/// A run that did not come to its end is not a good one.
fn cut_off(why: &str) -> String {
    format!(
        "    <testcase classname=\"course\" name=\"played to the end\">\n{}    </testcase>\n",
        failure("cut off before the end", why)
    )
}

/// Neither is one in which starts fail often.
fn too_many(starts: &VerifiedStarts) -> Option<String> {
    let tally = starts::tally(starts).filter(|_| starts.are_too_many())?;
    Some(format!(
        "    <testcase classname=\"course\" name=\"starts\">\n{}    </testcase>\n",
        failure(&tally, &tally)
    ))
}

fn of_case(case: &VerifiedCase) -> String {
    let what = [case.kind.as_str(), &case.name].join(" ");
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
        escaped(&name(case)),
        escaped(what.trim_end()),
        case.seconds
    );
    let failed_starts = starts::told(&case.failed_starts).join("\n");
    let mut inside = String::new();
    if !case.passed {
        let all = case.problems.join("\n");
        inside += &failure(all.lines().next().unwrap_or_default(), &all);
    }
    if !failed_starts.is_empty() {
        let text = escaped(&failed_starts);
        inside += &format!("      <system-out>{text}</system-out>\n");
    }
    if inside.is_empty() {
        return format!("{head}/>\n");
    }
    format!("{head}>\n{inside}    </testcase>\n")
}

fn failure(message: &str, text: &str) -> String {
    let message = escaped(message).replace('\n', "&#10;");
    format!(
        "      <failure message=\"{message}\">{}</failure>\n",
        escaped(text)
    )
}

/// A text inside of an element or of an attribute; control letters, which XML cannot say, are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_reserves_is_escaped() {
        assert_eq!(
            escaped("a < \"b\" & c\u{1b}[0m\n"),
            "a &lt; &quot;b&quot; &amp; c[0m\n"
        );
    }
}
