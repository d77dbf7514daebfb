//! Every fix of every variant passes and every wrong fix fails, by the checks that it names: `labctl verify` says so of the
//! course inside the binary. `.ci/run` asks it of more seeds and lets its robot cheat.

use crate::support::Home;

#[test]
fn the_course_is_as_it_claims() {
    let home = Home::new();
    let run = home.expect(0, &["verify", "--seeds", "1", "--jobs", "2"]);
    assert!(run.stdout.contains("all as claimed"), "{run}");
}
