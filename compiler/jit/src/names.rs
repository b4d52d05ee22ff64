//! The entities that a program names.

use std::collections::HashMap;

use permit_ir::decision::EvalContext;
use permit_ir::program::{Expr, Node, Program};
use permit_ir::types::{EntityTypeId, ExprId};
use permit_ir::value::EntityRef;

/// The entities that a program names, with the references that every snapshot made for it gives them.
#[derive(Debug)]
pub(crate) struct Names<'p>(HashMap<(EntityTypeId, &'p str), EntityRef>);

impl<'p> Names<'p> {
    /// Numbers the entities as [`FactsBuilder::new`](permit_ir::facts::FactsBuilder::new) does. That a snapshot
    /// agrees is checked whenever a condition names one, see [`Named::is_in`].
    pub(crate) fn of(program: &'p Program) -> Self {
        let mut names = HashMap::new();
        for name in program.named_entities() {
            let next = EntityRef(u32::try_from(names.len()).unwrap_or(u32::MAX));
            names.entry(name).or_insert(next);
        }
        Self(names)
    }

    /// The reference of an entity that the program names.
    pub(crate) fn find(&self, ty: EntityTypeId, id: &str) -> Option<EntityRef> {
        self.0.get(&(ty, id)).copied()
    }
}

/// An entity that a condition names, and the expression that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) entity: EntityRef,
    pub(crate) expr: ExprId,
}

impl Named {
    /// Whether the snapshot gives the name this reference.
    pub(crate) fn is_in(self, context: &EvalContext<'_>) -> bool {
        let Some(Node { expr: Expr::Entity(ty, id), .. }) = context.program.exprs.get(self.expr.index())
        else {
            return false;
        };
        context.facts.entity(self.entity).is_some_and(|entity| entity.ty == *ty && *entity.id == **id)
    }
}
