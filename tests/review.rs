//! `design-review` as a person does it: the list is judged line by line, and what it ranks first is repaired on the cluster.

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Home, course_files, stdout};

const SESSION: &str = "design-review";
const SEED: u64 = 2;

#[test]
fn what_the_list_ranks_first_is_repaired_and_then_it_is_solved() {
    let home = Home::new();
    let start = home.expect(0, &["start", SESSION, "--seed", &SEED.to_string()]);
    let brief = stdout(&start);
    assert!(
        brief.contains("`design/` and `findings.yaml`, in the folder"),
        "{brief}"
    );
    assert!(!brief.contains("labctl answer"), "{brief}");
    let work = home.session(SESSION).join("work");
    let list = work.join("findings.yaml");

    // With wrong turns: a colon without quotes, a name that there is not, a wrong word.
    std::fs::write(&list, "format_version: 1\nfindings:\n  - where: a: b\n").unwrap();
    home.expect(1, &["check"])
        .stdout(contains("findings.yaml:3:").and(contains("it is no YAML")));
    let slip = "format_version: 1\nfindings:\n  - where: deploy/nobody\n    risk: dataloss\n    remedy: add-replicas\n    severity: high\n    evidence: x\n";
    std::fs::write(&list, slip).unwrap();
    let checked = stdout(&home.expect(1, &["check"]));
    for told in [
        "findings.yaml:4: ",
        "did you mean `data-loss`?",
        "there is no file and no object",
    ] {
        assert!(checked.contains(told), "{told}: {checked}");
    }

    let claims = grade::claims(&course_files(), SESSION, "before-launch", SEED).unwrap();
    let fix = claims.fixes.iter().find(|it| it.name == "all").unwrap();
    for (name, text) in &fix.files {
        std::fs::write(work.join(name), text).unwrap();
    }
    let open = |checked: &Value| -> Vec<String> {
        let checks = checked["checks"].as_array().unwrap().iter();
        let open = checks.filter(|check| check["verdict"] == "failed");
        open.map(|check| check["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(open(&home.json(1, &["check"])), ["repaired"]);
    for line in &fix.run {
        home.shell(SESSION, &work, line).success();
    }
    home.expect(0, &["check", "--wait", "30s"])
        .stdout(contains("solved"));
    home.expect(0, &["debrief"])
        .stdout(contains("Odd, and meant"));
}
