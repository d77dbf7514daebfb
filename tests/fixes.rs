//! Every fix of every variant passes, every wrong fix fails by the checks that it names, and nothing that the robot thinks of
//! solves a lab: `labctl verify` says so of the course inside the binary. One seed here; more with `--seeds`.

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
    // Hundreds of cases: only what is not as claimed is of interest.
    let failed: Vec<&Value> = cases.iter().filter(|case| case["passed"] != true).collect();
    assert!(
        failed.is_empty(),
        "{}",
        serde_json::to_string_pretty(&failed).unwrap()
    );
    assert!(!cases.is_empty() && verified["passed"] == true, "{run}");
}
