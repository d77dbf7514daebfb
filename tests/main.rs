//! The built `labctl` as a person uses it, on the real sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod answers;
mod book;
mod context;
mod failed_start;
mod faults;
mod fixes;
mod gate;
mod generated;
mod kind;
mod kubectl;
mod learner;
mod progress;
mod quiz;
mod record;
mod review;
mod session;
mod sessions;
mod shells;
mod starts;
mod support;
mod surroundings;
mod verify;
mod waits;
mod without_aws;
mod writers;
mod written;
