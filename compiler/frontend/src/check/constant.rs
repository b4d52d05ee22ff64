//! Values that do not depend on the request.

use std::cmp::Ordering;

use permit_ir::glob;
use permit_ir::program::{ArithmeticOp, CompareOp};
use permit_ir::types::{EntityTypeId, Type};
use permit_types::money::{Decimal, Money};

use crate::hir::{Expr, ExprKind};

/// A value known beforehand. Two of one type compare as the values do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Constant {
    Bool(bool),
    /// Every number in its smallest unit, see [`permit_ir::value::Value::Number`].
    Number(i64),
    Text(String),
    Variant(u16),
    Entity(EntityTypeId, String),
}

/// The value of an expression, if no request changes it.
pub(crate) fn fold(expr: &Expr) -> Option<Constant> {
    match &expr.kind {
        ExprKind::Neg(inner) => Some(Constant::Number(number(inner)?.checked_neg()?)),
        ExprKind::Arithmetic(op, left, right) => {
            let (left, right) = (number(left)?, number(right)?);
            Some(Constant::Number(match op {
                ArithmeticOp::Add => left.checked_add(right)?,
                ArithmeticOp::Sub => left.checked_sub(right)?,
                ArithmeticOp::Mul => left.checked_mul(right)?,
            }))
        }
        ExprKind::Compare(op, left, right) if same(left, right) => {
            Some(Constant::Bool(holds(op.value, Ordering::Equal)))
        }
        ExprKind::Compare(op, left, right) => {
            Some(Constant::Bool(holds(op.value, fold(left)?.cmp(&fold(right)?))))
        }
        ExprKind::Not(inner) => match fold(inner)? {
            Constant::Bool(value) => Some(Constant::Bool(!value)),
            _ => None,
        },
        ExprKind::And(left, right) => joined(left, right, false),
        ExprKind::Or(left, right) => joined(left, right, true),
        ExprKind::In(left, right) => {
            let (left, ExprKind::Set(elements)) = (fold(left)?, &right.kind) else { return None };
            let elements: Option<Vec<Constant>> = elements.iter().map(fold).collect();
            Some(Constant::Bool(elements?.contains(&left)))
        }
        ExprKind::InRange(left, from, to) => {
            let left = fold(left)?;
            Some(Constant::Bool(fold(from)? <= left && left < fold(to)?))
        }
        // An entity lies in itself; the rest of the hierarchy is known to the facts alone.
        ExprKind::Within(left, right) => {
            let known = same(left, right) || fold(left)? == fold(right)?;
            known.then_some(Constant::Bool(true))
        }
        ExprKind::Like(left, pattern) => {
            if pattern.bytes().all(|byte| byte == b'*') && !pattern.is_empty() {
                return Some(Constant::Bool(true));
            }
            let Constant::Text(text) = fold(left)? else { return None };
            Some(Constant::Bool(glob::matches(pattern, &text)))
        }
        ExprKind::Cast(inner) | ExprKind::Lift(inner) => fold(inner),
        ExprKind::Present(inner) => Some(Constant::Bool(looked_up(inner)?.is_some())),
        ExprKind::Else(left, right) => fold(looked_up(left)?.unwrap_or(right)),
        _ => literal(expr),
    }
}

/// What a key that is known stands for in a map that is written out, if for anything.
#[expect(clippy::option_option, reason = "not known and not there are different")]
fn looked_up(expr: &Expr) -> Option<Option<&Expr>> {
    let ExprKind::Lookup(map, key) = &expr.kind else { return None };
    let (ExprKind::Map(keys, values), Constant::Text(key)) = (&map.kind, fold(key)?) else { return None };
    Some(keys.iter().position(|one| *one == key).and_then(|place| values.get(place)))
}

/// The value that a literal is. Of a type whose values are texts with parts, nothing is worked out beforehand.
fn literal(expr: &Expr) -> Option<Constant> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(Constant::Bool(*value)),
        ExprKind::Int(value) | ExprKind::Instant(value) | ExprKind::Duration(value) => {
            Some(Constant::Number(*value))
        }
        ExprKind::Decimal(value) => Some(Constant::Number(value.millionths)),
        ExprKind::Money(value) => Some(Constant::Number(value.minor)),
        ExprKind::String(text) => Some(Constant::Text(text.clone())),
        ExprKind::Variant(_, place) => Some(Constant::Variant(*place)),
        ExprKind::Entity(ty, id) => Some(Constant::Entity(*ty, id.clone())),
        ExprKind::Date(days) => Some(Constant::Number(i64::from(*days))),
        ExprKind::TimeOfDay(time_ms) => Some(Constant::Number(i64::from(*time_ms))),
        _ => None,
    }
}

/// `and` and `or`: `decides` is the value of one side that decides the whole.
fn joined(left: &Expr, right: &Expr, decides: bool) -> Option<Constant> {
    match (fold(left), fold(right)) {
        (Some(Constant::Bool(value)), _) | (_, Some(Constant::Bool(value))) if value == decides => {
            Some(Constant::Bool(decides))
        }
        (Some(Constant::Bool(_)), Some(Constant::Bool(_))) => Some(Constant::Bool(!decides)),
        _ => None,
    }
}

/// The expression, or the one literal that it stands for.
pub(super) fn simplified(expr: Expr) -> Expr {
    let kind = match (fold(&expr), &expr.ty) {
        (Some(Constant::Bool(value)), _) => ExprKind::Bool(value),
        (Some(Constant::Number(value)), Type::Int) => ExprKind::Int(value),
        (Some(Constant::Number(millionths)), Type::Decimal) => ExprKind::Decimal(Decimal { millionths }),
        (Some(Constant::Number(minor)), Type::Money(currency)) => {
            ExprKind::Money(Money { currency: *currency, minor })
        }
        (Some(Constant::Number(value)), Type::Instant) => ExprKind::Instant(value),
        (Some(Constant::Number(value)), Type::Duration) => ExprKind::Duration(value),
        _ => return expr,
    };
    Expr { kind, ..expr }
}

/// Whether a range is known to hold nothing.
pub(super) fn range_is_empty(from: &Expr, to: &Expr) -> bool {
    matches!((fold(from), fold(to)), (Some(from), Some(to)) if from >= to)
}

/// Whether two expressions read the same value of the request.
fn same(left: &Expr, right: &Expr) -> bool {
    match (&left.kind, &right.kind) {
        (ExprKind::Agent, ExprKind::Agent)
        | (ExprKind::Resource, ExprKind::Resource)
        | (ExprKind::Now, ExprKind::Now) => true,
        (ExprKind::Arg(left), ExprKind::Arg(right)) => left == right,
        (ExprKind::Param(left), ExprKind::Param(right)) => left == right,
        (ExprKind::Unwrap(left), ExprKind::Unwrap(right)) | (ExprKind::Cast(left), ExprKind::Cast(right)) => {
            same(left, right)
        }
        (ExprKind::Element(left), ExprKind::Element(right)) => left == right,
        (ExprKind::Parameter(left), ExprKind::Parameter(right)) => left == right,
        (
            ExprKind::Attr { base: left, field: left_field, optional: false },
            ExprKind::Attr { base: right, field: right_field, optional: false },
        ) => left_field == right_field && same(left, right),
        _ => false,
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match fold(expr)? {
        Constant::Number(value) => Some(value),
        _ => None,
    }
}

const fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}
