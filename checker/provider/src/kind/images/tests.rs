use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{architecture, archive, containers, program};

const LEDGER: &str = r#"
format_version: 1
image: registry.example/payments/ledger
tags: ["2.14.0", "2.15.0"]
entrypoint: /app/ledger
user: 10001
steps:
  - keep_file: {path: /var/lib/ledger/journal, text: "begun\n"}
  - listen: {port: 8080}
exec: [ls, cat]
"#;

const ACTOR: &str = r#"
format_version: 1
image: actor
tags: ["1"]
entrypoint: /usr/local/bin/actor
user: 1000
steps: from_args
programs: [{path: /app/probe, output: "fine\n"}]
"#;

const CNI: &str = r#"
format_version: 1
image: 602401143452.dkr.ecr.*.amazonaws.com/amazon-k8s-cni
tags: ["1"]
entrypoint: /app/aws-vpc-cni
"#;

/// The head of a program of Linux on ARM.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0rest";

fn models(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let models = texts.iter();
    models
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
        .collect()
}

/// The bytes of an archive of models.
fn packed(texts: &[(&str, &str)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, PROGRAM).unwrap();
    let path = folder.path().join("images.tar");
    archive(&path, &program, &models(texts)).unwrap();
    std::fs::read(path).unwrap()
}

/// The files of a tar file with what is in them, by name.
fn files(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(tar);
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_string_lossy().into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// The entries of a layer, a line each as `ls -l` begins it.
fn listed(layer: &[u8]) -> String {
    let mut lines = String::new();
    for entry in tar::Archive::new(layer).entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.gid().unwrap(), header.mtime().unwrap()), (0, 0));
        let kind = match header.entry_type() {
            tar::EntryType::Directory => 'd',
            tar::EntryType::Symlink => 'l',
            _ => '-',
        };
        let path = entry.path().unwrap().display().to_string();
        lines += &format!("{kind} {:o} {path}", header.mode().unwrap());
        if let owner @ 1.. = header.uid().unwrap() {
            lines += &format!(" of {owner}");
        }
        if let Some(target) = entry.link_name().unwrap() {
            lines += &format!(" -> {}", target.display());
        }
        lines += "\n";
    }
    lines
}

#[test]
fn every_tag_is_an_image_and_all_images_share_the_programs_layer() {
    let files = files(&packed(&[("a.yaml", ACTOR), ("l.yaml", LEDGER)]));
    let manifest = value(&files["manifest.json"]);
    let images = manifest.as_array().unwrap();
    let names: Vec<&Value> = images.iter().map(|image| &image["RepoTags"]).collect();
    assert_eq!(
        names,
        [
            &json!(["actor:1"]),
            &json!(["registry.example/payments/ledger:2.14.0"]),
            &json!(["registry.example/payments/ledger:2.15.0"]),
        ]
    );
    let layers = |number: usize| images.iter().map(move |image| &image["Layers"][number]);
    assert!(layers(0).all(|layer| layer == &images[0]["Layers"][0]));
    let own: Vec<&Value> = layers(1).collect();
    assert!(own[0] != own[1] && own[1] == own[2]);
    // The program, two models, two configurations and the list.
    assert_eq!(files.len(), 6);
}

