//! Expressions over a file of the learner's.

use std::collections::BTreeMap;

use grade::Evidence;
use grade::evidence::FileSeen;
use grade::kinds::{Ask, Given, Rule, WrittenWork};
use grade::verdict::Verdict;

use super::check;

#[test]
fn files_are_read_as_values() {
    let checks = check(Ask::WrittenWork(WrittenWork {
        given: Given::default(),
        files: vec![("file".to_owned(), "review.yaml".to_owned())],
        forms: BTreeMap::new(),
        rules: vec![Rule {
            id: "decided".to_owned(),
            says: String::new(),
            each: None,
            when: None,
            at: Some("\"file.decision\"".to_owned()),
            expression: "file.decision == 'reject' && file.findings.size() == 2".to_owned(),
            expected: Some("a decision".to_owned()),
            found: Some("file.decision == 'undecided' ? 'no decision' : ''".to_owned()),
            page: None,
        }],
    }));
    let verdict = |seen: Option<FileSeen>| {
        let evidence = Evidence {
            files: seen
                .map(|seen| ("review.yaml".to_owned(), seen))
                .into_iter()
                .collect(),
            ..Evidence::default()
        };
        grade::verdicts(&checks, &evidence).remove(0).verdict
    };
    let text = |text: &str| verdict(Some(FileSeen::Text(text.to_owned())));
    let failed = |expected: &str, found: &str| Verdict::Failed {
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    let passed = Verdict::Passed { evidence: None };
    let readable = "a file `review.yaml` that can be read";
    assert_eq!(text("decision: reject\nfindings: [a, b]\n"), passed);
    assert_eq!(
        text(r#"{"decision": "reject", "findings": ["a", "b"]}"#),
        passed
    );
    assert_eq!(
        text("decision: accept\n"),
        failed("a decision", "review.yaml:1: `accept`")
    );
    assert_eq!(
        text("\ndecision: undecided\n"),
        failed("a decision", "review.yaml:2: no decision")
    );
    assert_eq!(
        text("decision: reject\n"),
        failed("a decision", "review.yaml:1: no such key: `findings`")
    );
    assert_eq!(
        text("a: 1\n---\nb: 2\n"),
        failed(
            readable,
            "review.yaml:3:1: it has 2 documents; write one, without `---` in between"
        )
    );
    let most = format!(
        "decision: reject\nfindings: [a, b]\nmore:\n{}",
        "- a\n".repeat(100)
    );
    assert_eq!(text(&most), passed);
    assert_eq!(
        text(&format!("{most}- b\n- c\n")),
        failed(
            readable,
            "review.yaml:104:3: it has 102 entries in one place; write 100 at most"
        )
    );
    let Verdict::Failed { found, .. } = text("decision: reject\n- no\n") else {
        panic!("it passed")
    };
    assert!(
        found.starts_with("review.yaml:2:3: it is no YAML: "),
        "{found}"
    );
    assert_eq!(
        verdict(Some(FileSeen::Absent)),
        failed(readable, "no file `review.yaml`")
    );
    assert_eq!(
        verdict(Some(FileSeen::Unreadable("it is 20 MiB".to_owned()))),
        undecided("it is 20 MiB")
    );
    assert_eq!(verdict(None), undecided("file `review.yaml`: not read"));
}
