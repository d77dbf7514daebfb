//! Files and parts that a lab or a variant lacks, and files that nothing reads.

use snapbox::str;

use super::{with, without};

#[test]
fn something_is_missing() {
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
}

#[test]
fn something_is_not_read() {
    with(
        "hints/4.md",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/quiet-queue/wrong-port/hints/4.md
  = a variant has scenario.yaml, cases.yaml, cases/<any>, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>

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
  = a variant has scenario.yaml, cases.yaml, cases/<any>, debrief.md, broken/<any>.yaml, hints/<number>.md and start/<any>
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
        "scenarios/images/queue.json",
        "",
        str![[r#"
nothing reads this file
 --> scenarios/images/queue.json
  = images/ has <any>.yaml
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
        &menu("missing-configmaps: "),
        str![[r#"
unknown `constraint`: `missing-configmaps`
 --> labs/quiet-queue/diagnosis.yaml:3:14
  |
3 | constraint: {missing-configmaps: }
  |              ^
  = known keys: quota, admission-policy, rbac, disruption-budget, selector, untolerated-taint, insufficient-resources, node-selector, pod-affinity, topology-spread, host-port, unschedulable-node, volume-zone, volume-binding, volume-limit, volume-attached, no-pod-address, network-policy, dns, security-group, service-port, image, image-access, missing-configmap, missing-secret, security-context, probe, memory-limit, processor-limit, node-pressure, missing-permission, trust-policy, configuration, dependency
  = did you mean `missing-configmap`?
"#]],
    );
}
