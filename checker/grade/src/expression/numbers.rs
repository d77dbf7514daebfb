//! Finds comparisons of numbers that can never be true: a whole number of an object is an `int`, and equals neither a `uint`
//! such as `3u` nor a `double` such as `3.0`, whatever their values.

use kube_cel::cel::common::ast::operators::{EQUALS, IN, NOT_EQUALS};
use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue};

/// What is known of a side of a comparison from its spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Int,
    Uint,
    /// A double with a whole value; one with a fraction is meant as one.
    Double,
    /// A field, which is an `int` where it is whole, or no number.
    Unknown,
}

/// The first such comparison of an expression, as a clause.
pub(super) fn trap(expression: &IdedExpr) -> Option<String> {
    if let Expr::Call(call) = &expression.expr
        && let Some(trap) = of_comparison(call)
    {
        return Some(trap);
    }
    parts(&expression.expr).into_iter().find_map(trap)
}

fn of_comparison(call: &CallExpr) -> Option<String> {
    let word = match call.func_name.as_str() {
        EQUALS => "==",
        NOT_EQUALS => "!=",
        IN => "in",
        _ => return None,
    };
    let [left, right] = call.args.as_slice() else {
        return None;
    };
    let (left, right) = (number(left), number(right));
    let odd = [left, right]
        .into_iter()
        .find(|side| matches!(side, Number::Uint | Number::Double))?;
    if left == right {
        return None;
    }
    let (kind, example) = match odd {
        Number::Uint => ("uint", "`3u`"),
        _ => ("double", "`3.0`"),
    };
    Some(format!(
        "`{word}` compares an int with a {kind}, and they are never equal: a whole number is written `3`, not {example}"
    ))
}

fn number(side: &IdedExpr) -> Number {
    match &side.expr {
        Expr::Literal(LiteralValue::Int(_)) => Number::Int,
        Expr::Literal(LiteralValue::UInt(_)) => Number::Uint,
        Expr::Literal(LiteralValue::Double(value)) if value.inner().fract() == 0.0 => {
            Number::Double
        }
        Expr::Call(call) if call.target.is_none() => match call.func_name.as_str() {
            "int" | "size" => Number::Int,
            "uint" => Number::Uint,
            "double" => Number::Double,
            _ => Number::Unknown,
        },
        // The elements of a list are compared with the other side, or with the elements of its list.
        Expr::List(list) => list.elements.first().map_or(Number::Unknown, number),
        _ => Number::Unknown,
    }
}

fn parts(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Comprehension(all) => vec![
            &all.iter_range,
            &all.accu_init,
            &all.loop_cond,
            &all.loop_step,
            &all.result,
        ],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map
            .entries
            .iter()
            .flat_map(|it| of_entry(&it.expr))
            .collect(),
        Expr::Struct(made) => made
            .entries
            .iter()
            .flat_map(|it| of_entry(&it.expr))
            .collect(),
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(pair) => vec![&pair.key, &pair.value],
    }
}

#[cfg(test)]
mod tests {
    use crate::compile_check;

    #[test]
    fn only_comparisons_that_are_never_true_are_traps() {
        for (expression, is_trap) in [
            ("d.spec.replicas == 3u", true),
            ("3u != d.spec.replicas", true),
            ("d.spec.replicas == 3.0", true),
            ("d.items.all(i, i.count in [1u, 2u])", true),
            ("d.items.size() == 1u", true),
            ("uint(d.spec.replicas) == 3", true),
            ("d.spec.replicas == 3", false),
            ("d.spec.replicas < 4u", false),
            ("uint(d.spec.replicas) == 3u", false),
            ("d.share == 0.5", false),
            ("double(d.share) == 1.0", false),
        ] {
            assert_eq!(compile_check(expression).is_err(), is_trap, "{expression}");
        }
    }
}
