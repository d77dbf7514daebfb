//! Files and parts that a lab or a variant lacks, and files that nothing reads.

use snapbox::str;

use super::{changed, with, without};

#[test]
fn something_is_missing() {
    without(
        "labs/quiet-queue/brief.md",
        str![[r#"
the file is missing
 --> labs/quiet-queue/brief.md
"#]],
    );
    without(
        "scenario.yaml",
        str![[r#"
the file is missing
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
    without(
        "debrief.md",
        str![[r#"
the file is missing
 --> scenarios/quiet-queue/wrong-port/debrief.md
"#]],
    );
    without(
        "hints/2.md",
        str![[r#"
a variant has 3 hints, 1.md to 3.md; found 1
 --> scenarios/quiet-queue/wrong-port/hints
"#]],
    );
    changed(
        "cases.yaml",
        "  create:\n    says: Create the ConfigMap\n    run:\n      - kubectl -n ${team.name} create configmap settings\n",
        "",
        str![[r#"
a variant has at least 2 fixes; found 1
 --> scenarios/quiet-queue/wrong-port/cases.yaml
"#]],
    );
    changed(
        "scenarios/quiet-queue/base/cases.yaml",
        "  nothing: {says: Nothing at all, caught_by: [queue-runs], run: []}\n",
        "",
        str![[r#"
no wrong fix does nothing: one has `run: []`
 --> scenarios/quiet-queue/missing-settings/cases.yaml

no wrong fix does nothing: one has `run: []`
 --> scenarios/quiet-queue/wrong-port/cases.yaml
"#]],
    );
    changed(
        "scenario.yaml",
        "symptom:\n  pods-wait:\n    says: No Pod is ready\n    cel: {objects: {pods: {kind: Pod, namespace: parcels}}, expression: pods.size() == 1}\n",
        "",
        str![[r#"
no `symptom`: what must be true before the learner is let in?
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
    changed(
        "scenario.yaml",
        "role: objective",
        "role: safeguard",
        str![[r#"
no check has `role: objective`: there is nothing to solve
 --> scenarios/quiet-queue/wrong-port/scenario.yaml
"#]],
    );
}

#[test]
fn something_is_not_read() {
    with(
        "hint/1.md",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/hint/1.md
  = a variant has scenario.yaml, cases.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>
"#]],
    );
    with(
        "hints/4.md",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/hints/4.md
  = a variant has scenario.yaml, cases.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>

a variant has 3 hints, 1.md to 3.md; found 4
 --> scenarios/quiet-queue/wrong-port/hints
"#]],
    );
    with(
        "broken/more.yml",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/broken/more.yml
  = a variant has scenario.yaml, cases.yaml, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>
"#]],
    );
    with(
        "labs/quiet-queue/breif.md",
        "",
        str![[r#"
nothing reads this file
 --> labs/quiet-queue/breif.md
  = a lab has lab.yaml, brief.md and start/
"#]],
    );
    with(
        "scenarios/quiet-queu/wrong-port/scenario.yaml",
        "",
        str![[r#"
there is no lab `quiet-queu`
 --> scenarios/quiet-queu/wrong-port/scenario.yaml
  = known labs: quiet-queue
  = did you mean `quiet-queue`?
"#]],
    );
    with(
        "scenarios/images/queue.json",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/images/queue.json
  = images/ has <any>.yaml
"#]],
    );
    changed(
        "labs/quiet-queue/lab.yaml",
        "[missing-settings, wrong-port]",
        "[missing-settings]",
        str![[r#"
`labs/quiet-queue/lab.yaml` does not list this variant
 --> scenarios/quiet-queue/wrong-port
"#]],
    );
}
