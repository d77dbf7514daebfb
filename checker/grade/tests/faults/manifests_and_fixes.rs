//! Faults of the manifests in `broken/`, and of the right and wrong fixes.

use snapbox::str;

use super::check;

#[test]
fn manifests_and_fixes() {
    check(
        "broken/20-workload.yaml",
        "  namespace: {{ team.name }}\n",
        "",
        str![[r#"
this Deployment has no `metadata.namespace`
 --> scenarios/quiet-queue/base/broken/20-workload.yaml:2:7
  |
2 | kind: Deployment
  |       ^
"#]],
    );
    check(
        "broken/10-namespace.yaml",
        "  name: {{ team.name }}",
        "  name: {{ team.name }}\n  namespace: x",
        str![[r#"
Namespace is cluster-scoped: it has no namespace
 --> scenarios/quiet-queue/base/broken/10-namespace.yaml:5:14
  |
5 |   namespace: x
  |              ^
"#]],
    );
    check(
        "broken/10-namespace.yaml",
        "kind: Namespace\n",
        "",
        str![[r#"
no `kind`
 --> scenarios/quiet-queue/base/broken/10-namespace.yaml:1:1
  |
1 | apiVersion: v1
  | ^
"#]],
    );
    check(
        "broken/20-workload.yaml",
        "    spec:\n      containers",
        "     spec:\n      containers",
        str![[r#"
while parsing a block mapping, did not find expected key
  --> scenarios/quiet-queue/base/broken/20-workload.yaml:13:6
   |
13 |      spec:
   |      ^
"#]],
    );
    check(
        "cases.yaml",
        "run:\n      - kubectl -n ${team.name} create configmap settings\n",
        "run: []\n",
        str![[r#"
a fix has at least one command
  --> scenarios/quiet-queue/missing-settings/cases.yaml:15:10
   |
15 |     run: []
   |          ^
"#]],
    );
    check(
        "cases.yaml",
        "    says: Create",
        "    caught_by: [queue-runs]\n    says: Create",
        str![[r#"
fix `create` has `caught_by`, as only wrong fixes do
  --> scenarios/quiet-queue/missing-settings/cases.yaml:14:16
   |
14 |     caught_by: [queue-runs]
   |                ^
"#]],
    );
    check(
        "cases.yaml",
        "      settings.yaml: |",
        "      ../settings.yaml: |",
        str![[r#"
`../settings.yaml` is no plain file name
 --> scenarios/quiet-queue/missing-settings/cases.yaml:8:9
  |
8 |         apiVersion: v1
  |         ^
"#]],
    );
    check(
        "base/cases.yaml",
        "[queue-runs]",
        "[queue-run]",
        str![[r#"
unknown check `queue-run`
 --> scenarios/quiet-queue/base/cases.yaml:8:47
  |
8 |   nothing: {says: Nothing at all, caught_by: [queue-run], run: []}
  |                                               ^
  = known checks: queue-runs, agents-run, settings, others, comes-back, diagnosis, review
  = did you mean `queue-runs`?
"#]],
    );
    check(
        "base/cases.yaml",
        "[queue-runs]",
        "[]",
        str![[r#"
`caught_by` is empty: some check must fail
 --> scenarios/quiet-queue/base/cases.yaml:8:46
  |
8 |   nothing: {says: Nothing at all, caught_by: [], run: []}
  |                                              ^
"#]],
    );
    check(
        "base/cases.yaml",
        "caught_by: [queue-runs], ",
        "",
        str![[r#"
wrong fix `nothing` has no `caught_by`
 --> scenarios/quiet-queue/base/cases.yaml:8:3
  |
8 |   nothing: {says: Nothing at all, run: []}
  |   ^
"#]],
    );
}
