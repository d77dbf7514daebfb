//! From what the course wants to teach to the page and the lab that teach it, and which of them are not there yet.
//!
//! `book/map.yaml` is the one list; the book shows it, and a test holds it to the pages and labs that exist.

mod shown;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use grade::Course;
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
    /// What belongs to it; at least one.
    pub parts: Vec<Part>,
}

/// A part of a skill. It has a page or a lab.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What it is.
    pub part: String,
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
        let mut faults = Vec::new();
        if self.format_version != 1 {
            faults.push(format!(
                "format_version {} is not known",
                self.format_version
            ));
        }
        let named: BTreeSet<&String> = self.parts().flat_map(|part| &part.labs).collect();
        for lab in self.planned.keys() {
            if course.lab(lab).is_ok() {
                faults.push(format!("lab `{lab}` is there: it is not planned any more"));
            } else if !named.contains(lab) {
                faults.push(format!("lab `{lab}` is planned, and no skill has it"));
            }
        }
        for lab in course
            .labs()
            .iter()
            .filter(|lab| !named.contains(&lab.name))
        {
            faults.push(format!("no skill has lab `{}`", lab.name));
        }
        for skill in self.skills().filter(|skill| skill.parts.is_empty()) {
            faults.push(format!("`{}` has no parts", skill.skill));
        }
        for part in self.parts() {
            faults.extend(self.of_part(part, titles, course));
        }
        faults
    }

    fn of_part(&self, part: &Part, titles: &[&str], course: &Course) -> Vec<String> {
        let name = &part.part;
        let mut faults = Vec::new();
        if part.pages.is_empty() && part.labs.is_empty() {
            faults.push(format!("`{name}` has neither a page nor a lab"));
        }
        let is_page = |page: &&String| titles.contains(&page.as_str());
        for page in part.pages.iter().filter(|page| !is_page(page)) {
            faults.push(format!("`{name}`: there is no page `{page}`"));
        }
        let is_lab = |lab: &&String| course.lab(lab).is_ok() || self.planned.contains_key(*lab);
        for lab in part.labs.iter().filter(|lab| !is_lab(lab)) {
            faults.push(format!(
                "`{name}`: lab `{lab}` is neither there nor planned"
            ));
        }
        faults
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.skills().flat_map(|skill| &skill.parts)
    }
}

#[cfg(test)]
mod tests {
    use grade::CourseFiles;

    use super::*;

    const LAB: &str =
        "format_version: 2\ntitle: Full\nminutes: 5\npractises: [reading]\nvariants: [a]\n";

    pub(super) fn course() -> anyhow::Result<Course> {
        let lab = ("labs/full/lab.yaml".to_owned(), LAB.into());
        let variant = ("scenarios/full/a/scenario.yaml".to_owned(), Vec::new());
        Ok(Course::load(&CourseFiles([lab, variant].into()))?)
    }

    #[track_caller]
    fn check(map: &str, expected: &[&str]) {
        let map = serde_yaml::from_str::<Map>(&format!("format_version: 1\n{map}"));
        let faults = map.map(|map| map.faults(&["Nodes"], &course().expect("a course")));
        assert_eq!(faults.expect("a map"), expected);
    }

    #[test]
    fn a_part_of_a_skill_has_a_page_or_a_lab_and_both_are_there_or_planned() {
        let with = |part: &str, planned: &str| {
            let parts = format!("[{part}, {{part: b, labs: [full]}}]");
            format!(
                "planned: {planned}\ngroups: [{{title: t, skills: [{{skill: s, parts: {parts}}}]}}]"
            )
        };
        check(&with("{part: a, pages: [Nodes]}", "{}"), &[]);
        check(&with("{part: a, labs: [later]}", "{later: L}"), &[]);
        check(
            &with("{part: a}", "{}"),
            &["`a` has neither a page nor a lab"],
        );
        check(
            &with("{part: a, pages: [Pods]}", "{}"),
            &["`a`: there is no page `Pods`"],
        );
        check(
            &with("{part: a, labs: [later]}", "{}"),
            &["`a`: lab `later` is neither there nor planned"],
        );
        check(
            &with("{part: a, pages: [Nodes]}", "{later: L}"),
            &["lab `later` is planned, and no skill has it"],
        );
        check(
            &with("{part: a, pages: [Nodes]}", "{full: F}"),
            &["lab `full` is there: it is not planned any more"],
        );
        check("planned: {}\ngroups: []", &["no skill has lab `full`"]);
    }
}
