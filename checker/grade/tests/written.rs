//! Written work: rules over rows and several files, forms, Markdown as data, and what of it is shown.

use std::collections::BTreeMap;

use grade::Evidence;
use grade::check::{Check, Role};
use grade::evidence::FileSeen;
use grade::kinds::{Ask, Given, Rule, WrittenWork};
use grade::verdict::{CheckVerdict, Verdict};
use serde_json::{Value, json};

fn rule(id: &str, each: Option<&str>, at: Option<&str>, expression: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        says: format!("{id} is kept"),
        each: each.map(str::to_owned),
        when: None,
        at: at.map(str::to_owned),
        expression: expression.to_owned(),
        expected: None,
        found: None,
        page: None,
    }
}

fn work(forms: &[(&str, Value)], rules: Vec<Rule>) -> WrittenWork {
    let forms = forms
        .iter()
        .map(|(name, form)| ((*name).to_owned(), form.clone()));
    WrittenWork {
        files: vec![
            ("plan".to_owned(), "plan.yaml".to_owned()),
            ("page".to_owned(), "page.md".to_owned()),
        ],
        forms: forms.collect(),
        given: Given::default(),
        rules,
    }
}

fn judged(work: WrittenWork, plan: &str, page: &str) -> CheckVerdict {
    let check = Check {
        id: "it".to_owned(),
        says: "it is so".to_owned(),
        role: Role::Objective,
        weight: 1,
        see: None,
        ask: Ask::WrittenWork(work),
    };
    let files = [("plan.yaml", plan), ("page.md", page)];
    let files = files.map(|(name, text)| (name.to_owned(), FileSeen::Text(text.to_owned())));
    let evidence = Evidence {
        files: BTreeMap::from(files),
        ..Evidence::default()
    };
    grade::verdicts(&[check], &evidence).remove(0)
}

/// Rule, place and what was found, of each broken rule.
#[track_caller]
fn broken(work: WrittenWork, plan: &str, page: &str, expected: &[(&str, &str, &str)]) {
    let judged = judged(work, plan, page);
    let seen: Vec<(&str, &str, &str)> = judged
        .broken
        .iter()
        .map(|it| (it.rule.as_str(), it.at.as_str(), it.found.as_str()))
        .collect();
    assert_eq!(seen, expected);
    let has_failed = matches!(judged.verdict, Verdict::Failed { .. });
    assert_eq!(has_failed, !expected.is_empty(), "{:?}", judged.verdict);
}

const PLAN: &str = "nodes:\n  - {name: a, cost: 12 USD}\n  - {name: b, cost: 30}\ntotal: '1 042'\n";

#[test]
fn a_rule_is_asked_of_each_row_and_names_its_line() {
    let at = Some("'plan.nodes.' + string(index) + '.cost'");
    let cheap = "amount(row.cost, ['USD']) < 20.0";
    let each = || vec![rule("cheap", Some("plan.nodes"), at, cheap)];
    broken(
        work(&[], each()),
        PLAN,
        "",
        &[("cheap", "plan.yaml:3", "`30`")],
    );
    let plan = PLAN.replace("12 USD", "12 EUR");
    let unit = "`12 EUR`: in `USD` is meant here, not in `EUR`";
    broken(
        work(&[], each()),
        &plan,
        "",
        &[
            ("cheap", "plan.yaml:2", unit),
            ("cheap", "plan.yaml:3", "`30`"),
        ],
    );
    broken(work(&[], each()), "nodes: []\n", "", &[]);
    broken(
        work(&[], each()),
        "other: 1\n",
        "",
        &[("cheap", "", "no such key: `nodes`")],
    );
    let missing = rule(
        "there",
        None,
        Some("'plan.what.ever'"),
        "has_entry(plan, 'nodes.b.cost') && entry(plan, 'nodes.c') == 1",
    );
    broken(
        work(&[], vec![missing]),
        PLAN,
        "",
        &[("there", "plan.yaml:1", "there is no entry `nodes.c`")],
    );
}

#[test]
fn a_rule_is_asked_only_when_it_applies() {
    let when = |when: &str, each: Option<&str>| Rule {
        when: Some(when.to_owned()),
        ..rule("never", each, None, "false")
    };
    broken(
        work(&[], vec![when("plan.total == 'x'", None)]),
        PLAN,
        "",
        &[],
    );
    broken(
        work(&[], vec![when("has(plan.more)", Some("plan.more"))]),
        PLAN,
        "",
        &[],
    );
    broken(
        work(&[], vec![when("row.name == 'b'", Some("plan.nodes"))]),
        PLAN,
        "",
        &[("never", "", "that it is not so")],
    );
}

#[test]
fn an_expression_that_is_wrong_is_no_fault_of_the_learners() {
    let judged = judged(
        work(&[], vec![rule("odd", None, None, "nobody == 1")]),
        PLAN,
        "",
    );
    assert_eq!(
        judged.verdict,
        Verdict::Undecided {
            why: "the expression of this check is wrong: there is no name `nobody`".to_owned()
        }
    );
}

