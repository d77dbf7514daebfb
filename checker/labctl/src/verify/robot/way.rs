//! One row of a table of the robot's: a name, files and lines, which name parts of the cluster as `%part%`.
//!
//! Knows neither which parts there are nor what a row is to show.

use std::collections::BTreeMap;

use grade::fix::Fix;

use super::parts::Parts;

/// One thing to try.
pub(super) struct Way {
    /// As the report has it.
    pub(super) name: &'static str,
    /// Name and text, laid into the learner's folder.
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) run: &'static [&'static str],
}

impl Way {
    /// With the parts of this cluster in it; `Err` says what the cluster lacks.
    pub(super) fn fill(&self, parts: &Parts) -> Result<Fix, String> {
        let files = self.files.iter().map(|(name, text)| {
            let text = parts.fill(text)?;
            Ok(((*name).to_owned(), text))
        });
        Ok(Fix {
            name: self.name.to_owned(),
            says: String::new(),
            because: None,
            files: files.collect::<Result<BTreeMap<_, _>, String>>()?,
            run: self
                .run
                .iter()
                .map(|line| parts.fill(line))
                .collect::<Result<_, _>>()?,
            caught_by: Vec::new(),
        })
    }
}

/// The same, and then the right fix; its last waits are the last lines.
pub(super) fn beside(fix: &Fix, right: &Fix) -> Fix {
    let mut both = fix.clone();
    both.files.extend(right.files.clone());
    both.run.extend(right.run.iter().cloned());
    both
}

/// All of these, of which each ends with the right fix, before it is done once. `None` when there are none.
pub(super) fn together<'a>(
    name: &str,
    fixes: impl Iterator<Item = &'a Fix>,
    right: &Fix,
) -> Option<Fix> {
    let mut all = right.clone();
    name.clone_into(&mut all.name);
    let mut run = Vec::new();
    for (number, fix) in fixes.enumerate() {
        // Each has its files under a name of its own.
        let own = |line: &str| {
            let mut line = line.to_owned();
            for name in fix
                .files
                .keys()
                .filter(|name| !right.files.contains_key(*name))
            {
                line = line.replace(name.as_str(), &format!("{number}-{name}"));
            }
            line
        };
        let lines = fix.run.len().saturating_sub(right.run.len());
        run.extend(fix.run[..lines].iter().map(|line| own(line)));
        let own_files = fix
            .files
            .iter()
            .filter(|(name, _)| !right.files.contains_key(*name));
        all.files
            .extend(own_files.map(|(name, text)| (format!("{number}-{name}"), text.clone())));
    }
    if run.is_empty() {
        return None;
    }
    run.append(&mut all.run);
    all.run = run;
    Some(all)
}
