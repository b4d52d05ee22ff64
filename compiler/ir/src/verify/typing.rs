//! The typing rules: what an expression yields, given the types of its operands.

use super::Fault;
use super::declarations::{check_max, check_text, check_type};
use super::limits;
use crate::program::{ArithmeticOp, CompareOp, EntityKind, Expr, Node, Program};
use crate::types::{EntityTypeId, ExprId, FieldId, Type};

/// Checks one expression whose operands are all in front of it and already checked.
pub(super) fn check(program: &Program, node: &Node) -> Result<(), Fault> {
    let yields = match &node.expr {
        // These three say themselves what they are; their uses check that it covers what they may meet.
        Expr::Agent => return check_subject(program, &node.ty, EntityKind::Agent),
        Expr::Resource => return check_subject(program, &node.ty, EntityKind::Resource),
        Expr::Param(_) => return check_type(program, &node.ty),
        Expr::Set(elements) if elements.is_empty() => return check_empty_set(program, &node.ty),
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

fn check_empty_set(program: &Program, ty: &Type) -> Result<(), Fault> {
    check_type(program, ty)?;
    if matches!(ty, Type::Set(_)) { Ok(()) } else { Err(Fault::BadType(ty.clone())) }
}

fn yields(program: &Program, expr: &Expr) -> Result<Type, Fault> {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty).ok_or(Fault::Forward(*id));
    match expr {
        Expr::Set(elements) => set(elements.iter().map(ty).collect::<Result<_, _>>()?),
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
        leaf => leaf_type(program, leaf),
    }
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
        _ => Err(Fault::Operands),
    }
}

/// The set of these elements: all of one type, or all entities, whose types are then joined.
fn set(elements: Vec<&Type>) -> Result<Type, Fault> {
    let (Some(&first), true) = (elements.first(), elements.iter().all(|&ty| is_element(ty))) else {
        return Err(Fault::Operands);
    };
    if elements.iter().all(|&ty| ty == first) {
        return Ok(Type::Set(Box::new(first.clone())));
    }
    let mut joined = Vec::new();
    for ty in elements {
        let Type::Entity(types) = ty else { return Err(Fault::Operands) };
        joined.extend_from_slice(types);
    }
    joined.sort_unstable();
    joined.dedup();
    Ok(Type::Set(Box::new(Type::Entity(joined))))
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
    is_element(left) && (left == right || (is_entity(left) && is_entity(right)))
}

fn is_element(ty: &Type) -> bool {
    ty.is_scalar() || *ty == Type::String
}

fn is_entity(ty: &Type) -> bool {
    matches!(ty, Type::Entity(_))
}

fn is_amount(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Decimal | Type::Money(_) | Type::Duration)
}

fn element(ty: &Type) -> Option<&Type> {
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
