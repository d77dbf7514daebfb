//! Hints, which follow the verdicts.

use grade::check::Check;
use grade::verdict::{CheckVerdict, Verdict};

use super::fixture;

fn verdict(check: &Check, verdict: Verdict) -> CheckVerdict {
    CheckVerdict {
        id: check.id.clone(),
        says: check.says.clone(),
        role: check.role,
        verdict,
        see: None,
        broken: Vec::new(),
    }
}

#[test]
fn hints_follow_the_verdicts() {
    let scenario = fixture(7);
    let settings = scenario
        .checks
        .iter()
        .find(|check| check.id == "settings")
        .unwrap();
    let failed = verdict(
        settings,
        Verdict::Failed {
            expected: "a ConfigMap".to_owned(),
            found: "none".to_owned(),
        },
    );
    let passed = verdict(&scenario.checks[0], Verdict::Passed { evidence: None });
    let hint =
        |number, verdicts: &[CheckVerdict]| grade::hint(&scenario, number, verdicts).unwrap();
    assert_eq!(hint(2, &[]), "Read the events.\n");
    assert_eq!(hint(2, std::slice::from_ref(&failed)), "Found: none.\n");
    assert_eq!(hint(2, &[failed.clone(), passed]), "It runs.\n");
    assert_eq!(hint(3, &[failed]), "ConfigMap `settings` is failed.\n");
    assert_eq!(hint(3, &[]), "ConfigMap `settings` is undecided.\n");
    for number in [0, 4] {
        assert_eq!(
            grade::hint(&scenario, number, &[]).unwrap_err().to_string(),
            format!("no hint {number}: there are 3")
        );
    }
}
