//! A call of every intrinsic, generated from their table.

use super::{Arena, DAY, FILE, MAIL, PEER, URL, USD, WEEKDAY, optional};
use crate::intrinsics::{Intrinsic, Shape};
use crate::program::{CompareOp, Expr};
use crate::types::{ExprId, RegexId, Type, ZoneId};
use permit_types::money::{Currency, Decimal, Money};

/// How many tests are joined before the results are: a condition must not grow too deep.
const JOINED: usize = 8;

/// A test of each intrinsic's value, all joined by `and`.
pub(super) fn calls(b: &mut Arena) -> ExprId {
    let tests: Vec<ExprId> = Intrinsic::ALL.iter().map(|&intrinsic| test(b, intrinsic)).collect();
    let joined: Vec<ExprId> = tests.chunks(JOINED).map(|tests| b.all(tests)).collect();
    b.all(&joined)
}

/// The value itself if it is a truth value, whether it is there if it may be absent, else that it is equal to itself.
fn test(b: &mut Arena, intrinsic: Intrinsic) -> ExprId {
    let args: Vec<(ExprId, Type)> = intrinsic.args().iter().map(|&shape| argument(b, shape)).collect();
    let ty = match intrinsic.result() {
        Shape::Amount => args.first().map_or(Type::Int, |(_, ty)| ty.clone()),
        Shape::Weekday => Type::Enum(WEEKDAY),
        shape => shape.ty().unwrap_or(Type::Bool),
    };
    let call = Expr::Call(intrinsic, args.into_iter().map(|(id, _)| id).collect());
    let value = b.push(call, ty.clone());
    match ty {
        Type::Bool => value,
        Type::Optional(_) => b.test(Expr::Present(value)),
        _ => b.compare(CompareOp::Eq, value, value),
    }
}

/// An argument of the action `fetch`, or a literal where it has none of that type.
fn argument(b: &mut Arena, shape: Shape) -> (ExprId, Type) {
    let (expr, ty) = match shape {
        Shape::Bool | Shape::Weekday => (Expr::Bool(true), Type::Bool),
        Shape::Int => (Expr::Int(2), Type::Int),
        Shape::Decimal => (Expr::Decimal(Decimal { millionths: 1_500_000 }), Type::Decimal),
        Shape::String => (Expr::String("a".to_owned()), Type::String),
        Shape::Instant => (Expr::Now, Type::Instant),
        Shape::Date => (Expr::Arg(DAY), Type::Date),
        Shape::TimeOfDay => (Expr::TimeOfDay(32_400_000), Type::TimeOfDay),
        Shape::Url => (Expr::Arg(URL), Type::Url),
        Shape::Path => (Expr::Arg(FILE), Type::Path),
        Shape::Email => (Expr::Arg(MAIL), Type::Email),
        Shape::Ip => (Expr::Arg(PEER), Type::Ip),
        Shape::Cidr => match "10.0.0.0/8".parse() {
            Ok(block) => (Expr::Cidr(block), Type::Cidr),
            // The text is a constant; a literal of another type is refused by the verifier.
            Err(_) => (Expr::Absent, Type::Bool),
        },
        Shape::Zone => (Expr::Zone(ZoneId(0)), Type::Zone),
        Shape::Regex => (Expr::Regex(RegexId(0)), Type::Regex),
        Shape::OptionalInt => (Expr::Absent, optional(Type::Int)),
        Shape::OptionalString => (Expr::Absent, optional(Type::String)),
        Shape::OptionalPath => (Expr::Absent, optional(Type::Path)),
        Shape::OptionalIp => (Expr::Absent, optional(Type::Ip)),
        Shape::Amount => (Expr::Money(Money { currency: Currency::USD, minor: 1_005 }), USD),
    };
    (b.push(expr, ty.clone()), ty)
}
