//! Faults of the templates in scenarios, hints and debriefs: unknown names and what cannot be rendered.

use snapbox::str;

use super::check;

#[test]
fn templates() {
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
   = known parameters: first, here, replicas, second, subject, team, zones
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
   = known parameters: first, here, replicas, second, subject, team, zones
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
        "debrief.md",
        "team.workload",
        "tem.workload",
        str![[r#"
unknown parameter `tem`
 --> scenarios/quiet-queue/missing-settings/debrief.md:1:5
  |
1 | `{{ tem.workload }}` reads a ConfigMap that was not there.
  |     ^
  = known parameters: first, here, replicas, second, subject, team, zones
  = did you mean `team`?
"#]],
    );
}
