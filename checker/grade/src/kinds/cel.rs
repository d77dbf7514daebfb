//! `cel`: an expression over named objects is true.

use std::collections::BTreeMap;

use kube_cel::cel::Value as CelValue;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Named, Spanned};
use crate::evidence::Evidence;
use crate::expression::{self, Fault};
use crate::judge::{Undecided, failed, one, passed, several};
use crate::observation::{ObjectRef, ObjectsRef, Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::tree::references;
use crate::verdict::Verdict;
use crate::wording;

/// Expressions that are judged together: named intermediate values, and what they may name of the parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Given {
    /// Each over what stands before it, in order.
    pub lets: Vec<(String, String)>,
    /// The parameters that the expressions name, in them `given`.
    pub parameters: Map<String, Value>,
}

impl Given {
    /// Checks expressions and what they name.
    pub(super) fn read(
        document: &Document<'_>,
        lets: &Named<Spanned<String>>,
        expressions: &[&Spanned<String>],
    ) -> Result<Self, Diagnostic> {
        let named = lets.0.iter().map(|(_, expression)| expression);
        let all: Vec<&Spanned<String>> = named.chain(expressions.iter().copied()).collect();
        for expression in &all {
            let (place, text) = (expression.defined, &expression.value);
            references::check_given(document, place, text, &document.given)?;
        }
        for (name, _) in &lets.0 {
            check_identifier(document, &name.value, name.defined)?;
        }
        Ok(Self {
            lets: lets
                .0
                .iter()
                .map(|(name, expression)| (name.value.clone(), expression.value.clone()))
                .collect(),
            parameters: references::named(
                all.iter().map(|text| text.value.as_str()),
                &document.given,
            ),
        })
    }

    /// Variables, and the parameters beside them.
    pub(super) fn beside(&self, variables: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let mut variables = variables;
        let parameters = Value::Object(self.parameters.clone());
        variables.insert(references::GIVEN.to_owned(), parameters);
        variables
    }
}

/// A CEL expression over objects. A missing field is an error in CEL, and an error is `failed`, saying which field.
#[derive(Debug, Clone, PartialEq)]
pub struct Cel {
    /// What each name in the expression stands for. An absent object is `null`.
    pub objects: BTreeMap<String, CelObject>,
    /// What the expressions may name besides the objects.
    pub given: Given,
    /// Evaluates to a boolean.
    pub expression: String,
    /// What to show as expected.
    pub expected: Option<String>,
    /// A second expression that evaluates to the text to show as found; unset: the objects' names and the expression.
    pub found: Option<String>,
}

/// What a name in an expression stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum CelObject {
    /// One object, or `null`.
    One(ObjectRef),
    /// A list of objects.
    Many(ObjectsRef),
}

/// Kinds whose objects say only what somebody wrote.
const WITHOUT_STATUS: [&str; 5] = [
    "ConfigMap",
    "LimitRange",
    "NetworkPolicy",
    "Secret",
    "StorageClass",
];

impl CelObject {
    fn kind(&self) -> &str {
        match self {
            Self::One(object) => &object.kind,
            Self::Many(objects) => &objects.kind,
        }
    }

    /// The question that gives it.
    pub(crate) fn question(&self) -> Question {
        match self {
            Self::One(object) => Question::Object(object.clone()),
            Self::Many(objects) => Question::Objects(objects.clone()),
        }
    }
}

/// An expression over named objects is true.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Cel")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What each name in the expression stands for. One object, or `null` when it is absent, if it has a `name`; else a list.
    objects: BTreeMap<String, Spanned<RawObject>>,
    /// Intermediate values by name: expressions, each over the objects and what stands before it.
    #[serde(default, rename = "let")]
    lets: Named<Spanned<String>>,
    /// In the Common Expression Language, over the objects, the values of `let` and, as `given`, the parameters; evaluates to a boolean. A field that is missing makes the check fail and is named: ask `has(…)` first.
    expression: Spanned<String>,
    /// What to show as expected. Unset: the expression.
    expected: Option<String>,
    /// A second expression, whose text is shown as found. Unset: the expression and what its objects are.
    found: Option<Spanned<String>>,
}

