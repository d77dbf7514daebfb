//! A start that fails says which Pod is not ready and what the sandbox's parts believe of it, and leaves nothing running.

use std::fs;

use serde_json::Value;

use crate::support::{Home, Run, copy_course};

const VARIANT: [&str; 6] = [
    "start",
    "pending-pod",
    "--variant",
    "missing-toleration",
    "--seed",
    "1",
];

/// Starts the variant with one text of its scenario replaced.
fn start_changed(home: &Home, code: i32, from: &str, to: &str) -> Run {
    let course = copy_course(home);
    let path = course.join("scenarios/pending-pod/missing-toleration/scenario.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "there is no `{from}`");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let mut arguments = VARIANT.to_vec();
    let course = course.to_string_lossy().into_owned();
    arguments.extend(["--course", &course]);
    home.expect(code, &arguments)
}

/// The beliefs that the hint names: every Pod of the file.
fn believed(home: &Home, run: &Run) -> Vec<Value> {
    let path = home.session("pending-pod").join("cluster/beliefs.json");
    assert!(
        run.stderr
            .contains(&format!("believed is in `{}`", path.display())),
        "{run}"
    );
    assert!(path.with_file_name("goroutines.txt").exists(), "{run}");
    let text = fs::read_to_string(&path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["pods"].as_array().unwrap().clone()
}

fn nothing_runs(home: &Home, run: &Run) {
    let ready = home.session("pending-pod").join("cluster/ready.json");
    assert!(!ready.exists(), "the cluster runs\n{run}");
}

#[test]
fn a_cluster_that_does_not_come_up_names_the_pod_with_its_last_event() {
    let home = Home::new();
    // Nothing of kube-system that is no DaemonSet's tolerates it.
    let run = start_changed(
        &home,
        3,
        "nodes: {{ general_nodes }}\n",
        "nodes: {{ general_nodes }}\n      taints: [{key: for, value: others, effect: NoSchedule}]\n",
    );
    for part in [
        "error: the sandbox did not start: kube-system is not ready after 1m0s\n  not ready: Pod `kube-system/coredns-",
        "` on no node, Pending: 0/",
        "\n  believed of `kube-system/coredns-",
        "\nhint: the machine may be very busy: `labctl start` tries again; its log is `",
    ] {
        assert!(run.stderr.contains(part), "no `{part}`\n{run}");
    }
    assert!(
        !run.stderr.contains("kube-proxy"),
        "that one is ready\n{run}"
    );
    let pods = believed(&home, &run);
    let of_system = |pod: &&Value| pod["name"].as_str().unwrap().starts_with("kube-system/");
    assert_eq!(
        pods.iter().filter(of_system).count(),
        pods.len(),
        "nothing was broken before\n{run}"
    );
    nothing_runs(&home, &run);
}

#[test]
fn a_symptom_that_does_not_show_tells_what_is_believed_of_the_pods_that_are_not_ready() {
    let home = Home::new();
    // The neighbours run, but never so many.
    let run = start_changed(&home, 3, "neighbours.size() == 1", "neighbours.size() == 7");
    for part in [
        "error: the lab's symptom did not show within 60 s\n",
        "\nhint: the machine may be very busy: `labctl start` tries again; what its kubelets",
    ] {
        assert!(run.stderr.contains(part), "no `{part}`\n{run}");
    }
    let pods = believed(&home, &run);
    for pod in pods.iter().filter(|pod| pod["ready"] == true) {
        for part in ["server", "kubelet"] {
            assert!(
                pod[part].is_object(),
                "{} is not believed in by its {part}",
                pod["name"]
            );
        }
    }
    assert!(
        pods.iter().any(|pod| pod["ready"] == false),
        "the subject's Pods are refused\n{run}"
    );
    nothing_runs(&home, &run);
}

#[test]
fn a_session_whose_system_pods_were_broken_comes_back_and_says_so() {
    let home = Home::new();
    home.expect(0, &VARIANT);
    let broken = "daemonset/kube-proxy kube-proxy=registry.example.com/none:1";
    home.kubectl("pending-pod", &format!("-n kube-system set image {broken}"));
    home.kubectl(
        "pending-pod",
        "-n kube-system wait --for=jsonpath={.status.numberUnavailable}=1 daemonset/kube-proxy --timeout=60s",
    );
    home.expect(0, &["stop"]);
    let back = home.expect(0, &VARIANT);
    for part in [
        "  not all of kube-system is ready:\n    Pod `kube-system/kube-proxy-",
        "session `pending-pod` is back with your changes\n",
    ] {
        assert!(back.stderr.contains(part), "no `{part}`\n{back}");
    }
}
