//! What a person's surroundings may not change: proxy variables and the umask.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Home, Run, run};

/// A proxy that nobody is.
const PROXIED: &str = "export HTTP_PROXY=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 \
    http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1";

/// Runs `labctl` in a shell after this line, as a person's own settings come before it.
fn after(home: &Home, settings: &str, arguments: &[&str]) -> Run {
    let labctl = home.command(arguments);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{settings}\nexec \"$@\""), "sh"])
        .arg(labctl.get_program())
        .args(labctl.get_args())
        .current_dir(home.path())
        .stdin(std::process::Stdio::null());
    for (name, value) in labctl.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    run(&mut shell)
}

#[track_caller]
fn succeeds(home: &Home, settings: &str, arguments: &[&str]) -> String {
    let run = after(home, settings, arguments);
    assert_eq!(run.code, Some(0), "{settings}\nlabctl {arguments:?}\n{run}");
    run.stdout
}

#[test]
fn proxy_variables_change_nothing() {
    let home = Home::new();
    // Most lists of exceptions have the loopback addresses, some are empty, and one that cannot be read is nobody's list.
    for (number, exceptions) in [
        "export NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1",
        "export NO_PROXY= no_proxy=",
        "unset NO_PROXY no_proxy; export HTTPS_PROXY='no address %%' https_proxy='no address %%'",
    ]
    .into_iter()
    .enumerate()
    {
        let settings = format!("{PROXIED}\n{exceptions}");
        let succeeds = |arguments: &[&str]| succeeds(&home, &settings, arguments);
        if number == 0 {
            succeeds(&[
                "start",
                "pending-pod",
                "--seed",
                "1",
                "--variant",
                "missing-toleration",
            ]);
        } else {
            succeeds(&["start", "pending-pod"]);
        }
        let logs = [
            "-n",
            "kube-system",
            "logs",
            "daemonset/aws-node",
            "-c",
            "aws-node",
        ];
        let kubectl = |arguments: &[&str]| succeeds(&[&["kubectl"], arguments].concat());
        assert!(!kubectl(&logs).is_empty(), "{settings}");
        let app = kubectl(&[
            "get",
            "pods",
            "-A",
            "--field-selector=status.phase=Running",
            "-o",
            "jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{\"\\n\"}{end}",
        ]);
        let (namespace, pod) = app
            .lines()
            .find(|line| !line.starts_with("kube-system"))
            .and_then(|line| line.split_once(' '))
            .unwrap();
        let seen = kubectl(&["-n", namespace, "exec", pod, "--", "ls", "/"]);
        assert!(seen.contains("etc"), "{seen}");
        let checked = after(&home, &settings, &["check"]);
        assert_eq!(checked.code, Some(1), "{checked}");
        succeeds(&["stop"]);
    }
}

/// All files, folders and sockets below a folder that their group or anybody else may use.
fn open_to_others(folder: &Path, found: &mut Vec<PathBuf>, n_sockets: &mut usize) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A temporary file may have gone.
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        *n_sockets += usize::from(about.file_type().is_socket());
        if !about.file_type().is_symlink() && about.mode() & 0o077 != 0 {
            found.push(path.clone());
        }
        if about.is_dir() {
            open_to_others(&path, found, n_sockets);
        }
    }
}

#[test]
fn a_session_is_for_its_owner_alone_under_any_umask() {
    for umask in ["umask 000", "umask 002"] {
        let home = Home::new();
        // An earlier labctl made it so.
        let session = home.session("pending-pod");
        fs::create_dir_all(&session).unwrap();
        assert_eq!(
            Command::new("chmod")
                .arg("0777")
                .arg(&session)
                .status()
                .unwrap()
                .code(),
            Some(0)
        );
        succeeds(
            &home,
            umask,
            &[
                "start",
                "pending-pod",
                "--seed",
                "1",
                "--variant",
                "pvc-pending",
            ],
        );
        after(&home, umask, &["check"]);
        succeeds(&home, umask, &["hint"]);
        // A Pod whose files the kubelet gives to others: its volumes, /etc/hosts, what it says when it ends.
        let image = home.kubectl("pending-pod", "get pods -A --field-selector=status.phase=Running -o jsonpath='{.items[?(@.metadata.namespace!=\"kube-system\")].spec.containers[0].image}'");
        let image = image.split(' ').next().unwrap();
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "files", "namespace": "default"},
            "spec": {
                "containers": [{"name": "app", "image": image, "volumeMounts": [
                    {"name": "empty", "mountPath": "/empty"}, {"name": "given", "mountPath": "/given"}, {"name": "host", "mountPath": "/host"},
                ]}],
                "volumes": [{"name": "empty", "emptyDir": {}}, {"name": "given", "configMap": {"name": "kube-root-ca.crt", "defaultMode": 0o666}},
                    {"name": "host", "hostPath": {"path": "/data", "type": "DirectoryOrCreate"}}],
            }
        });
        let file = home.path().join("pod.json");
        fs::write(&file, pod.to_string()).unwrap();
        home.kubectl("pending-pod", &format!("apply -f {}", file.display()));
        home.kubectl("pending-pod", "wait --for=jsonpath='{.status.containerStatuses[0].started}'=true pod/files --timeout=60s");
        home.kubectl("pending-pod", "exec files -- ls /empty /given /host");

        let about = fs::metadata(&session).unwrap();
        assert_eq!(
            about.mode() & 0o077,
            0,
            "the session's folder is {:o}",
            about.mode()
        );
        let (mut found, mut n_sockets) = (Vec::new(), 0);
        open_to_others(&session, &mut found, &mut n_sockets);
        let expected: Vec<PathBuf> = Vec::new();
        assert_eq!(found, expected, "{umask}");
        assert!(n_sockets >= 4, "{n_sockets} sockets");
    }
}
