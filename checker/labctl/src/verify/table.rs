//! What `verify` found, for people: the faults or a table of the cases, then what was seen where a case did not come out.

use std::collections::BTreeMap;

use super::{compared, report, starts};
use crate::output::{LeftOut, SkippedTry, Verified, VerifiedCase};
use crate::screen;

/// The heads of the columns.
const HEADS: [&str; 5] = ["variant", "seed", "case", "result", "seconds"];

/// All of it.
pub(crate) fn table(verified: &Verified) -> String {
    if !verified.faults.is_empty() {
        let texts = verified
            .faults
            .iter()
            .map(|fault| format!("{}\n", fault.text));
        let texts: Vec<String> = texts.collect();
        let n_faults = screen::plural(verified.faults.len(), "fault");
        return format!(
            "{}\n{n_faults} in the files of the course; nothing was played",
            texts.join("\n")
        );
    }
    let rows: Vec<[String; 5]> = verified.cases.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADS[column].len()]).max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut lines = vec![screen::bold(&line(&HEADS.map(str::to_owned), widths))];
    lines.extend(rows.iter().map(|row| line(row, widths)));
    let of_interest = |case: &&VerifiedCase| !case.passed || !case.failed_starts.is_empty();
    for case in verified.cases.iter().filter(of_interest) {
        lines.push(format!(
            "\n{}",
            screen::bold(&format!(
                "{}/{}, seed {}: {}",
                case.lab,
                case.variant,
                case.seed,
                what(case)
            ))
        ));
        let told = case.problems.iter().cloned();
        let told = told.chain(starts::told(&case.failed_starts));
        lines.extend(told.map(|text| format!("  {}", text.replace('\n', "\n  "))));
    }
    lines.extend(report::lines(&verified.report));
    let compared = verified.compared.as_ref();
    lines.extend(compared.map(compared::lines).unwrap_or_default());
    lines.push(format!("\n{}", tally(&verified.cases)));
    lines.extend(left_out(&verified.left_out));
    lines.extend(skipped(&verified.skipped));
    lines.extend(starts::tally(&verified.starts));
    if let Some(why) = &verified.cut_off {
        lines.push(format!("cut off before the end: {why}"));
    }
    lines.join("\n")
}

/// What was not played, by variant.
fn left_out(left_out: &[LeftOut]) -> Option<String> {
    let mut variants: BTreeMap<String, usize> = BTreeMap::new();
    for left in left_out {
        *variants
            .entry(format!("{}/{}", left.lab, left.variant))
            .or_default() += left.cases;
    }
    let all = variants.values().sum();
    let each: Vec<String> = variants
        .iter()
        .map(|(name, cases)| format!("{cases} of {name}"))
        .collect();
    (all > 0).then(|| {
        format!(
            "left out: {} ({})",
            screen::plural(all, "case"),
            each.join(", ")
        )
    })
}

/// What the robot found no occasion for.
fn skipped(skipped: &[SkippedTry]) -> Vec<String> {
    let line = |it: &SkippedTry| {
        format!(
            "not tried in {}/{}, seed {}: {} `{}`: {}",
            it.lab, it.variant, it.seed, it.kind, it.name, it.why
        )
    };
    skipped.iter().map(line).collect()
}

fn row(case: &VerifiedCase) -> [String; 5] {
    [
        format!("{}/{}", case.lab, case.variant),
        case.seed.to_string(),
        what(case),
        result(case).to_owned(),
        format!("{:.1}", case.seconds),
    ]
}

fn result(case: &VerifiedCase) -> &'static str {
    match case {
        VerifiedCase { passed: false, .. } => "✗ failed",
        VerifiedCase {
            is_remembered: true,
            ..
        } => "✓ remembered",
        case if case.failed_starts.is_empty() => "✓",
        _ => "✓ started twice",
    }
}

fn what(case: &VerifiedCase) -> String {
    if case.name.is_empty() {
        case.kind.clone()
    } else {
        format!("{} `{}`", case.kind, case.name)
    }
}

/// Numbers to the right, all else to the left.
fn line(cells: &[String; 5], widths: [usize; 5]) -> String {
    let [variant, seed, case, result, seconds] = cells;
    let [w0, w1, w2, w3, w4] = widths;
    format!("{variant:w0$}  {seed:>w1$}  {case:w2$}  {result:w3$}  {seconds:>w4$}")
}

fn tally(cases: &[VerifiedCase]) -> String {
    let n_failed = cases.iter().filter(|case| !case.passed).count();
    let all = screen::plural(cases.len(), "case");
    if n_failed == 0 {
        format!("{all}, all as claimed")
    } else {
        format!("{n_failed} of {all} not as claimed")
    }
}
