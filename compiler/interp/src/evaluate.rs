//! The walk over the tree: from left to right, the right side of `and`, `or` and `else` and the branches of `if` and
//! `select` only if needed, the body of a quantifier for one element after the other.

use permit_ir::decision::EvalContext;
use permit_ir::glob;
use permit_ir::program::{Expr, Node};
use permit_ir::types::{EntityTypeId, ExprId, FieldId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::limits::QUANTIFIED_MAX;
use permit_types::verdict::Trap;

use crate::arithmetic::{arithmetic, compare, negate};
use crate::intrinsics;
use crate::verified::VERIFIED_AWAY;

/// The value of an expression.
///
/// The recursion is as deep as the expression, which the verifier bounds.
///
/// # Errors
/// The first [`Trap`] met.
pub fn evaluate(context: &EvalContext<'_>, expr: ExprId) -> Result<Value, Trap> {
    Walk { context, bound: None }.value(expr)
}

/// Whether a `bool` expression holds.
///
/// # Errors
/// The first [`Trap`] met.
pub fn holds(context: &EvalContext<'_>, expr: ExprId) -> Result<bool, Trap> {
    Walk { context, bound: None }.holds(expr)
}

/// Where the walk is: in which request, and within which quantifiers.
#[derive(Clone, Copy)]
struct Walk<'w> {
    context: &'w EvalContext<'w>,
    bound: Option<&'w Bound<'w>>,
}

/// The element that the nearest quantifier is at, and those further out.
struct Bound<'w> {
    element: &'w Value,
    outer: Option<&'w Bound<'w>>,
}

