//! What there is to play: one case for each thing that a scenario claims of itself.

use grade::fix::Fix;
use grade::{Claims, Scenario};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::memory::Remembered;
use super::robot::{self, Skipped, Told};
use crate::output::{Began, VerifiedEvent, VerifiedVerdict};

/// Of how many cases one begins on a new cluster.
const ANEW_OF: usize = 20;

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
    /// Damage beside a right fix is named.
    Damage,
    /// Evidence that somebody made is none.
    Forgery,
    /// What harms nobody is not refused beside a right fix.
    Harmless,
    /// All of that at once leaves the lab solved.
    HarmlessAll,
}

/// One thing to play.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Which of the scenarios.
    pub(super) scenario: usize,
    pub(super) kind: Kind,
    /// What to do; unset for [`Kind::Untouched`].
    pub(super) fix: Option<Fix>,
    /// Whether the untouched lab is watched for a while; once for each variant.
    pub(super) is_watched: bool,
    /// Whether it begins on a new cluster although there is one that could be restored.
    pub(super) on_a_new_cluster: bool,
    /// Its place among the cases of its scenario.
    pub(super) place: usize,
}

/// What playing a case came to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Came {
    /// What was expected and what was seen instead; none: it came out right.
    pub(crate) problems: Vec<String>,
    /// What each check came to; none for a reset.
    pub(crate) verdicts: Vec<VerifiedVerdict>,
    /// What was heard of the lab's own objects; none for a reset.
    pub(crate) events: Vec<VerifiedEvent>,
    /// How its cluster came to be at the start; unset when it did not.
    pub(crate) began: Option<Began>,
}

/// What a case came to.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    /// Which of the scenarios.
    pub(crate) scenario: usize,
    pub(crate) kind: Kind,
    /// The name of what was done; empty when nothing was.
    pub(crate) name: String,
    pub(crate) came: Came,
    /// What was seen at each start that failed; the case was played once more after the first.
    pub(crate) failed_starts: Vec<String>,
    /// How often the lab was started for it, resets and the starts that failed included.
    pub(crate) n_starts: usize,
    pub(crate) seconds: f64,
    /// Whether it was played in an earlier run, with all that it follows from as it is now.
    pub(crate) is_remembered: bool,
    /// Its place among the cases of its scenario.
    pub(crate) place: usize,
}

impl Played {
    /// What is known of a case from an earlier run.
    pub(super) fn known(case: &Case, remembered: Remembered) -> Self {
        Self {
            scenario: case.scenario,
            kind: case.kind,
            name: case.name(),
            came: remembered.came,
            failed_starts: Vec::new(),
            n_starts: 0,
            seconds: remembered.seconds,
            is_remembered: true,
            place: case.place,
        }
    }
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
            Self::Damage => "damage",
            Self::Forgery => "forgery",
            Self::Harmless | Self::HarmlessAll => "harmless",
        }
    }

    /// Whether the robot thought of it.
    pub(super) fn is_robots(self) -> bool {
        matches!(
            self,
            Self::Cheat | Self::Damage | Self::Forgery | Self::Harmless | Self::HarmlessAll
        )
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

/// What the robot tries on a cluster with these objects, and what it does not.
pub(super) fn tries(
    number: usize,
    scenario: &Scenario,
    claims: &Claims,
    objects: &[Value],
) -> (Vec<Case>, Vec<Skipped>) {
    let Some(right) = claims.fixes.first() else {
        return (Vec::new(), Vec::new());
    };
    let checks = scenario.checks.iter().map(|check| &check.ask);
    let of_subject = |field: &str| scenario.names.get("subject")?.get(field)?.as_str();
    let told = Told {
        subject: of_subject("namespace").zip(of_subject("name")),
        right,
        needless: &|object| checks.clone().any(|ask| ask.lets_go(object)),
        is_learners: &|namespace| checks.clone().any(|ask| ask.lets_add_to(namespace)),
        asks_diagnosis: checks.clone().any(|ask| ask.diagnosis().is_some()),
    };
    let tries = robot::tries(objects, &told);
    let cases = tries.tries.into_iter();
    let cases = cases.map(|(kind, fix)| case(number, scenario, kind, Some(fix)));
    (placed(cases.collect()), tries.skipped)
}

/// What a scenario claims of itself. Whether it heals by itself does not depend on the seed: only the first is watched.
pub(super) fn claims(
    number: usize,
    scenario: &Scenario,
    claims: &Claims,
    is_first_seed: bool,
) -> Vec<Case> {
    let of = |kind, fix: Option<&Fix>| case(number, scenario, kind, fix.cloned());
    let mut cases = vec![Case {
        is_watched: is_first_seed,
        ..of(Kind::Untouched, None)
    }];
    cases.extend(claims.fixes.iter().map(|fix| of(Kind::Fix, Some(fix))));
    cases.extend(claims.wrong.iter().map(|fix| of(Kind::WrongFix, Some(fix))));
    cases.push(of(Kind::Reset, claims.fixes.first()));
    placed(cases)
}

fn placed(mut cases: Vec<Case>) -> Vec<Case> {
    for (place, case) in cases.iter_mut().enumerate() {
        case.place = place;
    }
    cases
}

fn case(number: usize, scenario: &Scenario, kind: Kind, fix: Option<Fix>) -> Case {
    let mut case = Case {
        scenario: number,
        kind,
        fix,
        is_watched: false,
        on_a_new_cluster: false,
        place: 0,
    };
    case.on_a_new_cluster = is_drawn(scenario, &case);
    case
}

/// One case in twenty begins on a new cluster in every run, others as the seed or the content changes.
fn is_drawn(scenario: &Scenario, case: &Case) -> bool {
    let what = [
        scenario.content_hash.as_str(),
        &scenario.seed.to_string(),
        case.kind.word(),
        &case.name(),
    ]
    .join("/");
    let drawn = Sha256::digest(what.as_bytes());
    usize::from(u16::from_be_bytes([drawn[0], drawn[1]])) % ANEW_OF == 0
}
