//! Starts that failed: how they are told apart from what a case comes to, and how many of them a run may have.
//!
//! A start that failed says nothing of what a course claims, so its case is played once more. Where starts fail often something is
//! wrong all the same, and the run fails. Knows nothing of cases.

use crate::failure::{Failure, Why};
use crate::output::VerifiedStarts;
use crate::screen;

/// How often a case is played when it does not start.
pub(super) const TRIES: usize = 2;

/// Why a case was not played to its end.
pub(super) enum Stopped {
    /// The cluster did not come up, or the symptom did not show.
    Start(Failure),
    /// A file of the course is wrong, Ctrl-C, or anything after the start.
    Other(Failure),
}

impl Stopped {
    /// Of a start: what cannot be asked may be there the next time; a wrong file or Ctrl-C stays what it is.
    pub(super) fn of_start(failure: Failure) -> Self {
        match failure.why {
            Why::CouldNotAsk => Self::Start(failure),
            Why::BadInput | Why::Interrupted => Self::Other(failure),
        }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

/// So many starts of a run, of which so many failed: one in a hundred may, and one where there are fewer.
pub(crate) fn starts(made: usize, failed: usize) -> VerifiedStarts {
    VerifiedStarts {
        made,
        failed,
        may_fail: (made / 100).max(1),
    }
}

/// A sentence about the starts that failed; unset when none did.
pub(super) fn tally(starts: &VerifiedStarts) -> Option<String> {
    let VerifiedStarts {
        made,
        failed,
        may_fail,
    } = starts;
    let what = if starts.are_too_many() {
        format!("only {may_fail} may")
    } else {
        "what did not start was played once more".to_owned()
    };
    let of = screen::plural(*made, "start");
    (*failed > 0).then(|| format!("{failed} of {of} failed; {what}"))
}

/// What was seen at each of a case's starts that failed, for people.
pub(super) fn told(failed_starts: &[String]) -> Vec<String> {
    let numbered = failed_starts.iter().enumerate();
    numbered
        .map(|(index, said)| format!("start {} failed: {said}", index + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::starts;

    #[track_caller]
    fn may_fail(made: usize, expected: usize) {
        assert!(!starts(made, expected).are_too_many());
        assert!(starts(made, expected + 1).are_too_many());
    }

    #[test]
    fn one_start_in_a_hundred_may_fail_and_one_of_fewer() {
        may_fail(1, 1);
        may_fail(100, 1);
        may_fail(199, 1);
        may_fail(200, 2);
        may_fail(650, 6);
    }
}
