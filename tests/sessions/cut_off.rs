//! What was asked for counts, also when it was cut off.

use super::Beside;
use crate::support::{Home, START, signal};

#[test]
fn a_reset_that_is_cut_off_counts_once_and_does_not_turn_the_clock_back() {
    let home = Home::new();
    home.expect(0, &START);
    let started_at = home.json(0, &["status"])["started_at"].clone();
    for (resets, signal_name) in [(1, "INT"), (2, "KILL")] {
        let mut reset = Beside::start(&home, &["reset"]);
        reset.says("starting the control plane");
        signal(&reset.child, signal_name);
        assert_ne!(reset.end(), Some(0), "{}", reset.said);
        home.expect(0, &["start", "pending-pod"]);
        let status = home.json(0, &["status"]);
        assert_eq!(status["resets"], resets, "{signal_name}: {status}");
        assert_eq!(status["started_at"], started_at, "{signal_name}");
    }
    let mut reset = Beside::start(&home, &["reset"]);
    reset.says("starting the control plane");
    signal(&reset.child, "INT");
    let said = reset.ends_with(130);
    assert!(said.contains("the reset is counted"), "{said}");
    home.expect(0, &["reset"]);
    let status = home.json(0, &["status"]);
    assert_eq!(
        status["resets"], 3,
        "a reset that is finished is no other one: {status}"
    );
}
