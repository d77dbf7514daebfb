//! What a page includes, and what its copy buttons copy, for mdBook: the same as in the book that labctl shows.

use book::include;
use book::pages::Page;
use book::quiz;
use book::repository::Repository;
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// The preprocessor of the book.
pub(crate) struct Included {
    included: include::Included,
    repository: Repository,
}

impl Included {
    /// Includes from this repository.
    pub(crate) fn new(repository: Repository) -> Self {
        Self {
            included: include::Included::new(repository.clone()),
            repository,
        }
    }

    /// A chapter as a browser gets it.
    fn chapter(&self, chapter: &Chapter) -> anyhow::Result<String> {
        let path = chapter.source_path.as_deref().unwrap_or("".as_ref());
        let path = path.to_string_lossy().into_owned();
        let page = Page {
            part: String::new(),
            depth: 0,
            title: chapter.name.clone(),
            text: self.included.page(&chapter.content)?,
            quiz: quiz::of_page(&self.repository, &path)?,
            path,
        };
        Ok(page.for_browser())
    }
}

impl Preprocessor for Included {
    fn name(&self) -> &'static str {
        "included"
    }

    fn run(&self, _context: &PreprocessorContext, mut book: Book) -> anyhow::Result<Book> {
        let mut fault = None;
        book.for_each_chapter_mut(|chapter| match self.chapter(chapter) {
            Ok(page) => chapter.content = page,
            Err(error) => {
                fault.get_or_insert(error.context(format!("page `{}`", chapter.name)));
            }
        });
        match fault {
            Some(fault) => Err(fault),
            None => Ok(book),
        }
    }
}
