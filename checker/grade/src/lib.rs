//! Scenario types, lint, expressions, checks, verdicts and score.
//!
//! Pure: no Kubernetes client, no async, no clock, no files, no printing. Whatever it judges is handed to it, so a
//! saved set of observations graded again gives the same verdicts.

mod apart;
pub mod check;
pub mod claims;
pub mod cluster_spec;
pub mod compare;
pub mod course;
pub mod diagnosis;
pub mod diagnostic;
mod document;
mod draw;
pub mod duration;
pub mod eviction;
pub mod evidence;
mod expression;
mod fields;
pub mod fix;
pub mod hint;
mod images;
pub mod judge;
pub mod kinds;
pub mod lint;
pub mod needs;
pub mod observation;
mod parameters;
mod placement;
pub mod questions;
pub mod record;
pub mod scenario;
pub mod schema;
pub mod score;
mod template;
mod tree;
pub mod verdict;
mod wording;
mod worlds;

pub use claims::{Claims, claims, claims_for};
pub use compare::{differences, snapshots};
pub use course::{Course, CourseFiles, pick_variant};
pub use evidence::Evidence;
pub use expression::{amount, compare_quantities, compile_check};
pub use hint::hint;
pub use images::models_in;
pub use judge::{is_ready, ready_for_last, verdicts, verdicts_later};
pub use lint::lint;
pub use needs::needs;
pub use questions::{baseline_questions, last_questions, questions};
pub use record::{ResultRecord, regrade};
pub use scenario::{Scenario, Surroundings, resolve, resolve_for};
pub use score::score;
