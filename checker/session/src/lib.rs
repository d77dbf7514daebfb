//! One learner's labs: the sessions on disk, bringing a lab up, judging it, what was done to it.
//!
//! Asynchronous, and prints nothing: whoever asks hears what happens through a function (see [`caller`]) and shows it as it likes. Knows
//! neither a terminal nor a command line; of what is right only what `grade` says.

pub mod answer;
pub mod audit;
pub mod caller;
pub mod course;
mod current;
pub mod end;
pub mod events;
pub mod existing;
pub mod failure;
pub mod fits;
mod fresh;
pub mod heard;
pub mod hint;
mod history;
pub mod images;
pub mod judging;
pub mod keep;
pub mod lab;
pub mod lock;
pub mod next;
pub mod occurrence;
mod own;
mod place;
mod record;
pub mod reset;
pub mod results;
mod spoken;
pub mod start;
mod state;
pub mod stop;
mod store;
pub mod written;

pub use caller::{Caller, Interrupt, Progress, Step};
pub use failure::{Failure, Result, Why};
pub use place::{Place, read_json, write_json};
pub use state::{Session, Stage};
pub use store::{Sessions, is_session};
