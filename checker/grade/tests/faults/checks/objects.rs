//! Faults of a check of any objects: `unchanged` and `cel`.

use snapbox::str;

use crate::check;

pub(super) fn cases() {
    check(
        "scenario.yaml",
        "{kind: Node}",
        "{kind: Nod}",
        str![[r#"
kind `Nod` is not well known: give its `api_version`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:66:68
   |
66 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Nod}]
   |                                                                    ^
   = known kinds: ClusterRole, ClusterRoleBinding, ConfigMap, CronJob, CustomResourceDefinition, DaemonSet, Deployment, EndpointSlice, Event, HorizontalPodAutoscaler, Ingress, IngressClass, Job, Lease, LimitRange, MutatingWebhookConfiguration, Namespace, NetworkPolicy, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, PriorityClass, ReplicaSet, ResourceQuota, Role, RoleBinding, Secret, Service, ServiceAccount, StatefulSet, StorageClass
   = did you mean `Node`?
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: Node}",
        "{kind: Node, namespace: x}",
        str![[r#"
Node is cluster-scoped: it has no `namespace`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:66:85
   |
66 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Node, namespace: x}]
   |                                                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: Node}",
        "{kind: Node, name: x, selector: y}",
        str![[r#"
`name` and `selector` exclude each other
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:66:61
   |
66 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Node, name: x, selector: y}]
   |                                                             ^
"#]],
    );
    check(
        "scenario.yaml",
        "[{kind: Deployment, namespace: kube-system}, {kind: Node}]",
        "[]",
        str![[r#"
`objects` is empty: nothing can change
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:66:16
   |
66 |       objects: []
   |                ^
"#]],
    );
    check(
        "scenario.yaml",
        "only: [/spec]",
        "only: [spec]",
        str![[r#"
`spec` is no JSON pointer: write it as `/spec/template`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:68:14
   |
68 |       only: [spec]
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "additions: refused",
        "additions: forbidden",
        str![[r#"
unknown value `forbidden`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:69:18
   |
69 |       additions: forbidden
   |                  ^
   = known values: allowed, refused
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
    check(
        "scenario.yaml",
        "        settings: {kind",
        "        the-settings: {kind",
        str![[r#"
`the-settings` is no name in an expression: letters, digits and underscores
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:57:23
   |
57 |         the-settings: {kind: ConfigMap, namespace: $team.name, name: settings}
   |                       ^
"#]],
    );
}
