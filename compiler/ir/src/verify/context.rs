//! Which names an expression may use, which depends on the declaration that contains it.

use std::collections::HashSet;

use super::Fault;
use crate::program::{Expr, Named, Program};
use crate::types::{ActionId, EntityTypeId, ExprId, Type};

/// The requests and parameters that an expression may meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// The actions it may be evaluated for: what it speaks of must be there for all of them.
    pub(super) actions: &'a [ActionId],
    /// The types that the agent may have.
    pub(super) agents: &'a [EntityTypeId],
    /// The parameters of the scope that holds it; none elsewhere.
    pub(super) params: &'a [Named],
}

/// Which expressions a walk from a root has met. It is kept from root to root, so that none needs memory of its own.
#[derive(Debug)]
pub(super) struct Met {
    /// The number of the walk, from 1.
    walk: u32,
    /// The last walk that met each expression.
    last: Vec<u32>,
    waiting: Vec<ExprId>,
}

impl Met {
    pub(super) fn new(program: &Program) -> Self {
        Self { walk: 0, last: vec![0; program.exprs.len()], waiting: Vec::new() }
    }

    fn begin(&mut self, root: ExprId) {
        self.walk += 1;
        self.waiting.clear();
        self.waiting.push(root);
    }

    /// The next expression, none twice in one walk.
    fn next(&mut self) -> Option<ExprId> {
        loop {
            let id = self.waiting.pop()?;
            match self.last.get_mut(id.index()) {
                Some(last) if *last == self.walk => {}
                Some(last) => {
                    *last = self.walk;
                    return Some(id);
                }
                None => return Some(id),
            }
        }
    }
}

impl Context<'_> {
    /// Checks an expression with all its operands.
    pub(super) fn check(&self, program: &Program, root: ExprId, met: &mut Met) -> Result<(), Fault> {
        met.begin(root);
        while let Some(id) = met.next() {
            let unknown = Fault::Unknown { what: "expression", id: id.0 };
            let node = program.exprs.get(id.index()).ok_or(unknown)?;
            self.check_node(program, id, &node.expr, &node.ty)?;
            met.waiting.extend(node.expr.operands());
        }
        Ok(())
    }

    fn check_node(&self, program: &Program, id: ExprId, expr: &Expr, ty: &Type) -> Result<(), Fault> {
        match expr {
            Expr::Agent => {
                let left_out = self.agents.iter().find(|&&agent| !covers(ty, agent));
                left_out.map_or(Ok(()), |&agent| Err(Fault::AgentOutside { expr: id, agent }))
            }
            Expr::Resource => self.check_resource(program, id, ty),
            Expr::Arg(arg) => {
                let lacks = |action: &ActionId| {
                    !program.actions.get(action.index()).is_some_and(|a| a.params.contains(arg))
                };
                let without = self.actions.iter().find(|&action| lacks(action));
                without.map_or(Ok(()), |&action| Err(Fault::ArgOutside { expr: id, arg: *arg, action }))
            }
            Expr::Param(place) => match self.params.get(usize::from(*place)) {
                Some(param) if param.ty == *ty => Ok(()),
                Some(_) | None => Err(Fault::ParamOutside { expr: id }),
            },
            _ => Ok(()),
        }
    }

    fn check_resource(&self, program: &Program, expr: ExprId, ty: &Type) -> Result<(), Fault> {
        for &action in self.actions {
            let resources = program.actions.get(action.index()).map_or(&[][..], |a| &a.resources);
            if resources.is_empty() || !resources.iter().all(|&resource| covers(ty, resource)) {
                return Err(Fault::ResourceOutside { expr, action });
            }
        }
        Ok(())
    }
}

fn covers(ty: &Type, entity: EntityTypeId) -> bool {
    matches!(ty, Type::Entity(types) if types.binary_search(&entity).is_ok())
}

/// An operand of the expression, or itself, that is not the same for every request and every snapshot of the facts.
pub(super) fn not_constant(program: &Program, root: ExprId) -> Option<ExprId> {
    let mut seen = HashSet::new();
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        let Some(node) = program.exprs.get(id.index()).filter(|_| seen.insert(id)) else { continue };
        let varies = matches!(
            node.expr,
            Expr::Agent
                | Expr::Resource
                | Expr::Now
                | Expr::Arg(_)
                | Expr::Param(_)
                | Expr::Attr(..)
                | Expr::OptionalAttr(..)
                | Expr::Within(..)
                | Expr::WithinAny(..)
        );
        if varies {
            return Some(id);
        }
        waiting.extend(node.expr.operands());
    }
    None
}
