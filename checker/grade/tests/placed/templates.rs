//! `tolerates` and `sized`.

use grade::kinds::{Ask, Sizing, Tolerates};
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{Seen, found, ledger};

#[test]
fn tolerations_name_a_key_and_leave_a_dead_node() {
    let tolerates = || Ask::Tolerates(Tolerates { workload: ledger() });
    let with = |toleration: Value| Seen::on(None, json!({"tolerations": [toleration]}));
    for fine in [
        json!({"key": "team", "operator": "Exists"}),
        json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
        // It throws nobody out, so it has no end.
        json!({"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}),
    ] {
        assert_eq!(
            with(fine.clone()).verdict(tolerates()),
            Verdict::Passed { evidence: None },
            "{fine}"
        );
    }
    for (wrong, words) in [
        (json!({"operator": "Exists"}), "without a key"),
        (
            json!({"operator": "Exists", "effect": "NoSchedule"}),
            "without a key",
        ),
        (
            json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists"}),
            "without an end",
        ),
        (
            json!({"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 31_536_000}),
            "for 31536000 s",
        ),
    ] {
        let found = found(with(wrong.clone()).verdict(tolerates()));
        assert!(found.contains(words), "{wrong}\n{found}");
    }
}

fn asks(resources: &Value) -> Value {
    json!({"containers": [{"name": "ledger", "resources": resources}]})
}

fn sizing() -> Ask {
    Ask::Sizing(Sizing {
        workload: ledger(),
        processor_millis: 150,
        memory_mib: 100,
        limits_processor: false,
        once_ready: None,
    })
}

#[test]
fn claims_follow_from_what_was_measured_in_any_unit() {
    for (resources, passes) in [
        (
            json!({"requests": {"cpu": "150m", "memory": "100Mi"}, "limits": {"memory": "100Mi"}}),
            true,
        ),
        (
            json!({"requests": {"cpu": "0.3", "memory": "209715200"}, "limits": {"memory": "400Mi"}}),
            true,
        ),
        // What states a limit alone requests as much.
        (json!({"limits": {"cpu": "200m", "memory": "128Mi"}}), true),
        (
            json!({"requests": {"cpu": "301m", "memory": "100Mi"}, "limits": {"memory": "100Mi"}}),
            false,
        ),
        (
            json!({"requests": {"cpu": "15m", "memory": "100Mi"}, "limits": {"memory": "100Mi"}}),
            false,
        ),
        (
            json!({"requests": {"cpu": "150m", "memory": "100Gi"}, "limits": {"memory": "100Gi"}}),
            false,
        ),
        (
            json!({"requests": {"cpu": "150m", "memory": "100Mi"}}),
            false,
        ),
        (
            json!({"requests": {"cpu": "150m", "memory": "100Mi"}, "limits": {"memory": "401Mi"}}),
            false,
        ),
        (json!({}), false),
    ] {
        let verdict = Seen::on(Some("general-1"), asks(&resources)).verdict(sizing());
        assert_eq!(
            matches!(verdict, Verdict::Passed { .. }),
            passes,
            "{resources}\n{verdict:?}"
        );
    }
}

#[test]
fn a_processor_limit_is_asked_for_where_the_rule_has_one() {
    let Ask::Sizing(free) = sizing() else {
        panic!("no sizing")
    };
    for (limit, found) in [
        (json!("150m"), None),
        (json!("0.6"), None),
        (json!("601m"), Some("processor limit 601m")),
        (json!(null), Some("processor limit none")),
    ] {
        let resources = json!({"requests": {"cpu": "150m", "memory": "100Mi"}, "limits": {"cpu": limit, "memory": "100Mi"}});
        let seen = || Seen::on(Some("general-1"), asks(&resources));
        assert!(matches!(seen().verdict(sizing()), Verdict::Passed { .. }));
        let limited = Ask::Sizing(Sizing {
            limits_processor: true,
            ..free.clone()
        });
        match (seen().verdict(limited), found) {
            (Verdict::Passed { .. }, None) => {}
            (Verdict::Failed { found: said, .. }, Some(found)) => {
                assert!(said.contains(found), "{said}");
            }
            (verdict, _) => panic!("{limit}: {verdict:?}"),
        }
    }
}

#[test]
fn where_it_would_tell_the_cause_claims_are_judged_once_the_pods_are_ready() {
    let Ask::Sizing(now) = sizing() else {
        panic!("no sizing")
    };
    let later = Ask::Sizing(Sizing {
        once_ready: Some(std::time::Duration::from_secs(6)),
        ..now
    });
    let seen = Seen::on(Some("general-1"), asks(&json!({})));
    assert!(matches!(seen.verdict(sizing()), Verdict::Failed { .. }));
    let Verdict::Undecided { why } = seen.verdict(later) else {
        panic!("decided")
    };
    assert_eq!(
        why,
        "asked when all Pods of `ledger` have been ready for 6 s"
    );
}

#[test]
fn a_pod_that_was_resized_in_place_does_not_hide_its_template() {
    let right = asks(
        &json!({"requests": {"cpu": "150m", "memory": "100Mi"}, "limits": {"memory": "100Mi"}}),
    );
    let wrong =
        asks(&json!({"requests": {"cpu": "24", "memory": "100Mi"}, "limits": {"memory": "100Mi"}}));
    for (template, pod, whose) in [
        (&wrong, &right, "the template"),
        (&right, &wrong, "Pod `ledger-1-a`"),
    ] {
        let seen = Seen {
            pod: pod.clone(),
            ..Seen::on(Some("general-1"), template.clone())
        };
        let found = found(seen.verdict(sizing()));
        assert_eq!(
            found,
            format!("processor 24, memory 100Mi, memory limit 100Mi, in {whose}")
        );
    }
    let pending = Seen {
        pod: right,
        ..Seen::on(None, wrong)
    };
    assert!(matches!(
        pending.verdict(sizing()),
        Verdict::Undecided { .. }
    ));
}
