//! The linked-in kubectl, through `labctl kubectl` and as the learner's own command: what is wrong is said, in the words and
//! with the exit codes of the real one.

use predicates::str::contains;

use crate::support::{Home, START};

#[test]
fn kubectl_says_what_is_wrong_and_ends_with_its_code() {
    let home = Home::new();
    home.expect(0, &START);
    let running = home.kubectl("pending-pod", "get pods -A --field-selector=status.phase=Running,spec.restartPolicy=Always,metadata.namespace!=kube-system -o jsonpath='{.items[0].metadata.namespace} {.items[0].metadata.name}'");
    let (namespace, pod) = running.split_once(' ').unwrap();
    let absent = format!("-n {namespace} exec {pod} -- ls /absent");
    let refused = format!("-n {namespace} exec {pod} -- ls -z /");
    for (line, code, says) in [
        (
            "descrobe pods",
            1,
            "error: unknown command \"descrobe\" for \"kubectl\"\n\nDid you mean this?\n\tdescribe\n",
        ),
        (
            "get pods --foo",
            1,
            "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n",
        ),
        (
            "get pods -n",
            1,
            "error: flag needs an argument: 'n' in -n\n",
        ),
        (
            "scale deployment/x --replicas=abc",
            1,
            "error: invalid argument \"abc\" for \"--replicas\" flag",
        ),
        (
            "get pod none",
            1,
            "Error from server (NotFound): pods \"none\" not found\n",
        ),
        (&absent, 1, "command terminated with exit code 1\n"),
        (&refused, 2, "command terminated with exit code 2\n"),
    ] {
        let words: Vec<&str> = ["kubectl"].into_iter().chain(line.split(' ')).collect();
        home.expect(code, &words).stderr(contains(says));
        home.shell("pending-pod", home.path(), &format!("kubectl {line}"))
            .code(code)
            .stderr(contains(says));
    }
}
