//! Faults of the checks and symptoms of a scenario: what each of them has, `answer` and `files`.

use snapbox::str;

use super::check;

#[test]
fn checks() {
    check(
        "scenario.yaml",
        "      hold: 1m30s\n",
        "      hold: 1m30s\n    written: {files: {a: a}}\n    cel: {objects: {}, expression: a}\n",
        str![[r#"
a check has exactly one of: rollout, cel, unchanged, as_deployed, by_itself, as_it_was, comes_back, placed, tolerates, spread, sized, hang_ends, claim, settings, reads, reach, traffic, logs, run, refused, answer, written, findings, repaired; found: rollout, cel, written
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:40:3
   |
40 |   queue-runs:
   |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "constraint: [missing-configmap]",
        "constraint: [missing-configmaps]",
        str![[r#"
unknown `constraint`: `missing-configmaps`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:82:20
   |
82 |       constraint: [missing-configmaps]
   |                    ^
   = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, security-context, probe, memory-limit, processor-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
   = did you mean `missing-configmap`?
"#]],
    );
    check(
        "scenario.yaml",
        "    role: safeguard\n    rollout: ",
        "    role: safegard\n    rollout: ",
        str![[r#"
unknown value `safegard`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:50:11
   |
50 |     role: safegard
   |           ^
   = known values: objective, safeguard
   = did you mean `safeguard`?
"#]],
    );
    check(
        "scenario.yaml",
        "says: The agents run",
        "says: \"\"",
        str![[r#"
`says` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:49:11
   |
49 |     says: ""
   |           ^
"#]],
    );
    check(
        "scenario.yaml",
        "expression: settings != null",
        "expression: \"\"",
        str![[r#"
`expression` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:59:19
   |
59 |       expression: ""
   |                   ^
"#]],
    );
}
