//! Which session is meant, and where a shell is pointed when there is none.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use crate::support::{Home, START, stdout};

#[test]
fn ending_one_session_never_hides_another_and_a_failed_start_is_never_current() {
    let home = Home::new();
    home.expect(0, &START);
    let is_meant = |name: &str| assert_eq!(home.json(0, &["status"])["session"], name);
    let beside = |name: &'static str| [&START[..], &["--session", name]].concat();
    home.labctl(&beside("broken"))
        .env("LABCTL_SANDBOX", "/bin/ls")
        .assert()
        .failure();
    is_meant("pending-pod");
    home.expect(0, &["stop", "--purge", "--session", "broken"]);
    is_meant("pending-pod");

    home.expect(0, &beside("second"));
    is_meant("second");
    home.expect(0, &["stop"]);
    home.expect(0, &beside("third"));
    home.expect(0, &["stop", "--purge"])
        .stdout(contains("session `third` is removed"));
    let several = "no session is current; the sessions are: pending-pod, second";
    home.expect(2, &["status"])
        .stderr(contains(several).and(contains("--session pending-pod")));
    home.expect(0, &["stop", "--purge", "--session", "second"])
        .stderr(contains("the current session is `pending-pod`"));
    is_meant("pending-pod");
}

/// What a shell is left with after `eval "$(labctl env)"`: the status, `KUBECONFIG`, and what kubectl says.
fn evaluated(home: &Home, arguments: &str, kubectl: &Path) -> Assert {
    let line = format!(
        "export KUBECONFIG={}/production; touch \"$KUBECONFIG\"
        eval \"$({} env {arguments})\"
        echo \"status $?\"
        echo \"kubeconfig $KUBECONFIG\"
        {} get pods",
        home.path().display(),
        assert_cmd::cargo::cargo_bin!("labctl").display(),
        kubectl.display()
    );
    Command::new("sh")
        .args(["-c", &line])
        .env("LABCTL_HOME", home.path())
        .env("HOME", home.path())
        .assert()
}

#[test]
fn env_that_fails_leads_nowhere() {
    let home = Home::new();
    home.expect(0, &START);
    let kubectl = fs::read_link(home.session("pending-pod").join("bin/kubectl")).unwrap();
    let link = home.path().join("kubectl");
    std::os::unix::fs::symlink(kubectl, &link).unwrap();
    let leads_nowhere = |arguments: &str, error: &str| {
        evaluated(&home, arguments, &link)
            .failure()
            .stdout(contains(
                "status 1\nkubeconfig /dev/null/no-labctl-session\n",
            ))
            .stderr(contains(error))
            // kubectl does not go looking elsewhere.
            .stderr(contains("/dev/null/no-labctl-session: not a directory"));
    };
    let fish = stdout(&home.expect(0, &["env", "--shell", "fish"]));
    assert!(
        fish.lines().all(|line| line.ends_with(';')),
        "fish's `eval (labctl env)` joins the lines: {fish}"
    );
    leads_nowhere("--session other", "no session named `other`");
    leads_nowhere("--sesion pending-pod", "unexpected argument");
    leads_nowhere("--session Other", "invalid value");
    fs::remove_file(
        home.session("pending-pod")
            .join("cluster/learner.kubeconfig"),
    )
    .unwrap();
    leads_nowhere("", "session `pending-pod` has no cluster");
    home.expect(0, &["stop"]);
    fs::write(
        home.session("pending-pod").join("session.json"),
        "{ no JSON",
    )
    .unwrap();
    leads_nowhere("", "is damaged");
    leads_nowhere("", "no session");

    home.expect(2, &["env", "--shell", "fish"])
        .stdout("set -gx KUBECONFIG /dev/null/no-labctl-session; false\n");
    let json = home.json(2, &["env"]);
    assert_eq!(json["error"], "no session");
}
