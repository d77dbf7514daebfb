//! What a finding is about: the oddity at the place that it names. Generous about how a place is spelled, and not about which one is meant.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::list::Finding;
use super::pages::{Identity, Page};
use super::review::{At, In, Oddity, Review};
use crate::diagnostic;

/// What a finding is about.
pub(in crate::kinds) enum Placed<'a> {
    /// This.
    Oddity(&'a Oddity),
    /// Something that is there, and nothing about it is odd.
    Nothing,
    /// Nothing that there is, or more than one thing; says what is to be mended.
    Unclear(String),
}

/// How kinds are also called.
const SHORT: [(&str, &str); 10] = [
    ("deploy", "deployment"),
    ("svc", "service"),
    ("sa", "serviceaccount"),
    ("ns", "namespace"),
    ("netpol", "networkpolicy"),
    ("pdb", "poddisruptionbudget"),
    ("po", "pod"),
    ("rs", "replicaset"),
    ("crb", "clusterrolebinding"),
    ("cm", "configmap"),
];

/// Words between the parts of a name.
const FILLERS: [&str; 6] = ["-n", "--namespace", "for", "in", "of", "the"];

/// What the API server makes of a Deployment: named after it.
const MADE_OF_DEPLOYMENTS: [&str; 2] = ["pod", "replicaset"];

/// A place as it was spelled.
struct Sought<'a> {
    file: Option<&'a str>,
    /// Lower case, in the singular.
    kind: Option<String>,
    /// Lower case: a name, a namespace, or both.
    words: Vec<String>,
    /// The parts of the field's path, lower case.
    field: Vec<String>,
}

/// How well a place suits, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suits {
    /// It is above it.
    Above,
    /// It is the end of its path.
    Shortened,
    /// It is at or below it.
    At,
}

/// What a finding is about; `objects` are those of the cluster at the start.
pub(in crate::kinds) fn of<'a>(
    review: &'a Review,
    objects: &[Json],
    finding: &Finding,
) -> Placed<'a> {
    let known = Known::of(review, objects);
    let sought = Sought::read(review, &known, finding);
    let mut found: Vec<(&Oddity, Suits)> = Vec::new();
    for oddity in &review.oddities {
        let suits = oddity
            .at
            .iter()
            .filter_map(|at| sought.suits(review, at))
            .max();
        found.extend(suits.map(|suits| (oddity, suits)));
    }
    let best = found.iter().map(|(_, suits)| *suits).max();
    let best: Vec<&Oddity> = found
        .iter()
        .filter(|(_, suits)| Some(*suits) == best)
        .map(|(oddity, _)| *oddity)
        .collect();
    let of_risk: Vec<&Oddity> = best
        .iter()
        .filter(|it| it.risks.contains(&finding.risk.text))
        .copied()
        .collect();
    match (best.as_slice(), of_risk.as_slice()) {
        ([one], _) | (_, [one]) => Placed::Oddity(one),
        ([], _) => sought.nothing(review, &known, &finding.at.text),
        _ => Placed::Unclear(format!(
            "`{}`{} is above more than one thing: name the field",
            finding.at.text,
            of_field(&finding.field.text)
        )),
    }
}

fn of_field(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!(" with `{field}`")
    }
}

/// All objects that can be named.
struct Known(Vec<Identity>);

impl Known {
    fn of(review: &Review, objects: &[Json]) -> Self {
        let in_pages = review.pages.values().flat_map(Page::objects);
        let live = objects.iter().filter_map(Identity::of);
        Self(in_pages.chain(live).collect())
    }

    fn kinds(&self) -> BTreeSet<String> {
        let own = self.0.iter().map(|it| it.kind.to_lowercase());
        let short = SHORT.iter().map(|(_, long)| (*long).to_owned());
        own.chain(short).collect()
    }
}

