//! Every fault of a course file, word for word. Each case is the fixture's course with one text replaced.
//! `SNAPSHOTS=overwrite cargo test -p grade --test faults` rewrites the texts.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "snapbox writes its texts so; a table is as long as its rows; a test may fail anywhere"
)]

mod support;

use grade::CourseFiles;
use snapbox::{IntoData, assert_data_eq, data::Inline, str};

const VARIANT: &str = "scenarios/quiet-queue/missing-settings";

/// The fixture's course with one text replaced. The text must be there.
fn with(file: &str, from: &str, to: &str) -> CourseFiles {
    let mut files = support::course("tests/fixtures/course");
    let text = files.text(file).unwrap().to_owned();
    assert!(text.contains(from), "`{from}` is not in `{file}`");
    files
        .0
        .insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    files
}

fn fault(files: &CourseFiles, variant: &str) -> String {
    let verdicts = [];
    match grade::resolve(files, "quiet-queue", variant, 7) {
        Err(error) => error.to_string(),
        Ok(scenario) => {
            match (1..=3).find_map(|number| grade::hint(&scenario, number, &verdicts).err()) {
                Some(error) => error.to_string(),
                None => "no fault".to_owned(),
            }
        }
    }
}

#[track_caller]
fn check(file: &str, from: &str, to: &str, expected: Inline) {
    let file = if file.contains('/') && !file.starts_with("labs") && !file.starts_with("scenarios")
        || !file.contains('/')
    {
        format!("{VARIANT}/{file}")
    } else {
        file.to_owned()
    };
    let variant = if file.contains("/wrong-port/") {
        "wrong-port"
    } else {
        "missing-settings"
    };
    assert_data_eq!(fault(&with(&file, from, to), variant), expected.raw());
}

