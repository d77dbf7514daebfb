//! What a person's surroundings may not change: proxy variables and the umask.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::support::{Home, START, stdout};

/// A proxy that nobody is.
const PROXIED: &str = "export HTTP_PROXY=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 \
    http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1";

/// Runs `labctl` in a shell after this line, as a person's own settings come before it.
#[track_caller]
fn after(home: &Home, settings: &str, code: i32, arguments: &[&str]) -> Assert {
    let labctl = home.command(arguments);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{settings}\nexec \"$@\""), "sh"])
        .arg(labctl.get_program())
        .args(labctl.get_args())
        .current_dir(home.path());
    for (name, value) in labctl.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.assert().code(code)
}

#[test]
fn proxy_variables_change_nothing() {
    let home = Home::new();
    for exceptions in [
        "export NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1",
        "export NO_PROXY= no_proxy=",
        "unset NO_PROXY no_proxy; export HTTPS_PROXY='no address %%' https_proxy='no address %%'",
    ] {
        let settings = format!("{PROXIED}\n{exceptions}");
        after(&home, &settings, 0, &START);
        let kubectl = |arguments: &[&str]| {
            stdout(&after(
                &home,
                &settings,
                0,
                &[&["kubectl"], arguments].concat(),
            ))
        };
        let running = kubectl(&[
            "get",
            "pods",
            "-A",
            "--field-selector=status.phase=Running,spec.restartPolicy=Always,metadata.namespace!=kube-system",
            "-o",
            "jsonpath={.items[0].metadata.namespace} {.items[0].metadata.name}",
        ]);
        let (namespace, pod) = running.split_once(' ').unwrap();
        assert!(!kubectl(&["-n", namespace, "logs", pod]).is_empty());
        let seen = kubectl(&["-n", namespace, "exec", pod, "--", "ls", "/"]);
        assert!(seen.contains("etc"), "{seen}");
        after(&home, &settings, 1, &["check"]).stdout(contains("not solved"));
        after(&home, &settings, 0, &["stop"]);
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

/// A Pod whose files the kubelet gives to others: its volumes, `/etc/hosts`, what it says when it ends.
fn run_a_pod_with_volumes(home: &Home) {
    let image = home.kubectl("pending-pod", "get pods -A --field-selector=status.phase=Running,spec.restartPolicy=Always,metadata.namespace!=kube-system -o jsonpath={.items[0].spec.containers[0].image}");
    let pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "files", "namespace": "default"},
        "spec": {
            "containers": [{"name": "app", "image": image, "volumeMounts": [
                {"name": "empty", "mountPath": "/empty"}, {"name": "part", "mountPath": "/part", "subPath": "of/it"},
                {"name": "given", "mountPath": "/given"}, {"name": "host", "mountPath": "/host"},
            ]}],
            "volumes": [
                {"name": "empty", "emptyDir": {}}, {"name": "part", "emptyDir": {}},
                {"name": "given", "configMap": {"name": "kube-root-ca.crt", "defaultMode": 0o666}},
                {"name": "host", "hostPath": {"path": "/data", "type": "DirectoryOrCreate"}},
            ],
        }
    });
    let file = home.path().join("pod.json");
    fs::write(&file, pod.to_string()).unwrap();
    home.kubectl("pending-pod", &format!("apply -f {}", file.display()));
    home.kubectl(
        "pending-pod",
        "wait --for=jsonpath='{.status.containerStatuses[0].started}'=true pod/files --timeout=60s",
    );
    home.kubectl(
        "pending-pod",
        "exec files -- ls /empty /part /given /host /etc/hosts",
    );
}

#[test]
fn a_session_is_for_its_owner_alone_under_any_umask() {
    for umask in ["umask 000", "umask 002"] {
        let home = Home::new();
        // An earlier labctl made it so.
        let session = home.session("pending-pod");
        fs::create_dir_all(&session).unwrap();
        Command::new("chmod")
            .arg("0777")
            .arg(&session)
            .assert()
            .success();
        let start = [
            "start",
            "pending-pod",
            "--seed",
            "1",
            "--variant",
            "pvc-pending",
        ];
        after(&home, umask, 0, &start);
        after(&home, umask, 1, &["check"]);
        after(&home, umask, 0, &["hint"]);
        run_a_pod_with_volumes(&home);

        let mode = fs::metadata(&session).unwrap().mode();
        assert_eq!(mode & 0o077, 0, "the session's folder is {mode:o}");
        let (mut found, mut n_sockets) = (Vec::new(), 0);
        open_to_others(&session, &mut found, &mut n_sockets);
        assert_eq!(found, Vec::<PathBuf>::new(), "{umask}");
        assert_eq!(n_sockets, 4, "etcd's two, the API's, the proxy's");
    }
}
