//! Faults of `hands_out`: what is handed out lies below the learner's folder, once.

use snapbox::{data::Inline, str};

use super::check;

#[track_caller]
fn hands_out(written: &str, expected: Inline) {
    let with = format!("hands_out: {{{written}}}\nleaks: [configmap]");
    check("scenario.yaml", "leaks: [configmap]", &with, expected);
}

#[test]
fn what_is_handed_out_stays_below_the_work_folder() {
    hands_out(
        "../queue.yaml: 20-workload.yaml",
        str![[r#"
`../queue.yaml` is no path below the work folder
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:13
   |
93 | hands_out: {../queue.yaml: 20-workload.yaml}
   |             ^
"#]],
    );
    hands_out(
        "/etc/queue.yaml: 20-workload.yaml",
        str![[r#"
`/etc/queue.yaml` is no path below the work folder
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:13
   |
93 | hands_out: {/etc/queue.yaml: 20-workload.yaml}
   |             ^
"#]],
    );
}

#[test]
fn nothing_is_handed_out_twice() {
    hands_out(
        "review.yaml/queue.yaml: 20-workload.yaml",
        str![[r#"
there is no place for `review.yaml/queue.yaml`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:13
   |
93 | hands_out: {review.yaml/queue.yaml: 20-workload.yaml}
   |             ^
   = `review.yaml` is handed out, too
"#]],
    );
    hands_out(
        "a/b.yaml: 10-namespace.yaml, a: 20-workload.yaml",
        str![[r#"
there is no place for `a`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:42
   |
93 | hands_out: {a/b.yaml: 10-namespace.yaml, a: 20-workload.yaml}
   |                                          ^
   = `a/b.yaml` is handed out, too
"#]],
    );
    hands_out(
        "a: 10-namespace.yaml, a: 20-workload.yaml",
        str![[r#"
`a` is given twice
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:35
   |
93 | hands_out: {a: 10-namespace.yaml, a: 20-workload.yaml}
   |                                   ^
"#]],
    );
}

#[test]
fn a_manifest_is_named_as_it_is_called() {
    hands_out(
        "queue.yaml: broken/20-workload.yaml",
        str![[r#"
unknown manifest `broken/20-workload.yaml`
  --> scenarios/quiet-queue/missing-settings/scenario.yaml:93:25
   |
93 | hands_out: {queue.yaml: broken/20-workload.yaml}
   |                         ^
   = known manifests: 10-namespace.yaml, 20-workload.yaml
   = did you mean `20-workload.yaml`?
"#]],
    );
}
