//! Faults of the manifests in `broken/`, and of the right and wrong fixes.

use snapbox::str;

use super::check;

#[test]
fn manifests_and_fixes() {
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
}
