//! The names that expressions are evaluated over: each value is made once, however many expressions name it.

use std::collections::{BTreeMap, BTreeSet};

use kube_cel::cel::common::ast::IdedExpr;
use kube_cel::cel::parser::Parser;
use kube_cel::cel::{Context, Value as CelValue};
use serde_json::Value;

use super::{Fault, cel_value, context, data, explain, first_error, strict};

/// An expression that was read, to be evaluated as often as is needed.
pub(crate) struct Parsed(IdedExpr);

/// Variables, and named intermediate values over them.
pub(crate) struct Scope<'a> {
    context: Context<'a>,
    /// The intermediate values that could not be had, and why.
    missing: BTreeMap<String, String>,
    /// The fields of variables that are names of their own, such as `given.pool`.
    flat: BTreeSet<String>,
}

impl Scope<'_> {
    /// These variables.
    pub(crate) fn of(variables: &BTreeMap<String, Value>) -> Scope<'static> {
        let mut context = context();
        let mut flat = BTreeSet::new();
        for (name, value) in variables {
            context.add_variable_from_value(name.as_str(), cel_value(value));
            for (field, value) in value.as_object().into_iter().flatten() {
                let name = format!("{name}.{field}");
                context.add_variable_from_value(name.as_str(), cel_value(value));
                flat.insert(name);
            }
        }
        Scope {
            context,
            missing: BTreeMap::new(),
            flat,
        }
    }

    /// Reads an expression over these names.
    pub(crate) fn parse(&self, expression: &str) -> Result<Parsed, Fault> {
        let mut parsed = Parser::default()
            .parse(expression)
            .map_err(|errors| Fault::Expression(first_error(&errors)))?;
        strict::make(&mut parsed, &self.flat);
        Ok(Parsed(parsed))
    }

    /// And these intermediate values, of which each may use those before it. One that has no value is a fault only where it is used.
    pub(crate) fn with(mut self, lets: &[(String, String)]) -> Result<Self, Fault> {
        for (name, expression) in lets {
            match self.value(&self.parse(expression)?) {
                Ok(value) => {
                    if data(&value).is_none() {
                        let found = value.type_of();
                        let what = format!("`{name}` is {found}, which is no value to keep");
                        return Err(Fault::Expression(what));
                    }
                    self.context.add_variable_from_value(name.as_str(), value);
                    let hidden = format!("{name}.");
                    self.flat.retain(|flat| !flat.starts_with(&hidden));
                }
                Err(Fault::Objects(what)) => {
                    self.missing.insert(name.clone(), what);
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(self)
    }

    /// The same names, and these over them.
    pub(crate) fn inner(&self, variables: Vec<(&str, CelValue)>) -> Scope<'_> {
        let mut context = self.context.new_inner_scope();
        for (name, value) in variables {
            context.add_variable_from_value(name, value);
        }
        Scope {
            context,
            missing: self.missing.clone(),
            flat: BTreeSet::new(),
        }
    }

    /// What an expression comes to.
    pub(crate) fn value(&self, expression: &Parsed) -> Result<CelValue, Fault> {
        match self.context.resolve(&expression.0) {
            Ok(value) => Ok(value),
            Err(error) => Err(match explain(&error) {
                Fault::NoName(name) => match self.missing.get(&name) {
                    Some(why) => Fault::Objects(why.clone()),
                    None => Fault::NoName(name),
                },
                fault => fault,
            }),
        }
    }
}
