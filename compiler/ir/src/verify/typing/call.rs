//! Calls of intrinsics: their arguments and results follow from the table.

use super::Fault;
use crate::intrinsics::{Intrinsic, Shape, WEEKDAYS};
use crate::program::Program;
use crate::types::{ExprId, Type};

/// Checks a call that says it yields `says`.
pub(super) fn check(
    program: &Program,
    intrinsic: Intrinsic,
    args: &[ExprId],
    says: &Type,
) -> Result<(), Fault> {
    let wanted = intrinsic.args();
    if args.len() != wanted.len() {
        return Err(Fault::Length { what: "arguments", found: args.len(), wanted: wanted.len() });
    }
    let mut first = None;
    for (id, shape) in args.iter().zip(wanted) {
        let ty = &program.exprs.get(id.index()).ok_or(Fault::Forward(*id))?.ty;
        if !shape.takes(ty) {
            return Err(Fault::Operands);
        }
        first = first.or(Some(ty));
    }
    let yields = match (intrinsic.result(), first) {
        (Shape::Weekday, _) => return check_weekday(program, says),
        (Shape::Amount, Some(first)) => first.clone(),
        (shape, _) => shape.ty().ok_or(Fault::Operands)?,
    };
    if yields == *says { Ok(()) } else { Err(Fault::Type { yields, says: says.clone() }) }
}

/// The call says of which enum its weekday is; its variants must be the days of the week.
fn check_weekday(program: &Program, says: &Type) -> Result<(), Fault> {
    let Type::Enum(id) = says else { return Err(Fault::BadType(says.clone())) };
    let variants = program.enums.get(id.index()).map_or(&[][..], |declared| &declared.variants);
    if variants.iter().eq(WEEKDAYS) { Ok(()) } else { Err(Fault::BadType(says.clone())) }
}
