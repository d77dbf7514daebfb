//! Makes field access strict: a field of what has no fields is an error, as the language says, and not `false`.
//!
//! Without it `!d.spec.hostNetwork` and `d.spec.replicas != 0` would be true of an object that was deleted.

use std::collections::BTreeSet;

use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};
use kube_cel::cel::{Context, ExecutionError, Value};

/// The function that lets only a map through; no expression can call it by this name.
const MAP_ONLY: &str = "@map";

/// Lets the expressions that [`make`] gives be evaluated.
pub(super) fn register(context: &mut Context<'_>) {
    context.add_function(MAP_ONLY, |value: Value| match value {
        Value::Map(_) => Ok(value),
        other => Err(ExecutionError::UnexpectedType {
            got: other.type_of().to_string(),
            want: "map".to_owned(),
        }),
    });
}

/// The same expression, with each field taken only of a map. Those of `flat`, such as `given.pool`, become names of their own: to take a field, the
/// language copies all of what has it.
pub(super) fn make(expression: &mut IdedExpr, flat: &BTreeSet<String>) {
    if let Some(name) = flat_name(&expression.expr).filter(|name| flat.contains(name)) {
        expression.expr = Expr::Ident(name);
        return;
    }
    match &mut expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Select(select) => {
            make(&mut select.operand, flat);
            let operand = std::mem::take(&mut *select.operand);
            select.operand.id = operand.id;
            select.operand.expr = Expr::Call(CallExpr {
                func_name: MAP_ONLY.to_owned(),
                target: None,
                args: vec![operand],
            });
        }
        Expr::Call(call) => {
            // The target of a call may be a name space, such as `optional` in `optional.of(1)`: then it has no field.
            call.target.iter_mut().for_each(|target| make(target, flat));
            call.args.iter_mut().for_each(|it| make(it, flat));
        }
        Expr::Comprehension(comprehension) => {
            make(&mut comprehension.iter_range, flat);
            // Inside, its variables hide those of the same names.
            let own = [&comprehension.iter_var, &comprehension.accu_var];
            let own = own.into_iter().chain(&comprehension.iter_var2);
            let own: Vec<String> = own.map(|name| format!("{name}.")).collect();
            let is_own = |name: &&String| own.iter().any(|own| name.starts_with(own.as_str()));
            let left: BTreeSet<String>;
            let flat = if flat.iter().any(|name| is_own(&name)) {
                left = flat.iter().filter(|name| !is_own(name)).cloned().collect();
                &left
            } else {
                flat
            };
            make(&mut comprehension.accu_init, flat);
            make(&mut comprehension.loop_cond, flat);
            make(&mut comprehension.loop_step, flat);
            make(&mut comprehension.result, flat);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(|it| make(it, flat)),
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .for_each(|it| entry(&mut it.expr, flat)),
        Expr::Struct(made) => made
            .entries
            .iter_mut()
            .for_each(|it| entry(&mut it.expr, flat)),
    }
}

/// `given.pool`, where that is asked for and not whether it is there.
fn flat_name(expression: &Expr) -> Option<String> {
    let Expr::Select(select) = expression else {
        return None;
    };
    match &select.operand.expr {
        Expr::Ident(name) if !select.test => Some(format!("{name}.{}", select.field)),
        _ => None,
    }
}

fn entry(entry: &mut EntryExpr, flat: &BTreeSet<String>) {
    match entry {
        EntryExpr::StructField(field) => make(&mut field.value, flat),
        EntryExpr::MapEntry(pair) => {
            make(&mut pair.key, flat);
            make(&mut pair.value, flat);
        }
    }
}
