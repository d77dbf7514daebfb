//! The learner's diagnosis: whether it is taken down, and what for.

use grade::Scenario;
use grade::diagnosis::Answer;
use grade::evidence::{Evidence, Given, Occurrence};
use grade::verdict::Verdict;

use crate::caller::Caller;
use crate::events::What;
use crate::failure::Result;
use crate::state::Session;
use crate::store::Sessions;

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is what `check` judges.
    Kept,
    /// So it is, but nobody could look for its line; says why.
    KeptUnseen(String),
    /// It is not kept: the answer before was right, and what is right stays so.
    RightBefore,
    /// It is not kept: the lab is solved.
    Solved,
}

/// Gives a diagnosis, of whose evidence it is known whether it occurred.
///
/// # Errors
/// The session is gone.
pub async fn give(
    sessions: &Sessions,
    session: &Session,
    scenario: &Scenario,
    answer: Answer,
    occurrence: Occurrence,
    caller: Caller<'_>,
) -> Result<(Session, Recorded)> {
    // At a menu minutes may have passed, with hints and checks at other terminals.
    let given = sessions.change(session, caller, |session| {
        Ok(record(session, scenario, answer, occurrence))
    });
    given.await
}

/// Takes an answer down to be judged. A right one is never replaced, the same one again is no new attempt, and once the lab was
/// solved no answer is counted.
fn record(
    session: &mut Session,
    scenario: &Scenario,
    answer: Answer,
    occurrence: Occurrence,
) -> Recorded {
    let before = session.so_far.given.as_ref();
    let recorded = if session.stands_solved() {
        Recorded::Solved
    } else if before.is_some_and(|before| is_right(scenario, before)) {
        Recorded::RightBefore
    } else if let Occurrence::Unreadable(why) = &occurrence {
        Recorded::KeptUnseen(why.clone())
    } else {
        Recorded::Kept
    };
    session.happened(What::Answer {
        answer,
        occurrence,
        kept: matches!(recorded, Recorded::Kept | Recorded::KeptUnseen(_)),
    });
    recorded
}

/// Whether this diagnosis passes every check that asks for one.
fn is_right(scenario: &Scenario, given: &Given) -> bool {
    let evidence = Evidence {
        given: Some(given.clone()),
        ..Evidence::default()
    };
    let asks = scenario
        .checks
        .iter()
        .filter(|check| check.ask.diagnosis().is_some());
    let checks: Vec<_> = asks.cloned().collect();
    !checks.is_empty()
        && grade::verdicts(&checks, &evidence)
            .iter()
            .all(|judged| matches!(judged.verdict, Verdict::Passed { .. }))
}
