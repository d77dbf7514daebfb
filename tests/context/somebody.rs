//! Somebody's cluster: a sandbox of a session of its own, a person who may do little there, and their kubeconfig.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command as StdCommand;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::support::{Home, copy_course};

/// The context of the person who has only the rights of the book's page.
pub(super) const RESTRICTED: &str = "labs";

/// Whose cluster it is.
const OWNER: &str = "owner";

/// The longest that is waited for something.
const WITHIN: Duration = Duration::from_mins(1);

/// What comes and goes by itself.
const BY_ITSELF: [&str; 5] = [
    "events",
    "events.events.k8s.io",
    "leases.coordination.k8s.io",
    "nodes.metrics.k8s.io",
    "pods.metrics.k8s.io",
];

pub(super) struct Somebody<'a> {
    home: &'a Home,
    kubeconfig: PathBuf,
    course: String,
}

impl<'a> Somebody<'a> {
    pub(super) fn new(home: &'a Home) -> Self {
        let start = ["start", "pending-pod", "--variant", "quota", "--seed", "1"];
        home.expect(0, &[&["--session", OWNER], &start[..]].concat());
        let course = copy_course(home);
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/context/course/.");
        let copied = StdCommand::new("cp")
            .arg("-r")
            .args([&fixture, &course])
            .status();
        assert!(copied.unwrap().success());
        let mut cluster = Self {
            home,
            kubeconfig: home.path().join("kubeconfig"),
            course: course.display().to_string(),
        };
        cluster.sign_in();
        cluster
    }

    /// A course with the lab of these tests.
    pub(super) fn course(&self) -> &str {
        &self.course
    }

    /// `labctl` as the person who has that kubeconfig, and a kubectl.
    pub(super) fn command(&self, arguments: &[&str]) -> StdCommand {
        let mut command = self.home.command(arguments);
        let bin = self.home.session(OWNER).join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)));
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("PATH", path.unwrap());
        command
    }

    pub(super) fn labctl(&self, arguments: &[&str]) -> Command {
        Command::from_std(self.command(arguments))
    }

    /// The namespaces of labs.
    pub(super) fn labs(&self) -> Vec<String> {
        let names = self.kubectl("get namespaces -l labctl/session -o name");
        let names = names
            .lines()
            .map(|name| name.trim_start_matches("namespace/").to_owned());
        names.collect()
    }

    /// Waits until there is one.
    pub(super) fn await_labs(&self) {
        let end = Instant::now() + WITHIN;
        while self.labs().is_empty() {
            assert!(Instant::now() < end, "no lab has come");
        }
    }

    /// Everything that there is, but what changes by itself, by kind, namespace and name.
    pub(super) fn everything(&self) -> BTreeMap<String, Value> {
        let kinds = self.kubectl("api-resources --verbs=list -o name");
        let kinds: Vec<&str> = kinds.lines().filter(|it| !BY_ITSELF.contains(it)).collect();
        let listed = self.kubectl(&format!("get {} -A -o json", kinds.join(",")));
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let objects = listed["items"].as_array().unwrap().iter().map(|object| {
            let text = |at: &str| {
                object
                    .pointer(at)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let name = format!(
                "{} {} {}/{}",
                text("/apiVersion"),
                text("/kind"),
                text("/metadata/namespace"),
                text("/metadata/name")
            );
            let mut object = object.clone();
            object.as_object_mut().unwrap().remove("status");
            let metadata = object["metadata"].as_object_mut().unwrap();
            for field in ["managedFields", "resourceVersion", "generation"] {
                metadata.remove(field);
            }
            (name, object)
        });
        objects.collect()
    }

    /// From now on the restricted person may not do anything with this resource.
    pub(super) fn take_right(&self, resource: &str) {
        let role = self.kubectl("get clusterrole labctl -o json");
        let mut role: Value = serde_json::from_str(&role).unwrap();
        let rules = role["rules"].as_array_mut().unwrap();
        rules.retain(|rule| rule["resources"] != json!([resource]));
        self.apply(&role.to_string());
    }

    fn kubectl(&self, line: &str) -> String {
        self.home.kubectl(OWNER, line)
    }

    fn apply(&self, manifest: &str) {
        let path = self.home.path().join("manifest.yaml");
        std::fs::write(&path, manifest).unwrap();
        self.kubectl(&format!("apply -f {}", path.display()));
    }

    /// Writes the kubeconfig: the owner's own context under a name of production, and that of a person who signs in by a program.
    fn sign_in(&mut self) {
        self.apply(&role());
        self.kubectl("-n default create serviceaccount somebody");
        self.kubectl("create clusterrolebinding labctl --clusterrole=labctl --serviceaccount=default:somebody");
        let token = self.kubectl("-n default create token somebody");
        let program = self.home.path().join("get-token.sh");
        let credential = json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": token.trim()},
        });
        let script = format!("#!/bin/sh\necho '{credential}'\n");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let owners = self.kubectl("config view --raw -o json");
        let mut all: Value = serde_json::from_str(&owners).unwrap();
        let cluster = all["clusters"][0]["name"].clone();
        let user = all["users"][0]["name"].clone();
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "./get-token.sh",
            "interactiveMode": "Never",
        });
        all["contexts"] = json!([
            {"name": "shop-prod", "context": {"cluster": cluster, "user": user}},
            {"name": RESTRICTED, "context": {"cluster": cluster, "user": "somebody"}},
        ]);
        let users = all["users"].as_array_mut().unwrap();
        users.push(json!({"name": "somebody", "user": {"exec": exec}}));
        std::fs::write(&self.kubeconfig, all.to_string()).unwrap();
    }
}

/// The role of the book's page.
fn role() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/reference/rights.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}
