//! The book: its pages as text and as HTML, with what they include; found by a title, and served to a browser.
//!
//! Knows the project's folders, Markdown and HTTP; nothing of mdBook, of clusters, sessions and terminals.

pub mod console;
pub mod copied;
pub mod diagram;
pub mod embedded;
pub mod fields;
pub mod html;
pub mod include;
pub mod map;
pub mod pages;
pub mod quiz;
pub mod repository;
pub mod serve;
mod summary;
