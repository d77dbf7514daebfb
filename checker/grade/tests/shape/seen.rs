//! What a learner sees of a lab before looking into anything: what is there, how much of it, what it is called, how long it is.

use std::collections::{BTreeMap, BTreeSet};

use grade::Scenario;
use serde_json::Value;

/// Lengths of texts are told apart in steps of so many letters.
const STEP: usize = 100;

/// By name.
pub(crate) fn features(scenario: &Scenario) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut add = |name: String, value: String| {
        all.insert(name, value);
    };
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    let nodes = || scenario.cluster.iter().flat_map(|cluster| &cluster.nodes);
    for node in nodes() {
        *groups.entry(&node.node_group).or_default() += 1;
    }
    add("nodes".to_owned(), nodes().count().to_string());
    add("node groups".to_owned(), groups.len().to_string());
    let mut sizes: Vec<usize> = groups.values().copied().collect();
    sizes.sort_unstable();
    add("nodes of each group".to_owned(), format!("{sizes:?}"));
    for group in groups.keys() {
        add(format!("node group {group}"), "there".to_owned());
    }
    let shared = groups.keys().filter(|group| {
        groups
            .keys()
            .any(|other| other != *group && group.starts_with(*other))
    });
    add(
        "node groups called after another".to_owned(),
        shared.count().to_string(),
    );
    add(
        "subnets".to_owned(),
        scenario
            .cluster
            .iter()
            .map(|cluster| cluster.subnets.len())
            .sum::<usize>()
            .to_string(),
    );
    let files: Vec<&String> = scenario.start.keys().collect();
    add("files handed out".to_owned(), format!("{files:?}"));
    add("letters of the brief".to_owned(), length(&scenario.brief));
    let words: BTreeSet<&str> = scenario
        .brief
        .split(|letter: char| !letter.is_alphabetic())
        .collect();
    for word in words {
        add(format!("word of the brief: {word}"), "there".to_owned());
    }
    let objects = objects(scenario);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in &objects {
        *kinds.entry(text(object, "/kind")).or_default() += 1;
    }
    for (kind, count) in kinds {
        add(format!("objects of kind {kind}"), count.to_string());
    }
    for object in &objects {
        let name = text(object, "/metadata/name");
        match text(object, "/kind") {
            "Deployment" | "StatefulSet" => add(format!("workload {name}"), "there".to_owned()),
            "ConfigMap" => notes(name, object, &groups, &mut add),
            _ => {}
        }
    }
    let mut replicas: Vec<u64> = objects
        .iter()
        .filter_map(|it| it.pointer("/spec/replicas")?.as_u64())
        .collect();
    replicas.sort_unstable();
    add(
        "replicas of each workload".to_owned(),
        format!("{replicas:?}"),
    );
    let subject = scenario.names["subject"]["name"].as_str().unwrap();
    let asked = objects
        .iter()
        .find(|it| text(it, "/metadata/name") == subject && it.pointer("/spec/replicas").is_some());
    let asked = asked.map(|it| it["spec"]["replicas"].to_string());
    add(
        "replicas of what is down".to_owned(),
        asked.unwrap_or_default(),
    );
    all
}

/// The keys of a `ConfigMap` and how long each text is; what is called after a node group counts as a group.
fn notes(
    name: &str,
    object: &Value,
    groups: &BTreeMap<&str, usize>,
    add: &mut impl FnMut(String, String),
) {
    let data = object["data"].as_object().unwrap();
    add(format!("keys of {name}"), data.len().to_string());
    for (key, value) in data {
        if groups.contains_key(key.as_str()) || key.contains('.') {
            continue;
        }
        add(
            format!("letters of {key} in {name}"),
            length(value.as_str().unwrap()),
        );
    }
    let all: usize = data
        .values()
        .filter_map(|it| Some(it.as_str()?.len()))
        .sum();
    add(format!("letters of {name}"), (all / STEP / 2).to_string());
}

fn length(text: &str) -> String {
    (text.len() / STEP).to_string()
}

fn objects(scenario: &Scenario) -> Vec<Value> {
    let documents = scenario
        .broken
        .iter()
        .flat_map(|file| file.text.split("\n---"));
    documents
        .filter_map(|document| serde_yaml::from_str(document).ok())
        .filter(Value::is_object)
        .collect()
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