#[test]
fn a_configuration_names_its_layers_and_how_the_program_is_started() {
    let files = files(&packed(&[("a.yaml", ACTOR)]));
    let image = &value(&files["manifest.json"])[0];
    let configuration = value(&files[image["Config"].as_str().unwrap()]);
    assert_eq!(configuration["architecture"], "arm64");
    assert_eq!(
        configuration["config"],
        json!({
            "Entrypoint": ["/usr/local/bin/actor"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "User": "1000",
            "WorkingDir": "/",
        })
    );
    let digests = image["Layers"].as_array().unwrap().iter();
    let digests: Vec<String> = digests
        .map(|layer| layer.as_str().unwrap().replace(".tar", ""))
        .map(|digest| format!("sha256:{digest}"))
        .collect();
    assert_eq!(configuration["rootfs"]["diff_ids"], json!(digests));
}

#[test]
fn a_command_stands_where_a_pods_arguments_take_its_place() {
    let model = "format_version: 1\nimage: tools\ntags: [\"1\"]\ncommand: [sh]\nexec: [sh]\n";
    let files = files(&packed(&[("a.yaml", model)]));
    let image = &value(&files["manifest.json"])[0];
    let configuration = value(&files[image["Config"].as_str().unwrap()]);
    assert_eq!(configuration["config"]["Cmd"], json!(["sh"]));
    assert_eq!(configuration["config"]["Entrypoint"], Value::Null);
    let own = listed(&files[image["Layers"][1].as_str().unwrap()]);
    assert!(own.contains("d 777 tmp"), "{own}");
}

#[track_caller]
fn check_layers(model: &str, expected: &str) {
    let files = files(&packed(&[("model.yaml", model)]));
    let layers = &value(&files["manifest.json"])[0]["Layers"];
    let program = &files[layers[0].as_str().unwrap()];
    assert_eq!(listed(program), "- 755 labctl/program\n");
    let own = &files[layers[1].as_str().unwrap()];
    assert_eq!(listed(own), expected);
    assert_eq!(self::files(own)["labctl/model.yaml"], model.as_bytes());
}

#[test]
fn a_model_is_called_by_its_entrypoint_and_its_tools() {
    check_layers(
        LEDGER,
        "d 755 app
d 755 bin
d 755 labctl
d 755 usr
d 755 usr/bin
d 755 var
d 755 var/lib
d 755 var/lib/ledger of 10001
- 644 labctl/model.yaml
l 777 app/ledger -> /labctl/program
l 777 bin/cat -> /labctl/program
l 777 bin/ls -> /labctl/program
l 777 usr/bin/cat -> /labctl/program
l 777 usr/bin/ls -> /labctl/program
",
    );
}

#[test]
fn a_program_with_a_fixed_result_is_a_link_too() {
    check_layers(
        ACTOR,
        "d 755 app
d 755 labctl
d 755 usr
d 755 usr/local
d 755 usr/local/bin
- 644 labctl/model.yaml
l 777 app/probe -> /labctl/program
l 777 usr/local/bin/actor -> /labctl/program
",
    );
}

#[test]
fn the_same_models_give_the_same_bytes() {
    let texts = [("a.yaml", ACTOR), ("l.yaml", LEDGER)];
    assert_eq!(packed(&texts), packed(&texts));
}

#[test]
fn an_image_of_no_one_registry_is_left_out() {
    let files = files(&packed(&[("cni.yaml", CNI)]));
    assert_eq!(value(&files["manifest.json"]), json!([]));
}

#[test]
fn what_is_no_model_or_no_program_of_linux_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, program) = (folder.path().join("images.tar"), folder.path().join("it"));
    let refused = |content: &[u8], model| {
        std::fs::write(&program, content).unwrap();
        archive(&path, &program, &models(&[("a.yaml", model)]))
            .unwrap_err()
            .to_string()
    };
    let said = refused(PROGRAM, "image: actor\n");
    assert!(said.starts_with("workload model `a.yaml`: "), "{said}");
    let said = refused(b"MZ", ACTOR);
    assert!(said.contains("is not built for Linux"), "{said}");
    assert!(!path.exists());
}

#[test]
fn the_containers_program_is_made_of_no_kubernetes() {
    let program = containers("amd64");
    let sources = program.sources();
    let folders: Vec<&Path> = sources
        .iter()
        .filter_map(|(path, _)| path.parent())
        .collect();
    assert!(folders.contains(&Path::new("container")));
    assert!(folders.contains(&Path::new("workload/models")));
    assert!(folders.contains(&Path::new("rights")));
    assert!(!folders.contains(&Path::new("node")));
    assert!(
        !sources
            .iter()
            .any(|(path, _)| *path == Path::new("main.go"))
    );
}

#[test]
fn the_containers_program_is_built_from_its_own_sources_alone() {
    let cache = tempfile::tempdir().unwrap();
    let program = program(cache.path(), "amd64", &|| false, &mut |_| {}).unwrap();
    assert_eq!(
        architecture(&std::fs::read(&program).unwrap()),
        Some("amd64")
    );
    // Nothing of the build is left beside it but the lock.
    assert_eq!(
        std::fs::read_dir(cache.path().join("containers"))
            .unwrap()
            .count(),
        2
    );
}
