//! Faults of `parameters`: what a seed can pick from, and what a parameter may be called.

use snapbox::str;

use super::check;

#[test]
fn parameter_files() {
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{form: 2, to: 4}",
        str![[r#"
unknown field `form`
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:14
  |
7 |   replicas: {form: 2, to: 4}
  |              ^
  = known fields: one_of, from, to, some_of
  = did you mean `from`?
"#]],
    );
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{from: 2, to: 4, one_of: [1]}",
        str![[r#"
parameter `replicas` has `one_of`, or `from` and `to`, or `some_of`; found: one_of, from, to
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:13
  |
7 |   replicas: {from: 2, to: 4, one_of: [1]}
  |             ^
"#]],
    );
}
