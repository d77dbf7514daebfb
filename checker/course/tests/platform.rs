//! The pages around the labs: their questions are answered by the page, and the map leads to pages and labs that exist.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::path::Path;

use book::map::Map;
use book::pages::{self, Page};
use book::quiz;
use book::repository::Repository;
use grade::Course;

fn repository() -> Repository {
    Repository::above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn pages() -> Vec<Page> {
    pages::pages(&repository()).unwrap()
}

#[test]
fn every_question_has_one_right_answer_and_its_page_gives_it() {
    let mut faults = Vec::new();
    for page in pages() {
        let Some(quiz) = &page.quiz else { continue };
        let of_page = quiz::faults(&page.text, quiz).into_iter();
        faults.extend(of_page.map(|fault| format!("{}: {fault}", quiz::file(&page.path))));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_page_of_the_platform_ends_in_two_or_three_questions() {
    let pages = pages();
    let of_platform: Vec<&Page> = pages
        .iter()
        .filter(|page| page.path.starts_with("platform/") && page.path != "platform/map.md")
        .collect();
    assert!(!of_platform.is_empty());
    for page in of_platform {
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
fn the_map_leads_to_pages_and_labs_that_exist_and_says_what_is_planned() {
    let course = Course::load(&repository().course().unwrap()).unwrap();
    let pages = pages();
    let titles: Vec<&str> = pages.iter().map(|page| page.title.as_str()).collect();
    let map = Map::read(&repository()).unwrap();
    assert_eq!(map.faults(&titles, &course), Vec::<String>::new());
}
