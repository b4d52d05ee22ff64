//! What the request, the scope and the facts say: paths.

use permit_ir::program::{Expr, Node};
use permit_ir::types::{ExprId, FieldId, Type};

use super::{Lowering, Typed};
use crate::layout::SLOTS_MAX;
use crate::term::{Kind, Path, Root, Step, Term};

impl Lowering<'_> {
    pub(super) fn slot(&mut self, id: ExprId) -> Option<Typed> {
        let path = self.path(id)?;
        let (kind, optional) = (path.kind, path.optional);
        if kind == Kind::Foreign {
            return None;
        }
        let place = self.paths.iter().position(|known| *known == path).unwrap_or(self.paths.len());
        if place >= SLOTS_MAX {
            return None;
        }
        if place == self.paths.len() {
            self.paths.push(path);
        }
        let term = Term::Slot { place: u8::try_from(place).ok()?, optional };
        Some(Typed { term, kind, optional })
    }

    fn path(&mut self, id: ExprId) -> Option<Path> {
        let Node { expr, ty } = self.node(id)?;
        let (base, step) = match expr {
            Expr::Attr(base, field) => (*base, Step::Attr(*field)),
            Expr::OptionalAttr(base, field) => (*base, Step::OptionalAttr(*field)),
            Expr::Unwrap(base) => (*base, Step::Unwrap),
            Expr::Cast(base, types) => (*base, Step::Cast(types.as_slice().into())),
            root => {
                let (root, steps) = (self.root(id, root)?, Vec::new());
                return Some(Path { root, steps, kind: Kind::of(ty), optional: is_optional(ty) });
            }
        };
        if let Step::Attr(field) | Step::OptionalAttr(field) = step
            && self.may_be_claimed(base, field)
        {
            return None;
        }
        let mut path = self.path(base)?;
        let fits = match step {
            Step::Attr(_) | Step::Cast(_) => path.kind == Kind::Entity && !path.optional,
            Step::OptionalAttr(_) => path.kind == Kind::Entity && path.optional,
            Step::Unwrap => path.optional,
        };
        path.steps.push(step);
        (path.kind, path.optional) = (Kind::of(ty), is_optional(ty));
        fits.then_some(path)
    }

    /// Whether a caller may fill the attribute; what is said in the request the interpreter looks for.
    fn may_be_claimed(&self, base: ExprId, field: FieldId) -> bool {
        let ty = self.node(base).map(|node| node.ty.required());
        let Some(Type::Entity(types)) = ty else { return true };
        types.iter().any(|&ty| self.program.is_claimed(ty, field))
    }

    fn root(&mut self, id: ExprId, expr: &Expr) -> Option<Root> {
        Some(match expr {
            Expr::Agent => Root::Agent,
            Expr::Resource => Root::Resource,
            Expr::Now => Root::Now,
            Expr::Arg(arg) => Root::Arg(*arg),
            Expr::Param(param) => Root::Param(*param),
            Expr::Entity(..) => Root::Named(self.name(id)?),
            _ => return None,
        })
    }
}

fn is_optional(ty: &Type) -> bool {
    matches!(ty, Type::Optional(_))
}
