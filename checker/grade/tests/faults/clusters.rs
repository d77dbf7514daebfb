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
        "kubernetes: \"1.36\"",
        "kubernetes: \"v1.36.3\"",
        str![[r#"
`v1.36.3` is no minor version of Kubernetes: write it as "1.36"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:17:15
   |
17 |   kubernetes: "v1.36.3"
   |               ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.1.0/24",
        "10.0.1.0",
        str![[r#"
`10.0.1.0` is no subnet: write it as `10.0.16.0/24`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:20:59
   |
20 |     "private-${first}": {zone: "eu-west-1${first}", cidr: 10.0.1.0}
   |                                                           ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.1.0/24",
        "10.0.1.7/24",
        str![[r#"
`10.0.1.7/24` does not begin at its first address, 10.0.1.0
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:20:59
   |
20 |     "private-${first}": {zone: "eu-west-1${first}", cidr: 10.0.1.7/24}
   |                                                           ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.1.0/24",
        "10.0.0.0/8",
        str![[r#"
`10.0.0.0/8`: a subnet of a VPC is from /16 to /28
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:20:59
   |
20 |     "private-${first}": {zone: "eu-west-1${first}", cidr: 10.0.0.0/8}
   |                                                           ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.1.0/24",
        "10.0.0.0/16",
        str![[r#"
`10.0.2.0/24` overlaps subnet `private-b`, 10.0.0.0/16
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:21:61
   |
21 |     "private-${second}": {zone: "eu-west-1${second}", cidr: 10.0.2.0/24}
   |                                                             ^
"#]],
    );
    check(
        "scenario.yaml",
        "zone: \"eu-west-1${first}\"",
        "zone: \"eu-west-2${first}\"",
        str![[r#"
zone `eu-west-2b` is not in region `eu-west-1`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:20:32
   |
20 |     "private-${first}": {zone: "eu-west-2${first}", cidr: 10.0.1.0/24}
   |                                ^
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
        "subnets: [\"private-${first}\", \"private-${second}\"]",
        "subnets: [privat-a]",
        str![[r#"
unknown subnet `privat-a`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:27:17
   |
27 |       subnets: [privat-a]
   |                 ^
   = known subnets: private-b, private-c
   = did you mean `private-b`?
"#]],
    );
    check(
        "scenario.yaml",
        "subnets: [\"private-${first}\", \"private-${second}\"]",
        "subnets: []",
        str![[r#"
node group `general` has no subnet
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:27:16
   |
27 |       subnets: []
   |                ^
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
        "nodes: 3",
        "nodes: 0",
        str![[r#"
the cluster has no node
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:23:5
   |
23 |     general:
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: 101",
        str![[r#"
a node group has at most 100 nodes
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:14
   |
26 |       nodes: 101
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: -1",
        str![[r#"
expected a whole number that is not negative
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:14
   |
26 |       nodes: -1
   |              ^
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
    check(
        "scenarios/quiet-queue/wrong-port/scenario.yaml",
        "nodes: 11",
        "nodes: 12",
        str![[r#"
subnet `private-a` has no address left for node group `general`
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:10:17
   |
10 |   node_groups: {general: {instance_type: m5.large, capacity_type: SPOT, nodes: 12, subnets: [private-a]}}
   |                 ^
"#]],
    );
}
