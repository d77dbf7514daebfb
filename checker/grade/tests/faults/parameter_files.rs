//! Faults of `parameters`: what a seed can pick from, and what a parameter may be called.

use snapbox::str;

use super::check;

#[test]
fn parameter_files() {
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{from: 4, to: 2}",
        str![[r#"
`from` is 4 and `to` is 2: write the lesser first
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:20
  |
7 |   replicas: {from: 4, to: 2}
  |                    ^
"#]],
    );
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{from: -9223372036854775808, to: 9223372036854775807}",
        str![[r#"
from the least to the greatest number is too far
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:20
  |
7 |   replicas: {from: -9223372036854775808, to: 9223372036854775807}
  |                    ^
"#]],
    );
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
        "{}",
        str![[r#"
parameter `replicas` has `one_of`, or `from` and `to`, or `some_of`; found: none
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:13
  |
7 |   replicas: {}
  |             ^
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
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{one_of: []}",
        str![[r#"
no item to pick from
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:22
  |
7 |   replicas: {one_of: []}
  |                      ^
"#]],
    );
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{one_of: [2, \"3\"]}",
        str![[r#"
this is a text, and in the first item it is a number
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:26
  |
7 |   replicas: {one_of: [2, "3"]}
  |                          ^
"#]],
    );
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{one_of: [1.10]}",
        str![[r#"
1.1 is no whole number that fits: write it in quotes
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:23
  |
7 |   replicas: {one_of: [1.10]}
  |                       ^
"#]],
    );
    check(
        "scenario.yaml",
        "{from: 2, to: 4}",
        "{one_of: [~]}",
        str![[r#"
nothing is no value
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:23
  |
7 |   replicas: {one_of: [~]}
  |                       ^
"#]],
    );
    check(
        "scenario.yaml",
        "count: 2",
        "count: 4",
        str![[r#"
`count` is 4: it must be from 1 to 3, the number of items
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:8:20
  |
8 |   zones: {some_of: {from: [a, b, c], count: 4}}
  |                    ^
"#]],
    );
    check(
        "scenario.yaml",
        "{name: letters, workload: sorter}",
        "{name: letters}",
        str![[r#"
this item has no `workload`, and the first one has
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:6:9
  |
6 |       - {name: letters}
  |         ^
"#]],
    );
    check(
        "scenario.yaml",
        "{name: letters, workload: sorter}",
        "{name: letters, workload: sorter, port: 1}",
        str![[r#"
this item has `port`, and the first one has not
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:6:9
  |
6 |       - {name: letters, workload: sorter, port: 1}
  |         ^
"#]],
    );
    check(
        "scenario.yaml",
        "  zones:",
        "  found:",
        str![[r#"
a parameter may not be called `found`: that name stands for something else
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:8:3
  |
8 |   found: {some_of: {from: [a, b, c], count: 2}}
  |   ^
"#]],
    );
    check(
        "scenario.yaml",
        "  zones:",
        "  Zones:",
        str![[r#"
`Zones` is no parameter's name: lower case letters, digits and underscores, a letter first
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:8:3
  |
8 |   Zones: {some_of: {from: [a, b, c], count: 2}}
  |   ^
"#]],
    );
}
