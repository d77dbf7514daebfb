//! Faults of `lab.yaml`: its version, its fields and its list of variants.

use snapbox::str;

use super::check;

#[test]
fn lab_files() {
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
}
