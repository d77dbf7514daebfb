//! Faults of a check of a workload: `rollout` and `comes_back`.

use snapbox::str;

use crate::check;

pub(super) fn cases() {
    check(
        "scenario.yaml",
        "hold: 1m30s",
        "hold: 90 s",
        str![[r#"
`90 s` is no duration: write it as `300ms`, `5s` or `1m30s`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:47:13
   |
47 |       hold: 90 s
   |             ^
"#]],
    );
    check(
        "scenario.yaml",
        "hold: 1m30s",
        "hold: 90",
        str![[r#"
a text is expected here: write it in quotes, "90"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:47:13
   |
47 |       hold: 90
   |             ^
"#]],
    );
    check(
        "scenario.yaml",
        "      replicas: $replicas\n      hold",
        "      replicas: 0\n      hold",
        str![[r#"
`replicas` must be at least 1: scaling to zero is no fix
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:46:17
   |
46 |       replicas: 0
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "      replicas: $replicas\n      hold",
        "      hold",
        str![[r#"
rollout of Deployment `intake` has no `replicas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:45:17
   |
45 |       workload: $subject
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: kube-system, name: agent}, replicas: 2",
        str![[r#"
a DaemonSet has no `replicas`: its nodes decide
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:51:91
   |
51 |     rollout: {workload: {kind: DaemonSet, namespace: kube-system, name: agent}, replicas: 2}
   |                                                                                           ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, name: agent}",
        str![[r#"
DaemonSet `agent` has no `namespace`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:51:25
   |
51 |     rollout: {workload: {kind: DaemonSet, name: agent}}
   |                         ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: kube-system}",
        str![[r#"
one object is meant here: give its `name`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:51:25
   |
51 |     rollout: {workload: {kind: DaemonSet, namespace: kube-system}}
   |                         ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonsSet, namespace: kube-system, name: agent}",
        str![[r#"
`DaemonsSet` is no workload
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:51:32
   |
51 |     rollout: {workload: {kind: DaemonsSet, namespace: kube-system, name: agent}}
   |                                ^
   = known workloads: DaemonSet, Deployment, StatefulSet
   = did you mean `DaemonSet`?
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: \"\", name: agent}",
        str![[r#"
`namespace` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:51:54
   |
51 |     rollout: {workload: {kind: DaemonSet, namespace: "", name: agent}}
   |                                                      ^
"#]],
    );
    check(
        "scenario.yaml",
        "deadline: 3m",
        "deadline: 200ms",
        str![[r#"
`deadline` must be longer than `hold`, 1m30s
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:76:17
   |
76 |       deadline: 200ms
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "      deadline: 3m\n",
        "",
        str![[r#"
no `deadline`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:74:7
   |
74 |       workload: {kind: Deployment, namespace: $team.name, name: $team.workload}
   |       ^
"#]],
    );
}
