//! `written`: what the learner wrote is right, by rules of which each is one line of the verdict.
//!
//! A rule says a sentence, recomputes or compares, and names the entry that it is about, so that a broken one says where in the file. It knows
//! no words that would make a text good.

mod form;
mod markdown;
mod misfit;
mod place;
mod read;
mod rules;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::cel::{Given, check_identifier};
use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Named, Spanned};
use crate::evidence::{Evidence, FileSeen};
use crate::judge::{Undecided, passed};
use crate::scenario::objects;
use crate::tree::Node;
use crate::verdict::{BrokenRule, Verdict};

/// The learner's written work: files in the session's work folder, and what must be true of them.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenWork {
    /// The name in expressions and the path below the work folder, without `..`, of each file.
    pub files: Vec<(String, String)>,
    /// What each file must look like, by its name in expressions; unset where anything may stand in it.
    pub forms: BTreeMap<String, Value>,
    /// What the expressions may name besides the files.
    pub given: Given,
    /// What must be true.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Unique in its check.
    pub id: String,
    /// A sentence that is true when it is kept.
    pub says: String,
    /// A list: the rule holds for each of its elements, as `row`, with its place in the list as `index`.
    pub each: Option<String>,
    /// The rule asks only where this is true.
    pub when: Option<String>,
    /// Evaluates to the name of a file and the path of the entry in it, such as `decision.options.shared`.
    pub at: Option<String>,
    /// Evaluates to a boolean.
    pub expression: String,
    /// What to show as expected; unset: the sentence.
    pub expected: Option<String>,
    /// Evaluates to the text to show as found; unset: that the file says otherwise.
    pub found: Option<String>,
    /// Evaluates to what the pages that were handed out say about it.
    pub page: Option<String>,
}

/// The learner's written work is right.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Written")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What expressions call each file, and its path below the work folder of the session. A `.md` is read as a map: `title`, `headings` with
    /// `title`, `level`, `line`, `text`, `words` and `links`, `links` with `text`, `target`, `file`, `path` and `line`, and `sums`, the shares and sums of money that stand in no link.
    files: Spanned<Named<Spanned<String>>>,
    /// What a file must look like: the same fields, with `number`, `text`, `date`, `any` or a choice `a | b` in the place of values, a `?` behind what may be left
    /// empty, and one element in lists.
    #[serde(default)]
    forms: Named<Spanned<Value>>,
    /// Intermediate values by name: expressions, each over the files and what stands before it.
    #[serde(default, rename = "let")]
    lets: Named<Spanned<String>>,
    /// What must be true, by names.
    #[serde(default)]
    rules: Named<Spanned<RawRule>>,
}

/// One rule: a line of the verdict.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Rule")]
#[serde(deny_unknown_fields)]
struct RawRule {
    /// One sentence that is true when the rule is kept. Unset where the check's own says it.
    says: Option<String>,
    /// An expression over the files, the values of `let` and, as `given`, the parameters; evaluates to a boolean.
    expression: Spanned<String>,
    /// An expression: the rule is asked only where it is true.
    when: Option<Spanned<String>>,
    /// An expression for a list: the rule is asked of each element, `row`, whose place in the list is `index`.
    each: Option<Spanned<String>>,
    /// An expression for the entry that it is about: the file's name and the path in it, such as `"decision.options." + row`.
    at: Option<Spanned<String>>,
    /// What to show as expected. Unset: what it says.
    expected: Option<String>,
    /// An expression whose text is shown as found. Unset: that the file says otherwise.
    found: Option<Spanned<String>>,
    /// An expression whose text says what the pages that were handed out have about it.
    page: Option<Spanned<String>>,
}

impl RawRule {
    fn expressions(&self) -> impl Iterator<Item = &Spanned<String>> {
        let optional = [&self.when, &self.each, &self.at, &self.found, &self.page];
        std::iter::once(&self.expression).chain(optional.into_iter().flatten())
    }

    fn rule(&self, document: &Document<'_>, id: &str) -> Result<Rule, Diagnostic> {
        let text = |part: &Option<Spanned<String>>, field: &str| {
            let part = part.as_ref();
            part.map(|part| objects::not_empty(document, part, field))
                .transpose()
        };
        Ok(Rule {
            id: id.to_owned(),
            says: self.says.clone().unwrap_or_default(),
            each: text(&self.each, "each")?,
            when: text(&self.when, "when")?,
            at: text(&self.at, "at")?,
            expression: objects::not_empty(document, &self.expression, "expression")?,
            expected: self.expected.clone(),
            found: text(&self.found, "found")?,
            page: text(&self.page, "page")?,
        })
    }
}

