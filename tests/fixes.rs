//! Every fix of every variant passes, every wrong fix fails by the checks that it names, and nothing that the robot thinks of
//! solves a lab: `labctl verify` says so of the course inside the binary. One seed here; more with `--seeds`.

use std::io::Write as _;

use serde_json::Value;

use crate::support::Home;

#[test]
fn the_course_is_as_it_claims() {
    let home = Home::new();
    let run = home
        .labctl(&[
            "--output", "json", "verify", "--seeds", "1", "--jobs", "2", "--cheats",
        ])
        .assert();
    let verified: Value = serde_json::from_slice(&run.get_output().stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error})\n{run}"));
    let cases = verified["cases"].as_array().unwrap();
    // Hundreds of cases: only what is not as claimed is of interest, and a start that failed even when the second did not.
    let of_interest: Vec<&Value> = cases
        .iter()
        .filter(|case| case["passed"] != true || case["failed_starts"] != serde_json::json!([]))
        .collect();
    let told = serde_json::to_string_pretty(&of_interest).unwrap();
    if verified["passed"] == true && !of_interest.is_empty() {
        // What a test that passes prints is not shown, unless it goes there itself.
        writeln!(std::io::stderr(), "starts that failed:\n{told}").unwrap();
    }
    assert!(!cases.is_empty());
    assert!(
        verified["passed"] == true,
        "{}\n{told}\n{run}",
        verified["starts"]
    );
}
