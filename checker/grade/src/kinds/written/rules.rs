//! The rules of a check over the files that were read: which are broken, where, and what was found.

use std::collections::BTreeMap;

use kube_cel::cel::Value as CelValue;

use super::{Read, Rule, WrittenWork, misfit, place};
use crate::check::Check;
use crate::expression::{self, Fault, Parsed, Scope};
use crate::judge::Undecided;
use crate::verdict::BrokenRule;

/// A rule whose expressions were read.
struct Ready<'a> {
    rule: &'a Rule,
    each: Option<Parsed>,
    when: Option<Parsed>,
    at: Option<Parsed>,
    expression: Parsed,
    found: Option<Parsed>,
    page: Option<Parsed>,
}

/// The broken rules, in their order.
pub(super) fn broken(
    work: &WrittenWork,
    check: &Check,
    files: &[Read<'_>],
) -> Result<Vec<BrokenRule>, Undecided> {
    let values = files
        .iter()
        .map(|file| (file.name.to_owned(), file.node.plain()));
    let values: BTreeMap<_, _> = values.collect();
    let variables = work.given.beside(values);
    let scope = Scope::of(&variables)
        .with(&work.given.lets)
        .map_err(wrong)?;
    let judge = Judge { work, check, files };
    let mut broken = Vec::new();
    for rule in &work.rules {
        let ready = Ready::of(rule, &scope).map_err(wrong)?;
        let is_asked = |when: &Parsed| !matches!(scope.value(when), Ok(CelValue::Bool(false)));
        // One that names the row has no value yet, and is asked of each.
        if !ready.when.as_ref().is_none_or(is_asked) {
            continue;
        }
        match &ready.each {
            None => broken.extend(judge.one(&ready, &scope)?),
            Some(each) => match scope.value(each) {
                Ok(CelValue::List(rows)) => {
                    for (index, row) in (0..).zip(rows.iter()) {
                        let names = vec![("row", row.clone()), ("index", CelValue::Int(index))];
                        broken.extend(judge.one(&ready, &scope.inner(names))?);
                    }
                }
                Ok(other) => {
                    broken.push(judge.lacks(&ready, &scope, &misfit::of_kind(&other, "a list")));
                }
                Err(Fault::Objects(what)) => broken.push(judge.lacks(&ready, &scope, &what)),
                Err(fault) => return Err(wrong(fault)),
            },
        }
    }
    Ok(broken)
}

impl<'a> Ready<'a> {
    fn of(rule: &'a Rule, scope: &Scope<'_>) -> Result<Self, Fault> {
        let read =
            |part: &Option<String>| part.as_deref().map(|text| scope.parse(text)).transpose();
        Ok(Self {
            rule,
            each: read(&rule.each)?,
            when: read(&rule.when)?,
            at: read(&rule.at)?,
            expression: scope.parse(&rule.expression)?,
            found: read(&rule.found)?,
            page: read(&rule.page)?,
        })
    }
}

struct Judge<'a> {
    work: &'a WrittenWork,
    check: &'a Check,
    files: &'a [Read<'a>],
}

impl Judge<'_> {
    /// The rule where these names hold; `None` when it is kept or not asked.
    fn one(&self, ready: &Ready<'_>, scope: &Scope<'_>) -> Result<Option<BrokenRule>, Undecided> {
        if let Some(when) = &ready.when {
            match scope.value(when) {
                Ok(CelValue::Bool(true)) => {}
                Ok(CelValue::Bool(false)) => return Ok(None),
                Ok(other) => {
                    let what = misfit::of_kind(&other, "true or false");
                    return Ok(Some(self.lacks(ready, scope, &what)));
                }
                Err(Fault::Objects(what)) => return Ok(Some(self.lacks(ready, scope, &what))),
                Err(fault) => return Err(wrong(fault)),
            }
        }
        match scope.value(&ready.expression) {
            Ok(CelValue::Bool(true)) => Ok(None),
            Ok(CelValue::Bool(false)) => {
                let found = ready.found.as_ref();
                let found = found.and_then(|found| text(scope, found));
                let at = || text(scope, ready.at.as_ref()?);
                let found = found.or_else(|| place::value(self.files, &at()?));
                let found = found.unwrap_or_else(|| match self.files {
                    [file] => format!("`{}` says otherwise", file.path),
                    _ => "that it is not so".to_owned(),
                });
                Ok(Some(self.broken(ready, scope, found)))
            }
            Ok(other) => {
                let what = misfit::of_kind(&other, "true or false");
                Ok(Some(self.lacks(ready, scope, &what)))
            }
            Err(Fault::Objects(what)) => Ok(Some(self.lacks(ready, scope, &what))),
            Err(fault) => Err(wrong(fault)),
        }
    }

    /// A rule that has no value, because the files lack something or have something else. An author who expects too much is told by the
    /// gate, where no fix passes.
    fn lacks(&self, ready: &Ready<'_>, scope: &Scope<'_>, what: &str) -> BrokenRule {
        let rule = ready.rule;
        let misfit = match self.files {
            // One that names its entry need not try which it could be.
            [file] if rule.at.is_none() && rule.each.is_none() => misfit::of(
                &self.work.given,
                file.name,
                &rule.expression,
                &file.node.plain(),
            ),
            _ => None,
        };
        // What is empty has the type of nothing, which says less than that it is empty.
        let at = || text(scope, ready.at.as_ref()?);
        let empty = at()
            .and_then(|at| place::value(self.files, &at))
            .filter(|value| value == place::NOTHING);
        let found = misfit.or(empty).unwrap_or_else(|| what.to_owned());
        self.broken(ready, scope, found)
    }

    fn broken(&self, ready: &Ready<'_>, scope: &Scope<'_>, found: String) -> BrokenRule {
        let rule = ready.rule;
        let says = if rule.says.is_empty() {
            &self.check.says
        } else {
            &rule.says
        };
        let at = ready.at.as_ref().and_then(|at| text(scope, at));
        let at = at.and_then(|at| place::of(self.files, &at));
        let whole = || match self.files {
            [file] => file.path.to_owned(),
            _ => String::new(),
        };
        BrokenRule {
            rule: rule.id.clone(),
            at: at.unwrap_or_else(whole),
            says: says.clone(),
            expected: rule.expected.clone().unwrap_or_else(|| says.clone()),
            found,
            page: ready.page.as_ref().and_then(|page| text(scope, page)),
        }
    }
}

/// A text to show; `None` where it has none.
fn text(scope: &Scope<'_>, expression: &Parsed) -> Option<String> {
    let value = scope.value(expression).ok()?;
    let text = expression::shown(value).ok()?;
    (!text.trim().is_empty()).then_some(text)
}

fn wrong(fault: Fault) -> Undecided {
    let why = match fault {
        Fault::NoName(name) => expression::no_name(&name),
        Fault::Expression(why) | Fault::Objects(why) => why,
    };
    format!("the expression of this check is wrong: {why}")
}
