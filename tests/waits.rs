//! Nothing makes labctl wait longer than it says, and what it could not see it does not judge.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::{Home, stdout};

/// By then everything that is asked here has ended, also on a busy machine; what waits for something waits for ever.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

fn start(home: &Home, variant: &str) -> Assert {
    let arguments = ["start", "pending-pod", "--variant", variant, "--seed", "1"];
    home.expect(0, &arguments)
}

/// Runs labctl, which must end by itself with this exit code.
#[track_caller]
fn ends(home: &Home, code: i32, arguments: &[&str]) -> Assert {
    let mut command = home.labctl(arguments);
    command.timeout(ENDS_WITHIN).assert().code(code)
}

fn signal(name: &str, pid: &str) {
    Command::new("kill").args([name, pid]).assert().success();
}

/// What it printed, without line breaks.
fn words(run: &Assert) -> String {
    let text = stdout(run);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_api_group_that_cannot_be_served_holds_up_nothing_and_is_told() {
    let home = Home::new();
    start(&home, "missing-toleration");
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.apps"},
        "spec": {"group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15,
            "insecureSkipTLSVerify": true, "service": {"namespace": "default", "name": "nothing"}},
    });
    let file = home.path().join("service.json");
    fs::write(&file, service.to_string()).unwrap();
    let file = file.display();
    home.kubectl("pending-pod", &format!("replace -f {file}"));
    home.kubectl(
        "pending-pod",
        "wait apiservice v1.apps --for=condition=Available=False --timeout=30s",
    );
    // The API server routes by what it has seen of the APIService, which is a moment later.
    let refused = "for i in $(seq 300); do kubectl get --raw /apis/apps/v1 >/dev/null 2>&1 || exit 0; done; exit 1";
    home.shell("pending-pod", home.path(), refused).success();

    // What could not be looked at has not failed; what was changed is named.
    for arguments in [&["check"][..], &["check", "--wait", "8s"]] {
        let checked = ends(&home, 1, arguments);
        let why = "service unavailable; APIService `v1.apps` is not available: service/nothing in \"default\" is not present";
        let said = words(&checked);
        assert!(
            said.contains("cannot tell: failed to read Deployment")
                && said.contains(why)
                && said.matches('✗').count() == 1
                && said.contains("found APIService `v1.apps`: ")
                && !said.contains("no answer"),
            "{checked}"
        );
    }
    ends(&home, 0, &["hint"]);
    ends(&home, 0, &["log"]).stdout(contains("apiservices/v1.apps"));
    home.expect(0, &["reset"]);
    ends(&home, 1, &["check"]);
}

#[test]
fn a_cluster_that_does_not_answer_ends_a_wait() {
    let home = Home::new();
    start(&home, "missing-toleration");
    let ready = home.session("pending-pod").join("cluster/ready.json");
    let ready: Value = serde_json::from_str(&fs::read_to_string(ready).unwrap()).unwrap();
    let pid = ready["pid"].to_string();
    signal("-STOP", &pid);
    let checked = ends(&home, 3, &["check", "--wait", "2s"]);
    signal("-CONT", &pid);
    checked.stderr(contains("no answer within 5 s"));
}

#[test]
fn with_the_audit_log_gone_a_diagnosis_is_undecided() {
    let home = Home::new();
    start(&home, "missing-toleration");
    let pods = "get pods -A --field-selector status.phase=Pending -o jsonpath='{.items[0].metadata.namespace} {.items[0].metadata.labels.app}'";
    let found = home.kubectl("pending-pod", pods);
    let (namespace, workload) = found.split_once(' ').unwrap();
    let refused = home.kubectl("pending-pod", &format!("-n {namespace} get events --field-selector reason=FailedScheduling -o jsonpath={{.items[0].message}}"));
    let taint = home.kubectl(
        "pending-pod",
        "get nodes -o jsonpath={.items[*].spec.taints[0].key}",
    );
    let taint = taint.split(' ').next().unwrap();
    let patch = json!({"spec": {"template": {"spec": {"tolerations": [{"key": taint, "operator": "Exists"}]}}}});
    home.kubectl(
        "pending-pod",
        &format!("-n {namespace} patch deployment {workload} -p '{patch}'"),
    );

    let log = home.session("pending-pod").join("cluster/audit.log");
    fs::remove_file(&log).unwrap();
    let object = format!("deployment/{workload}");
    let answer = [
        "answer",
        "--refused-by",
        "scheduler",
        "--constraint",
        "untolerated-taint",
        "--must-change",
        &object,
        "--evidence",
        &refused,
    ];
    home.expect(0, &answer)
        .stdout(contains("cannot judge it now").and(contains("labctl reset")));
    let checked = home.expect(3, &["check", "--wait", "60s"]);
    let said = words(&checked);
    assert!(
        said.contains("cannot tell: the audit log in") && said.contains("empty or gone"),
        "{checked}"
    );

    // A sandbox that starts again writes a new log, which knows nothing of before.
    home.expect(0, &["stop"]);
    start(&home, "missing-toleration");
    home.expect(0, &answer)
        .stdout(contains("first attempt").and(contains("begins only at")));
}