impl<'a> Sought<'a> {
    fn read(review: &'a Review, known: &Known, finding: &Finding) -> Self {
        let spelled = finding.at.text.to_lowercase();
        let (at, behind) = spelled.split_once('#').unwrap_or((&spelled, ""));
        let mut file = None;
        let mut tokens = Vec::new();
        for token in at
            .split_whitespace()
            .map(|it| it.trim_matches(['`', '"', ',', ':']))
        {
            match review.pages.keys().find(|path| is_file(path, token)) {
                Some(path) if file.is_none() => file = Some(path.as_str()),
                _ => tokens.extend(token.split('/').filter(|part| !part.is_empty())),
            }
        }
        let kinds = known.kinds();
        let mut kind = None;
        let mut words = Vec::new();
        for token in tokens.into_iter().filter(|token| !FILLERS.contains(token)) {
            match singular(token, &kinds) {
                Some(known) if kind.is_none() => kind = Some(known),
                // "Deployment ledger, namespace payments".
                Some(known) if known == "namespace" => {}
                _ => words.push(token.to_owned()),
            }
        }
        let field = format!("{behind}.{}", finding.field.text.to_lowercase());
        let mut sought = Self {
            file,
            kind,
            words,
            field: segments(&field),
        };
        sought.take_object_of_field(review, &kinds);
        sought
    }

    /// In a file of manifests the field may begin with the object's kind and name.
    fn take_object_of_field(&mut self, review: &Review, kinds: &BTreeSet<String>) {
        let page = self.file.and_then(|file| review.pages.get(file));
        let objects: Vec<Identity> = page.into_iter().flat_map(Page::objects).collect();
        if !self.words.is_empty() {
            return;
        }
        let is_word = |part: &str| {
            objects
                .iter()
                .any(|it| it.name.to_lowercase() == part || it.namespace.to_lowercase() == part)
        };
        let mut rest = Vec::new();
        for part in std::mem::take(&mut self.field) {
            match singular(&part, kinds) {
                Some(kind) if rest.is_empty() && !objects.is_empty() && self.kind.is_none() => {
                    self.kind = Some(kind);
                }
                _ if rest.is_empty() && is_word(&part) => self.words.push(part),
                _ => rest.push(part),
            }
        }
        self.field = rest;
    }

    /// How well a place suits; `None` when another is meant.
    fn suits(&self, review: &Review, at: &At) -> Option<Suits> {
        let is_there = match &at.in_ {
            In::File(path) => self.file == Some(path.as_str()),
            In::Object {
                kind,
                namespace,
                name,
            } => self.names(review, kind, namespace.as_deref(), name.as_deref()),
        };
        if !is_there {
            return None;
        }
        let mut field = match &at.in_ {
            // Behind a file that has no objects, words are the beginning of the field.
            In::File(_) => [self.words.clone(), self.field.clone()].concat(),
            In::Object { .. } => self.field.clone(),
        };
        let is_pods = self
            .kind
            .as_deref()
            .is_some_and(|kind| MADE_OF_DEPLOYMENTS.contains(&kind));
        if is_pods
            && !field.iter().any(|part| part == "template")
            && field.first().is_some_and(|part| part == "spec")
        {
            field.splice(0..1, ["spec", "template", "spec"].map(str::to_owned));
        }
        if at.fields.is_empty() {
            return Some(Suits::At);
        }
        at.fields
            .iter()
            .filter_map(|exact| suits(&segments(&exact.to_lowercase()), &field))
            .max()
    }

