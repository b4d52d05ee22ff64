//! The typing rules: what an expression yields, given the types of its operands.

mod call;

use super::Fault;
use super::declarations::{check_max, check_text, check_type, check_unique};
use super::limits;
use crate::civil::{DATES, DAY_MS};
use crate::program::{ArithmeticOp, CompareOp, EntityKind, Expr, Node, Program};
use crate::types::{EntityTypeId, ExprId, FieldId, Type};

/// Checks one expression whose operands are all in front of it and already checked.
pub(super) fn check(program: &Program, node: &Node) -> Result<(), Fault> {
    let yields = match &node.expr {
        // These three say themselves what they are; their uses check that it covers what they may meet.
        Expr::Agent => return check_subject(program, &node.ty, EntityKind::Agent),
        Expr::Resource => return check_subject(program, &node.ty, EntityKind::Resource),
        Expr::Param(_) => return check_type(program, &node.ty),
        Expr::Element(depth) => return check_element(program, *depth, &node.ty),
        Expr::Set(elements) if elements.is_empty() => {
            return check_says(program, &node.ty, matches!(node.ty, Type::Set(_)));
        }
        Expr::List(elements) if elements.is_empty() => {
            return check_says(program, &node.ty, matches!(node.ty, Type::List(_)));
        }
        Expr::Map(keys, values) if keys.is_empty() && values.is_empty() => {
            return check_says(program, &node.ty, matches!(node.ty, Type::Map(_)));
        }
        Expr::Absent => return check_says(program, &node.ty, matches!(node.ty, Type::Optional(_))),
        Expr::Call(intrinsic, args) => return call::check(program, *intrinsic, args, &node.ty),
        expr => yields(program, expr)?,
    };
    if yields == node.ty { Ok(()) } else { Err(Fault::Type { yields, says: node.ty.clone() }) }
}

fn check_subject(program: &Program, ty: &Type, kind: EntityKind) -> Result<(), Fault> {
    check_type(program, ty)?;
    let Type::Entity(types) = ty else { return Err(Fault::BadType(ty.clone())) };
    let of_kind = |id: &EntityTypeId| program.entities.get(id.index()).is_some_and(|e| e.kind == kind);
    types.iter().find(|id| !of_kind(id)).map_or(Ok(()), |&id| Err(Fault::Kind(id)))
}

/// An expression that says itself what it is; `fits` tells whether it can be that.
fn check_says(program: &Program, ty: &Type, fits: bool) -> Result<(), Fault> {
    check_type(program, ty)?;
    if fits { Ok(()) } else { Err(Fault::BadType(ty.clone())) }
}

fn check_element(program: &Program, depth: u8, ty: &Type) -> Result<(), Fault> {
    if depth >= limits::QUANTIFIERS_MAX {
        return Err(Fault::TooMany { what: "quantifiers", max: u64::from(limits::QUANTIFIERS_MAX) });
    }
    check_says(program, ty, ty.is_element())
}

