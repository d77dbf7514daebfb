//! The book as it is: it builds, its links lead somewhere, it gives nothing away and says nothing that the types do not.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use course::include::Included;
use course::links;
use course::repository::Repository;
use grade::{Course, Scenario};
use mdbook_driver::book::{Book, BookItem};
use mdbook_preprocessor::Preprocessor as _;
use mdbook_preprocessor::PreprocessorContext;
use regex::Regex;
use serde_json::Value;

fn repository() -> Repository {
    Repository::above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The pages with what they include.
fn pages() -> Book {
    let book = course::load(&repository()).unwrap();
    let context =
        PreprocessorContext::new(book.root.clone(), book.config.clone(), "html".to_owned());
    Included::new(repository())
        .run(&context, book.book)
        .unwrap()
}

/// Every variant of every lab for one seed.
fn scenarios() -> Vec<Scenario> {
    let files = repository().course().unwrap();
    let course = Course::load(&files).unwrap();
    let variants = course
        .labs()
        .iter()
        .flat_map(|lab| lab.variants.iter().map(move |variant| (lab, variant)));
    variants
        .map(|(lab, variant)| grade::resolve(&files, &lab.name, variant, 1).unwrap())
        .collect()
}

#[test]
fn it_builds_and_every_link_leads_somewhere_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    course::build(&repository(), folder.path()).unwrap();
    let faults: Vec<String> = links::check(folder.path())
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let index = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("searchindex")
        })
        .unwrap();
    let index = std::fs::read_to_string(index).unwrap();
    assert!(
        index.contains("untolerated"),
        "the search knows the runbook"
    );
    let lab = std::fs::read_to_string(folder.path().join("pending/lab.html")).unwrap();
    assert!(
        lab.contains(r#"name="viewport" content="width=device-width"#),
        "a phone shows it in its own width"
    );
    assert!(
        folder.path().join("print.html").is_file(),
        "it can be printed as a whole"
    );
}

#[test]
fn a_line_of_a_block_fits_a_screen() {
    // As many letters as a block has room for, at the width of `book.css`.
    let room = 95;
    for page in pages().chapters() {
        let mut is_block = false;
        for line in page.content.lines() {
            if line.starts_with("```") {
                is_block = !is_block;
            }
            assert!(
                !is_block || line.chars().count() <= room,
                "page `{}` has a line that is cut: {line}",
                page.name
            );
        }
    }
}

#[test]
fn a_labs_page_keeps_what_the_lab_keeps() {
    let written = course::load(&repository()).unwrap();
    let included = pages();
    for scenario in scenarios() {
        let directive = format!("{{{{#brief {}}}}}", scenario.lab);
        let page = written
            .book
            .chapters()
            .find(|page| page.content.contains(&directive));
        let page =
            page.unwrap_or_else(|| panic!("no page includes the brief of lab `{}`", scenario.lab));
        let text = included
            .chapters()
            .find(|other| other.path == page.path)
            .unwrap()
            .content
            .to_lowercase();
        for word in &scenario.leaks {
            assert!(
                !text.contains(&word.to_lowercase()),
                "page `{}` has `{word}`, which gives `{}` away",
                page.name,
                scenario.variant
            );
        }
    }
}

#[test]
fn no_page_names_a_variant_or_tells_its_debrief_or_a_fix() {
    let pages = pages();
    for scenario in scenarios() {
        let fixes = scenario
            .fixes
            .iter()
            .flat_map(|fix| [&fix.says].into_iter().chain(&fix.run));
        let told: Vec<&str> = scenario
            .debrief
            .lines()
            .chain(fixes.map(String::as_str))
            .map(str::trim)
            .filter(|line| line.len() > 50)
            .chain([scenario.variant.as_str()])
            .collect();
        for page in pages.chapters() {
            for line in &told {
                assert!(
                    !page.content.contains(line),
                    "page `{}` tells of `{}`: {line}",
                    page.name,
                    scenario.variant
                );
            }
        }
    }
}

#[test]
fn what_a_check_calls_its_place_in_the_book_is_there() {
    let book = course::load(&repository()).unwrap();
    let mut places = BTreeSet::new();
    let mut part = String::new();
    for item in book.iter() {
        match item {
            BookItem::PartTitle(title) => part.clone_from(title),
            BookItem::Chapter(page) => {
                for above in page.parent_names.iter().chain([&part]) {
                    places.insert(format!("{above}, \"{}\"", page.name));
                }
            }
            BookItem::Separator => {}
        }
    }
    for scenario in scenarios() {
        for check in &scenario.checks {
            if let Some(see) = &check.see {
                assert!(
                    places.contains(see),
                    "check `{}` of `{}` names {see}; there are:\n{}",
                    check.id,
                    scenario.variant,
                    places.iter().cloned().collect::<Vec<_>>().join("\n")
                );
            }
        }
    }
}

#[test]
fn the_schemas_are_what_the_types_say() {
    for (name, schema) in grade::schema::course_files() {
        let kept = repository()
            .text(&format!("schema/{name}.schema.json"))
            .unwrap();
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(
            kept,
            schema.to_value(),
            "`labctl schema --folder schema` writes `{name}` anew"
        );
    }
}

#[test]
fn the_schema_of_workload_models_has_the_fields_that_the_sandbox_reads() {
    let source = repository().text("sandbox/workload/model.go").unwrap();
    let structure = Regex::new(r"(?s)type (\w+) struct \{\n(.*?)\n\}").unwrap();
    let field = Regex::new(r#"`yaml:"(\w+)"`"#).unwrap();
    let read: BTreeMap<String, BTreeSet<String>> = structure
        .captures_iter(&source)
        .map(|found| {
            let fields = field
                .captures_iter(&found[2])
                .map(|field| field[1].to_owned());
            (found[1].to_owned(), fields.collect::<BTreeSet<_>>())
        })
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    let schema: Value = serde_json::from_str(
        &repository()
            .text("schema/workload-model.schema.json")
            .unwrap(),
    )
    .unwrap();
    let fields = |of: &Value| {
        of["properties"]
            .as_object()
            .map(|fields| fields.keys().cloned().collect())
    };
    let defined = schema["$defs"].as_object().unwrap().iter();
    let written: BTreeMap<String, BTreeSet<String>> = defined
        .chain([(&"Model".to_owned(), &schema)])
        .filter_map(|(name, of)| Some((name.clone(), fields(of)?)))
        .collect();
    assert_eq!(written, read);
}
