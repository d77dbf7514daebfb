//! Makes field access strict: a field of what has no fields is an error, as the language says, and not `false`.
//!
//! Without it `!d.spec.hostNetwork` and `d.spec.replicas != 0` would be true of an object that was deleted.

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

/// The same expression, with each field taken only of a map.
pub(super) fn make(expression: &mut IdedExpr) {
    match &mut expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Select(select) => {
            make(&mut select.operand);
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
            call.target.iter_mut().for_each(|target| make(target));
            call.args.iter_mut().for_each(make);
        }
        Expr::Comprehension(comprehension) => {
            make(&mut comprehension.iter_range);
            make(&mut comprehension.accu_init);
            make(&mut comprehension.loop_cond);
            make(&mut comprehension.loop_step);
            make(&mut comprehension.result);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(make),
        Expr::Map(map) => map.entries.iter_mut().for_each(|it| entry(&mut it.expr)),
        Expr::Struct(made) => made.entries.iter_mut().for_each(|it| entry(&mut it.expr)),
    }
}

fn entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => make(&mut field.value),
        EntryExpr::MapEntry(pair) => {
            make(&mut pair.key);
            make(&mut pair.value);
        }
    }
}
