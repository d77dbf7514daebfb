//! The book as it is: it builds, its links lead somewhere, it gives nothing away and says nothing that the types do not.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use book::pages::{self, Found, Page};
use book::repository::Repository;
use book::{console, embedded, html};
use course::links;
use grade::{Claims, Course, Scenario};
use mdbook_driver::book::BookItem;
use regex::Regex;
use serde_json::Value;

fn repository() -> Repository {
    Repository::above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The pages with what they include.
fn pages() -> Vec<Page> {
    pages::pages(&repository()).unwrap()
}

/// The faults of the links in the book in this folder.
fn lost_links(folder: &Path) -> Vec<String> {
    let faults = links::check(folder).unwrap();
    faults.iter().map(ToString::to_string).collect()
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

fn claims(of: &Scenario) -> Claims {
    let files = repository().course().unwrap();
    grade::claims(&files, &of.lab, &of.variant, of.seed).unwrap()
}

#[test]
fn it_builds_and_every_link_leads_somewhere_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    course::build(&repository(), folder.path()).unwrap();
    assert_eq!(lost_links(folder.path()), Vec::<String>::new());
    assert_copies_commands(folder.path());
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
    let drawn = std::fs::read_to_string(folder.path().join("platform/boundaries.html")).unwrap();
    let (_, drawing) = drawn.split_once("<figure class=\"drawing\">").unwrap();
    let (drawing, _) = drawing.split_once("</figure>").unwrap();
    for part in [
        // mdBook writes the names of attributes in small letters, which a browser reads as those of SVG.
        "viewbox=",
        "router</text>",
        "stroke=\"var(--aasvg-stroke)\"",
    ] {
        assert!(drawing.contains(part), "no {part} in\n{drawing}");
    }
    assert!(
        !drawing.contains("prefers-color-scheme"),
        "the theme that a reader picked counts"
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
    for page in pages() {
        let mut is_block = false;
        for line in page.text.lines() {
            if line.starts_with("```") {
                is_block = !is_block;
                continue;
            }
            assert!(
                !is_block || line.chars().count() <= room,
                "page `{}` has a line that is cut: {line}",
                page.title
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
            .iter()
            .find(|other| Path::new(&other.path) == page.path.as_deref().unwrap())
            .unwrap()
            .text
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
        let claims = claims(&scenario);
        let fixes = claims
            .fixes
            .iter()
            .flat_map(|fix| [&fix.says].into_iter().chain(&fix.run));
        let told: Vec<&str> = scenario
            .debrief
            .lines()
            .chain(fixes.map(String::as_str))
            .map(str::trim)
            .filter(|line| line.len() > 50)
            // A variant may have the name of what every page may speak of.
            .chain(
                Some(scenario.variant.as_str())
                    .filter(|name| name.contains('-') && *name != "read-only"),
            )
            .collect();
        for page in &pages {
            for line in &told {
                // Whoever chooses a provider has to know which variant runs there, and the page says what a name tells.
                let is_said = page.title == "What runs where" && **line == *scenario.variant;
                assert!(
                    is_said || !page.text.contains(line),
                    "page `{}` tells of `{}`: {line}",
                    page.title,
                    scenario.variant
                );
            }
        }
    }
}

#[test]
fn what_a_check_calls_its_place_in_the_book_is_there() {
    let pages = pages();
    for scenario in scenarios() {
        for check in &scenario.checks {
            let Some(see) = &check.see else { continue };
            let place = || format!("check `{}` of `{}` names {see}", check.id, scenario.variant);
            let Some(Found::Page(page)) = pages::find(&pages, see) else {
                panic!("{}, and there is no such page", place());
            };
            assert_eq!(
                *see,
                format!("{}, \"{}\"", page.part, page.title),
                "{}",
                place()
            );
        }
    }
}

#[test]
fn a_title_names_one_page() {
    let mut seen = BTreeSet::new();
    for page in pages() {
        assert!(
            seen.insert(page.title.to_lowercase()),
            "`{}` is twice",
            page.title
        );
    }
}

#[test]
fn mdbook_and_labctl_read_the_same_contents() {
    let published = course::load(&repository()).unwrap();
    let mut part = String::new();
    let mut expected = Vec::new();
    for item in published.iter() {
        match item {
            BookItem::PartTitle(title) => part.clone_from(title),
            BookItem::Chapter(page) => expected.push((
                part.clone(),
                page.parent_names.len(),
                page.name.clone(),
                page.path.clone().unwrap(),
            )),
            BookItem::Separator => {}
        }
    }
    let read: Vec<_> = pages()
        .into_iter()
        .map(|page| (page.part, page.depth, page.title, page.path.into()))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn the_book_in_the_binary_is_the_repositorys() {
    let folder = tempfile::tempdir().unwrap();
    let files = repository().course().unwrap();
    let unpacked = embedded::unpack(&files, folder.path()).unwrap();
    let unpacked = pages::pages(&unpacked).unwrap();
    assert_eq!(unpacked.len(), pages().len());
    for (page, expected) in unpacked.iter().zip(pages()) {
        assert!(*page == expected, "page `{}` differs", expected.title);
    }
}

#[test]
fn every_link_of_labctls_own_html_leads_somewhere_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let beside = html::beside(&repository()).unwrap();
    for (name, text) in html::files(&pages(), &beside) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    assert_eq!(lost_links(folder.path()), Vec::<String>::new());
    assert_copies_commands(folder.path());
}

/// The copy button of each console block finds the block's commands, as `labctl-book test` types them.
#[track_caller]
fn assert_copies_commands(folder: &Path) {
    let behind = Regex::new(
        r#"<code class="language-console[^"]*">[^\x00]*?</pre>\s*<div hidden(?:="")? data-commands="([^"]*)">"#,
    )
    .unwrap();
    let mut n_blocks = 0;
    for page in pages() {
        let written = std::fs::read_to_string(folder.join(html::address(&page))).unwrap();
        let copied: Vec<String> = behind
            .captures_iter(&written)
            .map(|found| unescaped(&found[1]))
            .collect();
        let expected: Vec<String> = console::blocks(&page.text)
            .iter()
            .filter_map(console::Block::typed)
            .collect();
        assert_eq!(copied, expected, "page `{}`", page.title);
        n_blocks += copied.len();
        assert!(
            copied.is_empty() || written.contains("copy.js"),
            "page `{}` has the buttons",
            page.title
        );
    }
    assert!(n_blocks > 20, "only {n_blocks} blocks");
}

fn unescaped(attribute: &str) -> String {
    let number = Regex::new(r"&#(\d+);").unwrap();
    let letter = |found: &regex::Captures<'_>| {
        char::from_u32(found[1].parse().unwrap())
            .unwrap()
            .to_string()
    };
    number
        .replace_all(attribute, letter)
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
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