#[test]
fn lab_files() {
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 1",
        "format_version: 2",
        str![[r#"
written for a newer labctl: format_version 2
 --> labs/quiet-queue/lab.yaml:1:17
  |
1 | format_version: 2
  |                 ^
  = this labctl reads format_version 1
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 1\n",
        "",
        str![[r#"
no `format_version`
 --> labs/quiet-queue/lab.yaml
  = write `format_version: 1` first
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "format_version: 1",
        "format_version: one",
        str![[r#"
no such format_version: "one"
 --> labs/quiet-queue/lab.yaml:1:17
  |
1 | format_version: one
  |                 ^
  = this labctl reads format_version 1
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
  = known fields: format_version, title, minutes, practises, variants
  = did you mean `minutes`?
"#]],
    );
    check(
        "labs/quiet-queue/lab.yaml",
        "minutes: 10\n",
        "",
        str![[r#"
no `minutes`
 --> labs/quiet-queue/lab.yaml:5:1
  |
5 | variants: [missing-settings, wrong-port]
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

#[test]
fn parameter_files() {
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{number: {from: 4, to: 2}}",
        str![[r#"
`from` is 4 and `to` is 2: write the lesser first
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:22
  |
7 |   replicas: {number: {from: 4, to: 2}}
  |                      ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{number: {from: -9223372036854775808, to: 9223372036854775807}}",
        str![[r#"
from the least to the greatest number is too far
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:22
  |
7 |   replicas: {number: {from: -9223372036854775808, to: 9223372036854775807}}
  |                      ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{numbr: {from: 2, to: 4}}",
        str![[r#"
unknown field `numbr`
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:14
  |
7 |   replicas: {numbr: {from: 2, to: 4}}
  |              ^
  = known fields: one_of, number, some_of
  = did you mean `number`?
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{}",
        str![[r#"
parameter `replicas` has exactly one of: one_of, number, some_of; found: none
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:13
  |
7 |   replicas: {}
  |             ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{number: {from: 2, to: 4}, one_of: [1]}",
        str![[r#"
parameter `replicas` has exactly one of: one_of, number, some_of; found: one_of, number
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:13
  |
7 |   replicas: {number: {from: 2, to: 4}, one_of: [1]}
  |             ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{one_of: []}",
        str![[r#"
no item to pick from
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:22
  |
7 |   replicas: {one_of: []}
  |                      ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{one_of: [2, \"3\"]}",
        str![[r#"
this is a text, and in the first item it is a number
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:26
  |
7 |   replicas: {one_of: [2, "3"]}
  |                          ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{one_of: [1.10]}",
        str![[r#"
1.1 is no whole number that fits: write it in quotes
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:23
  |
7 |   replicas: {one_of: [1.10]}
  |                       ^
"#]],
    );
    check(
        "parameters.yaml",
        "{number: {from: 2, to: 4}}",
        "{one_of: [~]}",
        str![[r#"
nothing is no value
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:7:23
  |
7 |   replicas: {one_of: [~]}
  |                       ^
"#]],
    );
    check(
        "parameters.yaml",
        "count: 2",
        "count: 4",
        str![[r#"
`count` is 4: it must be from 1 to 3, the number of items
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:8:20
  |
8 |   zones: {some_of: {from: [a, b, c], count: 4}}
  |                    ^
"#]],
    );
    check(
        "parameters.yaml",
        "{name: letters, workload: sorter}",
        "{name: letters}",
        str![[r#"
this item has no `workload`, and the first one has
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:6:9
  |
6 |       - {name: letters}
  |         ^
"#]],
    );
    check(
        "parameters.yaml",
        "{name: letters, workload: sorter}",
        "{name: letters, workload: sorter, port: 1}",
        str![[r#"
this item has `port`, and the first one has not
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:6:9
  |
6 |       - {name: letters, workload: sorter, port: 1}
  |         ^
"#]],
    );
    check(
        "parameters.yaml",
        "  zones:",
        "  found:",
        str![[r#"
a parameter may not be called `found`: hints use that name
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:8:10
  |
8 |   found: {some_of: {from: [a, b, c], count: 2}}
  |          ^
"#]],
    );
    check(
        "parameters.yaml",
        "  zones:",
        "  Zones:",
        str![[r#"
`Zones` is no parameter's name: lower case letters, digits and underscores, a letter first
 --> scenarios/quiet-queue/missing-settings/parameters.yaml:8:10
  |
8 |   Zones: {some_of: {from: [a, b, c], count: 2}}
  |          ^
"#]],
    );
}

#[test]
fn templates() {
    check(
        "scenario.yaml",
        "name: \"{{ team.workload }}\"}\n      replicas",
        "name: \"{{ team.worklod }}\"}\n      replicas",
        str![[r#"
unknown parameter `team.worklod`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:32:76
   |
32 |       workload: {kind: Deployment, namespace: "{{ team.name }}", name: "{{ team.worklod }}"}
   |                                                                            ^
   = known parameters: team.name, team.workload
   = did you mean `team.workload`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {{ replcas }}",
        str![[r#"
unknown parameter `replcas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:17
   |
13 |       nodes: {{ replcas }}
   |                 ^
   = known parameters: replicas, team, zones
   = did you mean `replicas`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {% if repicas == 3 %}3{% else %}4{% endif %}",
        str![[r#"
unknown parameter `repicas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:20
   |
13 |       nodes: {% if repicas == 3 %}3{% else %}4{% endif %}
   |                    ^
   = known parameters: replicas, team, zones
   = did you mean `replicas`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {% if team.nam == 3 %}3{% else %}4{% endif %}",
        str![[r#"
unknown parameter `team.nam`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:20
   |
13 |       nodes: {% if team.nam == 3 %}3{% else %}4{% endif %}
   |                    ^
   = known parameters: team.name, team.workload
   = did you mean `team.name`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {{ zones[7] }}",
        str![[r#"
`zones[7]` is undefined
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:17
   |
13 |       nodes: {{ zones[7] }}
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {{ replicas",
        str![[r#"
syntax error: unexpected identifier, expected end of variable block
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:14:7
   |
14 |       subnets: ["private-{{ zones[0] }}", "private-{{ zones[1] }}"]
   |       ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {{ replicas|lowercase }}",
        str![[r#"
unknown filter: filter lowercase is unknown
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:26
   |
13 |       nodes: {{ replicas|lowercase }}
   |                          ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {{ replicas + team }}",
        str![[r#"
invalid operation: tried to use + operator on unsupported types number and map
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:17
   |
13 |       nodes: {{ replicas + team }}
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "{%- endfor %}",
        "",
        str![[r#"
syntax error: unexpected end of input, expected end of block
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:61:92
   |
61 |       workload: {kind: Deployment, namespace: "{{ team.name }}", name: "{{ team.workload }}"}
   |                                                                                            ^
"#]],
    );
    check(
        "hints/3.md",
        "checks.settings",
        "checks.setings",
        str![[r#"
unknown check `setings`
 --> scenarios/quiet-queue/missing-settings/hints/3.md:1:28
  |
1 | ConfigMap `settings` is {{ checks.setings }}.
  |                            ^
  = known checks: agents-run, comes-back, diagnosis, others, queue-runs, review, settings
  = did you mean `settings`?
"#]],
    );
    check(
        "debrief.md",
        "team.workload",
        "tem.workload",
        str![[r#"
unknown parameter `tem`
 --> scenarios/quiet-queue/missing-settings/debrief.md:1:5
  |
1 | `{{ tem.workload }}` reads a ConfigMap that was not there.
  |     ^
  = known parameters: replicas, team, zones
  = did you mean `team`?
"#]],
    );
}

#[test]
fn clusters() {
    check(
        "scenario.yaml",
        "kubernetes: \"1.36\"",
        "kubernetes: 1.36",
        str![[r#"
a text is expected here: write it in quotes, "1.36"
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:3:15
  |
3 |   kubernetes: 1.36
  |               ^
"#]],
    );
    check(
        "scenario.yaml",
        "kubernetes: \"1.36\"",
        "kubernetes: \"v1.36.3\"",
        str![[r#"
`v1.36.3` is no minor version of Kubernetes: write it as "1.36"
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:3:15
  |
3 |   kubernetes: "v1.36.3"
  |               ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.{{ loop.index }}.0/24",
        "10.0.{{ loop.index }}.0",
        str![[r#"
`10.0.1.0` is no subnet: write it as `10.0.16.0/24`
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:53
  |
7 |     - {name: "private-{{ zone }}", zone: "eu-west-1{{ zone }}", cidr: 10.0.{{ loop.index }}.0}
  | with its parameters:
  |     - {name: "private-b", zone: "eu-west-1b", cidr: 10.0.1.0}
  |                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.{{ loop.index }}.0/24",
        "10.0.{{ loop.index }}.7/24",
        str![[r#"
`10.0.1.7/24` does not begin at its first address, 10.0.1.0
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:53
  |
7 |     - {name: "private-{{ zone }}", zone: "eu-west-1{{ zone }}", cidr: 10.0.{{ loop.index }}.7/24}
  | with its parameters:
  |     - {name: "private-b", zone: "eu-west-1b", cidr: 10.0.1.7/24}
  |                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.{{ loop.index }}.0/24",
        "10.0.0.0/8",
        str![[r#"
`10.0.0.0/8`: a subnet of a VPC is from /16 to /28
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:53
  |
7 |     - {name: "private-{{ zone }}", zone: "eu-west-1{{ zone }}", cidr: 10.0.0.0/8}
  | with its parameters:
  |     - {name: "private-b", zone: "eu-west-1b", cidr: 10.0.0.0/8}
  |                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "10.0.{{ loop.index }}.0/24",
        "10.0.0.0/16",
        str![[r#"
`10.0.0.0/16` overlaps subnet `private-b`, 10.0.0.0/16
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:53
  |
7 |     - {name: "private-{{ zone }}", zone: "eu-west-1{{ zone }}", cidr: 10.0.0.0/16}
  | with its parameters:
  |     - {name: "private-c", zone: "eu-west-1c", cidr: 10.0.0.0/16}
  |                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "zone: \"eu-west-1{{ zone }}\"",
        "zone: \"eu-west-2{{ zone }}\"",
        str![[r#"
zone `eu-west-2b` is not in region `eu-west-1`
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:33
  |
7 |     - {name: "private-{{ zone }}", zone: "eu-west-2{{ zone }}", cidr: 10.0.{{ loop.index }}.0/24}
  | with its parameters:
  |     - {name: "private-b", zone: "eu-west-2b", cidr: 10.0.1.0/24}
  |                                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "name: \"private-{{ zone }}\"",
        "name: private",
        str![[r#"
subnet `private` is there twice
 --> scenarios/quiet-queue/missing-settings/scenario.yaml:7:7
  |
7 |     - {name: private, zone: "eu-west-1{{ zone }}", cidr: 10.0.{{ loop.index }}.0/24}
  | with its parameters:
  |     - {name: private, zone: "eu-west-1c", cidr: 10.0.2.0/24}
  |       ^
"#]],
    );
    check(
        "scenario.yaml",
        "subnets: [\"private-{{ zones[0] }}\", \"private-{{ zones[1] }}\"]",
        "subnets: [privat-a]",
        str![[r#"
unknown subnet `privat-a`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:14:17
   |
14 |       subnets: [privat-a]
   |                 ^
   = known subnets: private-b, private-c
   = did you mean `private-b`?
"#]],
    );
    check(
        "scenario.yaml",
        "subnets: [\"private-{{ zones[0] }}\", \"private-{{ zones[1] }}\"]",
        "subnets: []",
        str![[r#"
node group `general` has no subnet
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:14:16
   |
14 |       subnets: []
   |                ^
"#]],
    );
    check(
        "scenario.yaml",
        "capacity_type: ON_DEMAND",
        "capacity_type: ON_DEMANT",
        str![[r#"
unknown value `ON_DEMANT`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:12:22
   |
12 |       capacity_type: ON_DEMANT
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
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:10:5
   |
10 |     - name: general
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: 101",
        str![[r#"
a node group has at most 100 nodes
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:14
   |
13 |       nodes: 101
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: -1",
        str![[r#"
expected a whole number that is not negative
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:13:14
   |
13 |       nodes: -1
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "effect: PreferNoSchedule",
        "efect: PreferNoSchedule",
        str![[r#"
unknown field `efect`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:16:33
   |
16 |       taints: [{key: dedicated, efect: PreferNoSchedule}]
   |                                 ^
   = known fields: key, value, effect
   = did you mean `effect`?
"#]],
    );
    check(
        "scenario.yaml",
        "labels: {team: {{ team.name }}}",
        "labels: {team: true}",
        str![[r#"
a text is expected here: write it in quotes, "true"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:15:22
   |
15 |       labels: {team: true}
   |                      ^
"#]],
    );
    check(
        "scenarios/quiet-queue/wrong-port/scenario.yaml",
        "nodes: 11",
        "nodes: 12",
        str![[r#"
subnet `private-a` has no address left for node group `general`
 --> scenarios/quiet-queue/wrong-port/scenario.yaml:6:17
  |
6 |   node_groups: [{name: general, instance_type: m5.large, capacity_type: SPOT, nodes: 12, subnets: [private-a]}]
  |                 ^
"#]],
    );
}

#[test]
fn checks() {
    check(
        "scenario.yaml",
        "    rollout:\n      workload: {kind: Deployment, namespace: \"{{ team.name }}\", name: \"{{ team.workload }}\"}\n      replicas: {{ replicas }}\n      hold: 1m30s\n",
        "",
        str![[r#"
a check has exactly one of: rollout, cel, unchanged, comes_back, answer, files; found: none
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:27:5
   |
27 |   - id: queue-runs
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "      hold: 1m30s\n",
        "      hold: 1m30s\n    files: {path: a, expression: b}\n    cel: {objects: {}, expression: a}\n",
        str![[r#"
a check has exactly one of: rollout, cel, unchanged, comes_back, answer, files; found: rollout, cel, files
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:27:5
   |
27 |   - id: queue-runs
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "    rollout:\n",
        "    rolout:\n",
        str![[r#"
unknown field `rolout`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:31:5
   |
31 |     rolout:
   |     ^
   = known fields: id, says, role, see, rollout, cel, unchanged, comes_back, answer, files
   = did you mean `rollout`?
"#]],
    );
    check(
        "scenario.yaml",
        "hold: 1m30s",
        "hold: 90 s",
        str![[r#"
`90 s` is no duration: write it as `300ms`, `5s` or `1m30s`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:34:13
   |
34 |       hold: 90 s
   |             ^
"#]],
    );
    check(
        "scenario.yaml",
        "hold: 1m30s",
        "hold: 90",
        str![[r#"
a text is expected here: write it in quotes, "90"
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:34:13
   |
34 |       hold: 90
   |             ^
"#]],
    );
    check(
        "scenario.yaml",
        "      replicas: {{ replicas }}\n      hold",
        "      replicas: 0\n      hold",
        str![[r#"
`replicas` must be at least 1: scaling to zero is no fix
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:33:17
   |
33 |       replicas: 0
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "      replicas: {{ replicas }}\n      hold",
        "      hold",
        str![[r#"
rollout of Deployment `intake` has no `replicas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:32:17
   |
32 |       workload: {kind: Deployment, namespace: "{{ team.name }}", name: "{{ team.workload }}"}
   | with its parameters:
   |       workload: {kind: Deployment, namespace: "parcels", name: "intake"}
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: kube-system, name: agent}, replicas: 2",
        str![[r#"
a DaemonSet has no `replicas`: its nodes decide
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:38:91
   |
38 |     rollout: {workload: {kind: DaemonSet, namespace: kube-system, name: agent}, replicas: 2}
   |                                                                                           ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, name: agent}",
        str![[r#"
DaemonSet `agent` has no `namespace`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:38:25
   |
38 |     rollout: {workload: {kind: DaemonSet, name: agent}}
   |                         ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: kube-system}",
        str![[r#"
one object is meant here: give its `name`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:38:25
   |
38 |     rollout: {workload: {kind: DaemonSet, namespace: kube-system}}
   |                         ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonsSet, namespace: kube-system, name: agent}",
        str![[r#"
`DaemonsSet` is no workload
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:38:32
   |
38 |     rollout: {workload: {kind: DaemonsSet, namespace: kube-system, name: agent}}
   |                                ^
   = known workloads: DaemonSet, Deployment, StatefulSet
   = did you mean `DaemonSet`?
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: DaemonSet, namespace: kube-system, name: agent}",
        "{kind: DaemonSet, namespace: \"\", name: agent}",
        str![[r#"
`namespace` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:38:54
   |
38 |     rollout: {workload: {kind: DaemonSet, namespace: "", name: agent}}
   |                                                      ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: Node}",
        "{kind: Nod}",
        str![[r#"
kind `Nod` is not well known: give its `api_version`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:53:68
   |
53 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Nod}]
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
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:53:85
   |
53 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Node, namespace: x}]
   |                                                                                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "{kind: Node}",
        "{kind: Node, name: x, selector: y}",
        str![[r#"
`name` and `selector` exclude each other
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:53:61
   |
53 |       objects: [{kind: Deployment, namespace: kube-system}, {kind: Node, name: x, selector: y}]
   |                                                             ^
"#]],
    );
    check(
        "scenario.yaml",
        "[{kind: Deployment, namespace: kube-system}, {kind: Node}]",
        "[]",
        str![[r#"
`objects` is empty: nothing can change
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:53:16
   |
53 |       objects: []
   |                ^
"#]],
    );
    check(
        "scenario.yaml",
        "only: [/spec]",
        "only: [spec]",
        str![[r#"
`spec` is no JSON pointer: write it as `/spec/template`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:55:14
   |
55 |       only: [spec]
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "additions: refused",
        "additions: forbidden",
        str![[r#"
unknown value `forbidden`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:56:18
   |
56 |       additions: forbidden
   |                  ^
   = known values: allowed, refused
"#]],
    );
    check(
        "scenario.yaml",
        "deadline: 3m",
        "deadline: 200ms",
        str![[r#"
`deadline` must be longer than `hold`, 1m30s
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:63:17
   |
63 |       deadline: 200ms
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "      deadline: 3m\n",
        "",
        str![[r#"
no `deadline`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:62:7
   |
62 |       hold: 1m30s
   |       ^
"#]],
    );
    check(
        "scenario.yaml",
        "refused_by: [kubelet]",
        "refused_by: [kublet]",
        str![[r#"
unknown `refused_by`: `kublet`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:68:20
   |
68 |       refused_by: [kublet]
   |                    ^
   = known keys: admission, controller, scheduler, volume, network, image, kubelet, iam, application
   = did you mean `kubelet`?
"#]],
    );
    check(
        "scenario.yaml",
        "constraint: [missing-configmap]",
        "constraint: [missing-configmaps]",
        str![[r#"
unknown `constraint`: `missing-configmaps`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:69:20
   |
69 |       constraint: [missing-configmaps]
   |                    ^
   = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, probe, memory-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
   = did you mean `missing-configmap`?
"#]],
    );
    check(
        "scenario.yaml",
        "evidence: 'configmap",
        "evidence: '(configmap",
        str![[r#"
`(configmap "settings" not found` is no regular expression
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:71:17
   |
71 |       evidence: '(configmap "settings" not found'
   |                 ^
"#]],
    );
    check(
        "scenario.yaml",
        "refused_by: [kubelet]",
        "refused_by: []",
        str![[r#"
`refused_by` is empty: no answer would be right
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:68:19
   |
68 |       refused_by: []
   |                   ^
"#]],
    );
    check(
        "scenario.yaml",
        "must_change: [\"configmap/settings\"]",
        "must_change: [ConfigMap/settings]",
        str![[r#"
`ConfigMap/settings` is no object: write it as `deployment/cart`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:70:21
   |
70 |       must_change: [ConfigMap/settings]
   |                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "path: review.yaml",
        "path: ../review.yaml",
        str![[r#"
`../review.yaml` is no path below the work folder
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:75:19
   |
75 |     files: {path: ../review.yaml, expression: file.decision != "", expected: a decision}
   |                   ^
"#]],
    );
    check(
        "scenario.yaml",
        "expression: settings != null",
        "expression: \"\"",
        str![[r#"
`expression` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:46:19
   |
46 |       expression: ""
   |                   ^
"#]],
    );
    check(
        "scenario.yaml",
        "        settings: {kind",
        "        the-settings: {kind",
        str![[r#"
`the-settings` is no name in an expression: letters, digits and underscores
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:44:23
   |
44 |         the-settings: {kind: ConfigMap, namespace: "{{ team.name }}", name: settings}
   | with its parameters:
   |         the-settings: {kind: ConfigMap, namespace: "parcels", name: settings}
   |                       ^
"#]],
    );
    check(
        "scenario.yaml",
        "id: agents-run",
        "id: queue-runs",
        str![[r#"
two checks have the id `queue-runs`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:35:9
   |
35 |   - id: queue-runs
   |         ^
"#]],
    );
    check(
        "scenario.yaml",
        "id: agents-run",
        "id: Agents run",
        str![[r#"
`Agents run` is no id: lower case letters, digits and hyphens, a letter first
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:35:9
   |
35 |   - id: Agents run
   |         ^
"#]],
    );
    check(
        "scenario.yaml",
        "    role: safeguard\n    rollout: ",
        "    rollout: ",
        str![[r#"
check `agents-run` has no `role`: objective or safeguard
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:35:5
   |
35 |   - id: agents-run
   |     ^
"#]],
    );
    check(
        "scenario.yaml",
        "    role: safeguard\n    rollout: ",
        "    role: safegard\n    rollout: ",
        str![[r#"
unknown value `safegard`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:37:11
   |
37 |     role: safegard
   |           ^
   = known values: objective, safeguard
   = did you mean `safeguard`?
"#]],
    );
    check(
        "scenario.yaml",
        "says: The agents run",
        "says: \"\"",
        str![[r#"
`says` is empty
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:36:11
   |
36 |     says: ""
   |           ^
"#]],
    );
    check(
        "scenario.yaml",
        "says: No Pod of `{{ team.workload }}` is ready",
        "says: No Pod is ready\n    role: objective",
        str![[r#"
a symptom has no `role`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:21:11
   |
21 |     role: objective
   |           ^
"#]],
    );
    check(
        "scenario.yaml",
        "    cel:\n      objects:\n        pods: {kind: Pod, namespace: \"{{ team.name }}\", selector: \"app={{ team.workload }}\"}\n      expression: pods.size() == {{ replicas }}",
        "    files: {path: a, expression: b}",
        str![[r#"
symptom `pods-wait` asks what only a check can: a symptom has `rollout` or `cel`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:19:5
   |
19 |   - id: pods-wait
   |     ^
"#]],
    );
}

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
