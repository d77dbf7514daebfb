//! Every fix of every variant passes, every wrong fix fails by the checks that it names, and nothing that the robot thinks of
//! solves a lab: `labctl verify` says so of the course inside the binary. One seed here; more with `--seeds`.

use crate::support::Home;

#[test]
fn the_course_is_as_it_claims() {
    let home = Home::new();
    let run = home.expect(0, &["verify", "--seeds", "1", "--jobs", "2", "--cheats"]);
    assert!(run.stdout.contains("all as claimed"), "{run}");
}
