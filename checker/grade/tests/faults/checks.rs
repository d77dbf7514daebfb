//! Faults of the checks and symptoms of a scenario: what each of them has, `answer` and `files`.

#[path = "checks/objects.rs"]
mod objects;
#[path = "checks/workloads.rs"]
mod workloads;

use snapbox::str;

use super::check;

#[test]
fn checks() {
    workloads::cases();
    objects::cases();
    check(
        "scenario.yaml",
        "    rollout:\n      workload: $subject\n      replicas: $replicas\n      hold: 1m30s\n",
        "",
        str![[r#"
a check has exactly one of: rollout, cel, unchanged, as_deployed, by_itself, as_it_was, comes_back, placed, tolerates, sized, run, refused, answer, files; found: none
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:40:3
   |
40 |   queue-runs:
   |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "      hold: 1m30s\n",
        "      hold: 1m30s\n    files: {path: a, expression: b}\n    cel: {objects: {}, expression: a}\n",
        str![[r#"
a check has exactly one of: rollout, cel, unchanged, as_deployed, by_itself, as_it_was, comes_back, placed, tolerates, sized, run, refused, answer, files; found: rollout, cel, files
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:40:3
   |
40 |   queue-runs:
   |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "    rollout:\n",
        "    rolout:\n",
        str![[r#"
unknown field `rolout`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:44:5
   |
44 |     rolout:
   |     ^
   = known fields: says, role, see, rollout, cel, unchanged, as_deployed, by_itself, as_it_was, comes_back, placed, tolerates, sized, run, refused, answer, files
   = did you mean `rollout`?
"#]],
    );
    check(
        "scenario.yaml",
        "refused_by: [kubelet]",
        "refused_by: [kublet]",
        str![[r#"
unknown `refused_by`: `kublet`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:81:20
   |
81 |       refused_by: [kublet]
   |                    ^
   = known keys: admission, controller, scheduler, volume, network, image, kubelet, iam, application
   = did you mean `kubelet`?
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
   = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, probe, memory-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
   = did you mean `missing-configmap`?
"#]],
    );
    check(
        "scenario.yaml",
        "evidence: 'configmap",
        "evidence: '(configmap",
        str![[r#"
`(configmap "settings" not found` is no regular expression
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:84:17
   |
84 |       evidence: '(configmap "settings" not found'
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "refused_by: [kubelet]",
        "refused_by: []",
        str![[r#"
`refused_by` is empty: no answer would be right
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:81:19
   |
81 |       refused_by: []
   |                   ^
"#]],
    );
    check(
        "scenario.yaml",
        "must_change: [\"configmap/settings\"]",
        "must_change: [ConfigMap/settings]",
        str![[r#"
`ConfigMap/settings` is no object: write it as `deployment/cart`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:83:21
   |
83 |       must_change: [ConfigMap/settings]
   |                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "path: review.yaml",
        "path: ../review.yaml",
        str![[r#"
`../review.yaml` is no path below the work folder
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:88:19
   |
88 |     files: {path: ../review.yaml, expression: file.decision != "", expected: a decision}
   |                   ^
"#]],
    );
    check(
        "scenario.yaml",
        "  agents-run:",
        "  queue-runs:",
        str![[r#"
`queue-runs` is given twice
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:48:3
   |
48 |   queue-runs:
   |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "  agents-run:",
        "  Agents run:",
        str![[r#"
`Agents run` is no id: lower case letters, digits and hyphens, a letter first
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:48:3
   |
48 |   Agents run:
   |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "    role: safeguard\n    rollout: ",
        "    rollout: ",
        str![[r#"
check `agents-run` has no `role`: objective or safeguard
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:48:3
   |
48 |   agents-run:
   |   ^
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
        "says: No Pod of `${team.workload}` is ready",
        "says: No Pod is ready\n    role: objective",
        str![[r#"
a symptom has no `role`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:34:11
   |
34 |     role: objective
   |           ^
"#]],
    );
    check(
        "scenario.yaml",
        "    cel:\n      objects:\n        pods: {kind: Pod, namespace: $team.name, selector: \"app=${team.workload}\"}\n      expression: pods.size() == given.replicas",
        "    files: {path: a, expression: b}",
        str![[r#"
symptom `pods-wait` asks what only a check can: a symptom has one of `rollout`, `cel`, `run`, `refused`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:32:3
   |
32 |   pods-wait:
   |   ^
"#]],
    );
}