impl Walk<'_> {
    fn value(&self, expr: ExprId) -> Result<Value, Trap> {
        let context = self.context;
        let Node { expr, ty } = context.program.exprs.get(expr.index()).ok_or(VERIFIED_AWAY)?;
        match expr {
            Expr::Agent => Ok(Value::Entity(context.request.agent)),
            Expr::Resource => context.request.resource.map(Value::Entity).ok_or(VERIFIED_AWAY),
            Expr::Now => Ok(Value::Number(context.request.now_ms)),
            Expr::Arg(arg) => given(context.request.args.get(arg.index()), ty),
            Expr::Param(param) => given(context.params.get(usize::from(*param)), ty),
            Expr::Element(depth) => self.element(*depth),
            Expr::Attr(of, field) => attribute(context, entity(&self.value(*of)?)?, *field, ty),
            Expr::OptionalAttr(of, field) => match self.value(*of)? {
                Value::Absent => Ok(Value::Absent),
                there => attribute(context, entity(&there)?, *field, ty),
            },
            Expr::Member(of, place) => member(&self.value(*of)?, *place, ty),
            Expr::OptionalMember(of, place) => match self.value(*of)? {
                Value::Absent => Ok(Value::Absent),
                there => member(&there, *place, ty),
            },
            Expr::Lookup(map, key) => lookup(&self.value(*map)?, &self.value(*key)?),
            Expr::Set(elements) => self.values(elements).map(Value::set),
            Expr::List(elements) => self.values(elements).map(|values| Value::Elements(values.into())),
            Expr::Record(_, members) => self.values(members).map(|values| Value::Record(values.into())),
            Expr::Map(keys, values) => {
                let keys = keys.iter().map(|key| key.as_str().into());
                Value::map(keys.zip(self.values(values)?).collect()).ok_or(VERIFIED_AWAY)
            }
            Expr::Call(intrinsic, args) => intrinsics::call(context.program, *intrinsic, &self.values(args)?),
            Expr::Neg(of) => negate(&self.value(*of)?),
            Expr::Arithmetic(op, left, right) => arithmetic(*op, &self.value(*left)?, &self.value(*right)?),
            Expr::Lift(of) => self.value(*of),
            Expr::Unwrap(of) => self.value(*of).and_then(present),
            Expr::Cast(of, types) => {
                let value = self.value(*of)?;
                if self.is(&value, types)? { Ok(value) } else { Err(VERIFIED_AWAY) }
            }
            Expr::Else(left, right) => match self.value(*left)? {
                Value::Absent => self.value(*right),
                there => Ok(there),
            },
            Expr::If(test, a, b) => {
                if self.holds(*test)? {
                    self.value(*a)
                } else {
                    self.value(*b)
                }
            }
            Expr::Select(key, branches) => self.value(chosen(&self.value(*key)?, branches)?),
            Expr::Count { over, body } => self.count(*over, *body),
            expr => match literal(context, expr) {
                Some(value) => value,
                None => self.truth(expr).map(Value::Bool),
            },
        }
    }

    /// Operands from left to right.
    fn values(&self, exprs: &[ExprId]) -> Result<Vec<Value>, Trap> {
        exprs.iter().map(|&expr| self.value(expr)).collect()
    }

    fn holds(&self, expr: ExprId) -> Result<bool, Trap> {
        if let Value::Bool(truth) = self.value(expr)? { Ok(truth) } else { Err(VERIFIED_AWAY) }
    }

    /// The expressions whose type is `bool` whatever their operands are.
    fn truth(&self, expr: &Expr) -> Result<bool, Trap> {
        match expr {
            Expr::Not(of) => Ok(!self.holds(*of)?),
            Expr::And(left, right) => Ok(self.holds(*left)? && self.holds(*right)?),
            Expr::Or(left, right) => Ok(self.holds(*left)? || self.holds(*right)?),
            Expr::Compare(op, left, right) => compare(*op, &self.value(*left)?, &self.value(*right)?),
            Expr::In(left, right) => {
                let left = self.value(*left)?;
                Ok(elements(&self.value(*right)?)?.contains(&left))
            }
            Expr::Within(left, right) => {
                let left = entity(&self.value(*left)?)?;
                Ok(self.context.facts.within(left, entity(&self.value(*right)?)?))
            }
            Expr::WithinAny(left, right) => {
                let left = entity(&self.value(*left)?)?;
                let places = self.value(*right)?;
                let places = elements(&places)?.iter().map(entity).collect::<Result<Vec<_>, _>>()?;
                Ok(places.into_iter().any(|place| self.context.facts.within(left, place)))
            }
            Expr::Like(of, pattern) => match self.value(*of)? {
                Value::String(text) => Ok(glob::matches(pattern, &text)),
                _ => Err(VERIFIED_AWAY),
            },
            Expr::Present(of) => Ok(self.value(*of)? != Value::Absent),
            Expr::Is(of, types) => self.is(&self.value(*of)?, types),
            Expr::Any { over, body } => self.meets(*over, *body, true),
            Expr::All { over, body } => self.meets(*over, *body, false).map(|met| !met),
            _ => Err(VERIFIED_AWAY),
        }
    }

    /// Whether the entity is of one of the types.
    fn is(&self, value: &Value, types: &[EntityTypeId]) -> Result<bool, Trap> {
        let entity = self.context.facts.entity(entity(value)?).ok_or(VERIFIED_AWAY)?;
        Ok(types.contains(&entity.ty))
    }

    /// Whether the body comes to `wanted` for an element, the first of which ends the search.
    fn meets(&self, over: ExprId, body: ExprId, wanted: bool) -> Result<bool, Trap> {
        for element in quantified(&self.value(over)?)? {
            if self.holds_of(element, body)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&self, over: ExprId, body: ExprId) -> Result<Value, Trap> {
        let mut count = 0;
        for element in quantified(&self.value(over)?)? {
            count += i64::from(self.holds_of(element, body)?);
        }
        Ok(Value::Number(count))
    }

    /// Whether the body holds for an element.
    fn holds_of(&self, element: &Value, body: ExprId) -> Result<bool, Trap> {
        let bound = Bound { element, outer: self.bound };
        Walk { context: self.context, bound: Some(&bound) }.holds(body)
    }

    fn element(&self, depth: u8) -> Result<Value, Trap> {
        let mut bound = self.bound.ok_or(VERIFIED_AWAY)?;
        for _ in 0..depth {
            bound = bound.outer.ok_or(VERIFIED_AWAY)?;
        }
        Ok(bound.element.clone())
    }
}