impl Kind for Cel {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let mut named = BTreeMap::new();
        for (name, object) in &written.objects {
            check_identifier(document, name, object.defined)?;
            named.insert(name.clone(), objects::object(document, object)?);
        }
        let expressions = Self::expressions(written);
        Ok(Self {
            objects: named,
            given: Given::read(
                document,
                &written.lets,
                &expressions[written.lets.0.len()..],
            )?,
            found: found_expression(document, written.found.as_ref())?,
            expression: objects::not_empty(document, &written.expression, "expression")?,
            expected: written.expected.clone(),
        })
    }

    fn expressions(written: &Written) -> Vec<&Spanned<String>> {
        let lets = written.lets.0.iter().map(|(_, expression)| expression);
        let others = std::iter::once(&written.expression).chain(&written.found);
        lets.chain(others).collect()
    }

    fn questions(&self) -> Vec<Question> {
        self.objects.values().map(CelObject::question).collect()
    }

    fn reads_the_specification_only(&self) -> bool {
        let mut objects = self.objects.values();
        objects.all(|object| WITHOUT_STATUS.contains(&object.kind()))
    }

    fn judge(&self, check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let expected = self.expected.as_deref().unwrap_or(&check.says);
        let lacks = self.lacks(&evidence.observed)?;
        Ok(lacks.map_or_else(passed, |found| failed(expected, found)))
    }
}

impl Cel {
    /// What was found instead; `None` when the expression is true.
    pub(super) fn lacks(&self, observed: &Observations) -> Result<Option<String>, Undecided> {
        let variables = variables(self, observed)?;
        Ok(match truth(&self.given, &self.expression, &variables)? {
            Truth::True => None,
            Truth::False => Some(found(self, &variables)),
            Truth::Missing(what) => Some(format!("{what} ({})", names(self, &variables))),
        })
    }
}

/// A second expression, which says something.
fn found_expression(
    document: &Document<'_>,
    found: Option<&Spanned<String>>,
) -> Result<Option<String>, Diagnostic> {
    found
        .map(|found| objects::not_empty(document, found, "found"))
        .transpose()
}

pub(super) fn check_identifier(
    document: &Document<'_>,
    name: &str,
    place: Location,
) -> Result<(), Diagnostic> {
    let mut letters = name.chars();
    let starts_well = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts_well && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        Ok(())
    } else {
        Err(document.fault(place, message!(NoIdentifier, name)))
    }
}

/// What an expression that must be a boolean came to.
enum Truth {
    True,
    False,
    /// The objects lack something that the expression reads; says what.
    Missing(String),
}

/// What an expression that must be a boolean comes to.
fn truth(
    given: &Given,
    expression: &str,
    variables: &BTreeMap<String, Value>,
) -> Result<Truth, Undecided> {
    match expression::evaluate_with(&given.lets, expression, variables) {
        Ok(CelValue::Bool(true)) => Ok(Truth::True),
        Ok(CelValue::Bool(false)) => Ok(Truth::False),
        Ok(other) => Err(format!(
            "the expression of this check is no boolean: {}",
            other.type_of()
        )),
        Err(Fault::Objects(what)) => Ok(Truth::Missing(what)),
        Err(Fault::NoName(name)) => Err(format!(
            "the expression of this check is wrong: {}",
            expression::no_name(&name)
        )),
        Err(Fault::Expression(why)) => Err(format!("the expression of this check is wrong: {why}")),
    }
}

fn variables(cel: &Cel, observed: &Observations) -> Result<BTreeMap<String, Value>, Undecided> {
    let looked = cel.objects.iter().map(|(name, object)| {
        let value = match object {
            CelObject::One(object) => one(observed, object)?.cloned().unwrap_or(Value::Null),
            CelObject::Many(objects) => {
                Value::Array(several(observed, objects)?.into_iter().cloned().collect())
            }
        };
        Ok((name.clone(), value))
    });
    looked
        .collect::<Result<_, Undecided>>()
        .map(|variables| cel.given.beside(variables))
}

fn found(cel: &Cel, variables: &BTreeMap<String, Value>) -> String {
    let Some(found) = &cel.found else {
        let expression = wording::shorten(&cel.expression, 120);
        return format!("{}; `{expression}` is false", names(cel, variables));
    };
    match expression::text(&cel.given.lets, found, variables) {
        Ok(text) if !text.trim().is_empty() => text,
        _ => names(cel, variables),
    }
}

/// What each object is: "Deployment `cart`, no Service `cart`, 3 Pods in `shop`".
fn names(cel: &Cel, variables: &BTreeMap<String, Value>) -> String {
    let names = cel
        .objects
        .iter()
        .map(|(name, object)| match (object, variables.get(name)) {
            (CelObject::One(object), Some(Value::Null)) => format!("no {}", wording::one(object)),
            (CelObject::One(object), _) => wording::one(object),
            (CelObject::Many(objects), Some(Value::Array(all))) => {
                let kind = wording::count(all.len(), &objects.kind);
                let several = wording::several(objects);
                let where_ = several.strip_prefix(&wording::plural(&objects.kind));
                format!("{kind}{}", where_.unwrap_or_default())
            }
            (CelObject::Many(objects), _) => wording::several(objects),
        });
    names.collect::<Vec<_>>().join(", ")
}