fn yields(program: &Program, expr: &Expr) -> Result<Type, Fault> {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty).ok_or(Fault::Forward(*id));
    match expr {
        Expr::Set(elements) => {
            Ok(Type::Set(Box::new(joined_element(elements.iter().map(ty).collect::<Result<_, _>>()?)?)))
        }
        Expr::List(elements) => {
            Ok(Type::List(Box::new(joined_element(elements.iter().map(ty).collect::<Result<_, _>>()?)?)))
        }
        Expr::Attr(base, field) => attr(program, ty(base)?, *field),
        Expr::OptionalAttr(base, field) => {
            let Type::Optional(inner) = ty(base)? else { return Err(Fault::Operands) };
            Ok(Type::Optional(Box::new(attr(program, inner, *field)?.required().clone())))
        }
        Expr::Not(a) => all(&[ty(a)?], &Type::Bool).map(|()| Type::Bool),
        Expr::And(a, b) | Expr::Or(a, b) => all(&[ty(a)?, ty(b)?], &Type::Bool).map(|()| Type::Bool),
        Expr::Compare(op, a, b) => compare(*op, ty(a)?, ty(b)?),
        Expr::Neg(a) => negate(ty(a)?),
        Expr::Arithmetic(op, a, b) => arithmetic(*op, ty(a)?, ty(b)?).ok_or(Fault::Operands),
        Expr::In(a, b) => {
            let element = element(ty(b)?).ok_or(Fault::Operands)?;
            fits(alike(ty(a)?, element))
        }
        Expr::Within(a, b) => fits(is_entity(ty(a)?) && is_entity(ty(b)?)),
        Expr::WithinAny(a, b) => fits(is_entity(ty(a)?) && element(ty(b)?).is_some_and(is_entity)),
        Expr::Like(a, glob) => {
            check_max("bytes in a glob", glob.len(), limits::GLOB_BYTES_MAX)?;
            fits(*ty(a)? == Type::String)
        }
        Expr::Present(a) => fits(matches!(ty(a)?, Type::Optional(_))),
        Expr::Unwrap(a) => {
            let Type::Optional(inner) = ty(a)? else { return Err(Fault::Operands) };
            Ok((**inner).clone())
        }
        Expr::Else(a, b) => match ty(a)? {
            Type::Optional(inner) if **inner == *ty(b)? => Ok((**inner).clone()),
            _ => Err(Fault::Operands),
        },
        Expr::Is(..) | Expr::Cast(..) | Expr::If(..) | Expr::Select(..) => choice(program, expr),
        Expr::Any { over, body } | Expr::All { over, body } => {
            fits(element(ty(over)?).is_some() && *ty(body)? == Type::Bool)
        }
        Expr::Count { over, body } => {
            fits(element(ty(over)?).is_some() && *ty(body)? == Type::Bool).map(|_| Type::Int)
        }
        Expr::Record(..) | Expr::Member(..) | Expr::OptionalMember(..) | Expr::Lookup(..) | Expr::Lift(_) => {
            composite(program, expr)
        }
        Expr::Map(keys, values) => map(program, keys, &values.iter().map(ty).collect::<Result<Vec<_>, _>>()?),
        leaf => leaf_type(program, leaf),
    }
}

/// The expressions that choose between branches, or look at an entity's type.
fn choice(program: &Program, expr: &Expr) -> Result<Type, Fault> {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty).ok_or(Fault::Forward(*id));
    match expr {
        Expr::Is(of, types) => {
            check_type(program, &Type::Entity(types.clone()))?;
            fits(is_entity(ty(of)?))
        }
        Expr::Cast(of, types) => {
            let narrowed = Type::Entity(types.clone());
            check_type(program, &narrowed)?;
            fits(is_entity(ty(of)?)).map(|_| narrowed)
        }
        Expr::If(test, a, b) => {
            all(&[ty(test)?], &Type::Bool)?;
            joined(&[ty(a)?, ty(b)?])
        }
        Expr::Select(key, branches) => {
            let wanted = match ty(key)? {
                Type::Bool => 2,
                Type::Enum(id) => program.enums.get(id.index()).map_or(0, |declared| declared.variants.len()),
                _ => return Err(Fault::Operands),
            };
            if branches.len() != wanted {
                return Err(Fault::Length { what: "branches", found: branches.len(), wanted });
            }
            joined(&branches.iter().map(ty).collect::<Result<Vec<_>, _>>()?)
        }
        _ => Err(Fault::Operands),
    }
}

