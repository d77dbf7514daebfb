//! A table in columns of a terminal: narrow ones as wide as they are, the others share what is left.

use textwrap::WordSplitter;
use textwrap::core::display_width;

use super::closed;

/// Between two columns.
const GAP: &str = "  ";

/// The lines of a table, the first row over a rule; no wider than this, unless there are more columns than fit.
pub(super) fn lines(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths = widths(rows, n_columns, width);
    let mut lines = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        lines.extend(row_lines(row, &widths));
        if place == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            lines.push(rules.join(GAP));
        }
    }
    lines
}

/// How wide each column is.
fn widths(rows: &[Vec<String>], n_columns: usize, width: usize) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| display_width(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..n_columns).map(widest).collect();
    let mut left = width.saturating_sub(GAP.len() * n_columns.saturating_sub(1));
    let mut wide: Vec<usize> = (0..n_columns).collect();
    // Whoever needs less than an equal share takes that much; so the share of the others grows.
    loop {
        let share = (left / wide.len().max(1)).max(1);
        let Some(place) = wide.iter().position(|column| widths[*column] <= share) else {
            for column in wide {
                widths[column] = share;
            }
            return widths;
        };
        left = left.saturating_sub(widths[wide.remove(place)]);
    }
}

fn row_lines(row: &[String], widths: &[usize]) -> Vec<String> {
    let cells: Vec<Vec<String>> = widths
        .iter()
        .enumerate()
        .map(|(column, width)| {
            let cell = row.get(column).map_or("", String::as_str);
            let options =
                textwrap::Options::new((*width).max(1)).word_splitter(WordSplitter::NoHyphenation);
            closed(textwrap::wrap(cell, options))
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let line = |number: usize| {
        let parts = cells.iter().zip(widths).map(|(cell, width)| {
            let text = cell.get(number).map_or("", String::as_str);
            let gap = width.saturating_sub(display_width(text));
            format!("{text}{:gap$}", "")
        });
        parts.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_wide_column_is_wrapped_and_a_narrow_one_is_not() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["Key", "What it says"]),
            row(["one", "a sentence that is long"]),
        ];
        assert_eq!(
            lines(&rows, 20),
            [
                "Key  What it says",
                "───  ───────────────",
                "one  a sentence that",
                "     is long"
            ]
        );
    }
}
