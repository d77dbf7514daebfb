//! A fix or a wrong fix: what the author's gate types to see that the checks tell the truth.

use std::collections::BTreeMap;

use serde::Serialize;

/// Steps that must solve a variant, or must not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// As `cases.yaml` calls it.
    pub name: String,
    /// What it does, in one line.
    pub says: String,
    /// Why it is right, or wrong; unset when that is plain.
    pub because: Option<String>,
    /// Files to lay into the folder where the commands run, by their names.
    pub files: BTreeMap<String, String>,
    /// Lines for a shell, in order; none is "do nothing".
    pub run: Vec<String>,
    /// Ids of the checks that must all fail after a wrong fix; empty for a fix.
    pub caught_by: Vec<String>,
}

impl Fix {
    /// Whether there is anything to do or to write.
    #[must_use]
    pub fn does_something(&self) -> bool {
        !self.run.is_empty() || !self.files.is_empty()
    }
}
