//! The questions of a page as a person answers them: at a terminal, by options, and for programs.

use std::process::Command;

use predicates::prelude::*;
use rexpect::session::{PtySession, spawn_command};

use crate::support::{Home, stdout, types};

const PAGE: &str = "Cluster boundaries";

/// How long something may take to be shown.
const SHOWN_WITHIN_MS: u64 = 30_000;

fn at_a_terminal(home: &Home) -> PtySession {
    let mut command = Command::new("sh");
    command
        .args(["-c", "stty rows 40 cols 120; exec \"$0\" quiz \"$1\""])
        .arg(assert_cmd::cargo::cargo_bin!("labctl"))
        .arg(PAGE)
        .env("LABCTL_HOME", home.path())
        .env("TERM", "xterm");
    spawn_command(command, Some(SHOWN_WITHIN_MS)).unwrap()
}

#[test]
fn where_nobody_sits_the_questions_are_shown_and_not_the_answers() {
    let home = Home::new();
    home.expect(0, &["quiz", PAGE])
        .stdout(predicate::str::contains("- a) "))
        .stdout(predicate::str::contains("--answer 1=…   a number, in %"))
        .stdout(predicate::str::contains("the answer is").not())
        .stdout(predicate::str::contains("12.5").not());
    let json = home.json(0, &["quiz", PAGE]);
    assert_eq!(json["page"]["path"], "platform/boundaries.md");
    assert_eq!(json["questions"][1]["kind"], "one");
    assert_eq!(json["questions"][1]["choices"][3]["letter"], "d");
    assert!(json["questions"][1]["judged"].is_null());
    assert!(
        !json.to_string().contains("12.5"),
        "no answer is given away"
    );
}

#[test]
fn answers_of_options_are_judged_with_the_reason_and_the_place() {
    let home = Home::new();
    let answers = ["--answer", "1=12.5 %", "--answer", "3=c,B"];
    home.expect(0, &[&["quiz", PAGE], &answers[..]].concat())
        .stdout(predicate::str::contains("✓ right: 12.5 %\n"))
        .stdout(predicate::str::contains(
            "see book: labctl book \"Put numbers to it\"",
        ))
        .stdout(predicate::str::contains("✓ right: b c\n"));
    home.expect(1, &["quiz", PAGE, "--answer", "1=8"])
        .stdout(predicate::str::contains("✗ the answer is 12.5 %\n"));
    let json = home.json(1, &["quiz", PAGE, "--answer", "1=8", "--answer", "3=b c"]);
    assert_eq!(json["questions"][0]["judged"]["is_right"], false);
    assert_eq!(json["questions"][0]["judged"]["given"], "8");
    assert!(json["questions"][1]["judged"].is_null());
    assert_eq!(json["questions"][2]["judged"]["is_right"], true);
}

#[test]
fn what_cannot_be_read_as_an_answer_is_no_wrong_answer() {
    let home = Home::new();
    let refused = |answers: &[&str], said: &str| {
        let arguments: Vec<&str> = answers
            .iter()
            .flat_map(|answer| ["--answer", answer])
            .collect();
        home.expect(2, &[&["quiz", PAGE], &arguments[..]].concat())
            .stderr(predicate::str::contains(said.to_owned()))
            .stdout("");
    };
    refused(
        &["9=a"],
        "there is no question 9\n\nhint: the page has questions 1 to 3",
    );
    refused(&["0=a"], "there is no question 0");
    refused(&["2=e"], "question 2: `e` is none of the letters a to d");
    refused(
        &["1=12,500"],
        "question 1: `12,500` could be 12.500 or 12500",
    );
    refused(&["2=a", "2=b"], "question 2 is answered twice");
    refused(
        &["a"],
        "write it as the question's number and the answer, such as `1=b`",
    );
}

#[test]
fn pages_with_questions_are_listed_and_a_slip_names_the_nearest() {
    let home = Home::new();
    let listed = home
        .expect(0, &["quiz"])
        .stdout(predicate::str::contains(PAGE));
    let all = stdout(&listed);
    let place = |part| all.find(part).expect("a part");
    let of_the_platform = &all[place("The platform\n")..place("Reviews\n")];
    home.expect(0, &["quiz", "the", "platform"])
        .stdout(of_the_platform.to_owned());
    assert_eq!(
        home.json(0, &["quiz"])["pages"][0]["page"]["part"],
        "Crash loops"
    );
    home.expect(2, &["quiz", "Cluster boundry"]).stderr(
        "error: the book has no page or heading `Cluster boundry`\n\n\
         hint: did you mean `labctl quiz \"Cluster boundaries\"`?\n",
    );
    home.expect(2, &["quiz", "A session"])
        .stderr(predicate::str::contains(
            "the page `A session` has no questions",
        ));
}

#[test]
fn a_person_is_asked_one_question_after_the_other() {
    let home = Home::new();
    let mut terminal = at_a_terminal(&home);
    terminal.exp_string("3 questions; nothing is kept").unwrap();
    terminal.exp_string("a number, in %").unwrap();
    types(&mut terminal, "many\r");
    terminal.exp_string("`many` is no number").unwrap();
    types(&mut terminal, "\u{7f}\u{7f}\u{7f}\u{7f}12.5\r");
    terminal.exp_string("right: 12.5 %").unwrap();
    terminal
        .exp_string("labctl book \"Put numbers to it\"")
        .unwrap();
    terminal.exp_string("one letter").unwrap();
    types(&mut terminal, "a\r");
    terminal
        .exp_string("the answer is d: The shared cluster is out")
        .unwrap();
    terminal.exp_string("every letter that is right").unwrap();
    types(&mut terminal, "b c\r");
    terminal.exp_string("right: b c").unwrap();
    terminal.exp_string("that was all").unwrap();
    terminal.exp_eof().unwrap();
}

#[test]
fn ctrl_c_ends_it() {
    let home = Home::new();
    let mut terminal = at_a_terminal(&home);
    terminal.exp_string("a number, in %").unwrap();
    types(&mut terminal, "\u{3}");
    terminal.exp_string("interrupted").unwrap();
    terminal.exp_eof().unwrap();
    let status = terminal.process().wait().unwrap();
    assert!(format!("{status:?}").contains("130"), "{status:?}");
}
