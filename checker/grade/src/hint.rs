//! Hints, rendered when they are asked for: later ones depend on what holds by then.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::scenario::Scenario;
use crate::template::{self, Names};
use crate::verdict::{CheckVerdict, Verdict};

/// A hint that cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HintError {
    /// The scenario has fewer.
    #[error("no hint {number}: there are {count}")]
    NoSuchHint {
        /// As it was asked for.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// Its template is wrong.
    #[error("{0}")]
    File(Box<Diagnostic>),
}

/// The text of a hint, from 1.
///
/// `checks.<id>` is `passed`, `failed` or `undecided` in it, `found.<id>` the text that goes with that: what was found, why it could not be
/// told, or the evidence. A check without a verdict is `undecided` with no text: that is no error.
///
/// # Errors
/// There is no such hint, or its template is wrong.
pub fn hint(
    scenario: &Scenario,
    number: usize,
    verdicts: &[CheckVerdict],
) -> Result<String, HintError> {
    let count = scenario.hints.len();
    let Some(source) = number
        .checked_sub(1)
        .and_then(|place| scenario.hints.get(place))
    else {
        return Err(HintError::NoSuchHint { number, count });
    };
    let names = names(&scenario.names, &scenario.checks, verdicts);
    let parts = source
        .iter()
        .map(|part| template::render(&part.file, &part.text, &names));
    parts
        .collect::<Result<String, _>>()
        .map_err(|fault| HintError::File(Box::new(fault)))
}

/// What a hint may name.
pub(crate) fn names(
    parameters: &serde_json::Map<String, serde_json::Value>,
    checks: &[Check],
    verdicts: &[CheckVerdict],
) -> Names {
    let said = checks.iter().map(|check| {
        (
            check.id.clone(),
            verdicts
                .iter()
                .find(|verdict| verdict.id == check.id)
                .map(|verdict| &verdict.verdict),
        )
    });
    let (words, found): (BTreeMap<_, _>, BTreeMap<_, _>) = said
        .map(|(id, verdict)| {
            let (word, text) = match verdict {
                Some(Verdict::Passed { evidence }) => {
                    ("passed", evidence.clone().unwrap_or_default())
                }
                Some(Verdict::Failed { found, .. }) => ("failed", found.clone()),
                Some(Verdict::Undecided { why }) => ("undecided", why.clone()),
                None => ("undecided", String::new()),
            };
            ((id.clone(), word.to_owned()), (id, text))
        })
        .unzip();
    Names::parameters(parameters)
        .with("checks", "check", words)
        .with("found", "check", found)
}
