//! Faults of the templates in scenarios, hints and debriefs: unknown names and what cannot be rendered.

use snapbox::str;

use super::check;

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
