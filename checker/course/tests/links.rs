//! Links that lead nowhere, each in a book of one fault.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use course::links;

#[track_caller]
fn check(page: &str, expected: &[&str]) {
    let book = tempfile::tempdir().unwrap();
    std::fs::create_dir(book.path().join("part")).unwrap();
    std::fs::write(book.path().join("index.html"), "<h1 id=\"top\">Top</h1>").unwrap();
    std::fs::write(book.path().join("part/page.html"), page).unwrap();
    let faults: Vec<String> = links::check(book.path())
        .unwrap()
        .into_iter()
        .map(|fault| fault.message)
        .collect();
    assert_eq!(faults, expected);
}

#[test]
fn a_link_needs_its_page_and_its_anchor() {
    check(
        r##"<a href="../index.html#top">up</a> <a href="#here" id="here">here</a> <a href="https://example.com/">out</a>"##,
        &[],
    );
    check(
        r#"<a href="absent.html">x</a>"#,
        &["link `absent.html`: there is no `part/absent.html`"],
    );
    check(
        r#"<a href="../index.html#bottom">x</a>"#,
        &["link `../index.html#bottom`: `index.html` has no `#bottom`"],
    );
    check(
        r##"<a href="#absent">x</a>"##,
        &["link `#absent`: `part/page.html` has no `#absent`"],
    );
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    check(
        r#"<script src="https://cdn.example/x.js"></script>"#,
        &["is fetched from `https://cdn.example/x.js`"],
    );
    check(
        r#"<link rel="stylesheet" href="//cdn.example/x.css">"#,
        &["is fetched from `//cdn.example/x.css`"],
    );
    check(
        "<script>let page = '<a href=\"nowhere.html\">';</script>",
        &[],
    );
}
