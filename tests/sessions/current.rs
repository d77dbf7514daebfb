//! Which session is meant, and where a shell is pointed when there is none.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::LAB;
use crate::support::{Home, Run, run};

#[test]
fn ending_one_session_never_hides_another_and_a_failed_start_is_never_current() {
    let home = Home::new();
    home.expect(0, &LAB);
    let is_meant = |name: &str| assert_eq!(home.json(0, &["status"])["session"], name);
    let beside = |name: &'static str| [&LAB[..], &["--session", name]].concat();
    let failed = run(home
        .command(&beside("broken"))
        .env("LABCTL_SANDBOX", "/bin/ls"));
    assert_ne!(failed.code, Some(0), "{failed}");
    is_meant("pending-pod");
    home.expect(0, &["stop", "--purge", "--session", "broken"]);
    is_meant("pending-pod");

    home.expect(0, &beside("second"));
    is_meant("second");
    home.expect(0, &["stop"]);
    home.expect(0, &beside("third"));
    let ended = home.expect(0, &["stop", "--purge"]);
    assert!(
        ended.stdout.contains("session `third` is removed"),
        "{ended}"
    );
    let several = home.expect(2, &["status"]);
    assert!(
        several
            .stderr
            .contains("no session is current; the sessions are: pending-pod, second"),
        "{several}"
    );
    assert!(
        several.stderr.contains("--session pending-pod"),
        "{several}"
    );
    let ended = home.expect(0, &["stop", "--purge", "--session", "second"]);
    assert!(
        ended
            .stderr
            .contains("the current session is `pending-pod`"),
        "{ended}"
    );
    is_meant("pending-pod");
}

/// What a shell is left with after `eval "$(labctl env)"`: the status, `KUBECONFIG`, and what kubectl says.
fn evaluated(home: &Home, arguments: &str, kubectl: &Path) -> Run {
    let line = format!(
        "export KUBECONFIG={}/production; touch \"$KUBECONFIG\"
        eval \"$({} env {arguments})\"
        echo \"status $?\"
        echo \"kubeconfig $KUBECONFIG\"
        {} get pods",
        home.path().display(),
        env!("CARGO_BIN_EXE_labctl"),
        kubectl.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]);
    command
        .env("LABCTL_HOME", home.path())
        .env("HOME", home.path());
    run(&mut command)
}

#[test]
fn env_that_fails_leads_nowhere() {
    let home = Home::new();
    home.expect(0, &LAB);
    let kubectl = fs::read_link(home.session("pending-pod").join("bin/kubectl")).unwrap();
    let link = home.path().join("kubectl");
    std::os::unix::fs::symlink(kubectl, &link).unwrap();
    let leads_nowhere = |arguments: &str, error: &str| {
        let run = evaluated(&home, arguments, &link);
        assert!(run.stdout.contains("status 1\n"), "{run}");
        assert!(
            run.stdout
                .contains("kubeconfig /dev/null/no-labctl-session\n"),
            "{run}"
        );
        assert!(run.stderr.contains(error), "{run}");
        // kubectl does not go looking elsewhere.
        assert!(
            run.stderr
                .contains("/dev/null/no-labctl-session: not a directory"),
            "{run}"
        );
        assert_ne!(run.code, Some(0), "{run}");
    };
    let fish = home.expect(0, &["env", "--shell", "fish"]).stdout;
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

    let fish = home.expect(2, &["env", "--shell", "fish"]);
    assert_eq!(
        fish.stdout,
        "set -gx KUBECONFIG /dev/null/no-labctl-session; false\n",
    );
    let json = home.json(2, &["env"]);
    assert_eq!(json["error"], "no session");
}
