//! What an author may look at when all is as claimed: checks that no wrong fix needs, and wrong fixes that end as another does.
//!
//! Reads what each check came to; plays nothing and fails nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::output::{
    Alike, LeftOut, Unproved, VerifiedCase, VerifiedReport, VerifiedVerdict, Word,
};
use crate::screen;

use super::case::Kind;
use super::plain::plain;

/// What these cases show of each variant all of whose wrong fixes were played. `is_cases` says whether a check can fail in a case at all:
/// the gate always gives the right diagnosis.
pub(crate) fn report(
    cases: &[VerifiedCase],
    left_out: &[LeftOut],
    is_cases: impl Fn(&VerifiedCase, &str) -> bool,
) -> VerifiedReport {
    let mut variants: BTreeMap<(&str, &str), Vec<&VerifiedCase>> = BTreeMap::new();
    for case in cases
        .iter()
        .filter(|case| case.kind == Kind::WrongFix.word())
    {
        let variant = (case.lab.as_str(), case.variant.as_str());
        variants.entry(variant).or_default().push(case);
    }
    let is_whole = |variant: &(&str, &str)| {
        !left_out
            .iter()
            .any(|left| (left.lab.as_str(), left.variant.as_str()) == *variant)
    };
    variants.retain(|variant, wrong| {
        is_whole(variant) && wrong.iter().all(|case| !case.verdicts.is_empty())
    });
    let mut report = VerifiedReport::default();
    for ((lab, variant), wrong) in variants {
        let checks = unproved(&wrong).into_iter();
        let of_cases = checks.filter(|check| wrong.iter().all(|case| is_cases(case, check)));
        report.unproved.extend(of_cases.map(|check| Unproved {
            lab: lab.to_owned(),
            variant: variant.to_owned(),
            check: check.to_owned(),
        }));
        report
            .alike
            .extend(alike(&wrong).into_iter().map(|cases| Alike {
                lab: lab.to_owned(),
                variant: variant.to_owned(),
                cases,
            }));
    }
    report
}

/// The same in lines for people.
pub(super) fn lines(report: &VerifiedReport) -> Vec<String> {
    let unproved = report.unproved.iter().map(|it| {
        let Unproved { lab, variant, check } = it;
        format!("{lab}/{variant}: no wrong fix needs check `{check}`: without it every one would still be refused")
    });
    let alike = report.alike.iter().map(|it| {
        let names: Vec<String> = it.cases.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(" and ");
        format!(
            "{}/{}: {names} end alike: the same checks fail with the same words",
            it.lab, it.variant
        )
    });
    let lines: Vec<String> = unproved.chain(alike).collect();
    if lines.is_empty() {
        return lines;
    }
    let count = screen::plural(lines.len(), "remark");
    let head = format!("\n{}", screen::bold(&format!("{count}, no faults")));
    std::iter::once(head).chain(lines).collect()
}

/// Checks of which no wrong fix is refused by them alone.
fn unproved<'a>(wrong: &[&'a VerifiedCase]) -> Vec<&'a str> {
    let alone: BTreeSet<&str> = wrong
        .iter()
        .filter_map(|case| {
            let mut failed = case.verdicts.iter().filter(|it| it.verdict == Word::Failed);
            let first = failed.next()?;
            failed.next().is_none().then_some(first.check.as_str())
        })
        .collect();
    let checks = wrong.first().into_iter().flat_map(|case| &case.verdicts);
    checks
        .map(|verdict| verdict.check.as_str())
        .filter(|check| !alone.contains(check))
        .collect()
}

/// The checks that failed, each with what was found.
type End<'a> = Vec<(&'a str, String)>;

/// The names of wrong fixes that end alike at every seed.
fn alike(wrong: &[&VerifiedCase]) -> Vec<Vec<String>> {
    let mut ends: BTreeMap<&str, BTreeMap<u64, End<'_>>> = BTreeMap::new();
    for case in wrong {
        ends.entry(&case.name)
            .or_default()
            .insert(case.seed, end(&case.verdicts));
    }
    let mut names: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (name, end) in ends {
        names.entry(end).or_default().push(name.to_owned());
    }
    names
        .into_values()
        .filter(|names| names.len() > 1)
        .collect()
}

fn end(verdicts: &[VerifiedVerdict]) -> End<'_> {
    let failed = verdicts
        .iter()
        .filter_map(|it| Some((it.check.as_str(), it.found.as_deref()?)));
    failed.map(|(check, found)| (check, plain(found))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(name: &str, failed: &[(&str, &str)]) -> VerifiedCase {
        let verdict = |check: &str| {
            let found = failed.iter().find(|(failed, _)| *failed == check);
            VerifiedVerdict {
                check: check.to_owned(),
                verdict: if found.is_some() {
                    Word::Failed
                } else {
                    Word::Passed
                },
                found: found.map(|(_, found)| (*found).to_owned()),
            }
        };
        VerifiedCase {
            lab: "shop".to_owned(),
            variant: "cart".to_owned(),
            seed: 1,
            kind: Kind::WrongFix.word().to_owned(),
            name: name.to_owned(),
            passed: true,
            seconds: 1.0,
            is_remembered: false,
            problems: Vec::new(),
            verdicts: ["runs", "as-deployed", "diagnosis", "nodes"]
                .map(verdict)
                .to_vec(),
            events: Vec::new(),
            began: None,
            failed_starts: Vec::new(),
        }
    }

    #[test]
    fn a_check_that_never_fails_alone_is_unproved_and_cases_that_end_alike_are_named() {
        let cases = [
            wrong(
                "nothing",
                &[("runs", "Pod `cart-7d9f8b6c5-x2x4z` is Pending")],
            ),
            wrong(
                "restart",
                &[("runs", "Pod `cart-5b6c5d9f8-2xz4x` is Pending")],
            ),
            wrong("delete", &[("runs", "is gone"), ("as-deployed", "is gone")]),
        ];
        let report = report(&cases, &[], |_, check| check != "diagnosis");
        let unproved: Vec<&str> = report.unproved.iter().map(|it| it.check.as_str()).collect();
        assert_eq!(unproved, ["as-deployed", "nodes"]);
        assert_eq!(report.alike.len(), 1);
        assert_eq!(report.alike[0].cases, ["nothing", "restart"]);
    }
}
