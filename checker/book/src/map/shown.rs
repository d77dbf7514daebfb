//! The map as the book's pages show it: tables, the list of what is planned, and how a page's subject is practised.

use std::collections::BTreeSet;

use anyhow::bail;
use grade::Course;
use grade::course::Lab;

use super::{Map, Part, Skill};

impl Map {
    /// A table for each group. A page is linked where `address` knows it by its title.
    #[must_use]
    pub fn tables(&self, course: &Course, address: impl Fn(&str) -> Option<String>) -> String {
        let page = |title: &String| match address(title) {
            Some(address) => format!("[{title}]({address})"),
            None => title.clone(),
        };
        let lab = |lab: &String| match course.lab(lab) {
            Ok(_) => format!("`{lab}`"),
            Err(_) => format!("`{lab}` (planned)"),
        };
        let mut text = String::new();
        for group in &self.groups {
            text.push_str(&format!("\n## {}\n\n", group.title));
            text.push_str("| Skill | Read | Practise |\n|---|---|---|\n");
            for skill in &group.skills {
                text.push_str(&format!(
                    "| {} | {} | {} |\n",
                    skill.described(course),
                    listed(
                        once_each(&skill.parts, |part| &part.pages).map(page),
                        "no page yet"
                    ),
                    listed(
                        once_each(&skill.parts, |part| &part.labs).map(lab),
                        "no lab"
                    )
                ));
            }
        }
        text
    }

    /// The labs that do not exist yet.
    #[must_use]
    pub fn planned(&self) -> String {
        let lines = self
            .planned
            .iter()
            .map(|(lab, what)| format!("- `{lab}`: {what}\n"));
        lines.collect()
    }

    /// The end of a page: how its subject is practised, or that there is no lab for it yet.
    ///
    /// # Errors
    /// A lab is neither there nor planned.
    pub fn practise(&self, course: &Course, labs: &[&str]) -> anyhow::Result<String> {
        let mut text = "\n## Practise it\n\n".to_owned();
        for name in labs {
            if let Ok(lab) = course.lab(name) {
                text.push_str(&there(lab));
            } else if let Some(what) = self.planned.get(*name) {
                text.push_str(&format!(
                    "- *The lab `{name}` does not exist yet.* {what}\n"
                ));
            } else {
                bail!("lab `{name}` is neither there nor planned");
            }
        }
        Ok(text)
    }
}

impl Skill {
    /// The skill, how it shows, and which of its parts nothing speaks of that exists.
    fn described(&self, course: &Course) -> String {
        let mut text = self.skill.clone();
        if let Some(shows) = &self.shows {
            text.push_str(&format!(" *It shows when {shows}*"));
        }
        let is_absent = |part: &&Part| {
            part.pages.is_empty() && part.labs.iter().all(|lab| course.lab(lab).is_err())
        };
        let absent: Vec<&str> = self
            .parts
            .iter()
            .filter(is_absent)
            .map(|part| part.part.as_str())
            .collect();
        if !absent.is_empty() {
            text.push_str(&format!(" **Not here yet**: {}.", absent.join(", ")));
        }
        text
    }
}

/// What the parts name, in their order.
fn once_each(parts: &[Part], of: fn(&Part) -> &Vec<String>) -> impl Iterator<Item = &String> {
    let mut seen = BTreeSet::new();
    parts
        .iter()
        .flat_map(of)
        .filter(move |name| seen.insert(*name))
}

fn there(lab: &Lab) -> String {
    format!(
        "- `labctl start {}`: {}, about {} minutes.\n",
        lab.name, lab.title, lab.minutes
    )
}

fn listed(of: impl Iterator<Item = String>, none: &str) -> String {
    let all: Vec<String> = of.collect();
    if all.is_empty() {
        none.to_owned()
    } else {
        all.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::course;
    use super::*;

    #[test]
    fn what_neither_a_page_nor_a_lab_has_is_told() -> anyhow::Result<()> {
        let map: Map = serde_yaml::from_str(
            "{format_version: 1, planned: {later: L}, groups: [{title: G, skills: [{skill: S., shows: you can., parts: [
               {part: a, pages: [Nodes], labs: [later]}, {part: b, labs: [later]}, {part: c, labs: [full], pages: [Nodes]}]}]}]}",
        )?;
        let tables = map.tables(&course()?, |_| Some("nodes.md".to_owned()));
        let row = "| S. *It shows when you can.* **Not here yet**: b. | [Nodes](nodes.md) | `later` (planned), `full` |\n";
        assert!(tables.contains(row), "{tables}");
        Ok(())
    }

    #[test]
    fn a_page_says_plainly_that_its_lab_is_not_there_yet() -> anyhow::Result<()> {
        let map: Map =
            serde_yaml::from_str("{format_version: 1, planned: {later: Soon.}, groups: []}")?;
        let shown = map.practise(&course()?, &["full", "later"])?;
        assert!(
            shown.contains("- `labctl start full`: Full, about 5 minutes.\n"),
            "{shown}"
        );
        assert!(
            shown.contains("*The lab `later` does not exist yet.* Soon.\n"),
            "{shown}"
        );
        assert!(map.practise(&course()?, &["never"]).is_err());
        Ok(())
    }
}