#[test]
fn what_the_file_has_in_the_place_of_another_kind_is_the_learners_to_mend() {
    let plan = "rows: none\nis_large: perhaps\n";
    let rule_when = Rule {
        when: Some("plan.is_large".to_owned()),
        ..rule("when", None, None, "true")
    };
    broken(
        work(
            &[],
            vec![
                rule("each", Some("plan.rows"), Some("'plan.rows'"), "row > 0"),
                rule_when,
                rule("itself", None, None, "plan.is_large"),
            ],
        ),
        plan,
        "",
        &[
            ("each", "plan.yaml:1", "a text, where a list is expected"),
            ("when", "", "a text, where true or false is expected"),
            ("itself", "", "a text, where true or false is expected"),
        ],
    );
}

#[test]
fn a_form_names_what_is_empty_unknown_or_of_another_kind() {
    let form = json!({
        "nodes": [{"name": "text", "cost": "number"}],
        "total": "number", "when": "date", "kind": "small | large", "note": "text?",
    });
    let plan = "nodes:\n  - {name: 1, cost: 12,5}\n  - {nam: a, cost: many}\ntotal:\nwhen: soon\nkind: lrge\n";
    broken(
        work(&[("plan", form.clone())], Vec::new()),
        plan,
        "",
        &[
            ("form", "plan.yaml:2", "a number"),
            (
                "form",
                "plan.yaml:2",
                "`5`; is that the rest of a number? Write 12.5, with a point",
            ),
            ("form", "plan.yaml:3", "`nam`; did you mean `name`?"),
            (
                "form",
                "plan.yaml:3",
                "`many` is no number: write it in digits, such as 1250 or 12.5",
            ),
            ("form", "plan.yaml:5", "`soon`"),
            ("form", "plan.yaml:6", "`lrge`; did you mean `large`?"),
            (
                "form",
                "plan.yaml:3",
                "no value for `nodes.1.name` and 1 more",
            ),
        ],
    );
    broken(
        work(&[("plan", form)], Vec::new()),
        "nodes:\ntotal: '1 %'\nwhen: 2027-01-31\nkind: small\n",
        "",
        &[],
    );
}

const PAGE: &str = "# Why\n\n<!-- 12 % in a comment -->\n## First\n\nIt saves [41 %](plan.yaml#total) of it,\nand 7 USD.\n\n### Deeper\n\nMore `code`.\n\n## Second\n";

#[test]
fn a_page_is_its_headings_and_links_with_their_places() {
    let holds = |expression: &str| {
        broken(
            work(&[], vec![rule("it", None, None, expression)]),
            PLAN,
            PAGE,
            &[],
        );
    };
    holds(
        "page.title == 'Why' && page.headings.map(h, h.title) == ['Why', 'First', 'Deeper', 'Second']",
    );
    holds(
        "page.headings.map(h, h.level) == [1, 2, 3, 2] && page.headings.map(h, h.line) == [1, 4, 9, 13]",
    );
    // What stands under a heading of a deeper level stands under this one, too.
    holds(
        "page.headings[1].text.contains('More code.') && !page.headings[2].text.contains('saves')",
    );
    holds("page.headings[3].words == 0 && page.words == 11");
    holds("page.links == page.headings[1].links && page.links.size() == 1");
    holds(
        "page.links[0].file == 'plan.yaml' && page.links[0].path == 'total' && page.links[0].line == 6",
    );
    holds("page.sums.map(s, s.text) == ['7 USD'] && page.sums[0].line == 7");
    let empty = rule(
        "empty",
        Some("page.headings"),
        Some("'page.' + row.at"),
        "row.words > 0",
    );
    broken(
        work(&[], vec![empty]),
        PLAN,
        PAGE,
        &[("empty", "page.md:13", "that it is not so")],
    );
}

#[test]
fn numbers_of_texts_agree_to_the_digits_shown() {
    for (text, value, agrees) in [
        ("41 %", "41.3", true),
        ("42 %", "41.3", false),
        ("41.3", "41.34", true),
        ("about 1,042 USD", "'1 042'", true),
        ("1,043 USD", "'1 042 USD'", false),
        ("41 % of 12", "12", false),
        ("no number", "12", true),
        ("41", "[1]", true),
    ] {
        let expression = format!("agrees('{text}', {value}) == {agrees}");
        broken(
            work(&[], vec![rule("it", None, None, &expression)]),
            PLAN,
            "",
            &[],
        );
    }
}

#[test]
fn a_file_that_is_nested_too_deep_is_told_in_our_words() {
    let found = |plan: &str| {
        let judged = judged(work(&[], vec![rule("any", None, None, "true")]), plan, "");
        judged
            .broken
            .into_iter()
            .map(|it| (it.at, it.found))
            .next()
            .unwrap()
    };
    for deep in [
        format!("a: {}1{}", "[".repeat(5000), "]".repeat(5000)),
        "- ".repeat(5000),
        {
            let lines = (0..3000).map(|depth| format!("{}a:\n", " ".repeat(depth)));
            lines.collect()
        },
    ] {
        let (at, found) = found(&deep);
        assert!(at.starts_with("plan.yaml:"), "{at}");
        assert_eq!(
            found,
            "it is no YAML: it is nested deeper than anybody can read"
        );
    }
}