/// Records, maps, and optional values that are made.
fn composite(program: &Program, expr: &Expr) -> Result<Type, Fault> {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty).ok_or(Fault::Forward(*id));
    match expr {
        Expr::Record(id, members) => {
            let unknown = Fault::Unknown { what: "record", id: u32::from(id.0) };
            let declared = &program.records.get(id.index()).ok_or(unknown)?.members;
            if members.len() != declared.len() {
                let (found, wanted) = (members.len(), declared.len());
                return Err(Fault::Length { what: "members", found, wanted });
            }
            for (member, declared) in members.iter().zip(declared) {
                all(&[ty(member)?], &declared.ty)?;
            }
            Ok(Type::Record(*id))
        }
        Expr::Member(of, place) => member(program, ty(of)?, *place).cloned(),
        Expr::OptionalMember(of, place) => {
            let Type::Optional(inner) = ty(of)? else { return Err(Fault::Operands) };
            Ok(Type::Optional(Box::new(member(program, inner, *place)?.required().clone())))
        }
        Expr::Lookup(map, key) => match (ty(map)?, ty(key)?) {
            (Type::Map(inner), Type::String) => Ok(Type::Optional(inner.clone())),
            _ => Err(Fault::Operands),
        },
        Expr::Lift(of) => match ty(of)? {
            Type::Optional(_) | Type::Zone | Type::Regex => Err(Fault::Operands),
            inner => Ok(Type::Optional(Box::new(inner.clone()))),
        },
        _ => Err(Fault::Operands),
    }
}

/// A map that is written out.
fn map(program: &Program, keys: &[String], values: &[&Type]) -> Result<Type, Fault> {
    if keys.len() != values.len() {
        return Err(Fault::Length { what: "values", found: values.len(), wanted: keys.len() });
    }
    keys.iter().try_for_each(|key| check_text(key))?;
    check_unique(keys, |key| key.as_str())?;
    let ty = Type::Map(Box::new(joined(values)?));
    check_type(program, &ty).map(|()| ty)
}

/// The type of a record's member.
fn member<'p>(program: &'p Program, ty: &Type, place: u16) -> Result<&'p Type, Fault> {
    let Type::Record(id) = ty else { return Err(Fault::Operands) };
    let members = program.records.get(id.index()).map_or(&[][..], |record| &record.members);
    let unknown = Fault::Unknown { what: "member", id: u32::from(place) };
    members.get(usize::from(place)).map(|member| &member.ty).ok_or(unknown)
}

fn leaf_type(program: &Program, expr: &Expr) -> Result<Type, Fault> {
    match expr {
        Expr::Bool(_) => Ok(Type::Bool),
        Expr::Int(_) => Ok(Type::Int),
        Expr::Decimal(_) => Ok(Type::Decimal),
        Expr::Money(money) => Ok(Type::Money(money.currency)),
        Expr::String(text) => check_text(text).map(|()| Type::String),
        Expr::Instant(_) | Expr::Now => Ok(Type::Instant),
        Expr::Duration(_) => Ok(Type::Duration),
        Expr::Variant(id, variant) => {
            let unknown = |what, id: u16| Fault::Unknown { what, id: u32::from(id) };
            let declared = program.enums.get(id.index()).ok_or_else(|| unknown("enum", id.0))?;
            let known = usize::from(*variant) < declared.variants.len();
            if known { Ok(Type::Enum(*id)) } else { Err(unknown("variant", *variant)) }
        }
        Expr::Entity(ty, id) => {
            let of = Type::Entity(vec![*ty]);
            check_type(program, &of)?;
            check_text(id).map(|()| of)
        }
        Expr::Arg(arg) => match program.args.get(arg.index()) {
            Some(arg) => Ok(arg.ty.clone()),
            None => Err(Fault::Unknown { what: "argument", id: u32::from(arg.0) }),
        },
        Expr::Date(days) if DATES.contains(days) => Ok(Type::Date),
        Expr::Date(days) => Err(Fault::Civil(i64::from(*days))),
        Expr::TimeOfDay(ms) if *ms < DAY_MS => Ok(Type::TimeOfDay),
        Expr::TimeOfDay(ms) => Err(Fault::Civil(i64::from(*ms))),
        Expr::Url(_) => Ok(Type::Url),
        Expr::Path(_) => Ok(Type::Path),
        Expr::Email(_) => Ok(Type::Email),
        Expr::Ip(_) => Ok(Type::Ip),
        Expr::Cidr(_) => Ok(Type::Cidr),
        Expr::Zone(id) => known("time zone", program.zones.get(id.index()), id.0).map(|()| Type::Zone),
        Expr::Regex(id) => {
            known("regular expression", program.regexes.get(id.index()), id.0).map(|()| Type::Regex)
        }
        _ => Err(Fault::Operands),
    }
}

