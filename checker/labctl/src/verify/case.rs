//! What there is to play: one case for each thing that a scenario claims of itself.

use std::time::Duration;

use grade::fix::Fix;
use grade::{Claims, Scenario};
use serde_json::Value;

use super::cheats;

/// What a case shows when it comes out right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The lab as the learner gets it is not solved.
    Untouched,
    /// A fix solves it.
    Fix,
    /// A wrong fix does not, by the checks that it names.
    WrongFix,
    /// A reset gives the start again.
    Reset,
    /// Something that no author listed does not solve it.
    Cheat,
}

/// One thing to play.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Which of the scenarios.
    pub(super) scenario: usize,
    pub(super) kind: Kind,
    /// What to do; unset for [`Kind::Untouched`].
    pub(super) fix: Option<Fix>,
}

/// What a case came to.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    /// Which of the scenarios.
    pub(crate) scenario: usize,
    pub(crate) kind: Kind,
    /// The name of what was done; empty when nothing was.
    pub(crate) name: String,
    /// What was expected and what was seen instead; none: it came out right.
    pub(crate) problems: Vec<String>,
    /// What was seen at each start that failed; the case was played once more after the first.
    pub(crate) failed_starts: Vec<String>,
    /// How often the lab was started for it, resets and the starts that failed included.
    pub(crate) n_starts: usize,
    pub(crate) took: Duration,
}

impl Kind {
    /// As it is shown and recorded.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Fix => "fix",
            Self::WrongFix => "wrong fix",
            Self::Reset => "reset",
            Self::Cheat => "cheat",
        }
    }
}

impl Case {
    /// Of the fix or the cheat; a reset needs some change, and which does not matter.
    pub(super) fn name(&self) -> String {
        let fix = self.fix.as_ref().filter(|_| self.kind != Kind::Reset);
        fix.map(|fix| fix.name.clone()).unwrap_or_default()
    }
}

/// A case in a line.
pub(super) fn called(scenario: &Scenario, kind: Kind, name: &str) -> String {
    let Scenario {
        lab, variant, seed, ..
    } = scenario;
    let what = format!("{lab}/{variant}, seed {seed}: {} {name}", kind.word());
    what.trim_end().to_owned()
}

/// What the robot tries on a cluster with these objects.
pub(super) fn cheats(number: usize, objects: &[Value]) -> Vec<Case> {
    let cheats = cheats::cheats(objects).into_iter();
    cheats
        .map(|cheat| Case {
            scenario: number,
            kind: Kind::Cheat,
            fix: Some(cheat),
        })
        .collect()
}

/// What an author claims of a scenario.
pub(super) fn claims(number: usize, claims: &Claims) -> Vec<Case> {
    let case = |kind: Kind, fix: Option<&Fix>| Case {
        scenario: number,
        kind,
        fix: fix.cloned(),
    };
    let mut cases = vec![case(Kind::Untouched, None)];
    cases.extend(claims.fixes.iter().map(|fix| case(Kind::Fix, Some(fix))));
    cases.extend(
        claims
            .wrong
            .iter()
            .map(|fix| case(Kind::WrongFix, Some(fix))),
    );
    cases.push(case(Kind::Reset, claims.fixes.first()));
    cases
}
