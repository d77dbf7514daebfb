//! Scenario types, lint, expressions, checks, verdicts and score.
//!
//! Pure: no Kubernetes client, no async, no clock, no files, no printing. Whatever it judges is handed to it, so a
//! saved set of observations graded again gives the same verdicts.

pub mod check;
pub mod observation;
pub mod verdict;