/// What the program says itself; `None` for what is no literal.
fn literal(context: &EvalContext<'_>, expr: &Expr) -> Option<Result<Value, Trap>> {
    Some(match expr {
        Expr::Bool(truth) => Ok(Value::Bool(*truth)),
        Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => Ok(Value::Number(*number)),
        Expr::Decimal(decimal) => Ok(Value::Number(decimal.millionths)),
        Expr::Money(money) => Ok(Value::Number(money.minor)),
        Expr::String(text) => Ok(Value::String(text.as_str().into())),
        Expr::Variant(_, variant) => Ok(Value::Number(i64::from(*variant))),
        Expr::Entity(of, id) => named_entity(context, *of, id),
        Expr::Date(days) => Ok(Value::Number(i64::from(*days))),
        Expr::TimeOfDay(ms) => Ok(Value::Number(i64::from(*ms))),
        Expr::Url(url) => Ok(Value::Url(url.clone())),
        Expr::Path(path) => Ok(Value::Path(path.clone())),
        Expr::Email(email) => Ok(Value::Email(email.clone())),
        Expr::Ip(ip) => Ok(Value::Ip(*ip)),
        Expr::Cidr(cidr) => Ok(Value::Cidr(*cidr)),
        Expr::Zone(id) => Ok(Value::Number(i64::from(id.0))),
        Expr::Regex(id) => Ok(Value::Number(i64::from(id.0))),
        Expr::Absent => Ok(Value::Absent),
        _ => return None,
    })
}

/// The branch at the place of a variant, or of a truth value: first `false`, then `true`.
fn chosen(key: &Value, branches: &[ExprId]) -> Result<ExprId, Trap> {
    let place = match key {
        Value::Bool(truth) => usize::from(*truth),
        Value::Number(variant) => usize::try_from(*variant).map_err(|_| VERIFIED_AWAY)?,
        _ => return Err(VERIFIED_AWAY),
    };
    branches.get(place).copied().ok_or(VERIFIED_AWAY)
}

fn member(record: &Value, place: u16, ty: &Type) -> Result<Value, Trap> {
    let Value::Record(members) = record else { return Err(VERIFIED_AWAY) };
    given(Some(members.get(usize::from(place)).ok_or(VERIFIED_AWAY)?), ty)
}

fn lookup(map: &Value, key: &Value) -> Result<Value, Trap> {
    let (Value::Map(entries), Value::String(key)) = (map, key) else { return Err(VERIFIED_AWAY) };
    let found = entries.binary_search_by(|(known, _)| known.cmp(key)).ok();
    Ok(found.and_then(|place| entries.get(place)).map_or(Value::Absent, |(_, value)| value.clone()))
}

/// The elements a quantifier looks at, not too many.
fn quantified(value: &Value) -> Result<&[Value], Trap> {
    let elements = elements(value)?;
    if elements.len() <= QUANTIFIED_MAX { Ok(elements) } else { Err(Trap::TooManyElements) }
}

/// An entity that the program names; every snapshot made for the program has interned it.
fn named_entity(context: &EvalContext<'_>, ty: EntityTypeId, id: &str) -> Result<Value, Trap> {
    context.facts.find(ty, id).map(Value::Entity).ok_or(VERIFIED_AWAY)
}

/// An attribute of an entity: what the caller says of it if it may and does, else what the facts say, which must know
/// the entity.
fn attribute(context: &EvalContext<'_>, of: EntityRef, field: FieldId, ty: &Type) -> Result<Value, Trap> {
    if let Some(claimed) = context.request.claim(of, field) {
        return given(Some(claimed), ty);
    }
    let value = context.facts.attribute(context.program, of, field).ok_or(Trap::UnknownEntity)?;
    if *value == Value::Absent && !matches!(ty, Type::Optional(_)) {
        return Err(Trap::Unfilled);
    }
    Ok(value.clone())
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
