//! Faults of a scenario's `cluster`: its version, subnets and node groups.

use snapbox::str;

use super::check;

#[test]
fn clusters() {
    check(
        "scenario.yaml",
        "kubernetes: \"1.36\"",
        "kubernetes: 1.36",
        str![[r#"
a text is expected here: write it in quotes, "1.36"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:17:15
   |
17 |   kubernetes: 1.36
   |               ^
"#]],
    );
    check(
        "scenario.yaml",
        "\"private-${second}\": {",
        "\"private-${first}\": {",
        str![[r#"
`private-${first}` is given twice
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:21:5
   |
21 |     "private-${first}": {zone: "eu-west-1${second}", cidr: 10.0.2.0/24}
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "capacity_type: ON_DEMAND",
        "capacity_type: ON_DEMANT",
        str![[r#"
unknown value `ON_DEMANT`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:25:22
   |
25 |       capacity_type: ON_DEMANT
   |                      ^
   = known values: ON_DEMAND, SPOT
   = did you mean `ON_DEMAND`?
"#]],
    );
    check(
        "scenario.yaml",
        "effect: PreferNoSchedule",
        "efect: PreferNoSchedule",
        str![[r#"
unknown field `efect`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:29:33
   |
29 |       taints: [{key: dedicated, efect: PreferNoSchedule}]
   |                                 ^
   = known fields: key, value, effect
   = did you mean `effect`?
"#]],
    );
    check(
        "scenario.yaml",
        "labels: {team: $team.name}",
        "labels: {team: true}",
        str![[r#"
a text is expected here: write it in quotes, "true"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:28:22
   |
28 |       labels: {team: true}
   |                      ^
"#]],
    );
}
