//! The contents, as `SUMMARY.md` lists them: parts, and pages below pages. A test compares with how mdBook reads it.

/// A page, or a part that begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Part(&'a str),
    Page {
        title: &'a str,
        path: &'a str,
        depth: usize,
    },
}

/// What the summary lists, in its order; its own title is none of it.
pub(crate) fn items(summary: &str) -> impl Iterator<Item = Item<'_>> {
    summary.lines().skip(1).filter_map(|line| {
        if let Some(part) = line.strip_prefix("# ") {
            return Some(Item::Part(part.trim()));
        }
        let entry = line.trim_start();
        let depth = (line.len() - entry.len()) / 2;
        let entry = entry.strip_prefix("- ").unwrap_or(entry);
        let (title, path) = entry.strip_prefix('[')?.split_once("](")?;
        Some(Item::Page {
            title,
            path: path.strip_suffix(')')?,
            depth,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_pages_below_pages() {
        let summary =
            "# Summary\n\n[First](index.md)\n\n# Part\n\n- [One](a/one.md)\n  - [Two](a/two.md)\n";
        let page = |title, path, depth| Item::Page { title, path, depth };
        let expected = [
            page("First", "index.md", 0),
            Item::Part("Part"),
            page("One", "a/one.md", 0),
            page("Two", "a/two.md", 1),
        ];
        assert_eq!(items(summary).collect::<Vec<_>>(), expected);
    }
}