impl Kind for WrittenWork {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::File,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        place: Location,
    ) -> Result<Self, Diagnostic> {
        let mut files = Vec::new();
        for (name, path) in &written.files.value.0 {
            check_identifier(document, &name.value, name.defined)?;
            let below = objects::path_below_work(document, path)?;
            files.push((name.value.clone(), below));
        }
        let mut forms = BTreeMap::new();
        for (name, form) in &written.forms.0 {
            if files.iter().all(|(known, _)| *known != name.value) {
                let names = files.iter().map(|(name, _)| name);
                return Err(document
                    .fault(name.defined, message!(UnknownFile, name.value))
                    .known("files", &name.value, names));
            }
            forms.insert(name.value.clone(), form.value.clone());
        }
        if files.is_empty() || (forms.is_empty() && written.rules.0.is_empty()) {
            return Err(document.fault(place, message!(NoRule)));
        }
        let rules = written.rules.0.iter();
        let rules = rules.map(|(id, rule)| rule.value.rule(document, &id.value));
        let expressions = Self::expressions(written);
        Ok(Self {
            files,
            forms,
            given: Given::read(
                document,
                &written.lets,
                &expressions[written.lets.0.len()..],
            )?,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    fn expressions(written: &Written) -> Vec<&Spanned<String>> {
        let lets = written.lets.0.iter().map(|(_, expression)| expression);
        let rules = written.rules.0.iter();
        lets.chain(rules.flat_map(|(_, rule)| rule.value.expressions()))
            .collect()
    }

    fn files(&self) -> Vec<&str> {
        self.files.iter().map(|(_, path)| path.as_str()).collect()
    }

    fn rules(&self) -> Vec<&str> {
        let form = (!self.forms.is_empty()).then_some(form::RULE);
        let rules = self.rules.iter().map(|rule| rule.id.as_str());
        form.into_iter().chain(rules).collect()
    }

    fn broken(&self, check: &Check, evidence: &Evidence) -> Result<Vec<BrokenRule>, Undecided> {
        let mut read = Vec::new();
        for (name, path) in &self.files {
            match file(check, path, evidence)? {
                Ok(node) => read.push(Read { name, path, node }),
                Err(broken) => return Ok(vec![*broken]),
            }
        }
        let mut broken = Vec::new();
        for file in &read {
            if let Some(form) = self.forms.get(file.name) {
                broken.extend(form::broken(check, file, form));
            }
        }
        broken.extend(rules::broken(self, check, &read)?);
        Ok(broken)
    }

    fn judge(&self, _check: &Check, _evidence: &Evidence) -> Result<Verdict, Undecided> {
        // It is judged by its rules.
        Ok(passed())
    }
}

/// What the form is called among the rules of a check.
pub(super) const FORM: &str = form::RULE;

/// What is wrong with the form of a file.
pub(super) fn form(check: &Check, file: &Read<'_>, form: &Value) -> Vec<BrokenRule> {
    form::broken(check, file, form)
}

/// A file that could be read.
pub(super) struct Read<'a> {
    /// In expressions.
    pub(super) name: &'a str,
    /// Below the work folder.
    pub(super) path: &'a str,
    pub(super) node: Node,
}

/// What is in a file, or what keeps it from being read, which is the learner's to mend.
pub(super) fn file(
    check: &Check,
    path: &str,
    evidence: &Evidence,
) -> Result<Result<Node, Box<BrokenRule>>, Undecided> {
    let unread = |at: String, found: String| {
        Err(Box::new(BrokenRule {
            rule: form::RULE.to_owned(),
            at,
            says: check.says.clone(),
            expected: format!("a file `{path}` that can be read"),
            found,
            page: None,
        }))
    };
    Ok(match evidence.files.get(path) {
        Some(FileSeen::Text(text)) => match read::read(path, text) {
            Ok(node) => Ok(node),
            Err(why) => unread(why.at(path), why.what),
        },
        Some(FileSeen::Absent) => unread(String::new(), format!("no file `{path}`")),
        Some(FileSeen::Unusable(what)) => unread(String::new(), format!("`{path}` {what}")),
        Some(FileSeen::Unreadable(why)) => return Err(why.clone()),
        None => return Err(format!("file `{path}`: not read")),
    })
}
