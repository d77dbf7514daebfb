//! A shell in containers, as a person types in it: at a prompt, in scripts, in Pods of their own.
//!
//! Must not know how the shell works; `sandbox/shell` has its own tests.

use predicates::str::contains;

use crate::support::{Home, START, stdout};

/// A person's `kubectl` at a terminal, which is 100 columns wide.
fn kubectl_at_a_terminal(home: &Home, line: &str) -> rexpect::session::PtySession {
    let environment = home.expect(0, &["--session", "pending-pod", "env", "--shell", "sh"]);
    let mut command = std::process::Command::new("sh");
    command
        .arg("-c")
        .arg(format!(
            "{}\nstty cols 100; kubectl {line}",
            stdout(&environment)
        ))
        .env("LABCTL_HOME", home.path())
        .env("HOME", home.path())
        .env("TERM", "xterm");
    rexpect::session::spawn_command(command, Some(60_000)).unwrap()
}

#[test]
fn a_person_works_in_a_pod_of_their_own() {
    let home = Home::new();
    home.expect(0, &START);

    // A Pod for a moment, at a terminal, with wrong turns.
    let mut terminal = kubectl_at_a_terminal(&home, "run tmp --rm -it --image=busybox -- sh");
    terminal.exp_string("/ # ").unwrap();
    terminal.send_line("nosuch; echo code $?").unwrap();
    terminal.exp_string("sh: nosuch: not found").unwrap();
    terminal.exp_string("code 127").unwrap();
    terminal
        .send_line("for i in 1 2; do echo n$i; done | tail -n 1 > /tmp/x; cat /tmp/x")
        .unwrap();
    terminal.exp_string("\nn2").unwrap();
    terminal.send_line("sleep 1000").unwrap();
    terminal.exp_string("sleep 1000\r\n").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("^C").unwrap();
    terminal.send_line("exit").unwrap();
    terminal.exp_string("deleted").unwrap();
    terminal.exp_eof().unwrap();

    // A script as process 1: its log and its exit code.
    home.kubectl("pending-pod", "run job --image=busybox --restart=Never --command -- sh -c 'echo one | sed s/one/two/; exit 3'");
    home.kubectl(
        "pending-pod",
        "wait pod/job --for=jsonpath='{.status.phase}'=Failed --timeout=60s",
    );
    assert_eq!(home.kubectl("pending-pod", "logs job"), "two\n");
    assert_eq!(
        home.kubectl(
            "pending-pod",
            "get pod job -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'"
        ),
        "3"
    );

    // A Pod that stays: scripts, files in and out, nothing of this machine.
    home.kubectl(
        "pending-pod",
        "run box --image=busybox --command -- sh -c 'echo up; while true; do sleep 1; done'",
    );
    home.kubectl(
        "pending-pod",
        "wait pod/box --for=condition=Ready --timeout=60s",
    );
    let own = home.path().join("own.txt");
    std::fs::write(&own, "mine\n").unwrap();
    home.kubectl("pending-pod", "cp own.txt box:/tmp/own.txt");
    assert_eq!(
        home.kubectl(
            "pending-pod",
            "exec box -- sh -c 'cat /tmp/own.txt | tr a-z A-Z'"
        ),
        "MINE\n"
    );
    home.kubectl(
        "pending-pod",
        "exec box -- sh -c 'echo changed >> /tmp/own.txt'",
    );
    home.kubectl("pending-pod", "cp box:/tmp/own.txt back.txt");
    assert_eq!(
        std::fs::read_to_string(home.path().join("back.txt")).unwrap(),
        "mine\nchanged\n"
    );
    assert_eq!(
        home.kubectl("pending-pod", "exec -i box -- sh -c 'wc -l' < own.txt"),
        "1\n"
    );
    let outside = format!(
        "kubectl exec box -- sh -c 'cat {}; . {0}; ls {}'",
        own.display(),
        home.path().display()
    );
    home.shell("pending-pod", home.path(), &outside)
        .failure()
        .stderr(contains("No such file or directory"));

    // Another container looks at the first one's processes.
    let mut debugging = kubectl_at_a_terminal(&home, "debug box -it --image=busybox --target=box");
    debugging.exp_string("/ # ").unwrap();
    debugging.send_line("ps").unwrap();
    debugging
        .exp_string("    1 root      0:00 sh -c echo up")
        .unwrap();
    debugging.send_line("exit").unwrap();
    debugging.exp_eof().unwrap();

    // What was before the last start is told, and what came lately. The second start stays up: with another end the kubelet would
    // remove the first container, whose lines are asked for.
    home.kubectl(
        "pending-pod",
        r#"run twice --image=busybox --command -- sh -c 'echo said; trap "exit 1" TERM; sleep 1d & wait'"#,
    );
    home.kubectl(
        "pending-pod",
        "wait pod/twice --for=condition=Ready --timeout=60s",
    );
    home.kubectl("pending-pod", "exec twice -- kill 1");
    home.kubectl("pending-pod", "wait pod/twice --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 --timeout=60s");
    assert_eq!(
        home.kubectl("pending-pod", "logs twice --previous"),
        "said\n"
    );
    assert_eq!(home.kubectl("pending-pod", "logs box --since=1h"), "up\n");
}
