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
  = a lab has lab.yaml, brief.md, diagnosis.yaml and start/
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

#[test]
fn a_copy_of_the_bases_file_is_a_fault() {
    let copy = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {{ team.name }}\n";
    with(
        "broken/10-namespace.yaml",
        copy,
        str![[r#"
this file is the base's, word for word
 --> scenarios/quiet-queue/wrong-port/broken/10-namespace.yaml
  = remove it: `scenarios/quiet-queue/base/broken/10-namespace.yaml` counts for every variant
"#]],
    );
}

#[test]
fn a_lab_offers_what_is_right_and_enough_that_is_not() {
    let menu = |constraint: &str| {
        format!(
            "format_version: 2\nrefused_by: {{kubelet: the kubelet}}\nconstraint: {{{constraint}}}\n"
        )
    };
    let file = "labs/quiet-queue/diagnosis.yaml";
    with(
        file,
        &menu("missing-configmap: , quota: , dns: , probe: , image: , rbac: , host-port: "),
        str![[r#""#]],
    );
    with(
        file,
        &menu("quota: , dns: , probe: , image: , rbac: , host-port: "),
        str![[r#"
`missing-configmap` is right in a variant of this lab, and not offered
 --> labs/quiet-queue/diagnosis.yaml
"#]],
    );
    with(
        file,
        &menu("missing-configmap: , dns: "),
        str![[r#"
at least 6 constraints are right in no variant; found 1
 --> labs/quiet-queue/diagnosis.yaml
"#]],
    );
    with(
        file,
        &menu("missing-configmaps: "),
        str![[r#"
unknown `constraint`: `missing-configmaps`
 --> labs/quiet-queue/diagnosis.yaml:3:14
  |
3 | constraint: {missing-configmaps: }
  |              ^
  = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, probe, memory-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
  = did you mean `missing-configmap`?
"#]],
    );
}
