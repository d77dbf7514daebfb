//! Words that give the cause away.

use snapbox::str;

use super::changed;

#[test]
fn the_cause_is_given_away() {
    let leaks = "checks:\n  queue-runs:";
    let with = |word: &str| format!("leaks: [{word}]\n{leaks}");
    changed(
        "scenario.yaml",
        leaks,
        &with("quiet"),
        str![[r#"
`quiet` gives the cause away
 --> labs/quiet-queue/brief.md:1:30
  |
1 | The queue of team {{ team.name }} is quiet. Get `{{ team.workload }}` running again.
  | with its parameters:
  | The queue of team parcels is quiet. Get `intake` running again.
  |                              ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("POD"),
        str![[r#"
`POD` gives the cause away
 --> scenarios/quiet-queue/wrong-port/hints/1.md:1:13
  |
1 | Look at the Pods of `{{ team.workload }}`.
  | with its parameters:
  | Look at the Pods of `intake`.
  |             ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("general"),
        str![[r#"
`general` gives the cause away
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:10:17
   |
10 |   node_groups: {general: {instance_type: m5.large, capacity_type: SPOT, nodes: 11, subnets: [private-a]}}
   |                 ^
   = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed(
        "scenario.yaml",
        leaks,
        &with("intake"),
        str![[r#"
`intake` gives the cause away
 --> labs/quiet-queue/brief.md:1:42
  |
1 | The queue of team {{ team.name }} is quiet. Get `{{ team.workload }}` running again.
  | with its parameters:
  | The queue of team parcels is quiet. Get `intake` running again.
  |                                          ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution

`intake` gives the cause away
 --> scenarios/quiet-queue/wrong-port/hints/1.md:1:22
  |
1 | Look at the Pods of `{{ team.workload }}`.
  | with its parameters:
  | Look at the Pods of `intake`.
  |                      ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution

`intake` gives the cause away
 --> scenarios/quiet-queue/base/broken/20-workload.yaml:4:9
  |
4 |   name: {{ team.workload }}
  | with its parameters:
  |   name: intake
  |         ^
  = `leaks` of scenario.yaml keeps this word from what is read before the solution
"#]],
    );
    changed("scenario.yaml", leaks, &with("envFrom"), str![]);
    changed(
        "scenario.yaml",
        leaks,
        &with("\"\""),
        str![[r#"
`leaks` is empty
  --> scenarios/quiet-queue/wrong-port/scenario.yaml:15:9
   |
15 | leaks: [""]
   |         ^
"#]],
    );
}