#[test]
fn a_review_is_part_of_the_task_and_says_what_it_lacks() {
    let home = Home::new();
    let started = start(&home, "ip-exhaustion");
    let in_folder = "`review.yaml`, in the folder that `labctl shell` opens, is part of the task";
    assert!(words(&started).contains(in_folder), "{started}");
    let brief = home.expect(0, &["brief"]);
    assert!(words(&brief).contains(in_folder), "{brief}");
    assert_eq!(home.json(0, &["brief"])["files"], json!(["review.yaml"]));

    let review = home.session("pending-pod").join("work/review.yaml");
    let found = |text: &str| {
        fs::write(&review, text).unwrap();
        words(&home.expect(1, &["check"]))
    };
    let unfilled = fs::read_to_string(&review).unwrap();
    let said = found(&unfilled);
    assert!(
        said.contains("found no value for `plan_as_it_is.addresses_per_node`, `plan_as_it_is.addresses_used`, `plan_as_it_is.usable_addresses`, `plan_as_it_is.whole_months`"),
        "{said}"
    );
    let said = found(&unfilled.replace("  whole_months:          # how many", "  # how many"));
    assert!(said.contains("no such key: `whole_months`"), "{said}");
    let filled = [
        ("choice:", "choice: custom-networking"),
        ("prefix_length:         #", "prefix_length: 20 #"),
        (
            "  addresses_per_node:\n  whole_months:\n",
            "  addresses_per_node: 30\n  whole_months: 12\n",
        ),
        ("limits: []", "limits: fewer-pods-per-node"),
    ];
    let filled = filled
        .iter()
        .fold(unfilled, |text, (from, to)| text.replace(from, to));
    let said = found(&filled);
    assert!(
        said.contains("found `remedy.limits` is a text, where a list is expected"),
        "{said}"
    );
}

/// Puts something in a file's place.
type Make<'a> = &'a dyn Fn(&Path);

#[test]
fn a_review_that_is_no_file_is_told_at_once() {
    let home = Home::new();
    start(&home, "ip-exhaustion");
    let review = home.session("pending-pod").join("work/review.yaml");
    let outside = home.path().join("outside.yaml");
    fs::write(&outside, "format_version: 1\n").unwrap();
    let cases: [(&str, Make); 5] = [
        ("is a pipe, not a file", &|path| {
            Command::new("mkfifo").arg(path).assert().success();
        }),
        ("is a folder, not a file", &|path| {
            fs::create_dir(path).unwrap();
        }),
        ("has more than 1 MiB", &|path| {
            fs::write(path, "#".repeat(10 << 20)).unwrap();
        }),
        ("is not UTF-8 in line 2", &|path| {
            fs::write(path, b"a: 1\nb: \xff\n").unwrap();
        }),
        ("is a link that leads out of your folder", &|path| {
            symlink(&outside, path).unwrap();
        }),
    ];
    for (expected, make) in cases {
        if fs::remove_file(&review).is_err() {
            fs::remove_dir(&review).unwrap();
        }
        make(&review);
        let checked = ends(&home, 1, &["check"]);
        let found = format!("found `review.yaml` {expected}");
        assert!(words(&checked).contains(&found), "{checked}");
        if !expected.contains("link") {
            let path = review.to_string_lossy();
            ends(&home, 2, &["answer", "--file", &path])
                .stderr(contains(format!("`{path}` {expected}")));
        }
    }
}

#[test]
fn rights_that_were_taken_away_come_back_by_the_command_that_is_told() {
    let home = Home::new();
    start(&home, "missing-toleration");
    home.kubectl("pending-pod", "delete clusterrolebinding lab:checker");
    let said = stdout(&home.expect(3, &["check"]));
    let told = said.lines().find_map(|line| line.strip_prefix("next: "));
    let (command, _) = told.unwrap().split_once(", then").unwrap();
    home.shell("pending-pod", home.path(), command).success();
    home.expect(1, &["check"])
        .stdout(contains("cannot tell: failed").not());
}
