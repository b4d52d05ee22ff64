//! Which expressions can fail.
//!
//! The answer is for a valid request and valid facts: an attribute of the agent, of the resource, of an argument or of
//! another attribute is present. When in doubt, the answer is yes.

use permit_ir::program::{Expr, Program};
use permit_ir::types::{ExprId, FieldId, Type};

/// Whether evaluating the expression may trap.
///
/// The recursion is as deep as the expression, which the verifier bounds.
pub(super) fn fallible(program: &Program, id: ExprId) -> bool {
    let Some(node) = program.exprs.get(id.index()) else { return true };
    let itself = match &node.expr {
        Expr::Bool(_)
        | Expr::Int(_)
        | Expr::Decimal(_)
        | Expr::Money(_)
        | Expr::String(_)
        | Expr::Instant(_)
        | Expr::Duration(_)
        | Expr::Variant(..)
        | Expr::Entity(..)
        | Expr::Date(_)
        | Expr::TimeOfDay(_)
        | Expr::Url(_)
        | Expr::Path(_)
        | Expr::Email(_)
        | Expr::Ip(_)
        | Expr::Cidr(_)
        | Expr::Zone(_)
        | Expr::Regex(_)
        | Expr::Absent
        | Expr::Agent
        | Expr::Resource
        | Expr::Now
        | Expr::Arg(_)
        | Expr::Set(_)
        | Expr::List(_)
        | Expr::Record(..)
        | Expr::Map(..)
        | Expr::Not(_)
        | Expr::And(..)
        | Expr::Or(..)
        | Expr::Compare(..)
        | Expr::In(..)
        | Expr::Within(..)
        | Expr::WithinAny(..)
        | Expr::Like(..)
        | Expr::Present(_)
        | Expr::Lift(_)
        | Expr::Else(..)
        | Expr::If(..)
        | Expr::Select(..)
        | Expr::Is(..) => false,
        Expr::Attr(of, field) | Expr::OptionalAttr(of, field) => {
            !is_known(program, *of) || may_be_claimed(program, *of, *field)
        }
        Expr::Call(intrinsic, _) => intrinsic.may_trap(),
        Expr::Param(_)
        | Expr::Neg(_)
        | Expr::Arithmetic(..)
        | Expr::Unwrap(_)
        | Expr::Cast(..)
        | Expr::Member(..)
        | Expr::OptionalMember(..)
        | Expr::Lookup(..)
        | Expr::Any { .. }
        | Expr::All { .. }
        | Expr::Count { .. }
        | Expr::Element(_) => true,
    };
    itself || node.expr.operands().any(|operand| fallible(program, operand))
}

/// Whether the entity that an expression comes to, if it comes to one, is among the facts.
fn is_known(program: &Program, id: ExprId) -> bool {
    let expr = program.exprs.get(id.index()).map(|node| &node.expr);
    matches!(
        expr,
        Some(Expr::Agent | Expr::Resource | Expr::Arg(_) | Expr::Attr(..) | Expr::OptionalAttr(..))
    )
}

/// Whether a caller may fill the attribute, so that a decision must look for it in the request.
pub(super) fn may_be_claimed(program: &Program, of: ExprId, field: FieldId) -> bool {
    let ty = program.exprs.get(of.index()).map(|node| node.ty.required());
    let Some(Type::Entity(types)) = ty else { return true };
    types.iter().any(|&ty| program.is_claimed(ty, field))
}
