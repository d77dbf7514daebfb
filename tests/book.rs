//! The book as a person gets at it, and that every place which sends somebody there names a page that exists.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use assert_cmd::Command;
use predicates::prelude::*;

use crate::support::{Home, signal, stdout};

/// The longest that anything here is waited for.
const DEADLINE: Duration = Duration::from_mins(1);

#[test]
fn a_page_and_a_heading_are_shown_by_their_titles() {
    let home = Home::new();
    home.expect(0, &["book", "Reading scheduler events"])
        .stdout(predicate::str::starts_with("Reading scheduler events\n"))
        .stdout(predicate::str::contains("Names to the numbers"))
        .stdout(predicate::str::contains("</details>").not());
    // As a shell hands it over that nobody told of quotes.
    home.expect(0, &["book", "it", "is", "a", "sum"])
        .stdout(predicate::str::starts_with("It is a sum\n"))
        .stdout(predicate::str::contains("Names to the numbers").not());
    let json = home.json(0, &["book", "Reading scheduler events"]);
    assert_eq!(json["page"]["path"], "pending/events.md");
    assert!(json["text"].as_str().unwrap().contains("## It is a sum"));
}

#[test]
fn a_slip_is_told_what_was_probably_meant() {
    let home = Home::new();
    home.expect(2, &["book", "Reading scheduler evnets"])
        .stderr(
            "error: the book has no page or heading `Reading scheduler evnets`\n\n\
         hint: did you mean `labctl book \"Reading scheduler events\"`?\n",
        );
    home.expect(2, &["book", "zones"])
        .stderr(predicate::str::contains(
            "labctl book \"Volumes and zones\"",
        ));
}

#[test]
fn where_nobody_sits_at_a_terminal_the_contents_are_listed() {
    let home = Home::new();
    let listed = home.expect(0, &["book"]).stdout(predicate::str::contains(
        "\nPending Pods\n  Where a Pod waits\n",
    ));
    home.expect(0, &["book", "--list"]).stdout(stdout(&listed));
    let json = home.json(0, &["book"]);
    assert_eq!(json["pages"][1]["title"], "A session");
}

#[test]
fn it_is_served_and_a_browser_opened_until_ctrl_c() {
    let home = Home::new();
    let (browser, opened) = browser(&home);
    let mut serving = home
        .command(&["book", "--serve"])
        .env("BROWSER", browser)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(serving.stderr.as_mut().unwrap())
        .read_line(&mut said)
        .unwrap();
    let address = said
        .split_whitespace()
        .find(|word| word.starts_with("http://127.0.0.1:"));
    let address = address.unwrap_or_else(|| panic!("no address: {said}"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(fs::read_to_string(opened)));
    let given = receiver.recv_timeout(DEADLINE).unwrap().unwrap();
    assert_eq!(given.trim(), address, "the browser is given the address");
    let index = get(address, "");
    assert!(index.contains("Practise day-2 EKS"), "{index}");
    let page = get(address, "pending/events.html");
    let copied = "data-commands=\"kubectl --namespace practice run thinker";
    assert!(page.contains(copied), "{page}");
    signal(&serving, "INT");
    assert_eq!(serving.wait().unwrap().code(), Some(0));
}

#[test]
fn every_command_that_sends_somebody_to_the_book_works_as_printed() {
    let home = Home::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut titles = BTreeSet::new();
    for file in [
        "README.md",
        "book/src",
        "checker/labctl/src",
        "checker/session/src",
        "labs",
        "scenarios",
    ] {
        collect(&root.join(file), &mut titles);
    }
    for title in [
        "Reading scheduler events",
        "What is real and what is simulated",
    ] {
        assert!(titles.contains(title), "{titles:?}");
    }
    for title in titles {
        Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("labctl book \"{title}\""))
            .env("LABCTL_HOME", home.path())
            .env(
                "PATH",
                assert_cmd::cargo::cargo_bin!("labctl").parent().unwrap(),
            )
            .assert()
            .success()
            .stdout(predicate::str::is_empty().not());
    }
}

/// A program that opens an address, and the pipe where it says which.
fn browser(home: &Home) -> (PathBuf, PathBuf) {
    let (browser, opened) = (home.path().join("browser"), home.path().join("opened"));
    Command::new("mkfifo").arg(&opened).assert().success();
    program(&browser, &format!("echo \"$1\" > '{}'", opened.display()));
    (browser, opened)
}

/// A program that runs one line.
pub(crate) fn program(path: &Path, line: &str) {
    fs::write(path, format!("#!/bin/sh\n{line}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn get(address: &str, path: &str) -> String {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    answer
}

/// The titles that files name: in `labctl book "…"`, in a constant for it, and in the `see` of a check.
fn collect(path: &Path, titles: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), titles);
        }
        return;
    }
    let Ok(text) = fs::read_to_string(path) else {
        return;
    };
    let until_quote = |rest: &str| rest.split('"').next().unwrap_or_default().to_owned();
    titles.extend(text.split("labctl book \"").skip(1).map(until_quote));
    // A written lab's own files have a `see` that is none of the book.
    let is_of_checks = path.ends_with("scenario.yaml");
    for place in text
        .lines()
        .filter(|_| is_of_checks)
        .filter_map(|line| line.trim().strip_prefix("see: "))
    {
        let place = place.trim_matches('\'');
        titles.insert(place.split('"').nth(1).unwrap_or(place).to_owned());
    }
    // Patterns of code, not titles.
    titles.retain(|title| !title.contains(['{', '\\', '…']));
}