fn known(what: &'static str, declared: Option<&String>, id: u16) -> Result<(), Fault> {
    declared.map_or(Err(Fault::Unknown { what, id: u32::from(id) }), |_| Ok(()))
}

/// The type of the elements of a set or list that is written out.
fn joined_element(elements: Vec<&Type>) -> Result<Type, Fault> {
    let joined = joined(&elements)?;
    if joined.is_element() { Ok(joined) } else { Err(Fault::Operands) }
}

/// What is of any of these types: all are one, or all entities, whose types are then joined.
fn joined(types: &[&Type]) -> Result<Type, Fault> {
    let Some(&first) = types.first() else { return Err(Fault::Operands) };
    if types.iter().all(|&ty| ty == first) {
        return Ok(first.clone());
    }
    let mut joined = Vec::new();
    for ty in types {
        let Type::Entity(types) = ty else { return Err(Fault::Operands) };
        joined.extend_from_slice(types);
    }
    joined.sort_unstable();
    joined.dedup();
    Ok(Type::Entity(joined))
}

/// The attribute of an entity whose types, all of them, have it.
fn attr(program: &Program, base: &Type, field: FieldId) -> Result<Type, Fault> {
    let Some(declared) = program.fields.get(field.index()) else {
        return Err(Fault::Unknown { what: "attribute", id: u32::from(field.0) });
    };
    let Type::Entity(types) = base else { return Err(Fault::Operands) };
    let has = |id: &EntityTypeId| {
        program.entities.get(id.index()).is_some_and(|ty| ty.fields.binary_search(&field).is_ok())
    };
    if types.iter().all(has) { Ok(declared.ty.clone()) } else { Err(Fault::Operands) }
}

fn compare(op: CompareOp, left: &Type, right: &Type) -> Result<Type, Fault> {
    let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
    let collections = match (left, right) {
        (Type::Set(a), Type::Set(b)) | (Type::List(a), Type::List(b)) => alike(a, b),
        _ => false,
    };
    fits((alike(left, right) || collections) && (!ordered || left.is_ordered()))
}

fn negate(ty: &Type) -> Result<Type, Fault> {
    if is_amount(ty) { Ok(ty.clone()) } else { Err(Fault::Operands) }
}

fn arithmetic(op: ArithmeticOp, left: &Type, right: &Type) -> Option<Type> {
    use ArithmeticOp::{Add, Mul, Sub};
    match (op, left, right) {
        (Add | Sub, a, b) if a == b && is_amount(a) => Some(a.clone()),
        (Add, Type::Instant, Type::Duration)
        | (Add, Type::Duration, Type::Instant)
        | (Sub, Type::Instant, Type::Duration) => Some(Type::Instant),
        (Sub, Type::Instant, Type::Instant) => Some(Type::Duration),
        (Mul, Type::Int, other) | (Mul, other, Type::Int) if is_amount(other) => Some(other.clone()),
        (Add | Sub | Mul, _, _) => None,
    }
}

/// Whether the two may be compared: values of one type that are neither optional nor collections. All entities may be
/// compared with each other, by type and id.
fn alike(left: &Type, right: &Type) -> bool {
    left.is_element() && (left == right || (is_entity(left) && is_entity(right)))
}

fn is_entity(ty: &Type) -> bool {
    matches!(ty, Type::Entity(_))
}

fn is_amount(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Decimal | Type::Money(_) | Type::Duration)
}

pub(super) fn element(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Set(inner) | Type::List(inner) => Some(inner),
        _ => None,
    }
}

fn all(types: &[&Type], wanted: &Type) -> Result<(), Fault> {
    if types.iter().all(|&ty| ty == wanted) { Ok(()) } else { Err(Fault::Operands) }
}

fn fits(fits: bool) -> Result<Type, Fault> {
    if fits { Ok(Type::Bool) } else { Err(Fault::Operands) }
}
