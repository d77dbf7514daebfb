//! Every fix of every variant passes, every wrong fix fails by the checks that it names, and nothing that the robot thinks of
//! solves a lab: `labctl verify` says so of the course, for one seed and in a time that does not grow with the course. What
//! changed since `main` comes first; what was left out is told.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Home;

/// How long no case begins any more, on two cores.
const BUDGET: &str = "25m";

#[test]
fn the_course_is_as_it_claims() {
    let home = Home::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.to_string_lossy();
    let mut arguments = vec![
        "--output", "json", "verify", "--seeds", "1", "--jobs", "3", "--cheats",
    ];
    arguments.extend(["--budget", BUDGET, "--course", &root]);
    let base = base(&root);
    arguments.extend(base.iter().flat_map(|base| ["--since", base]));
    let run = home.labctl(&arguments).assert();
    let verified: Value = serde_json::from_slice(&run.get_output().stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error})\n{run}"));
    let cases = verified["cases"].as_array().unwrap();
    // Hundreds of cases: only what is not as claimed is of interest, and a start that failed even when the second did not.
    let of_interest: Vec<&Value> = cases
        .iter()
        .filter(|case| case["passed"] != true || case["failed_starts"] != serde_json::json!([]))
        .collect();
    let told = serde_json::to_string_pretty(&of_interest).unwrap();
    let left_out = &verified["left_out"];
    // What a test that passes prints is not shown, unless it goes there itself.
    let mut screen = std::io::stderr();
    if verified["passed"] == true && !of_interest.is_empty() {
        writeln!(screen, "starts that failed:\n{told}").unwrap();
    }
    if *left_out != serde_json::json!([]) {
        writeln!(screen, "left out of the gate after {BUDGET}: {left_out}").unwrap();
    }
    assert!(!cases.is_empty());
    assert!(
        verified["passed"] == true,
        "{}\n{told}\n{run}",
        verified["starts"]
    );
}

/// The revision that a change begins from: where it left `main`, or on `main` itself the one before. `None` where there is no such thing.
fn base(root: &str) -> Option<String> {
    let ask = |arguments: &[&str]| {
        let git = Command::new("git")
            .args(["-C", root])
            .args(arguments)
            .output()
            .ok()?;
        let said = String::from_utf8(git.stdout).ok()?;
        git.status.success().then(|| said.trim().to_owned())
    };
    let head = ask(&["rev-parse", "HEAD"])?;
    let fork = ["origin/main", "main"]
        .iter()
        .find_map(|main| ask(&["merge-base", "HEAD", main]));
    match fork {
        Some(fork) if fork != head => Some(fork),
        _ => ask(&["rev-parse", "HEAD~1"]),
    }
}
