//! What the findings of a list come to: which are right, which are about something else, and how many are lacking.
//!
//! A line says what is wrong with a finding, never what would be right.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::list::{Finding, Said};
use super::pages::{self, Identity};
use super::place::{self, Placed};
use super::review::{In, Is, Oddity, Review, Severity};
use super::{Findings, RULES};
use crate::verdict::BrokenRule;
use crate::wording;

pub(super) fn rule(id: &str, at: String, says: &str, expected: &str, found: String) -> BrokenRule {
    BrokenRule {
        rule: id.to_owned(),
        at,
        says: says.to_owned(),
        expected: expected.to_owned(),
        found,
        page: None,
    }
}

/// What the findings come to.
pub(super) struct Judged<'a> {
    /// The weaknesses of which everything is right.
    right: BTreeSet<&'a str>,
    /// The weaknesses at whose place there is a finding.
    placed: BTreeSet<&'a str>,
    /// What is wrong with single findings.
    wrong: Vec<BrokenRule>,
    /// Findings about what is no weakness, once each.
    false_: Vec<BrokenRule>,
}

impl<'a> Judged<'a> {
    pub(super) fn of(kind: &'a Findings, objects: &[Json], findings: &[Finding]) -> Self {
        let mut judged = Self {
            right: BTreeSet::new(),
            placed: BTreeSet::new(),
            wrong: Vec::new(),
            false_: Vec::new(),
        };
        let mut meant = BTreeSet::new();
        for finding in findings.iter().filter(|it| !it.at.text.is_empty()) {
            let at = |said: &Said| place_of(&kind.review.file, said, finding);
            match place::of(&kind.review, objects, finding) {
                Placed::Oddity(oddity) if oddity.is == Is::Meant => {
                    if meant.insert(oddity.id.as_str()) {
                        let found = format!(
                            "`{}`: it is meant, and the platform's notes have the reason",
                            finding.at.text
                        );
                        judged.false_.push(rule(
                            "false",
                            at(&finding.at),
                            FALSE,
                            "a weakness",
                            found,
                        ));
                    }
                }
                Placed::Nothing => {
                    let found = format!(
                        "`{}`: nothing about it goes against the platform's notes",
                        told(finding)
                    );
                    judged
                        .false_
                        .push(rule("false", at(&finding.at), FALSE, "a weakness", found));
                }
                Placed::Unclear(found) => {
                    let says =
                        "It is clear which file or object, and which field, a finding is about";
                    judged
                        .wrong
                        .push(rule("where", at(&finding.at), says, says, found));
                }
                Placed::Oddity(weak) => {
                    // A second one about the same is no other finding.
                    if judged.placed.insert(&weak.id) {
                        let wrong = wrong(kind, objects, weak, finding);
                        if wrong.is_empty() {
                            judged.right.insert(&weak.id);
                        }
                        judged.wrong.extend(wrong);
                    }
                }
            }
        }
        judged
    }

    pub(super) fn broken(self, kind: &Findings, findings: &[Finding]) -> Vec<BrokenRule> {
        let missed = self.missed(kind);
        let too_many = self.false_.len() > kind.false_at_most;
        let false_ = self.false_.into_iter().filter(|_| too_many);
        let broken = self.wrong.into_iter().chain(false_);
        let broken = broken
            .chain(rank(&kind.review.file, findings))
            .chain(missed);
        let mut broken: Vec<BrokenRule> = broken.collect();
        broken.sort_by_key(|it| RULES.iter().position(|rule| *rule == it.rule));
        broken
    }

    /// How many of the most severe weaknesses are not among the right findings, and how many weaknesses have no finding at all.
    fn missed(&self, kind: &Findings) -> Option<BrokenRule> {
        let lacking = Severity::ALL.map(|level| {
            let severe: Vec<&Oddity> = kind
                .review
                .weak()
                .filter(|it| it.severity >= level)
                .collect();
            let right = severe
                .iter()
                .filter(|it| self.right.contains(it.id.as_str()))
                .count();
            severe.len().min(kind.least).saturating_sub(right)
        });
        let lacking = lacking.into_iter().max().filter(|lacking| *lacking > 0)?;
        let unplaced = kind
            .review
            .weak()
            .filter(|it| !self.placed.contains(it.id.as_str()))
            .count();
        let least = kind.least;
        let expected = format!(
            "the {least} most severe weaknesses, each with a risk, a remedy, a severity and a line that are right"
        );
        let found = format!(
            "{} of them; {} no finding at all",
            least - lacking,
            if unplaced == 1 {
                "1 weakness has".to_owned()
            } else {
                format!("{} have", wording::count(unplaced, "weakness"))
            }
        );
        let says = format!("The {least} most severe weaknesses are found");
        Some(rule(
            "missed",
            kind.review.file.clone(),
            &says,
            &expected,
            found,
        ))
    }
}

