//! Faults of the templates in scenarios, hints and debriefs: unknown names and what cannot be rendered.

use snapbox::str;

use super::check;

#[test]
fn templates() {
    check(
        "scenario.yaml",
        "name: $team.workload}\n      hold",
        "name: $team.worklod}\n      hold",
        str![[r#"
unknown parameter `team.worklod`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:74:65
   |
74 |       workload: {kind: Deployment, namespace: $team.name, name: $team.worklod}
   |                                                                 ^
   = known parameters: team.name, team.workload
   = did you mean `team.workload`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: $replcas",
        str![[r#"
unknown parameter `replcas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:14
   |
26 |       nodes: $replcas
   |              ^
   = known parameters: first, replicas, second, subject, team, zones
   = did you mean `replicas`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {when: given.repicas == 3, then: 3, else: 4}",
        str![[r#"
unknown parameter `repicas`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:21
   |
26 |       nodes: {when: given.repicas == 3, then: 3, else: 4}
   |                     ^
   = known parameters: first, replicas, second, subject, team, zones
   = did you mean `replicas`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {when: given.team.nam == 3, then: 3, else: 4}",
        str![[r#"
unknown parameter `team.nam`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:21
   |
26 |       nodes: {when: given.team.nam == 3, then: 3, else: 4}
   |                     ^
   = known parameters: team.name, team.workload
   = did you mean `team.name`?
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: $zones.first",
        str![[r#"
`zones.first`: `zones` is a list, which has no fields
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:14
   |
26 |       nodes: $zones.first
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: ${replicas",
        str![[r#"
`${replicas` refers to nothing: write `${name}`, or `$${` where `${` is meant
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:14
   |
26 |       nodes: ${replicas
   |              ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: {when: lowercase(given.replicas), then: 3}",
        str![[r#"
the expression is wrong: there is no name `lowercase`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:21
   |
26 |       nodes: {when: lowercase(given.replicas), then: 3}
   |                     ^
"#]],
    );
    check(
        "scenario.yaml",
        "nodes: 3",
        "nodes: \"3${team}\"",
        str![[r#"
`team` is a map: only a text or a number has a place inside a text
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:26:16
   |
26 |       nodes: "3${team}"
   |                ^
"#]],
    );
    check(
        "scenario.yaml",
        "expression: pods.size() == given.replicas",
        "expression: pods.size() == ${replicas}",
        str![[r#"
an expression takes a parameter as a variable, not as text
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:37:34
   |
37 |       expression: pods.size() == ${replicas}
   |                                  ^
   = write `given.name`
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
  = known parameters: first, replicas, second, subject, team, zones
  = did you mean `team`?
"#]],
    );
}
