//! Inline expansion of function calls, with a limit on its size.

use std::cell::Cell;

use crate::hir::{Expr, ExprKind};

/// The most expressions that one call may stand for; the verifier bounds a whole condition likewise.
const CALL_NODES_MAX: usize = 4_096;

/// The most expressions that all calls of a module may stand for.
const ALL_NODES_MAX: usize = 8_000_000;

/// How deep the expression may be that a call stands for.
const DEPTH_MAX: usize = 128;

/// The room that is left.
#[derive(Debug)]
pub(super) struct Growth<'a> {
    all: &'a Cell<usize>,
    nodes: usize,
}

impl<'a> Growth<'a> {
    pub(super) const fn new(all: &'a Cell<usize>) -> Self {
        Self { all, nodes: 0 }
    }

    /// The body with the arguments in place of the parameters; `None` when it grows beyond the bounds.
    ///
    /// An argument is evaluated where the function reads its parameter, if it does. Evaluation changes nothing, so only
    /// an error that is never reached could tell the difference.
    pub(super) fn call(&mut self, body: &Expr, args: &[Expr]) -> Option<Expr> {
        self.replaced(body, args, 0)
    }

    fn replaced(&mut self, expr: &Expr, args: &[Expr], depth: usize) -> Option<Expr> {
        self.count(1, depth)?;
        match &expr.kind {
            ExprKind::Parameter(place) => {
                let arg = args.get(usize::from(*place))?;
                self.measure(arg, depth)?;
                Some(arg.clone())
            }
            // What is known to be present may be given as a value that was never optional.
            ExprKind::Unwrap(inner) => match self.replaced(inner, args, depth + 1)? {
                Expr { kind: ExprKind::Lift(inner), .. } => Some(*inner),
                inner => Some(Expr {
                    kind: ExprKind::Unwrap(Box::new(inner)),
                    ty: expr.ty.clone(),
                    span: expr.span,
                }),
            },
            _ => expr.rebuilt(&mut |operand| self.replaced(operand, args, depth + 1)),
        }
    }

    fn measure(&mut self, expr: &Expr, depth: usize) -> Option<()> {
        self.count(1, depth)?;
        expr.operands().into_iter().try_for_each(|operand| self.measure(operand, depth + 1))
    }

    fn count(&mut self, nodes: usize, depth: usize) -> Option<()> {
        self.nodes += nodes;
        self.all.set(self.all.get().saturating_add(nodes));
        (self.nodes <= CALL_NODES_MAX && self.all.get() <= ALL_NODES_MAX && depth <= DEPTH_MAX).then_some(())
    }
}
