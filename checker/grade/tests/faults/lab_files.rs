//! Faults of `lab.yaml`: its version, its fields and its list of variants.

use snapbox::str;

use super::check;

#[test]
fn lab_files() {
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 2",
        "format_version: 3",
        str![[r#"
written for a newer labctl: format_version 3
 --> labs/quiet-queue/lab.yaml:1:17
  |
1 | format_version: 3
  |                 ^
  = this labctl reads format_version 2
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 2\n",
        "",
        str![[r#"
no `format_version`
 --> labs/quiet-queue/lab.yaml
  = write `format_version: 2` first
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 2",
        "format_version: one",
        str![[r#"
no such format_version: "one"
 --> labs/quiet-queue/lab.yaml:1:17
  |
1 | format_version: one
  |                 ^
  = this labctl reads format_version 2
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10",
        "minuets: 10",
        str![[r#"
unknown field `minuets`
 --> labs/quiet-queue/lab.yaml:3:1
  |
3 | minuets: 10
  | ^
  = known fields: title, minutes, practises, variants
  = did you mean `minutes`?
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10\n",
        "",
        str![[r#"
no `minutes`
 --> labs/quiet-queue/lab.yaml:1:1
  |
1 | format_version: 2
  | ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10",
        "minutes: ten",
        str![[r#"
expected a whole number that is not negative
 --> labs/quiet-queue/lab.yaml:3:10
  |
3 | minutes: ten
  |          ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10",
        "minutes: 0",
        str![[r#"
`minutes` must be at least 1
 --> labs/quiet-queue/lab.yaml:3:10
  |
3 | minutes: 0
  |          ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10",
        "minutes: 10\nminutes: 11",
        str![[r#"
`minutes` is given twice
 --> labs/quiet-queue/lab.yaml:4:1
  |
4 | minutes: 11
  | ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "title: A quiet queue",
        "title: 3",
        str![[r#"
a text is expected here: write it in quotes, "3"
 --> labs/quiet-queue/lab.yaml:2:8
  |
2 | title: 3
  |        ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "title: A quiet queue",
        "title:",
        str![[r#"
no value is given here
 --> labs/quiet-queue/lab.yaml:2:6
  |
2 | title:
  |      ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "title: A quiet queue",
        "title: [A quiet queue",
        str![[r#"
illegal placement of ':' indicator
 --> labs/quiet-queue/lab.yaml:3:8
  |
3 | minutes: 10
  |        ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "[missing-settings, wrong-port]",
        "[]",
        str![[r#"
a lab has at least one variant
 --> labs/quiet-queue/lab.yaml:6:11
  |
6 | variants: []
  |           ^
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "[missing-settings, wrong-port]",
        "[missing-settings, wrong-prot]",
        str![[r#"
no folder `scenarios/quiet-queue/wrong-prot`
 --> labs/quiet-queue/lab.yaml:6:30
  |
6 | variants: [missing-settings, wrong-prot]
  |                              ^
  = known variants: missing-settings, wrong-port
  = did you mean `wrong-port`?
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "[missing-settings, wrong-port]",
        "[missing-settings, missing-settings]",
        str![[r#"
variant `missing-settings` is listed twice
 --> labs/quiet-queue/lab.yaml:6:30
  |
6 | variants: [missing-settings, missing-settings]
  |                              ^
"#]],
    );
}
