//! A start that fails says which Pod is not ready and what the sandbox's parts believe of it, and leaves nothing running.

use std::fs;

use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Home, START, copy_course};

/// Starts the variant with one text of its scenario replaced; the cluster could not be asked.
fn start_changed(home: &Home, from: &str, to: &str) -> Assert {
    let course = copy_course(home);
    let path = course.join("scenarios/pending-pod/missing-toleration/scenario.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "there is no `{from}`");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let course = course.to_string_lossy().into_owned();
    let run = home.expect(3, &[&START[..], &["--course", &course]].concat());
    let ready = home.session("pending-pod").join("cluster/ready.json");
    assert!(!ready.exists(), "the cluster runs\n{run}");
    run
}

/// What is believed of each Pod, in the file that the hint names.
fn believed(home: &Home, run: Assert) -> Vec<Value> {
    let path = home.session("pending-pod").join("cluster/beliefs.json");
    run.stderr(contains(format!("believed is in `{}`", path.display())));
    assert!(path.with_file_name("goroutines.txt").exists());
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    file["pods"].as_array().unwrap().clone()
}

#[test]
fn a_cluster_that_does_not_come_up_names_the_pod_with_its_last_event() {
    let home = Home::new();
    // Of kube-system only the DaemonSets tolerate it.
    let run = start_changed(
        &home,
        "    $first: {taints: null}\n",
        "    general: {taints: [{key: for, value: others, effect: NoSchedule}]}\n    $first: {taints: [{key: for, value: others, effect: NoSchedule}]}\n",
    )
    .stderr(contains(
        "error: the sandbox did not start: kube-system is not ready after 1m0s\n  not ready: Pod `kube-system/",
    ))
    .stderr(contains("  not ready: Pod `kube-system/coredns-"))
    .stderr(contains("` on no node, Pending: 0/"))
    .stderr(contains("\n  believed of `kube-system/coredns-"))
    .stderr(contains(
        "\nhint: the machine may be very busy: `labctl start` tries again; its log is `",
    ));
    for pod in believed(&home, run) {
        let name = pod["name"].as_str().unwrap();
        assert!(name.starts_with("kube-system/"), "{name} came too early");
    }
}

#[test]
fn a_symptom_that_does_not_show_tells_what_is_believed_of_the_pods() {
    let home = Home::new();
    let run = start_changed(
        &home,
        "message: untolerated taint",
        "message: tainted by nobody",
    )
    .stderr(contains(
        "error: the lab's symptom did not show within 60 s\n",
    ))
    .stderr(contains(
        "\nhint: the machine may be very busy: `labctl start` tries again; what its kubelets",
    ));
    let pods = believed(&home, run);
    let (ready, waiting): (Vec<&Value>, Vec<&Value>) =
        pods.iter().partition(|pod| pod["ready"] == true);
    for pod in ready {
        let name = &pod["name"];
        assert!(pod["server"].is_object(), "{name} and the API server");
        assert!(pod["kubelet"].is_object(), "{name} and its kubelet");
    }
    assert!(!waiting.is_empty(), "the subject's Pods are refused");
}

#[test]
fn a_session_whose_system_pods_were_broken_comes_back_and_says_so() {
    let home = Home::new();
    home.expect(0, &START);
    home.kubectl(
        "pending-pod",
        "-n kube-system set image daemonset/kube-proxy kube-proxy=registry.example.com/none:1",
    );
    home.kubectl(
        "pending-pod",
        // Not `numberUnavailable`: it is 1 as soon as the old Pod is gone, before there is one that is not ready.
        "-n kube-system wait --for=jsonpath={.status.updatedNumberScheduled}=1 daemonset/kube-proxy --timeout=60s",
    );
    home.expect(0, &["stop"]);
    home.expect(0, &START)
        .stderr(contains(
            "  not all of kube-system is ready:\n    Pod `kube-system/kube-proxy-",
        ))
        .stderr(contains(
            "session `pending-pod` is back with your changes\n",
        ));
}
