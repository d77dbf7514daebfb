//! What a page includes, and what its copy buttons copy, for mdBook: the same as in the book that labctl shows.

use book::copied;
use book::include;
use book::repository::Repository;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// The preprocessor of the book.
pub(crate) struct Included(include::Included);

impl Included {
    /// Includes from this repository.
    pub(crate) fn new(repository: Repository) -> Self {
        Self(include::Included::new(repository))
    }
}

impl Preprocessor for Included {
    fn name(&self) -> &'static str {
        "included"
    }

    fn run(&self, _context: &PreprocessorContext, mut book: Book) -> anyhow::Result<Book> {
        let mut fault = None;
        book.for_each_chapter_mut(|chapter| match self.0.page(&chapter.content) {
            Ok(page) => chapter.content = copied::with_commands(&page),
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
