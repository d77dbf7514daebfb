//! From what the course wants to teach to the page and the lab that teach it, and which of them are not there yet.
//!
//! `book/map.yaml` is the one list; the book shows it, and a test holds it to the pages and labs that exist.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use grade::Course;
use grade::course::Lab;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::repository::Repository;

/// Where it is, from the project's folder.
pub const FILE: &str = "book/map.yaml";

/// What the course wants to teach.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// 1.
    pub format_version: u32,
    /// The labs that do not exist yet: each name with what it will be. A lab that exists is not in it.
    pub planned: BTreeMap<String, String>,
    /// In their order.
    pub groups: Vec<Group>,
}

/// Skills that belong together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's heading.
    pub title: String,
    /// At least one.
    pub skills: Vec<Skill>,
}

/// One thing that somebody who runs EKS can do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// What it is.
    pub skill: String,
    /// How it shows that somebody can; unset where the skill itself says so.
    #[serde(default)]
    pub shows: Option<String>,
    /// Titles of pages.
    #[serde(default)]
    pub pages: Vec<String>,
    /// Names of labs, also of planned ones.
    #[serde(default)]
    pub labs: Vec<String>,
}

impl Map {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read, or is no map.
    pub fn read(repository: &Repository) -> anyhow::Result<Self> {
        serde_yaml::from_str(&repository.text(FILE)?).with_context(|| format!("`{FILE}` is no map"))
    }

    /// The skills of all groups, in their order.
    pub fn skills(&self) -> impl Iterator<Item = &Skill> {
        self.groups.iter().flat_map(|group| &group.skills)
    }

    /// What is wrong with it beside the pages and labs that there are; nothing when all is well.
    #[must_use]
    pub fn faults(&self, titles: &[&str], course: &Course) -> Vec<String> {
        let exists = |lab: &String| course.lab(lab).is_ok();
        let mut faults = Vec::new();
        if self.format_version != 1 {
            faults.push(format!(
                "format_version {} is not known",
                self.format_version
            ));
        }
        for lab in self.planned.keys().filter(|lab| exists(lab)) {
            faults.push(format!("lab `{lab}` is there: it is not planned any more"));
        }
        for lab in self.planned.keys() {
            if !self.skills().any(|skill| skill.labs.contains(lab)) {
                faults.push(format!("lab `{lab}` is planned, and no skill has it"));
            }
        }
        for lab in course.labs() {
            if !self.skills().any(|skill| skill.labs.contains(&lab.name)) {
                faults.push(format!("no skill has lab `{}`", lab.name));
            }
        }
        for skill in self.skills() {
            let name = &skill.skill;
            if skill.pages.is_empty() && skill.labs.is_empty() {
                faults.push(format!("`{name}` has neither a page nor a lab"));
            }
            for page in &skill.pages {
                if !titles.contains(&page.as_str()) {
                    faults.push(format!("`{name}`: there is no page `{page}`"));
                }
            }
            for lab in &skill.labs {
                if !exists(lab) && !self.planned.contains_key(lab) {
                    faults.push(format!(
                        "`{name}`: lab `{lab}` is neither there nor planned"
                    ));
                }
            }
        }
        faults
    }

    /// A table for each group. A page is linked where `address` knows it by its title.
    #[must_use]
    pub fn tables(&self, course: &Course, address: impl Fn(&str) -> Option<String>) -> String {
        let mut text = String::new();
        for group in &self.groups {
            text.push_str(&format!("\n## {}\n\n", group.title));
            text.push_str("| Skill | Read | Practise |\n|---|---|---|\n");
            for skill in &group.skills {
                let shows = skill
                    .shows
                    .as_ref()
                    .map(|shows| format!(" *It shows when {shows}*"));
                let pages = skill.pages.iter().map(|title| match address(title) {
                    Some(address) => format!("[{title}]({address})"),
                    None => title.clone(),
                });
                let labs = skill.labs.iter().map(|lab| match course.lab(lab) {
                    Ok(_) => format!("`{lab}`"),
                    Err(_) => format!("`{lab}` (planned)"),
                });
                text.push_str(&format!(
                    "| {}{} | {} | {} |\n",
                    skill.skill,
                    shows.unwrap_or_default(),
                    listed(pages, "no page yet"),
                    listed(labs, "no lab")
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
    use grade::CourseFiles;

    use super::*;

    const LAB: &str =
        "format_version: 2\ntitle: Full\nminutes: 5\npractises: [reading]\nvariants: [a]\n";

    fn course() -> anyhow::Result<Course> {
        let file = ("labs/full/lab.yaml".to_owned(), LAB.into());
        Ok(Course::load(&CourseFiles([file].into()))?)
    }

    #[track_caller]
    fn check(map: &str, expected: &[&str]) {
        let map = serde_yaml::from_str::<Map>(&format!("format_version: 1\n{map}"));
        let faults = map.map(|map| map.faults(&["Nodes"], &course().expect("a course")));
        assert_eq!(faults.expect("a map"), expected);
    }

    #[test]
    fn a_skill_has_a_page_or_a_lab_and_both_are_there_or_planned() {
        let full = "{skill: b, labs: [full]}";
        let with = |skill: &str, planned: &str| {
            format!("planned: {planned}\ngroups: [{{title: t, skills: [{skill}, {full}]}}]")
        };
        check(&with("{skill: a, pages: [Nodes]}", "{}"), &[]);
        check(&with("{skill: a, labs: [later]}", "{later: L}"), &[]);
        check(
            &with("{skill: a}", "{}"),
            &["`a` has neither a page nor a lab"],
        );
        check(
            &with("{skill: a, pages: [Pods]}", "{}"),
            &["`a`: there is no page `Pods`"],
        );
        check(
            &with("{skill: a, labs: [later]}", "{}"),
            &["`a`: lab `later` is neither there nor planned"],
        );
        check(
            &with("{skill: a, pages: [Nodes]}", "{later: L}"),
            &["lab `later` is planned, and no skill has it"],
        );
        check(
            &with("{skill: a, pages: [Nodes]}", "{full: F}"),
            &["lab `full` is there: it is not planned any more"],
        );
        check("planned: {}\ngroups: []", &["no skill has lab `full`"]);
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
