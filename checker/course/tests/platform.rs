//! The pages around the labs: their questions are answered by the page, and the map leads to pages and labs that exist.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::path::Path;

use book::diagram;
use book::map::Map;
use book::pages::{self, Page};
use book::quiz;
use book::repository::Repository;
use course::taught;

fn repository() -> Repository {
    Repository::above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn pages() -> Vec<Page> {
    pages::pages(&repository()).unwrap()
}

#[test]
fn every_question_is_answered_by_its_page_and_the_map_leads_to_what_there_is() {
    assert_eq!(taught::faults(&repository()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_page_of_the_platform_and_of_reviews_ends_in_two_or_three_questions() {
    let pages = pages();
    let parts: Vec<&Page> = pages
        .iter()
        .filter(|page| page.path.starts_with("platform/") || page.path.starts_with("reviews/"))
        .filter(|page| page.path != "platform/map.md")
        .collect();
    assert_eq!(parts.len(), 11 + 4);
    for page in parts {
        let count = page.quiz.as_ref().map_or(0, |quiz| quiz.questions.len());
        assert!(
            (2..=3).contains(&count),
            "`{}` has {count} questions",
            page.title
        );
    }
}

#[test]
fn a_file_of_questions_belongs_to_a_page() {
    let pages: BTreeSet<String> = pages().iter().map(|page| quiz::file(&page.path)).collect();
    let root = repository().path("book/quiz");
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path
                .strip_prefix(repository().path(""))
                .unwrap()
                .to_string_lossy()
                .into_owned();
            assert!(pages.contains(&name), "`{name}` has no page");
        }
    }
}

#[test]
fn a_page_that_the_terminal_shows_has_the_questions_and_not_the_answers() {
    for page in pages() {
        let Some(quiz) = &page.quiz else { continue };
        let (whole, browser) = (page.whole(), page.for_browser());
        for question in &quiz.questions {
            assert!(whole.contains(&question.asks) && browser.contains(&question.asks));
            assert!(!whole.contains(&question.because), "{}", question.because);
            assert!(browser.contains(&question.because), "{}", question.because);
        }
    }
}

#[test]
fn the_map_has_all_that_the_lesson_names() {
    let map = Map::read(&repository()).unwrap();
    // Six things to be able to do in the end, and nine skills. None may go unnoticed.
    let counts: Vec<usize> = map.groups.iter().map(|group| group.skills.len()).collect();
    assert_eq!(counts, [6, 9]);
}

#[test]
fn the_page_of_the_map_shows_every_skill_and_every_planned_lab() {
    let pages = pages();
    let map = Map::read(&repository()).unwrap();
    let page = pages
        .iter()
        .find(|page| page.path == "platform/map.md")
        .unwrap();
    for skill in map.skills() {
        assert!(page.text.contains(&skill.skill), "{}", skill.skill);
    }
    for lab in map.planned.keys() {
        assert!(page.text.contains(&format!("`{lab}` (planned)")), "{lab}");
    }
}

#[test]
fn a_diagram_says_what_it_shows_and_fits_a_terminal() {
    let mut n_diagrams = 0;
    for page in pages() {
        let mut is_diagram = false;
        for line in page.text.lines() {
            if let Some(kind) = line.strip_prefix("```") {
                is_diagram = !is_diagram && diagram::is_diagram(kind);
                let says = kind.split_whitespace().count() > 3;
                assert!(!is_diagram || says, "page `{}`: {line}", page.title);
                n_diagrams += usize::from(is_diagram);
            } else {
                assert!(
                    !is_diagram || line.chars().count() <= 80,
                    "page `{}`: {line}",
                    page.title
                );
            }
        }
        let n_drawn = page.for_browser().matches("<svg role=\"img\"").count();
        let n_marked = page
            .text
            .lines()
            .filter(|line| line.starts_with("```diagram"))
            .count();
        assert_eq!(n_drawn, n_marked, "page `{}`", page.title);
    }
    assert!(n_diagrams > 5, "{n_diagrams}");
}
