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
 --> scenarios/quiet-queue/missing-settings/broken/20-workload.yaml:2:7
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
 --> scenarios/quiet-queue/missing-settings/broken/10-namespace.yaml:5:14
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
 --> scenarios/quiet-queue/missing-settings/broken/10-namespace.yaml:2:1
  |
2 | metadata:
  | ^
"#]],
    );
    check(
        "broken/20-workload.yaml",
        "    spec:\n      containers",
        "     spec:\n      containers",
        str![[r#"
while parsing a block mapping, did not find expected key
  --> scenarios/quiet-queue/missing-settings/broken/20-workload.yaml:13:6
   |
13 |      spec:
   |      ^
"#]],
    );
    check(
        "fixes/create.yaml",
        "run:\n  - kubectl -n {{ team.name }} create configmap settings\n",
        "run: []\n",
        str![[r#"
a fix has at least one command
 --> scenarios/quiet-queue/missing-settings/fixes/create.yaml:3:6
  |
3 | run: []
  |      ^
"#]],
    );
    check(
        "fixes/create.yaml",
        "says:",
        "caught_by: [queue-runs]\nsays:",
        str![[r#"
unknown field `caught_by`
 --> scenarios/quiet-queue/missing-settings/fixes/create.yaml:2:1
  |
2 | caught_by: [queue-runs]
  | ^
  = known fields: format_version, says, because, files, run
"#]],
    );
    check(
        "fixes/apply.yaml",
        "  settings.yaml: |",
        "  ../settings.yaml: |",
        str![[r#"
`../settings.yaml` is no plain file name
 --> scenarios/quiet-queue/missing-settings/fixes/apply.yaml:6:5
  |
6 |     apiVersion: v1
  |     ^
"#]],
    );
    check(
        "wrong/nothing.yaml",
        "[queue-runs]",
        "[queue-run]",
        str![[r#"
unknown check `queue-run`
 --> scenarios/quiet-queue/missing-settings/wrong/nothing.yaml:3:13
  |
3 | caught_by: [queue-run]
  |             ^
  = known checks: queue-runs, agents-run, settings, others, comes-back, diagnosis, review
  = did you mean `queue-runs`?
"#]],
    );
    check(
        "wrong/nothing.yaml",
        "[queue-runs]",
        "[]",
        str![[r#"
`caught_by` is empty: some check must fail
 --> scenarios/quiet-queue/missing-settings/wrong/nothing.yaml:3:12
  |
3 | caught_by: []
  |            ^
"#]],
    );
    check(
        "wrong/nothing.yaml",
        "caught_by: [queue-runs]\n",
        "",
        str![[r#"
no `caught_by`
 --> scenarios/quiet-queue/missing-settings/wrong/nothing.yaml:3:1
  |
3 | run: []
  | ^
"#]],
    );
}
