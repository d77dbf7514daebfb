//! Whether what the book asks and where its map leads is sound: for who writes a page, and for the tests.
//!
//! The rules are `book`'s; this puts the pages, the map and the course side by side.

use book::map::{self, Map};
use book::pages;
use book::quiz;
use book::repository::Repository;
use grade::Course;

/// What is wrong with the questions of any page, and with the map; nothing when all is well.
///
/// # Errors
/// A page, a file of questions, the map or a lab cannot be read.
pub fn faults(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let pages = pages::pages(repository)?;
    let mut faults = Vec::new();
    for page in &pages {
        let Some(quiz) = &page.quiz else { continue };
        let of_page = quiz::faults(&page.text, quiz).into_iter();
        faults.extend(of_page.map(|fault| format!("`{}`: {fault}", quiz::file(&page.path))));
    }
    let titles: Vec<&str> = pages.iter().map(|page| page.title.as_str()).collect();
    let course = Course::load(&repository.course()?)?;
    let of_map = Map::read(repository)?.faults(&titles, &course).into_iter();
    faults.extend(of_map.map(|fault| format!("`{}`: {fault}", map::FILE)));
    Ok(faults)
}
