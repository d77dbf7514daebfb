//! The expressions of the project's own course: all compile, and some are judged over plausible objects.

use grade::check::Check;
use grade::compile_check;
use grade::observation::{Observation, Question};
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{evidence, support};

#[test]
fn the_courses_own_expressions_compile() {
    let faults = grade::lint(&support::course("../.."), &[0, 1, 2], compile_check);
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n\n"));
}

fn workload(name: &str, ready: Option<u64>) -> Value {
    let mut status = json!({});
    if let Some(ready) = ready {
        status["readyReplicas"] = json!(ready);
    }
    json!({"metadata": {"name": name}, "spec": {"replicas": 2, "template": {"spec": {}}}, "status": status})
}

/// The verdict of a `cel` check of the variant `missing-toleration` when every Deployment is this one and every list has it twice.
fn of_missing_toleration(id: &str, object: &Value) -> Verdict {
    let course = support::course("../..");
    let scenario = grade::resolve(&course, "pending-pod", "missing-toleration", 3).unwrap();
    let all = scenario.checks.iter().chain(&scenario.symptom);
    let checks: Vec<Check> = all
        .filter(|check| check.id == id)
        .take(1)
        .cloned()
        .collect();
    let evidence = evidence(&checks, |question| match question {
        Question::Object(_) if object.is_null() => Observation::Absent,
        Question::Object(_) => Observation::Object(object.clone()),
        _ => Observation::Objects(vec![object.clone()]),
    });
    grade::verdicts(&checks, &evidence).remove(0).verdict
}

#[test]
fn missing_toleration_judges_plausible_objects() {
    let passed = Verdict::Passed { evidence: None };
    assert_eq!(
        of_missing_toleration("neighbours-run", &workload("web", Some(2))),
        passed
    );
    let Verdict::Failed { found, .. } =
        of_missing_toleration("neighbours-run", &workload("web", None))
    else {
        panic!("it passed")
    };
    assert!(
        found.starts_with("Deployment web lacks ready replicas; "),
        "{found}"
    );
    assert_eq!(
        of_missing_toleration("placed-with-care", &workload("web", None)),
        passed
    );
    let mut open = workload("web", None);
    open["spec"]["template"]["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    assert_eq!(
        of_missing_toleration("placed-with-care", &open),
        Verdict::Failed {
            expected: "tolerations that each name the key of a taint".to_owned(),
            found: "a toleration without a key, which tolerates every taint there is or will be"
                .to_owned(),
        }
    );
    let refused = json!({"metadata": {"name": "a"}, "status": {"conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/4 nodes are available: 2 node(s) had untolerated taint {a: b}"},
    ]}});
    let Verdict::Failed { found, .. } = of_missing_toleration("pods-refused", &refused) else {
        panic!("one Pod is not all of them")
    };
    assert!(found.starts_with("1 Pod in `"), "{found}");
}
