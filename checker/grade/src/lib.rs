//! Scenario types, lint, expressions, checks, verdicts and score.
//!
//! Pure: no Kubernetes client, no async, no clock, no files, no printing. Whatever it judges is handed to it, so a
//! saved set of observations graded again gives the same verdicts.

pub mod check;
pub mod cluster_spec;
pub mod course;
pub mod diagnostic;
mod document;
mod draw;
pub mod duration;
pub mod fix;
pub mod hint;
pub mod lint;
pub mod observation;
mod parameters;
pub mod scenario;
mod template;
pub mod verdict;

pub use course::{Course, CourseFiles, pick_variant};
pub use hint::hint;
pub use lint::lint;
pub use scenario::{Scenario, resolve};
