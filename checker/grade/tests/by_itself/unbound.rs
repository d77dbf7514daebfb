//! A Pod on a node that nobody bound there: it was made with its `nodeName`, or the log has a hole.

use grade::evidence::Write;
use grade::verdict::Verdict;
use serde_json::{Value, json};

use super::{judged_pod, nodes, told, write};

const BY_ITS_OWN: &str =
    "Pod `cart-1-a` was put on its node by its own `nodeName`, not by the scheduler";

fn judged(template: &Value, writes: Vec<Write>) -> Verdict {
    let nodes = nodes("True");
    judged_pod(Some(told(writes)), &nodes, &nodes, &json!({}), template)
}

fn made_by_hand(name: Option<&str>) -> Write {
    Write {
        verb: "create".to_owned(),
        name: name.map(str::to_owned),
        ..write(5, "learner", "pods", "")
    }
}

#[test]
fn a_pod_that_was_made_with_its_node_is_told_from_a_hole_in_the_log() {
    let of_template = json!({"nodeName": "node-1"});
    let policy = write(3, "learner", "mutatingadmissionpolicies", "to-node-1");
    for (template, writes) in [
        (of_template, vec![]),
        (json!({}), vec![made_by_hand(Some("cart-1-a"))]),
        // A name that the API server made up is not in the log.
        (json!({}), vec![made_by_hand(None)]),
        (json!({}), vec![policy]),
    ] {
        let verdict = judged(&template, writes);
        let Verdict::Failed { found, .. } = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(found, BY_ITS_OWN);
    }
    for writes in [
        vec![],
        vec![made_by_hand(Some("till-1-a"))],
        // The binding of an earlier Pod of the same name.
        vec![write(
            2,
            "system:kube-scheduler",
            "pods/binding",
            "cart-1-a",
        )],
    ] {
        let verdict = judged(&json!({}), writes);
        let Verdict::Undecided { why } = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(
            why,
            "the audit log has no binding of Pod `cart-1-a`, whose template names no node: something is missing in it, so nobody can say who helped"
        );
    }
}
