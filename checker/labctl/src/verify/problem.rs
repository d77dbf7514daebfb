//! What the gate says of a case that did not come out as claimed: each sentence once.
//!
//! Knows words, not what was played.

use std::fmt;
use std::time::Duration;

/// One thing that is wrong with a case. Its text is for the author, and may have several lines.
#[derive(Debug)]
pub(super) enum Problem<'a> {
    /// The cluster as the learner gets it is solved, or nothing fails.
    SolvedUntouched(&'a str),
    /// An objective passes on the untouched cluster.
    AsksNothing(&'a str),
    /// A safeguard does not hold on the untouched cluster.
    SafeguardFell(&'a str, &'a str),
    /// A fix does not solve it in time.
    NotSolved(Duration, &'a str),
    /// A wrong fix solves it.
    NotRefused(&'a str),
    /// Checks that a wrong fix names do not fail.
    NotCaught(&'a [String], &'a str),
    /// What the robot tried solves it; these lines.
    Cheated(&'a [String], &'a str),
    /// No check named the robot's damage.
    DamageUnnamed(&'a str),
    /// A check named what harms nobody.
    HarmlessNamed(&'a str),
    /// A diagnosis with forged evidence is right.
    ForgeryBelieved(&'a str),
    /// A line of a fix failed; what it said.
    LineFailed(&'a str),
    /// The evidence of the right diagnosis never occurred: its pattern, and how long it was waited for.
    NoEvidence(&'a str, Duration),
    /// A hint is empty.
    HintEmpty(usize),
    /// A hint cannot be rendered; why.
    HintBroken(usize, &'a str),
    /// The debrief is empty.
    DebriefEmpty,
    /// A record does not survive being saved; why.
    RecordUnreadable(&'a str),
    /// A saved record is graded in another way: check, first and second verdict.
    GradedOtherwise(&'a str, &'a str, &'a str),
    /// The lab did not start, twice.
    NeverStarted,
    /// The lab did not start for another case, twice.
    NotTried,
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SolvedUntouched(found) => write!(
                to,
                "expected not solved, with an objective that fails, on the untouched cluster, found {found}"
            ),
            Self::AsksNothing(check) => write!(
                to,
                "objective `{check}` passes on the untouched cluster: it asks for nothing, or the lab heals by itself"
            ),
            Self::SafeguardFell(check, found) => write!(
                to,
                "expected safeguard `{check}` to hold on the untouched cluster, found {found}"
            ),
            Self::NotSolved(within, found) => write!(
                to,
                "expected solved within {} s after the fix, found {found}",
                within.as_secs()
            ),
            Self::NotRefused(found) => {
                write!(to, "expected the wrong fix to be refused, found {found}")
            }
            Self::NotCaught(checks, found) => {
                let names: Vec<String> = checks.iter().map(|id| format!("`{id}`")).collect();
                write!(
                    to,
                    "expected {} to fail after the wrong fix, now and an hour later, found {found}",
                    names.join(" and ")
                )
            }
            Self::Cheated(lines, found) => write!(
                to,
                "expected it not to be solved, found {found}\nwhat was done:\n    {}",
                lines.join("\n    ")
            ),
            Self::DamageUnnamed(found) => write!(
                to,
                "expected the damage beside the fix to be named, found {found}"
            ),
            Self::HarmlessNamed(found) => {
                write!(to, "expected what harms nobody to be let be, found {found}")
            }
            Self::ForgeryBelieved(found) => write!(
                to,
                "expected the diagnosis with forged evidence to be refused, found {found}"
            ),
            Self::LineFailed(said) => {
                write!(to, "expected every line to succeed, found\n    {said}")
            }
            Self::NoEvidence(pattern, within) => write!(
                to,
                "expected a line of evidence that matches `{pattern}`, found none in the events and logs of the session within {} s",
                within.as_secs()
            ),
            Self::HintEmpty(number) => write!(to, "expected hint {number} to say something here"),
            Self::HintBroken(number, why) => write!(to, "hint {number}: {why}"),
            Self::DebriefEmpty => to.write_str("expected the debrief to say something"),
            Self::RecordUnreadable(why) => write!(to, "the record cannot be read again: {why}"),
            Self::GradedOtherwise(check, first, second) => write!(
                to,
                "expected the saved record to be graded alike, found `{check}` graded\n    {first} and then\n    {second}"
            ),
            Self::NeverStarted => {
                to.write_str("expected the lab to start, found that it did not, twice")
            }
            Self::NotTried => to.write_str(
                "not played: the lab never started, and was tried twice for another case",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: &str = "solved:\n    ✓ All Pods run";

    /// Its place in `all`. A problem without a specimen does not compile here.
    fn place(problem: &Problem<'_>) -> usize {
        match problem {
            Problem::SolvedUntouched(_) => 0,
            Problem::AsksNothing(_) => 1,
            Problem::SafeguardFell(..) => 2,
            Problem::NotSolved(..) => 3,
            Problem::NotRefused(_) => 4,
            Problem::NotCaught(..) => 5,
            Problem::Cheated(..) => 6,
            Problem::DamageUnnamed(_) => 7,
            Problem::HarmlessNamed(_) => 8,
            Problem::ForgeryBelieved(_) => 9,
            Problem::LineFailed(_) => 10,
            Problem::NoEvidence(..) => 11,
            Problem::HintEmpty(_) => 12,
            Problem::HintBroken(..) => 13,
            Problem::DebriefEmpty => 14,
            Problem::RecordUnreadable(_) => 15,
            Problem::GradedOtherwise(..) => 16,
            Problem::NeverStarted => 17,
            Problem::NotTried => 18,
        }
    }

    #[test]
    fn every_problem_has_a_specimen() {
        let lines = [
            "kubectl delete pod a".to_owned(),
            "kubectl get pods".to_owned(),
        ];
        let ids = ["runs".to_owned(), "as-it-was".to_owned()];
        let seconds = Duration::from_secs(30);
        let specimens = [
            (
                Problem::SolvedUntouched(FOUND),
                "expected not solved, with an objective that fails, on the untouched cluster, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::AsksNothing("runs"),
                "objective `runs` passes on the untouched cluster: it asks for nothing, or the lab heals by itself",
            ),
            (
                Problem::SafeguardFell("as-it-was", FOUND),
                "expected safeguard `as-it-was` to hold on the untouched cluster, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::NotSolved(seconds, FOUND),
                "expected solved within 30 s after the fix, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::NotRefused(FOUND),
                "expected the wrong fix to be refused, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::NotCaught(&ids, FOUND),
                "expected `runs` and `as-it-was` to fail after the wrong fix, now and an hour later, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::Cheated(&lines, FOUND),
                "expected it not to be solved, found solved:\n    ✓ All Pods run\nwhat was done:\n    kubectl delete pod a\n    kubectl get pods",
            ),
            (
                Problem::DamageUnnamed(FOUND),
                "expected the damage beside the fix to be named, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::HarmlessNamed(FOUND),
                "expected what harms nobody to be let be, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::ForgeryBelieved(FOUND),
                "expected the diagnosis with forged evidence to be refused, found solved:\n    ✓ All Pods run",
            ),
            (
                Problem::LineFailed("kubectl get pots: no such kind"),
                "expected every line to succeed, found\n    kubectl get pots: no such kind",
            ),
            (
                Problem::NoEvidence("untolerated taint", seconds),
                "expected a line of evidence that matches `untolerated taint`, found none in the events and logs of the session within 30 s",
            ),
            (
                Problem::HintEmpty(2),
                "expected hint 2 to say something here",
            ),
            (
                Problem::HintBroken(2, "no such parameter: `colour`"),
                "hint 2: no such parameter: `colour`",
            ),
            (
                Problem::DebriefEmpty,
                "expected the debrief to say something",
            ),
            (
                Problem::RecordUnreadable("no field `verdicts`"),
                "the record cannot be read again: no field `verdicts`",
            ),
            (
                Problem::GradedOtherwise("runs", "passed", "failed"),
                "expected the saved record to be graded alike, found `runs` graded\n    passed and then\n    failed",
            ),
            (
                Problem::NeverStarted,
                "expected the lab to start, found that it did not, twice",
            ),
            (
                Problem::NotTried,
                "not played: the lab never started, and was tried twice for another case",
            ),
        ];
        for (index, (problem, expected)) in specimens.iter().enumerate() {
            assert_eq!(place(problem), index, "{problem:?} stands elsewhere");
            assert_eq!(problem.to_string(), *expected);
        }
        assert_eq!(specimens.len(), 19, "a problem has no specimen");
    }
}