    /// Whether these are the words for an object.
    fn names(
        &self,
        review: &Review,
        kind: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> bool {
        let lower = |text: &str| text.to_lowercase();
        let is_kind = match self.kind.as_deref() {
            None => true,
            Some(own) if own == lower(kind) => true,
            Some(own) => kind == "Deployment" && MADE_OF_DEPLOYMENTS.contains(&own),
        };
        let is_in_file = self.file.is_none_or(|file| {
            let page = review.pages.get(file);
            page.into_iter().flat_map(Page::objects).any(|it| {
                it.kind == kind
                    && namespace.is_none_or(|own| own == it.namespace)
                    && name.is_none_or(|own| own == it.name)
            })
        });
        let is_pod = |word: &str, name: &str| {
            self.kind
                .as_deref()
                .is_some_and(|own| MADE_OF_DEPLOYMENTS.contains(&own) && own != lower(kind))
                && word
                    .strip_prefix(&lower(name))
                    .is_some_and(|rest| rest.starts_with('-'))
        };
        let words = self.words.iter();
        let has = match (namespace, name) {
            (_, Some(name)) => {
                let own: Vec<bool> = words
                    .map(|word| *word == lower(name) || is_pod(word, name))
                    .collect();
                let others = self.words.iter().zip(&own).filter(|(_, own)| !**own);
                let are_namespaces = others
                    .map(|(word, _)| Some(word.as_str()))
                    .all(|word| word == namespace.map(lower).as_deref());
                own.contains(&true)
                    && (are_namespaces || namespace.is_some_and(|it| lower(it) == lower(name)))
            }
            (Some(namespace), None) => {
                self.words.contains(&lower(namespace)) && self.kind.is_some()
            }
            (None, None) => self.kind.is_some(),
        };
        is_kind && is_in_file && has
    }

    /// Why nothing suits.
    fn nothing(&self, review: &Review, known: &Known, spelled: &str) -> Placed<'static> {
        let has_objects = |file| {
            review
                .pages
                .get(file)
                .is_some_and(|page: &Page| page.objects().next().is_some())
        };
        match self.file {
            Some(file) if has_objects(file) && self.words.is_empty() => {
                return Placed::Unclear(format!(
                    "`{spelled}` has many objects: name one, such as `Deployment NAMESPACE/NAME`"
                ));
            }
            Some(_) => return Placed::Nothing,
            None => {}
        }
        let is_object = |it: &&Identity| {
            let names = [it.name.to_lowercase(), it.namespace.to_lowercase()];
            self.kind
                .as_deref()
                .is_none_or(|kind| kind == it.kind.to_lowercase())
                && self.words.contains(&names[0])
                && self.words.iter().all(|word| names.contains(word))
        };
        if known.0.iter().any(|it| is_object(&it)) {
            return Placed::Nothing;
        }
        let of_kind = |it: &&Identity| {
            self.kind
                .as_deref()
                .is_none_or(|kind| kind == it.kind.to_lowercase())
        };
        let names = known.0.iter().filter(of_kind).map(|it| it.name.as_str());
        let names = names.chain(review.pages.keys().map(String::as_str));
        let last = self.words.last().map_or(spelled, String::as_str);
        let near = diagnostic::nearest(last, names);
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Placed::Unclear(format!("there is no file and no object `{spelled}`{near}"))
    }
}

/// Whether a word means this file: its path, or the end of it; the line behind it does not count.
fn is_file(path: &str, word: &str) -> bool {
    let path = path.to_lowercase();
    let word = word.trim_start_matches("./");
    let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ':');
    path == word || path.ends_with(&format!("/{word}")) || word.ends_with(&format!("/{path}"))
}

/// A kind's name as these have it, also of `deployments.apps`, `deploy` and `Network-Policy`; `None` when it is none.
fn singular(word: &str, kinds: &BTreeSet<String>) -> Option<String> {
    let word = word.split('.').next().unwrap_or_default().replace('-', "");
    let long = SHORT.iter().find(|(short, _)| *short == word);
    let word = long.map_or(word.as_str(), |(_, long)| long);
    let ies = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let candidates = [
        Some(word.to_owned()),
        word.strip_suffix('s').map(str::to_owned),
        ies,
    ];
    candidates
        .into_iter()
        .flatten()
        .find(|it| kinds.contains(it))
}

fn segments(path: &str) -> Vec<String> {
    let parts = path.split(|letter: char| letter.is_whitespace() || "./[]\"'`:=,".contains(letter));
    let is_part = |part: &&str| {
        !part.is_empty() && *part != "*" && !part.chars().all(|letter| letter.is_ascii_digit())
    };
    parts.filter(is_part).map(str::to_owned).collect()
}

/// How well a field suits the exact one. Parts that a path has more, such as the names of list elements, do not matter.
fn suits(exact: &[String], field: &[String]) -> Option<Suits> {
    if is_within(exact, field) {
        Some(Suits::At)
    } else if !field.is_empty() && field.last() == exact.last() && is_within(field, exact) {
        Some(Suits::Shortened)
    } else if exact.starts_with(field) {
        Some(Suits::Above)
    } else {
        None
    }
}

/// Whether all these parts are among others, in their order.
fn is_within(parts: &[String], others: &[String]) -> bool {
    let mut others = others.iter();
    parts.iter().all(|part| others.any(|other| other == part))
}
