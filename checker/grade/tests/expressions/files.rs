//! Expressions over a file of the learner's.

use grade::Evidence;
use grade::evidence::FileSeen;
use grade::kinds::{Ask, Files, Given};
use grade::verdict::Verdict;

use super::check;

#[test]
fn files_are_read_as_values() {
    let checks = check(Ask::Files(Files {
        given: Given::default(),
        path: "review.yaml".to_owned(),
        expression: "file.decision == 'reject' && file.findings.size() == 2".to_owned(),
        expected: Some("a decision".to_owned()),
        found: Some("file.decision == 'undecided' ? 'no decision' : ''".to_owned()),
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
    let failed = |found: &str| Verdict::Failed {
        expected: "a decision".to_owned(),
        found: found.to_owned(),
    };
    let undecided = |why: &str| Verdict::Undecided {
        why: why.to_owned(),
    };
    let passed = Verdict::Passed { evidence: None };
    assert_eq!(text("decision: reject\nfindings: [a, b]\n"), passed);
    assert_eq!(
        text(r#"{"decision": "reject", "findings": ["a", "b"]}"#),
        passed
    );
    assert_eq!(
        text("decision: accept\n"),
        failed("`review.yaml` says otherwise")
    );
    assert_eq!(
        text("decision: undecided\n"),
        failed("`review.yaml`: no decision")
    );
    assert_eq!(
        text("decision: reject\n"),
        failed("`review.yaml`: no such key: `findings`")
    );
    assert_eq!(
        text("a: 1\n---\nb: 2\n"),
        failed("`review.yaml` has 2 documents")
    );
    let Verdict::Failed { found, .. } = text("decision: reject\n- no\n") else {
        panic!("it passed")
    };
    assert!(
        found.starts_with("`review.yaml` is no YAML: line 2: "),
        "{found}"
    );
    assert_eq!(
        verdict(Some(FileSeen::Absent)),
        failed("no file `review.yaml`")
    );
    assert_eq!(
        verdict(Some(FileSeen::Unreadable("it is 20 MiB".to_owned()))),
        undecided("it is 20 MiB")
    );
    assert_eq!(verdict(None), undecided("file `review.yaml`: not read"));
}
