//! Operands from the request, the scope and the facts: paths, each step of which is a load.

use permit_ir::program::{Expr, Node};
use permit_ir::types::{EntityTypeId, ExprId, FieldId, Type};

use super::{ALTERNATIVES_MAX, Lowering, Typed};
use crate::term::Term;
use crate::word::Kind;

impl Lowering<'_> {
    pub(super) fn path(&mut self, id: ExprId) -> Option<Typed> {
        let Node { expr, ty } = self.node(id)?;
        let (kind, optional) = (Kind::of(ty), is_optional(ty));
        let term = match expr {
            Expr::Agent => Term::Agent,
            Expr::Resource => Term::Resource,
            Expr::Now => Term::Now,
            Expr::Arg(arg) => Term::Arg { arg: arg.0, optional },
            Expr::Param(place) => Term::Param { place: *place, optional },
            Expr::Attr(of, field) => {
                let places = self.places(*of, *field)?;
                let of = self.boxed(*of, Kind::Entity)?;
                Term::Attr { of, places, optional }
            }
            Expr::OptionalAttr(of, field) => {
                let places = self.places(*of, *field)?;
                let of = self.optional(*of).filter(|of| of.kind == Kind::Entity)?;
                Term::OptionalAttr { of: Box::new(of.term), places }
            }
            Expr::Cast(of, types) if types.len() <= ALTERNATIVES_MAX => {
                Term::Cast(self.boxed(*of, Kind::Entity)?, types.iter().map(|ty| ty.0).collect())
            }
            _ => return None,
        };
        // Of a value that native code does not hold it can still say whether it is there.
        (kind != Kind::Foreign || optional).then_some(Typed { term, kind, optional })
    }

    /// Where the attribute stands in each type that the entity may have. `None` if a caller may fill it: what is said
    /// in the request the interpreter looks for.
    fn places(&self, of: ExprId, field: FieldId) -> Option<Vec<(u16, u16)>> {
        let Type::Entity(types) = self.node(of)?.ty.required() else { return None };
        if types.len() > ALTERNATIVES_MAX || types.iter().any(|&ty| self.program.is_claimed(ty, field)) {
            return None;
        }
        let place = |ty: &EntityTypeId| {
            let fields = &self.program.entities.get(ty.index())?.fields;
            let place =
                fields.binary_search(&field).ok().filter(|place| *place < self.snapshot.fields(*ty))?;
            Some((ty.0, u16::try_from(place).ok()?))
        };
        types.iter().map(place).collect()
    }
}

const fn is_optional(ty: &Type) -> bool {
    matches!(ty, Type::Optional(_))
}
