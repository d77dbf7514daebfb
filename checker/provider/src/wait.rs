//! Waiting for a state of another process, which tells nobody when it changes.

use std::time::{Duration, Instant};

/// How often the state is looked at.
const STEP: Duration = Duration::from_millis(10);

/// Looks until the state is there; `false` at the deadline or when interrupted.
pub(crate) fn until(
    deadline: Duration,
    interrupted: &dyn Fn() -> bool,
    mut there: impl FnMut() -> bool,
) -> bool {
    let end = Instant::now() + deadline;
    loop {
        if there() {
            return true;
        }
        if interrupted() || Instant::now() >= end {
            return false;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a step of a wait for a state that has a deadline"
)]
fn pause() {
    std::thread::sleep(STEP);
}
