//! Operations on expression trees: subexpressions, and replacing them.

use super::{Expr, ExprKind as K};

impl Expr {
    /// The expressions directly below this one, from left to right.
    pub(crate) fn operands(&self) -> Vec<&Self> {
        match &self.kind {
            K::Bool(_)
            | K::Int(_)
            | K::Decimal(_)
            | K::Money(_)
            | K::String(_)
            | K::Instant(_)
            | K::Duration(_)
            | K::Variant(..)
            | K::Entity(..)
            | K::Agent
            | K::Resource
            | K::Now
            | K::Arg(_)
            | K::Param(_)
            | K::Absent
            | K::Element(_)
            | K::Parameter(_)
            | K::Zone(_)
            | K::Date(_)
            | K::TimeOfDay(_)
            | K::Url(_)
            | K::Path(_)
            | K::Email(_)
            | K::Ip(_)
            | K::Cidr(_)
            | K::Regex(_) => Vec::new(),
            K::Attr { base: a, .. }
            | K::Member { base: a, .. }
            | K::Not(a)
            | K::Neg(a)
            | K::Like(a, _)
            | K::Present(a)
            | K::Unwrap(a)
            | K::Is(a, _)
            | K::Cast(a)
            | K::Lift(a) => vec![a],
            K::And(a, b)
            | K::Or(a, b)
            | K::Compare(_, a, b)
            | K::Arithmetic(_, a, b)
            | K::In(a, b)
            | K::Within(a, b)
            | K::WithinAny(a, b)
            | K::Else(a, b)
            | K::Lookup(a, b)
            | K::Quantified { over: a, body: b, .. } => vec![a, b],
            K::InRange(a, b, c) | K::If(a, b, c) => vec![a, b, c],
            K::Set(list) | K::List(list) | K::Record(_, list) | K::Call(_, list) | K::Map(_, list) => {
                list.iter().collect()
            }
            K::Select(key, branches) => std::iter::once(key.as_ref()).chain(branches).collect(),
        }
    }

    /// The same expression with every operand replaced by what `change` makes of it; `None` if it once makes nothing.
    pub(crate) fn rebuilt(&self, change: &mut dyn FnMut(&Self) -> Option<Self>) -> Option<Self> {
        let mut one = |operand: &Self| change(operand).map(Box::new);
        let kind = match &self.kind {
            K::Attr { base, field, optional } => {
                K::Attr { base: one(base)?, field: field.clone(), optional: *optional }
            }
            K::Member { base, place, optional } => {
                K::Member { base: one(base)?, place: *place, optional: *optional }
            }
            K::Not(a) => K::Not(one(a)?),
            K::Neg(a) => K::Neg(one(a)?),
            K::Like(a, pattern) => K::Like(one(a)?, pattern.clone()),
            K::Present(a) => K::Present(one(a)?),
            K::Unwrap(a) => K::Unwrap(one(a)?),
            K::Is(a, ty) => K::Is(one(a)?, *ty),
            K::Cast(a) => K::Cast(one(a)?),
            K::Lift(a) => K::Lift(one(a)?),
            K::And(a, b) => K::And(one(a)?, one(b)?),
            K::Or(a, b) => K::Or(one(a)?, one(b)?),
            K::Compare(op, a, b) => K::Compare(op.clone(), one(a)?, one(b)?),
            K::Arithmetic(op, a, b) => K::Arithmetic(*op, one(a)?, one(b)?),
            K::In(a, b) => K::In(one(a)?, one(b)?),
            K::Within(a, b) => K::Within(one(a)?, one(b)?),
            K::WithinAny(a, b) => K::WithinAny(one(a)?, one(b)?),
            K::Else(a, b) => K::Else(one(a)?, one(b)?),
            K::Lookup(a, b) => K::Lookup(one(a)?, one(b)?),
            K::Quantified { quantifier, variable, over, body } => K::Quantified {
                quantifier: *quantifier,
                variable: *variable,
                over: one(over)?,
                body: one(body)?,
            },
            K::InRange(a, b, c) => K::InRange(one(a)?, one(b)?, one(c)?),
            K::If(a, b, c) => K::If(one(a)?, one(b)?, one(c)?),
            K::Set(list) => K::Set(list.iter().map(change).collect::<Option<_>>()?),
            K::List(list) => K::List(list.iter().map(change).collect::<Option<_>>()?),
            K::Record(id, list) => K::Record(*id, list.iter().map(change).collect::<Option<_>>()?),
            K::Call(call, list) => K::Call(*call, list.iter().map(change).collect::<Option<_>>()?),
            K::Map(keys, list) => K::Map(keys.clone(), list.iter().map(change).collect::<Option<_>>()?),
            K::Select(key, branches) => {
                K::Select(one(key)?, branches.iter().map(change).collect::<Option<_>>()?)
            }
            leaf => leaf.clone(),
        };
        Some(Self { kind, ty: self.ty.clone(), span: self.span })
    }
}
