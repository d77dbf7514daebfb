//! Words that would give the cause away, in what a learner reads before they have found it: the brief, the first hint,
//! the names, labels, annotations and configuration texts of the broken objects, and the names and labels of the node groups.
//!
//! The fields that are wrong say what is wrong with them, and have to: they are not searched.

use serde_json::Value;

use super::situations;
use crate::diagnostic::{Diagnostic, message};
use crate::document::Document;
use crate::scenario::{Machine, VariantReader};

/// Every leak of a variant whose other parts are right. A file that cannot be read has none: its own fault is named elsewhere.
pub(super) fn find(
    reader: &VariantReader<'_>,
    machine: &Machine,
    scenario: &Document<'_>,
) -> Vec<Diagnostic> {
    let mut leaks = Vec::new();
    let undecided = situations(reader, &machine.checks).swap_remove(2);
    let hint = reader
        .hints()
        .ok()
        .and_then(|mut hints| (!hints.is_empty()).then(|| hints.swap_remove(0)));
    let hint = hint
        .iter()
        .flatten()
        .filter_map(|part| Document::render(&part.file, &part.text, &undecided).ok());
    let hint: Vec<Document<'_>> = hint.collect();
    let brief = reader.render(&reader.brief_path());
    for word in &machine.leaks {
        for document in brief.iter().chain(&hint) {
            leaks.extend(in_lines(document, word, &document.text));
        }
        for path in reader.manifests() {
            let Ok(document) = reader.manifest(path) else {
                continue;
            };
            let objects: Vec<Value> = document.read_all().unwrap_or_default();
            let mut texts = Vec::new();
            for object in &objects {
                read_texts(object, &mut texts);
            }
            for text in texts {
                leaks.extend(in_lines(&document, word, text));
            }
        }
        for node in machine.cluster.iter().flat_map(|cluster| &cluster.nodes) {
            let labels = node.labels.iter().flat_map(|(key, value)| [key, value]);
            for text in [&node.node_group, &node.subnet].into_iter().chain(labels) {
                leaks.extend(in_lines(scenario, word, text));
            }
        }
    }
    leaks
}

/// The leaks of a text of this document, each at the first line of the document that has that line of the text.
fn in_lines(document: &Document<'_>, word: &str, text: &str) -> Vec<Diagnostic> {
    let wanted = word.to_lowercase();
    let column = |line: &str| {
        let lower = line.to_lowercase();
        lower
            .find(&wanted)
            .map(|byte| lower[..byte].chars().count() + 1)
    };
    let leaking = text
        .lines()
        .map(str::trim)
        .filter(|line| column(line).is_some());
    leaking
        .map(|leaking| {
            let mut lines = (1..).zip(document.text.lines());
            let place = lines.find_map(|(number, line)| {
                line.contains(leaking)
                    .then(|| (number, column(line).unwrap_or(1)))
            });
            let (line, column) = place.unwrap_or((1, 1));
            document.fault_at(line, column, message!(Leak, word)).note(
                "`leaks` of scenario.yaml keeps this word from what is read before the solution",
            )
        })
        .collect()
}

/// What of an object is a name or a text for people.
fn read_texts<'a>(object: &'a Value, texts: &mut Vec<&'a str>) {
    match object {
        Value::Array(items) => items.iter().for_each(|item| read_texts(item, texts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "metadata" | "data" | "stringData" => all_texts(value, texts),
                    "containers" | "initContainers" | "volumes" => {
                        texts.extend(
                            value
                                .as_array()
                                .into_iter()
                                .flatten()
                                .filter_map(|item| item.get("name")?.as_str()),
                        );
                        read_texts(value, texts);
                    }
                    _ => read_texts(value, texts),
                }
            }
        }
        _ => {}
    }
}

fn all_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| all_texts(item, texts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                texts.push(name);
                all_texts(value, texts);
            }
        }
        _ => {}
    }
}