const FALSE: &str = "What is reported is a weakness";

fn told(finding: &Finding) -> String {
    let parts = [finding.at.text.as_str(), finding.field.text.as_str()];
    wording::shorten(parts.join(" ").trim(), 80)
}

fn place_of(file: &str, said: &Said, finding: &Finding) -> String {
    let line = if said.line > 0 {
        said.line
    } else {
        finding.line
    };
    format!("{file}:{line}")
}

/// What is wrong with a finding about this weakness. Words that there are not are the form's to tell.
fn wrong(kind: &Findings, objects: &[Json], weak: &Oddity, finding: &Finding) -> Vec<BrokenRule> {
    let at = |said: &Said| place_of(&kind.review.file, said, finding);
    let mut broken = Vec::new();
    let is_word = |said: &Said, known: &[String]| known.contains(&said.text);
    if !weak.risks.contains(&finding.risk.text) {
        let found = format!("`{}`", finding.risk.text);
        if is_word(&finding.risk, &kind.review.risks) {
            let says = "The risk is what follows from the weakness at this place";
            broken.push(rule("risk", at(&finding.risk), says, "another risk", found));
        } else {
            broken.push(rule(
                "risk",
                at(&finding.risk),
                "A finding has a risk",
                "one of the risks",
                found,
            ));
        }
    } else if !weak.remedies.contains(&finding.remedy.text) {
        let says = "The remedy takes this risk away";
        broken.push(rule(
            "remedy",
            at(&finding.remedy),
            says,
            "another remedy",
            format!("`{}`", finding.remedy.text),
        ));
    }
    if !Severity::named(&finding.severity.text).is_some_and(|it| it.is_near(weak.severity)) {
        let says = "The severity fits what happens on a bad day, one more or less";
        broken.push(rule(
            "severity",
            at(&finding.severity),
            says,
            "another severity",
            format!("`{}`", finding.severity.text),
        ));
    }
    let lines = lines(&kind.review, objects, weak);
    let mut said = finding
        .evidence
        .text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    let is_there = said.peek().is_some()
        && said.all(|line| pages::occurs(line, lines.iter().map(String::as_str)));
    if !is_there {
        let says = "The line of evidence occurs there, in what was handed out or in the cluster as you got it";
        let found = format!("`{}`", wording::shorten(&finding.evidence.text, 60));
        broken.push(rule(
            "evidence",
            at(&finding.evidence),
            says,
            "a line that occurs there",
            found,
        ));
    }
    broken
}

/// The lines of the places of an oddity.
fn lines(review: &Review, objects: &[Json], oddity: &Oddity) -> Vec<String> {
    let mut lines = Vec::new();
    for at in &oddity.at {
        match &at.in_ {
            In::File(path) => {
                let page = review.pages.get(path);
                let fields = at.fields.iter();
                lines.extend(
                    page.into_iter()
                        .flat_map(|page| fields.clone().flat_map(|field| page.lines_around(field)))
                        .map(str::to_owned),
                );
            }
            In::Object {
                kind,
                namespace,
                name,
            } => {
                let Some(name) = name.clone() else { continue };
                let wanted = Identity {
                    kind: kind.clone(),
                    namespace: namespace.clone().unwrap_or_default(),
                    name,
                };
                lines.extend(
                    review
                        .pages
                        .values()
                        .flat_map(|page| page.lines_of(&wanted))
                        .map(str::to_owned),
                );
                let live = objects
                    .iter()
                    .filter(|it| Identity::of(it).as_ref() == Some(&wanted));
                lines.extend(live.flat_map(pages::lines_of));
            }
        }
    }
    lines
}

/// The first finding that stands below a less severe one, by the learner's own words.
fn rank(file: &str, findings: &[Finding]) -> Option<BrokenRule> {
    let severities = findings
        .iter()
        .map(|it| (it, Severity::named(&it.severity.text)));
    let known: Vec<(&Finding, Severity)> = severities
        .filter_map(|(it, severity)| Some((it, severity?)))
        .collect();
    let pair = known.windows(2).find(|pair| pair[0].1 < pair[1].1)?;
    let (finding, severity) = pair[1];
    let found = format!("`{}` below `{}`", severity.name(), pair[0].1.name());
    let says = "The findings are in the order of their severity, the worst first";
    Some(rule(
        "rank",
        place_of(file, &finding.severity, finding),
        says,
        says,
        found,
    ))
}
