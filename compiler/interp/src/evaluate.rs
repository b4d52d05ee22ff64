//! The walk over the tree: from left to right, the right side of `and`, `or` and `else` only if needed.

use permit_ir::decision::EvalContext;
use permit_ir::glob;
use permit_ir::program::{Expr, Node};
use permit_ir::types::{EntityTypeId, ExprId, FieldId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verdict::Trap;

use crate::arithmetic::{arithmetic, compare, negate};

/// What is met only if the program was not verified, or the request or the facts were made for another program. It is
/// the trap of a value that should be there and is not.
pub(crate) const VERIFIED_AWAY: Trap = Trap::UnknownEntity;

/// The value of an expression.
///
/// The recursion is as deep as the expression, which the verifier bounds.
///
/// # Errors
/// The first [`Trap`] met.
pub fn evaluate(context: &EvalContext<'_>, expr: ExprId) -> Result<Value, Trap> {
    let Node { expr, ty } = context.program.exprs.get(expr.index()).ok_or(VERIFIED_AWAY)?;
    let value = |of: &ExprId| evaluate(context, *of);
    match expr {
        Expr::Bool(truth) => Ok(Value::Bool(*truth)),
        Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => Ok(Value::Number(*number)),
        Expr::Decimal(decimal) => Ok(Value::Number(decimal.millionths)),
        Expr::Money(money) => Ok(Value::Number(money.minor)),
        Expr::String(text) => Ok(Value::String(text.as_str().into())),
        Expr::Variant(_, variant) => Ok(Value::Number(i64::from(*variant))),
        Expr::Entity(of, id) => named_entity(context, *of, id),
        Expr::Agent => Ok(Value::Entity(context.request.agent)),
        Expr::Resource => context.request.resource.map(Value::Entity).ok_or(VERIFIED_AWAY),
        Expr::Now => Ok(Value::Number(context.request.now_ms)),
        Expr::Arg(arg) => given(context.request.args.get(arg.index()), ty),
        Expr::Param(param) => given(context.params.get(usize::from(*param)), ty),
        Expr::Attr(of, field) => attribute(context, entity(&value(of)?)?, *field, ty),
        Expr::OptionalAttr(of, field) => match value(of)? {
            Value::Absent => Ok(Value::Absent),
            there => attribute(context, entity(&there)?, *field, ty),
        },
        Expr::Set(elements) => elements.iter().map(value).collect::<Result<_, _>>().map(Value::set),
        Expr::Neg(of) => negate(&value(of)?),
        Expr::Arithmetic(op, left, right) => arithmetic(*op, &value(left)?, &value(right)?),
        Expr::Unwrap(of) => value(of).and_then(present),
        Expr::Else(left, right) => match value(left)? {
            Value::Absent => value(right),
            there => Ok(there),
        },
        Expr::Not(_)
        | Expr::And(..)
        | Expr::Or(..)
        | Expr::Compare(..)
        | Expr::In(..)
        | Expr::Within(..)
        | Expr::WithinAny(..)
        | Expr::Like(..)
        | Expr::Present(_) => truth(context, expr).map(Value::Bool),
        _ => Err(VERIFIED_AWAY),
    }
}

/// Whether a `bool` expression holds.
///
/// # Errors
/// The first [`Trap`] met.
pub fn holds(context: &EvalContext<'_>, expr: ExprId) -> Result<bool, Trap> {
    match evaluate(context, expr)? {
        Value::Bool(truth) => Ok(truth),
        _ => Err(VERIFIED_AWAY),
    }
}

/// The expressions whose type is `bool` whatever their operands are.
fn truth(context: &EvalContext<'_>, expr: &Expr) -> Result<bool, Trap> {
    let value = |of: &ExprId| evaluate(context, *of);
    match expr {
        Expr::Not(of) => Ok(!holds(context, *of)?),
        Expr::And(left, right) => Ok(holds(context, *left)? && holds(context, *right)?),
        Expr::Or(left, right) => Ok(holds(context, *left)? || holds(context, *right)?),
        Expr::Compare(op, left, right) => compare(*op, &value(left)?, &value(right)?),
        Expr::In(left, right) => {
            let left = value(left)?;
            Ok(elements(&value(right)?)?.contains(&left))
        }
        Expr::Within(left, right) => {
            let left = entity(&value(left)?)?;
            Ok(context.facts.within(left, entity(&value(right)?)?))
        }
        Expr::WithinAny(left, right) => {
            let left = entity(&value(left)?)?;
            let places = value(right)?;
            let places = elements(&places)?.iter().map(entity).collect::<Result<Vec<_>, _>>()?;
            Ok(places.into_iter().any(|place| context.facts.within(left, place)))
        }
        Expr::Like(of, pattern) => match value(of)? {
            Value::String(text) => Ok(glob::matches(pattern, &text)),
            _ => Err(VERIFIED_AWAY),
        },
        Expr::Present(of) => Ok(value(of)? != Value::Absent),
        _ => Err(VERIFIED_AWAY),
    }
}

/// An entity that the program names; every snapshot made for the program has interned it.
fn named_entity(context: &EvalContext<'_>, ty: EntityTypeId, id: &str) -> Result<Value, Trap> {
    context.facts.find(ty, id).map(Value::Entity).ok_or(VERIFIED_AWAY)
}

/// An attribute of an entity, which the facts must know.
fn attribute(context: &EvalContext<'_>, of: EntityRef, field: FieldId, ty: &Type) -> Result<Value, Trap> {
    given(Some(context.facts.attribute(context.program, of, field).ok_or(Trap::UnknownEntity)?), ty)
}

/// A value from outside the program, which may be absent only if its type says so.
fn given(value: Option<&Value>, ty: &Type) -> Result<Value, Trap> {
    let value = value.cloned().unwrap_or(Value::Absent);
    if matches!(ty, Type::Optional(_)) { Ok(value) } else { present(value) }
}

fn present(value: Value) -> Result<Value, Trap> {
    if value == Value::Absent { Err(VERIFIED_AWAY) } else { Ok(value) }
}

fn entity(value: &Value) -> Result<EntityRef, Trap> {
    if let Value::Entity(entity) = value { Ok(*entity) } else { Err(VERIFIED_AWAY) }
}

fn elements(value: &Value) -> Result<&[Value], Trap> {
    if let Value::Elements(elements) = value { Ok(elements) } else { Err(VERIFIED_AWAY) }
}

#[cfg(test)]
mod tests;
