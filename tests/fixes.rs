//! Every fix of every variant passes and every wrong fix fails, by the check it names, on the real sandbox and with the
//! built binary. `LAB_SEEDS=1-10` widens it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::support::Home;
use grade::course::CourseFiles;
use serde_json::Value;

const SESSION: &str = "pending-pod";

struct Case {
    seed: u64,
    variant: String,
    name: String,
    files: BTreeMap<String, String>,
    run: Vec<String>,
    /// Unset for a fix.
    caught_by: Option<Vec<String>>,
    answer: String,
}

#[test]
fn fixes_pass_and_wrong_fixes_fail() {
    let cases = Mutex::new(cases().into_iter());
    let total = cases.lock().unwrap().len();
    assert!(total > 10, "only {total} cases");
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let home = Home::new();
                let mut running = None;
                loop {
                    let Some(case) = cases.lock().unwrap().next() else {
                        break;
                    };
                    if let Err(difference) = play(&home, &case, &mut running) {
                        failures.lock().unwrap().push(format!(
                            "{}/{} seed {}: {difference}",
                            case.variant, case.name, case.seed
                        ));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {total} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// From the untouched lab to the verdict. `running` is the seed that the session has now.
fn play(home: &Home, case: &Case, running: &mut Option<(u64, String)>) -> Result<(), String> {
    let wanted = (case.seed, case.variant.clone());
    if running.as_ref() == Some(&wanted) {
        home.expect(0, &["reset"]);
    } else {
        if running.is_some() {
            home.expect(0, &["stop", "--purge"]);
        }
        home.expect(
            0,
            &[
                "start",
                SESSION,
                "--variant",
                &case.variant,
                "--seed",
                &case.seed.to_string(),
            ],
        );
        *running = Some(wanted);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in &case.files {
        std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    // A learner reads the refusal before repairing anything.
    let events =
        "get events -A --field-selector reason=FailedScheduling -o jsonpath='{.items[0].message}'";
    let evidence = home.kubectl(SESSION, events);
    for line in &case.run {
        let run = home.shell(SESSION, folder.path(), line);
        if run.code != Some(0) {
            return Err(format!("`{line}`\n{run}"));
        }
    }
    let answer = folder.path().join("answer.yaml");
    let text = format!(
        "{}evidence: {}\n",
        case.answer,
        serde_json::Value::from(evidence)
    );
    std::fs::write(&answer, text).map_err(|error| error.to_string())?;
    home.expect(0, &["answer", "--file", &answer.to_string_lossy()]);
    judge(home, case)
}

fn judge(home: &Home, case: &Case) -> Result<(), String> {
    let wait: &[&str] = if case.caught_by.is_none() {
        &["--wait", "60s"]
    } else {
        &[]
    };
    let arguments: Vec<&str> = ["--output", "json", "check"]
        .iter()
        .chain(wait)
        .copied()
        .collect();
    let run = home.labctl(&arguments);
    let verdicts: Value =
        serde_json::from_str(&run.stdout).map_err(|error| format!("{error}\n{run}"))?;
    let failed: Vec<&str> = verdicts["checks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|check| check["verdict"] == "failed")
        .filter_map(|check| check["id"].as_str())
        .collect();
    match &case.caught_by {
        None if run.code == Some(0) => Ok(()),
        None => Err(format!("a fix did not pass\n{run}")),
        Some(_) if run.code != Some(1) => Err(format!("a wrong fix was not refused\n{run}")),
        Some(ids) if ids.iter().all(|id| failed.contains(&id.as_str())) => Ok(()),
        Some(ids) => Err(format!("caught by {failed:?}, not by {ids:?}\n{run}")),
    }
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = course_files(&root);
    let course = grade::course::Course::load(&files).unwrap();
    let mut cases = Vec::new();
    for seed in seeds() {
        for variant in &course.lab(SESSION).unwrap().variants {
            let scenario = grade::resolve(&files, SESSION, variant, seed).unwrap();
            let answer = right_answer(&scenario.checks);
            let case = |name: &str, fix: &grade::fix::Fix, caught_by| Case {
                seed,
                variant: variant.clone(),
                name: name.to_owned(),
                files: fix.files.clone(),
                run: fix.run.clone(),
                caught_by,
                answer: answer.clone(),
            };
            cases.extend(scenario.fixes.iter().map(|fix| case(&fix.name, fix, None)));
            cases.extend(
                scenario
                    .wrong
                    .iter()
                    .map(|fix| case(&fix.name, fix, Some(fix.caught_by.clone()))),
            );
        }
    }
    cases
}

/// What a learner would answer who read the events, but for the line of evidence, which the cluster gives.
fn right_answer(checks: &[grade::check::Check]) -> String {
    let Some(diagnosis) = checks.iter().find_map(|check| match &check.ask {
        grade::check::Ask::Answer(diagnosis) => Some(diagnosis),
        _ => None,
    }) else {
        return String::new();
    };
    format!(
        "format_version: 1\nrefused_by: {}\nconstraint: {}\nmust_change: {}\n",
        diagnosis.refused_by[0], diagnosis.constraint[0], diagnosis.must_change[0]
    )
}

fn seeds() -> std::ops::RangeInclusive<u64> {
    let text = std::env::var("LAB_SEEDS").unwrap_or_else(|_| "1-2".to_owned());
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    first.parse().unwrap()..=last.parse().unwrap()
}

fn course_files(root: &Path) -> CourseFiles {
    let mut files = BTreeMap::new();
    for folder in ["labs", "scenarios"] {
        collect(root, &root.join(folder), &mut files);
    }
    CourseFiles(files)
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}
